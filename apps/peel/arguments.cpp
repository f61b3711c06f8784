#include "arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/suggestion.hpp"
#include "completion.hpp"
#include "config_file.hpp"
#include "description.hpp"
#include "help.hpp"
#include "manual.hpp"
#include "peel/version.hpp"
#include "rembg_habits.hpp"
#include "usage_error.hpp"

namespace peel::cli {
namespace {

/// rembg's way: the second name is the output.
constexpr options::Option SECOND_NAME_IS_OUTPUT{.name = "", .set = [](Files& files, const options::Value&) {
                                                  files.output = files.inputs.back();
                                                  files.inputs.pop_back();
                                                }};

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

/// The command of that name or alias, or null.
template <typename App>
App* find_command(App& app, const std::string& word) {
  const auto found = app.get_subcommands([&](const CLI::App* command) { return command->check_name(word); });
  return found.empty() ? nullptr : found.front();
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// CLI11's message for a missing value is "--model: 1 required MODEL missing".
UsageError missing_value(const CLI::ArgumentMismatch& error) {
  const std::string text = error.what();
  const std::size_t colon = text.find(": ");
  const std::size_t required = text.find(" required ");
  const std::size_t missing = text.rfind(" missing");
  if (colon == std::string::npos || required == std::string::npos || missing == std::string::npos)
    return UsageError(text);
  const std::string count = text.substr(colon + 2, required - colon - 2);
  const std::string value = text.substr(required + 10, missing - required - 10);
  return UsageError(
      fmt::format("{} needs {}: {}", text.substr(0, colon), count == "1" ? "a value" : count + " values", value));
}

/// Whether the option may stand without a value, and would take this text after a '='.
bool takes_after_equals_sign(CLI::Option& option, std::string text) {
  if (option.get_type_name().find(OPTIONAL_VALUE) == std::string::npos) return false;
  try {
    return option.get_validator(0)->operator()(text).empty();
  } catch (const std::exception&) {
    return false;
  }
}

/// What CLI11 takes in another way than it was most likely meant: the value of an option that takes one after a '='
/// alone, and a file whose name begins with '-'.
void check_mistakable(CLI::App& command, const std::vector<std::string>& arguments) {
  std::error_code ignored;
  for (std::size_t i = 1; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& argument = arguments[i];
    if (argument.size() < 2 || argument.front() != '-') continue;
    CLI::Option* const option = command.get_option_no_throw(argument.substr(0, argument.find('=')));
    if (!option && std::filesystem::exists(argument, ignored)) {
      throw UsageError(fmt::format("unknown option {}", argument),
                       fmt::format("the file of that name is ./{}", argument));
    }
    if (!option || i + 1 == arguments.size()) continue;
    const std::string& next = arguments[i + 1];
    if (next.starts_with('-') || std::filesystem::exists(next, ignored)) continue;
    if (takes_after_equals_sign(*option, next)) {
      throw UsageError(fmt::format("{} {}: a value of {} follows a '='", argument, next, argument),
                       fmt::format("{}={}", argument, next));
    }
  }
}

/// What makes no sense, or is missing, whatever the values.
void check(options::Places place, const Given& given, const Common& common) {
  // -o "" is most likely a variable that was not set.
  if (given.text("output") == "") throw UsageError("the output's name is empty", "give it with -o FILE");
  if (given.text("debug") == "") {
    throw UsageError("the name of the folder for --debug is empty", "give it with --debug FOLDER");
  }
  if (place == options::FOLDER &&
      (given.text("IN_DIR").value_or("").empty() || given.text("OUT_DIR").value_or("").empty())) {
    throw UsageError("folder needs two folders: that of the pictures and that for the outputs",
                     "peel folder IN_DIR OUT_DIR");
  }
  if (place == options::QUANTIZE && given.text("calibration").value_or("").empty()) {
    throw UsageError("no folder of pictures to calibrate with given", "name it with --calibration FOLDER");
  }
  if (place != options::BENCH) return;
  if (given.text("input-dir").value_or("").empty())
    throw UsageError("no folder of pictures given", "name it with --input-dir FOLDER");
  if (given.text("output-dir").value_or("").empty()) {
    throw UsageError("no folder for the results given", "name it with --output-dir FOLDER");
  }
  if (given.has("save") && common.user_config.empty()) {
    throw UsageError("--save: this user has no home folder to keep a config in", "use the peel.toml beside the report");
  }
}

}  // namespace

CommandLine::CommandLine() {
  for (const Command& command : commands()) {
    if (!root_) {
      root_ = std::make_unique<CLI::App>(command.text, command.name);
      // Before its commands, which take these from it.
      root_->set_help_flag("-h,--help", "print this help and leave");
      root_->set_version_flag("-V,--version", "peel " PEEL_VERSION, "print the version and leave");
      root_->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
      root_->allow_extras();
    }
    CLI::App* const parent = command.parent.empty() ? root_.get() : root_->get_subcommand(std::string(command.parent));
    CLI::App& app = &command == commands().data() ? *root_ : *parent->add_subcommand(command.name, command.text);
    app.footer(command.examples);
    if (*command.alias != '\0') app.alias(command.alias);
    if (command.place == 0) {
      app.require_subcommand(0, 1);
      continue;
    }
    define_options(app, command.place, given_);
    commands_.emplace_back(&command, &app);
  }
  help_ = root_->add_subcommand("help", "Explain a command.");
  // Completion reads the words off the value's name.
  help_->add_option("COMMAND", help_words_, "the command to explain")
      ->type_name(fmt::format("{}", fmt::join(command_names(*root_), "|")));
  // For the build, which writes peel.1 with it.
  manual_ = root_->add_subcommand("manual", "Print the manual page.")->group("");
}

/// Gives the command what a config file says and the command line does not. The file that was read; empty: none.
std::string CommandLine::read_config(CLI::App& command, const Common& common) const {
  if (common.no_config || !command.get_option_no_throw("--config")) return "";
  std::string file = common.config;
  if (command.count("--config") == 0) {
    std::error_code unknown;
    if (common.user_config.empty() || !std::filesystem::exists(common.user_config, unknown)) return "";
    file = common.user_config;
  }
  std::vector<std::string> sections;
  for (const auto& [each, app] : commands_) {
    if (app->get_option_no_throw("--config")) sections.push_back(app->get_name());
  }
  apply_config(command, sections, file);
  return file;
}

std::variant<std::string, Invocation> CommandLine::parse(std::vector<std::string> arguments) {
  const std::string word = arguments.empty() ? "" : arguments.front();
  arguments = translate_habits(std::move(arguments));
  if (!word.empty() && !word.starts_with('-') && !find_command(*root_, word)) {
    std::error_code ignored;
    const bool is_file = std::filesystem::exists(word, ignored);
    throw UsageError(fmt::format("unknown command {}", word),
                     is_file ? "peel remove " + word + " takes the background off that picture"
                             : did_you_mean(word, command_names(*root_), "peel --help lists the commands"));
  }
  CLI::App* const command = arguments.empty() ? nullptr : find_command(*root_, arguments.front());
  if (command) check_mistakable(*command, arguments);
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    root_->parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    std::vector<std::string> words;
    for (const CLI::App* app = root_.get(); !app->get_subcommands().empty(); words.push_back(app->get_name())) {
      app = app->get_subcommands().front();
    }
    return help_for(words);
  } catch (const CLI::CallForVersion&) {
    return "peel " PEEL_VERSION "\n";
  } catch (const CLI::ArgumentMismatch& error) {
    throw missing_value(error);
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what(), "see peel --help");
  }
  check_leftovers();
  if (word.empty()) return help_for({});
  if (help_->parsed()) return help_for(help_words_);
  if (manual_->parsed()) return manual_page(describe(*root_));
  Invocation result = invocation(word == "i");
  if (result.command == options::COMPLETION) return completion_script(describe(*root_), result.common.shell);
  return result;
}

