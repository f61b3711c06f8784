#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "options/option.hpp"
#include "source_dir.hpp"

// The tables of options in docs/ stand between <!-- options:PLACE --> or <!-- options:PLACE GROUP --> and
// <!-- /options -->, and are what the catalogue says. With PEEL_UPDATE_DOCS set they are written anew.
namespace peel::options {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, Places> PLACES{{"remove", REMOVE},
                                           {"folder", FOLDER},
                                           {"stream", STREAM},
                                           {"scan", SCAN},
                                           {"serve", SERVE},
                                           {"bench", BENCH},
                                           {"quantize", QUANTIZE},
                                           {"models-warm", MODELS_WARM},
                                           {"/api/remove", API_REMOVE},
                                           {"/api/scan", API_SCAN},
                                           {"/v1.0/removebg", API_REMOVEBG}};

std::string values_of(const Option& option, bool api) {
  const auto range = [&] { return fmt::format("{} to {}", option.least, option.most); };
  std::string text;
  switch (option.kind) {
    case Kind::flag:
      return api ? "boolean" : "";
    case Kind::integer:
      text = option.words.empty() ? range() : fmt::format("{}, `{}`", range(), fmt::join(listed_words(option), "`, `"));
      break;
    case Kind::real:
      text = range();
      break;
    case Kind::word:
      return fmt::format("`{}`", fmt::join(listed_words(option), "`, `"));
    case Kind::area:
      text = "pixels, or percent: `0.5%`";
      break;
    default:
      return fmt::format("`{}`", option.value);
  }
  if (option.without == nullptr) return text;
  return fmt::format("{}; {}: {}", text, api ? "`true`" : "none", option.without);
}

std::string names_in(const Option& option, bool api) {
  if (api) return fmt::format("`{}`", fmt::join(form_names(option), "`, `"));
  if (*option.name >= 'A' && *option.name <= 'Z') return fmt::format("`{}`", option.name);
  std::vector<std::string> names = names_of(option.also);
  if (*option.rembg != '\0') names.insert(names.begin(), option.rembg);
  names.insert(names.begin(), fmt::format("--{}", option.name));
  return fmt::format("`{}`", fmt::join(names, "`, `"));
}

/// A bar would end the cell.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

std::string table(Places place, const std::string& group) {
  const bool api = place == API_REMOVE || place == API_SCAN || place == API_REMOVEBG;
  std::string text = fmt::format("| {} | values | usual | what |\n|---|---|---|---|\n", api ? "parameter" : "option");
  for (const Option* option : options_of(place)) {
    const bool asked_for = group.empty() || group == option->group;
    if (*option->name == '\0' || !asked_for) continue;
    const std::string usual = *option->usual == '\0' ? "" : fmt::format("`{}`", option->usual);
    const char* const help = api && *option->api_help != '\0' ? option->api_help : option->help;
    text += fmt::format("| {} | {} | {} | {} |\n", names_in(*option, api), cell(values_of(*option, api)), usual,
                        cell(help));
  }
  return text;
}

/// The page with its tables as they have to be. Throws std::out_of_range for a place nobody knows.
std::string with_tables(const std::string& page) {
  const std::string begin = "<!-- options:", end = "<!-- /options -->";
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = 0; (at = page.find(begin, done)) != std::string::npos;) {
    const std::size_t line_end = page.find('\n', at) + 1;
    const std::string mark = page.substr(at + begin.size(), page.find(" -->", at) - at - begin.size());
    const std::size_t space = std::min(mark.find(' '), mark.size());
    const std::string group = mark.substr(std::min(space + 1, mark.size()));
    result += page.substr(done, line_end - done) + table(PLACES.at(mark.substr(0, space)), group);
    done = page.find(end, line_end);
    if (done == std::string::npos) throw std::out_of_range("a table without an end");
  }
  return result + page.substr(done);
}

TEST(Docs, TablesOfOptionsAreTheCatalogues) {
  std::size_t pages = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(PEEL_SOURCE_DIR) / "docs")) {
    if (entry.path().extension() != ".md") continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string page(std::istreambuf_iterator<char>(stream), {});
    const std::string wanted = with_tables(page);
    if (page.find("<!-- options:") != std::string::npos) ++pages;
    if (page == wanted) continue;
    if (std::getenv("PEEL_UPDATE_DOCS")) {
      std::ofstream(entry.path(), std::ios::binary) << wanted;
    } else {
      ADD_FAILURE() << entry.path() << ": other tables than the catalogue's; PEEL_UPDATE_DOCS=1 writes them anew";
    }
  }
  EXPECT_GT(pages, 1U);
}

}  // namespace
}  // namespace peel::options
