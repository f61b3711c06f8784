#include "help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report.hpp"

namespace peel::cli {
namespace {

constexpr std::size_t WIDTH = 100;
constexpr std::size_t COLUMN = 32;  // where the explanations begin

/// "  -m, --model MODEL|FILE        explanation"
std::string entry(const std::string& left, const std::string& text) {
  std::string line = "  " + left;
  line += line.size() + 2 > COLUMN ? '\n' + std::string(COLUMN, ' ') : std::string(COLUMN - line.size(), ' ');
  return line + wrap(text, WIDTH, COLUMN) + '\n';
}

std::string left_side(const OptionDescription& option) {
  std::string left = fmt::format("{}", fmt::join(option.names, ", "));
  if (option.optional_value) return left + "[=" + option.value + "]";
  // For a positional the value is no more than its kind.
  const bool positional = option.names.front().front() != '-';
  return option.value.empty() || positional ? left : left + " " + option.value;
}

}  // namespace

std::string help_text(const CommandDescription& command) {
  std::string text = wrap(command.summary, WIDTH, 0) + "\n\nUsage: " + command.usage() + '\n';
  for (const std::string& alias : command.aliases) {
    text += fmt::format("Short: peel {}\n", alias);
  }
  if (!command.details.empty()) text += '\n' + wrap(command.details, WIDTH, 0) + '\n';
  if (!command.commands.empty()) text += "\nCommands:\n";
  for (const CommandDescription& sub : command.commands) {
    const std::string name = sub.name.substr(command.name.size() + 1);
    text += entry(sub.aliases.empty() ? name : fmt::format("{}, {}", name, fmt::join(sub.aliases, ", ")), sub.summary);
  }
  if (!command.positionals.empty()) text += "\nArguments:\n";
  for (const OptionDescription& positional : command.positionals) {
    const auto choices = positional.choices();
    const std::string words = choices.empty() ? "" : fmt::format(" ({})", fmt::join(choices, ", "));
    text += entry(left_side(positional), positional.text + words);
  }
  std::string group;
  for (const OptionDescription& option : command.options) {
    if (option.group != group) {
      group = option.group;
      text += fmt::format("\n{}:\n", group);
    }
    text += entry(left_side(option), option.text);
  }
  if (!command.footer.empty()) text += '\n' + command.footer + '\n';
  const bool program = command.name.find(' ') == std::string::npos;
  if (!program) text += "\nExit statuses and environment variables: peel --help\n";
  return text;
}

}  // namespace peel::cli