/// Arguments nobody took: CLI11 can only list them, so they are let through and explained here.
void CommandLine::check_leftovers() const {
  std::vector<std::string> leftovers = root_->remaining(true);
  // The mark that ends the options is listed too.
  std::erase(leftovers, "--");
  if (leftovers.empty()) return;
  const CLI::App* app = root_.get();
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  const std::string& argument = leftovers.front();
  const std::string name = argument.substr(0, argument.find('='));
  const std::string see = app == root_.get() ? "see peel --help" : "see peel help " + app->get_name();
  if (argument.size() > 1 && argument.front() == '-') {
    throw UsageError(fmt::format("unknown option {}", name), did_you_mean(name, option_names(*app), see));
  }
  if (!command_names(*app).empty()) {
    throw UsageError(fmt::format("unknown command {} {}", app->get_name(), argument),
                     did_you_mean(argument, command_names(*app), see));
  }
  throw UsageError(fmt::format("unexpected argument {}", argument), see);
}

std::string CommandLine::help_for(const std::vector<std::string>& words) const {
  const CLI::App* app = root_.get();
  std::string prefix;
  for (const std::string& word : words) {
    const CLI::App* next = find_command(*app, word);
    if (!next) {
      throw UsageError(fmt::format("unknown command {}", word),
                       did_you_mean(word, command_names(*app), "peel --help lists the commands"));
    }
    prefix += (prefix.empty() ? "" : " ") + app->get_name();
    app = next;
  }
  return help_text(describe(*app, prefix));
}

Invocation CommandLine::invocation(bool rembg_names) {
  const auto parsed = std::ranges::find_if(commands_, [](const auto& each) { return each.second->parsed(); });
  Invocation result{given_.make<Common>(), parsed->first->place, {}};
  Common& common = result.common;
  if (const auto file = default_config_file()) common.user_config = file->string();
  const std::string config = read_config(*parsed->second, common);
  given_.apply(common);  // a config file may hold these too
  common.config = config;
  if (common.quiet && common.verbose) throw UsageError("--quiet and --verbose exclude each other");
  check(result.command, given_, common);
  const Files files = given_.make<Files>();
  if (rembg_names && files.inputs.size() == 2 && files.output.empty()) given_.add(SECOND_NAME_IS_OUTPUT, true);
  result.given = std::move(given_);
  return result;
}

}  // namespace peel::cli
