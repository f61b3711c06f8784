#include "config_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "suggestion.hpp"
#include "usage_error.hpp"

namespace peel::cli {
namespace {

bool is_key_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// One line of the file.
class Line {
 public:
  Line(std::string_view text, std::string place) : rest_(text), place_(std::move(place)) {}

  [[noreturn]] void fail(const std::string& what, const std::string& hint = {}) const {
    throw UsageError(place_ + ": " + what, hint);
  }
  /// Nothing more, or a comment.
  bool ends() {
    skip_space();
    return rest_.empty() || rest_.front() == '#';
  }
  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string word() {
    skip_space();
    const auto end = std::ranges::find_if_not(rest_, is_key_letter);
    std::string text(rest_.begin(), end);
    rest_.remove_prefix(text.size());
    return text;
  }
  std::vector<std::string> values() {
    if (!take('[')) return {value()};
    std::vector<std::string> list;
    while (!take(']')) {
      list.push_back(value());
      if (!take(',') && (rest_.empty() || rest_.front() != ']')) fail("an array that is not closed on its line");
    }
    return list;
  }

 private:
  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  std::string value() {
    if (take('"')) return quoted('"');
    if (take('\'')) return quoted('\'');
    const std::size_t end = std::min(rest_.find_first_of(",]# \t"), rest_.size());
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end);
    const bool number = !text.empty() && text.find_first_not_of("+-0123456789.eE_") == text.npos;
    if (!number && text != "true" && text != "false") {
      fail(text.empty() ? "a value is missing" : fmt::format("{} is no value", text), "text stands in quotes");
    }
    return text;
  }
  std::string quoted(char mark) {
    std::string text;
    while (!rest_.empty() && rest_.front() != mark) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\\' && mark == '"') {
        if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\\')) {
          fail("after a backslash only a quote or another one is understood", "in 'single quotes' it means itself");
        }
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      text += c;
    }
    if (!take(mark)) fail("a quote that is not closed");
    return text;
  }

  std::string_view rest_;
  std::string place_;
};

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
using Given = std::set<const CLI::Option*>;

/// Said on the command line, by this option or by one that rules it out.
bool overridden(const CLI::App& command, const CLI::Option& option, const Given& given) {
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
  } else if (option.get_items_expected_max() > 1 && entry.values.size() > 1) {
    if (static_cast<int>(entry.values.size()) != option.get_items_expected_max()) {
      throw UsageError(fmt::format("{} needs {} values", name, option.get_items_expected_max()));
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

void apply(CLI::App& command, const ConfigEntry& entry, const std::string& place, const Given& given) {
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
  std::vector<ConfigEntry> entries;
  std::string section;
  int number = 0;
  while (!text.empty()) {
    std::string_view content = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(content.size() + 1, text.size()));
    if (content.ends_with('\r')) content.remove_suffix(1);
    Line line(content, fmt::format("{}:{}", name, ++number));
    if (line.ends()) continue;
    if (line.take('[')) {
      section = line.word();
      if (section.empty() || !line.take(']')) line.fail("a section is written [NAME]");
    } else {
      ConfigEntry entry{section, line.word(), {}, number};
      if (entry.key.empty() || !line.take('=')) line.fail("neither a [section] nor NAME = VALUE");
      if (section.empty()) line.fail(entry.key + " stands in no section", "write [remove] above it");
      entry.values = line.values();
      const auto same = [&](const ConfigEntry& other) { return other.section == section && other.key == entry.key; };
      if (std::ranges::any_of(entries, same)) line.fail(entry.key + " is there twice");
      entries.push_back(std::move(entry));
    }
    if (!line.ends()) line.fail("there is something after the value", "text stands in quotes");
  }
  return entries;
}

void apply_config(CLI::App& command, const std::vector<std::string>& sections, const std::filesystem::path& file) {
  Given given;
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
