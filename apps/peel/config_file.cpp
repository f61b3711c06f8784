#include "config_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "base/suggestion.hpp"
#include "usage_error.hpp"

namespace peel::cli {
namespace {

/// What an option is given: text without its quotes, numbers as they are written in a command line.
std::string text_of(const toml::node& node, const std::string& place) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return fmt::format("{}", *number);
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  if (const auto truth = node.value_exact<bool>()) return *truth ? "true" : "false";
  throw UsageError(place + ": neither text, a number, true nor false");
}

std::string read_text(const std::filesystem::path& file) {
  errno = 0;
  std::error_code unknown;
  std::ifstream stream(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad() || std::filesystem::is_directory(file, unknown)) {
    throw UsageError(fmt::format("--config {}: {}", file.string(), errno ? std::strerror(errno) : "not a file"),
                     "check the name");
  }
  return text;
}

bool is_switch(const CLI::Option& option) {
  return option.get_items_expected_max() == 0;
}

/// What the command line said.
using OptionSet = std::set<const CLI::Option*>;

/// Said on the command line, by this option or by one that rules it out.
bool overridden(const CLI::App& command, const CLI::Option& option, const OptionSet& given) {
  const auto others = option.get_excludes();
  if (given.contains(&option)) return true;
  if (std::ranges::any_of(others, [&](const CLI::Option* other) { return given.contains(other); })) return true;
  // The layout belongs to the model of the file.
  const CLI::Option* layout = command.get_option_no_throw("--mean");
  return layout && option.get_group() == layout->get_group() && given.contains(command.get_option("--model"));
}

void set_option(CLI::Option& option, const ConfigEntry& entry) {
  const std::string text = fmt::format("{}", fmt::join(entry.values, ","));
  const std::string name = option.get_name();
  if (is_switch(option)) {
    const bool takes_value = option.get_type_name().starts_with("[=");
    if (text == "false") return;
    if (text != "true" && !takes_value) throw UsageError(fmt::format("{} {}: true or false", name, text));
    option.add_result(option.get_flag_value(entry.key, text == "true" ? "" : text));
  } else if (const int most = option.get_items_expected_max(); most > 1 && entry.values.size() > 1) {
    const bool list = most >= CLI::detail::expected_max_vector_size;
    if (!list && static_cast<int>(entry.values.size()) != most) {
      throw UsageError(fmt::format("{} needs {} values", name, most));
    }
    option.add_result(entry.values);
  } else {
    option.add_result(text);
  }
  option.run_callback();
}

/// "--threads x: not a whole number" as the file has it: without the dashes.
std::string in_file(const std::string& message) {
  return message.starts_with("--") ? message.substr(2) : message;
}

void apply(CLI::App& command, const ConfigEntry& entry, const std::string& place, const OptionSet& given) {
  constexpr std::array not_kept{"config", "no-config", "help"};
  CLI::Option* option = command.get_option_no_throw("--" + entry.key);
  if (!option || std::ranges::find(not_kept, entry.key) != not_kept.end()) {
    std::vector<std::string> names;
    for (const CLI::Option* each : command.get_options()) {
      for (const std::string& name : each->get_lnames()) names.push_back(name);
    }
    throw UsageError(fmt::format("{}: {} has no option {}", place, command.get_name(), entry.key),
                     did_you_mean(entry.key, names, "peel help " + command.get_name() + " lists them"));
  }
  if (overridden(command, *option, given)) return;
  for (const CLI::Option* other : option->get_excludes()) {
    if (other->count() > 0) {
      throw UsageError(fmt::format("{}: {} and {} exclude each other", place, other->get_lnames().front(), entry.key));
    }
  }
  try {
    set_option(*option, entry);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", place, in_file(error.what())), error.hint());
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}: {}", place, in_file(error.what())));
  }
}

}  // namespace

std::optional<std::filesystem::path> default_config_file() {
  // The XDG Base Directory Specification: a relative path in the variable is to be ignored.
  const auto folder = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value && *value == '/' ? value : "");
  };
  if (const auto config = folder("XDG_CONFIG_HOME"); !config.empty()) return config / "peel" / "config.toml";
  if (const auto home = folder("HOME"); !home.empty()) return home / ".config" / "peel" / "config.toml";
  return std::nullopt;
}

std::vector<ConfigEntry> parse_config(std::string_view text, const std::string& name) {
  const auto place_of = [&](const toml::source_region& source) {
    return fmt::format("{}:{}", name, source.begin.line);
  };
  toml::table file;
  try {
    file = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}: {}", place_of(error.source()), error.description()), "text stands in quotes");
  }
  std::vector<ConfigEntry> entries;
  for (const auto& [section, content] : file) {
    const toml::table* const options = content.as_table();
    if (!options) {
      throw UsageError(fmt::format("{}: {} stands in no section", place_of(content.source()), section.str()),
                       "write [remove] above it");
    }
    for (const auto& [key, node] : *options) {
      const std::string place = place_of(node.source());
      ConfigEntry entry{
          std::string(section.str()), std::string(key.str()), {}, static_cast<int>(node.source().begin.line)};
      if (const toml::array* const list = node.as_array()) {
        for (const toml::node& item : *list) entry.values.push_back(text_of(item, place));
      } else {
        entry.values = {text_of(node, place)};
      }
      entries.push_back(std::move(entry));
    }
  }
  // The table is sorted by name.
  std::ranges::stable_sort(entries, {}, &ConfigEntry::line);
  return entries;
}

void apply_config(CLI::App& command, const std::vector<std::string>& sections, const std::filesystem::path& file) {
  OptionSet given;
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() > 0) given.insert(option);
  }
  for (const ConfigEntry& entry : parse_config(read_text(file), file.string())) {
    const std::string place = fmt::format("{}:{}", file.string(), entry.line);
    if (std::ranges::find(sections, entry.section) == sections.end()) {
      throw UsageError(
          fmt::format("{}: there is no section [{}]", place, entry.section),
          did_you_mean(entry.section, sections, fmt::format("sections are {}", fmt::join(sections, ", "))));
    }
    if (entry.section == command.get_name()) apply(command, entry, place, given);
  }
}

}  // namespace peel::cli
