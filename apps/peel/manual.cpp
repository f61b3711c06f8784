#include "manual.hpp"

#include <fmt/format.h>

#include "peel/version.hpp"

namespace peel::cli {
namespace {

/// Text that troff prints as it is.
std::string escaped(std::string_view text) {
  std::string result;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '\'') {
      result += "\\(aq";
    } else {
      result += c;
    }
    line_start = c == '\n';
  }
  return result;
}

std::string bold(std::string_view text) {
  return "\\fB" + escaped(text) + "\\fR";
}
std::string italic(std::string_view text) {
  return "\\fI" + escaped(text) + "\\fR";
}

std::string option_entry(const OptionDescription& option) {
  std::string line = ".TP\n";
  for (const std::string& name : option.names) line += (&name == &option.names.front() ? "" : ", ") + bold(name);
  if (option.optional_value) {
    line += "[=" + italic(option.value) + "]";
  } else if (!option.value.empty()) {
    line += ' ' + italic(option.value);
  }
  return line + '\n' + escaped(option.text) + ".\n";
}

std::string paragraphs(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    result += ".PP\n" + escaped(text.substr(at, end - at)) + '\n';
    at = end + 1;
  }
  return result;
}

/// A footer is "TITLE:" lines with text laid out by hand under them.
std::string footer(std::string_view text, std::string_view heading) {
  std::string result;
  bool open = false;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (!line.empty() && line.front() != ' ' && line.back() == ':') {
      if (open) result += ".fi\n";
      result += fmt::format("{} {}\n.nf\n", heading, escaped(line.substr(0, line.size() - 1)));
      open = true;
    } else {
      result += line.empty() ? "\n" : escaped(line) + '\n';
    }
    at = end + 1;
  }
  return result + (open ? ".fi\n" : "");
}

void add_command(const CommandDescription& command, std::string& page) {
  page += fmt::format(".SH {}\n", escaped(command.name));
  page += bold(command.usage()) + '\n';
  for (const std::string& alias : command.aliases) page += ".br\nShort: " + bold("peel " + alias) + '\n';
  page += ".PP\n" + escaped(command.summary) + '\n' + paragraphs(command.details);
  for (const OptionDescription& positional : command.positionals) {
    page += ".TP\n" + italic(positional.names.front()) + '\n' + escaped(positional.text) + ".\n";
  }
  std::string group;
  for (const OptionDescription& option : command.options) {
    if (option.names.back() == "--help") continue;  // once, with the program's own options
    if (option.group != group && option.group != "OPTIONS") page += fmt::format(".SS {}\n", escaped(option.group));
    group = option.group;
    page += option_entry(option);
  }
  page += footer(command.footer, ".SS");
  for (const CommandDescription& sub : command.commands) add_command(sub, page);
}

}  // namespace

std::string manual_page(const CommandDescription& root) {
  std::string page = ".TH PEEL 1 \"\" \"peel " PEEL_VERSION "\" \"User Commands\"\n";
  page += ".SH NAME\npeel \\- take the background off pictures, flatten photographed pages\n.SH SYNOPSIS\n";
  for (const CommandDescription& command : root.commands) {
    page += (&command == &root.commands.front() ? "" : ".br\n") + bold(command.usage()) + '\n';
  }
  page += ".SH DESCRIPTION\n" + escaped(root.summary) + '\n' + paragraphs(root.details) + ".SH OPTIONS\n";
  for (const OptionDescription& option : root.options) page += option_entry(option);
  for (const CommandDescription& command : root.commands) add_command(command, page);
  return page + footer(root.footer, ".SH");
}

}  // namespace peel::cli
