#include "arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "completion.hpp"
#include "config_file.hpp"
#include "description.hpp"
#include "help.hpp"
#include "manual.hpp"
#include "option_values.hpp"
#include "rembg_habits.hpp"

namespace peel::cli {
namespace {

constexpr const char* FOOTER = R"(Examples:
  peel remove photo.jpg -o cutout.png      a transparent PNG
  peel folder photos cutouts               a folder of pictures, every core busy
  peel i photo.jpg cutout.png              the same as rembg's command
  peel scan photo.jpg -o page.jpg          the page on the photograph, as if lying flat under a scanner
  peel scan photos -o pages.pdf            a folder of photographs into one PDF
  ffmpeg ... | peel stream 1280 720 | ffmpeg ...
                                           a video, frame by frame
  peel models list                         what models there are, and their licences
  peel info                                what this machine runs them on
  peel serve                               an HTTP server, and a page at http://127.0.0.1:7000
  peel bench -i photos -o bench            which settings are the fastest here
  peel quantize u2net --calibration pics   an INT8 form of a model, where that pays

Exit status:
  0  done
  1  some inputs of several failed, the others are done; quantize: no INT8 form was worth keeping
  2  the arguments make no sense
  3  an input cannot be read, or is over a limit; scan: no page was found
  4  a model is missing or damaged
  5  a device that was required cannot be used
  6  an output could not be written
  7  an internal error

Environment:
  U2NET_HOME               folder of the models; else $XDG_DATA_HOME/.u2net, else ~/.u2net
  MODEL_CHECKSUM_DISABLED  set: models are taken as they are, without a check
  PEEL_MODEL_MIRROR        address that models are fetched from instead of their own
  PEEL_OFFLINE             1: the network is never used
  PEEL_ONNXRUNTIME         file of the ONNX Runtime library to use instead of the one peel was built with
  https_proxy, no_proxy    the proxy for downloads, as for curl

peel help COMMAND explains a command.)";

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
  } catch (const UsageError&) {
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

/// -o "" is most likely a variable that was not set.
void require_output_name(const CLI::App& command, const std::string& output) {
  if (output.empty() && command.count("--output") > 0) {
    throw UsageError("the output's name is empty", "give it with -o FILE");
  }
}

}  // namespace

CommandLine::CommandLine()
    : root_(std::make_unique<CLI::App>("Takes the background off pictures and flattens photographed pages, on this "
                                       "machine, with the models of rembg.",
                                       "peel")) {
  root_->set_help_flag("-h,--help", "print this help and leave");
  root_->set_version_flag("-V,--version", "peel " PEEL_VERSION, "print the version and leave");
  root_->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  root_->require_subcommand(0, 1);
  root_->allow_extras();
  root_->footer(FOOTER);

  remove_ = &define_remove(*root_, remove_arguments_);
  add_common(*remove_);
  add_config(*remove_);
  folder_ = &define_folder(*root_, folder_arguments_);
  add_common(*folder_);
  add_config(*folder_);
  scan_ = &define_scan(*root_, scan_arguments_);
  add_common(*scan_);
  add_config(*scan_);
  stream_ = &define_stream(*root_, stream_arguments_);
  add_common(*stream_);
  add_config(*stream_);
  bench_ = &define_bench(*root_, bench_arguments_);
  add_common(*bench_);
  add_config(*bench_);
  serve_ = &define_serve(*root_, serve_arguments_);
  add_common(*serve_);
  add_config(*serve_);
  quantize_ = &define_quantize(*root_, quantize_arguments_);
  add_common(*quantize_);
  models_ = &define_models(*root_, models_arguments_);
  for (CLI::App* action : models_->get_subcommands([](CLI::App*) { return true; })) add_common(*action);
  info_ = root_->add_subcommand("info",
                                "Show what pictures are processed on: machine, ONNX Runtime, devices, models.\n"
                                "Every device is tried; where one cannot be used, the reason is shown.");
  info_->footer("Examples:\n  peel info\n  peel info --json\n  peel info --json | jq '.providers[] | select(.usable)'");
  add_common(*info_);

  completion_ = root_->add_subcommand("completion", "Print the completion script of a shell.");
  add_choice(*completion_, "SHELL", shell_, Choices<std::string>{{"bash", "bash"}, {"zsh", "zsh"}, {"fish", "fish"}},
             "the shell to print it for")
      ->required();
  completion_->footer(
      "Examples:\n"
      "  source <(peel completion bash)\n"
      "  peel completion bash > ~/.local/share/bash-completion/completions/peel\n"
      "  peel completion zsh > \"${fpath[1]}/_peel\"\n"
      "  peel completion fish > ~/.config/fish/completions/peel.fish");

  help_ = root_->add_subcommand("help", "Explain a command.");
  // Completion reads the words off the value's name.
  help_->add_option("COMMAND", help_words_, "the command to explain")
      ->type_name(fmt::format("{}", fmt::join(command_names(*root_), "|")));
  // For the build, which writes peel.1 with it.
  manual_ = root_->add_subcommand("manual", "Print the manual page.")->group("");
}

