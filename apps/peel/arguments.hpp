#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "command_texts.hpp"
#include "options.hpp"

namespace CLI {
class App;
}

namespace peel::cli {

/// The command line, made of commands() and the catalogue of options, and what was given on it.
class CommandLine {
 public:
  CommandLine();
  ~CommandLine();

  /// Text to be printed on stdout (help, version, completion, manual), or work to be done.
  /// `arguments` are without the program's name. Throws UsageError. To be called once.
  std::variant<std::string, Invocation> parse(std::vector<std::string> arguments);

 private:
  std::string read_config(CLI::App& command, const Common& common) const;
  void check_leftovers() const;
  std::string help_for(const std::vector<std::string>& words) const;
  Invocation invocation(bool rembg_names);

  std::unique_ptr<CLI::App> root_;
  std::vector<std::pair<const Command*, CLI::App*>> commands_;  ///< that take options
  CLI::App* help_ = nullptr;
  CLI::App* manual_ = nullptr;

  Given given_;
  std::vector<std::string> help_words_;
};

/// Gives an app the options of a place; what is given for them goes to `given`.
void define_options(CLI::App& app, options::Places place, Given& given);

}  // namespace peel::cli
