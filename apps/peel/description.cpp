#include "description.hpp"

#include <algorithm>

#include "rembg_habits.hpp"

namespace peel::cli {
namespace {

OptionDescription describe(const CLI::Option& option) {
  OptionDescription result;
  result.text = option.get_description();
  result.group = option.get_group();
  result.required = option.get_required();
  result.value = option.get_items_expected_max() == 0 ? "" : option.get_type_name();
  if (const std::size_t at = option.get_type_name().find(OPTIONAL_VALUE); at != std::string::npos) {
    result.optional_value = true;
    result.value = option.get_type_name().substr(at + OPTIONAL_VALUE.size());
    result.value.pop_back();  // the closing bracket
  }
  if (option.get_positional()) {
    result.names = {option.get_name(true)};
    result.repeated = option.get_items_expected_max() > 1;
    return result;
  }
  for (const std::string& name : option.get_lnames()) {
    if (const auto letters = rembg_letters(name); !letters.empty()) result.names.emplace_back(letters);
  }
  for (const std::string& name : option.get_snames()) result.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) result.names.push_back("--" + name);
  return result;
}

}  // namespace

std::vector<std::string> OptionDescription::choices() const {
  std::vector<std::string> words;
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  for (std::size_t start = 0; start < value.size();) {
    const std::size_t bar = std::min(value.find('|', start), value.size());
    const std::string word = value.substr(start, bar - start);
    if (std::ranges::none_of(word, is_capital)) words.push_back(word);
    start = bar + 1;
  }
  return words;
}

std::string CommandDescription::usage() const {
  std::string line = name;
  if (!options.empty()) line += " [OPTIONS]";
  if (!commands.empty()) line += " COMMAND";
  for (const OptionDescription& positional : positionals) {
    const std::string text = positional.names.front() + (positional.repeated ? "..." : "");
    line += positional.required ? " " + text : " [" + text + "]";
  }
  return line;
}

CommandDescription describe(const CLI::App& app, const std::string& prefix) {
  CommandDescription result;
  result.name = prefix.empty() ? app.get_name() : prefix + " " + app.get_name();
  result.aliases = app.get_aliases();
  const std::string text = app.get_description();
  const std::size_t end = std::min(text.find('\n'), text.size());
  result.summary = text.substr(0, end);
  result.details = text.substr(std::min(end + 1, text.size()));
  result.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? result.positionals : result.options).push_back(describe(*option));
  }
  // The groups in the order in which they first come, --help and its like last.
  std::vector<std::string> groups;
  for (const OptionDescription& option : result.options) {
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) groups.push_back(option.group);
  }
  const auto rank = [&](const OptionDescription& option) {
    if (option.names.back() == "--help") return groups.size();
    return static_cast<std::size_t>(std::find(groups.begin(), groups.end(), option.group) - groups.begin());
  };
  std::stable_sort(result.options.begin(), result.options.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) result.commands.push_back(describe(*command, result.name));
  }
  return result;
}

}  // namespace peel::cli