void CommandLine::add_common(CLI::App& command) {
  const std::string group = "Messages";
  command.add_flag("--json", common_.json, "print one JSON object on stdout, and nothing else there")->group(group);
  command.add_flag("-v,--verbose", common_.verbose, "say more on stderr: what is chosen, and why")->group(group);
  command.add_flag("-q,--quiet", common_.quiet, "say nothing but errors")->group(group);
}

void CommandLine::add_config(CLI::App& command) {
  const std::string group = "Config file";
  CLI::Option* file = command.add_option("--config", config_file_,
                                         "settings from a TOML file; the command line wins. Else from "
                                         "~/.config/peel/config.toml ($XDG_CONFIG_HOME), if it is there");
  file->type_name("FILE")->group(group);
  command.add_flag("--no-config", no_config_, "no config file")->group(group)->excludes(file);
}

/// Gives the command what a config file says and the command line does not.
void CommandLine::read_config() {
  const std::vector<CLI::App*> commands{remove_, folder_, scan_, stream_, serve_, bench_};
  const auto parsed = std::ranges::find_if(commands, [](const CLI::App* command) { return command->parsed(); });
  if (parsed == commands.end() || no_config_) return;
  CLI::App* command = *parsed;
  std::filesystem::path file = config_file_;
  if (command->count("--config") == 0) {
    const auto usual = default_config_file();
    std::error_code unknown;
    if (!usual || !std::filesystem::exists(*usual, unknown)) return;
    file = *usual;
  }
  std::vector<std::string> sections;
  sections.reserve(commands.size());
  for (const CLI::App* each : commands) sections.push_back(each->get_name());
  apply_config(*command, sections, file);
  common_.config = file.string();
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
  const CommandDescription description = describe(*root_);
  if (completion_->parsed()) return completion_script(description, shell_);
  if (manual_->parsed()) return manual_page(description);
  read_config();
  if (common_.quiet && common_.verbose) throw UsageError("--quiet and --verbose exclude each other");
  return invocation(word == "i");
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

FolderArguments CommandLine::folder_invocation() const {
  if (folder_arguments_.input_folder.empty() || folder_arguments_.output_folder.empty()) {
    throw UsageError("folder needs two folders: that of the pictures and that for the outputs",
                     "peel folder IN_DIR OUT_DIR");
  }
  return folder_arguments_;
}

ScanArguments CommandLine::scan_invocation() const {
  require_output_name(*scan_, scan_arguments_.output);
  if (scan_->count("--debug") > 0 && scan_arguments_.debug_folder.empty()) {
    throw UsageError("the name of the folder for --debug is empty", "give it with --debug FOLDER");
  }
  return scan_arguments_;
}

StreamArguments CommandLine::stream_invocation() const {
  require_output_name(*stream_, stream_arguments_.output);
  return stream_arguments_;
}

BenchArguments CommandLine::bench_invocation() {
  BenchArguments& bench = bench_arguments_;
  if (bench.input_folder.empty()) throw UsageError("no folder of pictures given", "name it with --input-dir FOLDER");
  if (bench.output_folder.empty()) {
    throw UsageError("no folder for the results given", "name it with --output-dir FOLDER");
  }
  if (const auto file = default_config_file()) bench.user_config = file->string();
  if (bench.save && bench.user_config.empty()) {
    throw UsageError("--save: this user has no home folder to keep a config in", "use the peel.toml beside the report");
  }
  return bench;
}

QuantizeArguments CommandLine::quantize_invocation() const {
  if (quantize_arguments_.calibration_folder.empty()) {
    throw UsageError("no folder of pictures to calibrate with given", "name it with --calibration FOLDER");
  }
  require_output_name(*quantize_, quantize_arguments_.output);
  return quantize_arguments_;
}

Invocation CommandLine::invocation(bool rembg_positionals) {
  if (info_->parsed()) return {common_, InfoArguments{}};
  if (models_->parsed()) return {common_, models_arguments_};
  if (folder_->parsed()) return {common_, folder_invocation()};
  if (scan_->parsed()) return {common_, scan_invocation()};
  if (stream_->parsed()) return {common_, stream_invocation()};
  if (serve_->parsed()) return {common_, serve_arguments_};
  if (bench_->parsed()) return {common_, bench_invocation()};
  if (quantize_->parsed()) return {common_, quantize_invocation()};
  RemoveArguments& remove = remove_arguments_;
  require_output_name(*remove_, remove.output);
  if (rembg_positionals && remove.inputs.size() == 2 && remove.output.empty()) {
    remove.output = remove.inputs.back();
    remove.inputs.pop_back();
  }
  return {common_, remove};
}

}  // namespace peel::cli
