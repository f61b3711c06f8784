#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

// The definitions of the command line read back as plain data: what help, manual and completion are all written from.
namespace peel::cli {

struct OptionDescription {
  std::vector<std::string> names;  ///< "-m", "--model"; rembg's letters first; a positional has its one name
  std::string value;               ///< "MODEL", "auto|cpu", ...; empty for a switch
  std::string text;
  std::string group;
  bool optional_value = false;  ///< --name or --name=VALUE, never --name VALUE
  bool repeated = false;        ///< a positional that may be given several times
  bool required = false;

  /// The values themselves, as far as `value` lists them: "auto" and "cpu" of "auto|cpu", "auto" of "auto|WxH".
  std::vector<std::string> choices() const;
};

struct CommandDescription {
  std::string name;  ///< "peel", "peel models list"
  std::vector<std::string> aliases;
  std::string summary;  ///< first line of the description
  std::string details;  ///< the rest; may be empty
  std::vector<OptionDescription> positionals;
  std::vector<OptionDescription> options;    ///< in groups, in the order of definition
  std::vector<CommandDescription> commands;  ///< without the hidden ones
  std::string footer;                        ///< examples and tables, printed as they are
  /// "peel remove [OPTIONS] [IN...]"
  std::string usage() const;
};

CommandDescription describe(const CLI::App& app, const std::string& prefix = {});

/// Options with values in brackets, as an alternative to a space, are marked so by this type name.
inline constexpr std::string_view OPTIONAL_VALUE = "[=";

}  // namespace peel::cli
