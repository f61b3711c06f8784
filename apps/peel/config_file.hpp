#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Settings a user keeps: a TOML file with a section for each command, in it the command's long options without dashes.
//
//     [remove]
//     model = "isnet-general-use"
//     threads = 4
//     background = "#ffffff"
//
// Read by toml++ and not by CLI11, whose reader (2.1) takes everything after a '#' for a comment, also in quotes, and
// lets lines pass that mean nothing.
namespace peel::cli {

struct ConfigEntry {
  std::string section;
  std::string key;
  std::vector<std::string> values;  ///< several for an array
  int line = 0;
};

/// $XDG_CONFIG_HOME/peel/config.toml, else ~/.config/peel/config.toml; nothing for a user without a home.
std::optional<std::filesystem::path> default_config_file();

/// The options of every section, in the file's order. Throws UsageError "NAME:LINE: ...".
std::vector<ConfigEntry> parse_config(std::string_view text, const std::string& name);

/// Gives a parsed command what the file says and the command line does not. An option that excludes one of the command
/// line's is left out, and so is the layout of a model where the command line names another model.
/// Throws UsageError: a file that cannot be read, an unknown section or key, a value the option does not take.
void apply_config(CLI::App& command, const std::vector<std::string>& sections, const std::filesystem::path& file);

}  // namespace peel::cli
