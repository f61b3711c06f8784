#include "commands/remove_plan.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "commands/picture_folder.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

void check_input(Job& job) {
  if (job.input == "-") return;
  std::error_code error;
  const fs::file_status status = fs::status(job.input, error);
  if (!fs::exists(status)) {
    job.error.emplace(ErrorCode::input, fmt::format("{}: {}", job.input, error ? error.message() : "not found"),
                      "check the name");
  } else if (access(job.input.c_str(), R_OK) != 0) {
    job.error.emplace(ErrorCode::input, fmt::format("{}: {}", job.input, std::strerror(errno)),
                      "check its permissions");
  }
}

/// The output's folder can be written to: found out before the work is done, not after.
void check_folder_of(const std::string& output) {
  if (output == "-") return;
  fs::path folder = fs::path(output).parent_path();
  if (folder.empty()) folder = ".";
  if (!is_folder(folder)) {
    throw Error(ErrorCode::output, fmt::format("{}: there is no folder {}", output, folder.string()),
                "create it, or choose another output");
  }
  std::error_code ignored;
  const fs::file_status status = fs::status(output, ignored);
  // A device or a pipe is written directly; a file is replaced, which its folder must allow.
  const bool direct = fs::exists(status) && !fs::is_regular_file(status);
  if (access(direct ? output.c_str() : folder.c_str(), W_OK) != 0) {
    throw Error(ErrorCode::output, fmt::format("{}: {}", direct ? output : folder.string(), std::strerror(errno)),
                "choose another output");
  }
}

void create_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(ErrorCode::output, fmt::format("{}: {}", folder, error.message()), "choose another output");
}

/// Files that are read must not be written: after a cut-out its picture would be gone. Known by device and inode, since
/// one file has many names.
class Sources {
 public:
  void add(const std::string& name) {
    if (const auto file = identity(name)) names_.emplace(*file, name);
  }
  void check(const std::string& output) const {
    const auto file = identity(output);
    const auto source = file ? names_.find(*file) : names_.end();
    if (source == names_.end()) return;
    throw Error(ErrorCode::usage, fmt::format("{} is read and cannot be the output too", source->second),
                "choose another output");
  }

 private:
  using Identity = std::pair<dev_t, ino_t>;
  static std::optional<Identity> identity(const std::string& name) {
    struct stat info {};
    if (name == "-" || ::stat(name.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    return Identity{info.st_dev, info.st_ino};
  }
  std::map<Identity, std::string> names_;
};

/// Names in one folder, each given out once.
class FolderNames {
 public:
  FolderNames(fs::path folder, FileFormat format) : folder_(std::move(folder)), format_(format) {}

  std::string name_for(const std::string& input, std::vector<std::string>& warnings) {
    const std::string stem = input == "-" ? "stdin" : fs::path(input).stem().string();
    const std::string ending(extension(format_));
    std::string name = stem + ending;
    for (int n = 2; !used_.insert(name).second; ++n) name = fmt::format("{}-{}{}", stem, n, ending);
    if (name != stem + ending) {
      warnings.push_back(
          fmt::format("{}: written as {}, as {}{} is the output of another input", input, name, stem, ending));
    }
    return (folder_ / name).string();
  }

 private:
  fs::path folder_;
  FileFormat format_;
  std::set<std::string> used_;
};

std::string single_output(const RemoveArguments& arguments, const std::string& input, bool json,
                          const Streams& streams) {
  if (!arguments.output.empty()) return arguments.output;
  if (!streams.output_is_terminal && !json) return "-";
  if (input == "-") {
    throw Error(ErrorCode::usage, "a picture from standard input needs a name for the output", "give it with -o FILE");
  }
  const fs::path path(input);
  const std::string ending(extension(arguments.format.value_or(FileFormat::png)));
  return (path.parent_path() / (path.stem().string() + ".out" + ending)).string();
}

/// Format by name, and a word of warning where the name promises what peel cannot write.
FileFormat format_for(const RemoveArguments& arguments, const std::string& output, std::vector<std::string>& warnings) {
  if (arguments.format) return *arguments.format;
  if (const auto format = format_from_name(output)) return *format;
  if (has_picture_ending(output)) {
    const std::string ending = fs::path(output).extension().string();
    warnings.push_back(fmt::format("{}: written as PNG, as peel does not write {} files", output, ending.substr(1)));
  }
  return FileFormat::png;
}

}  // namespace

Plan plan_removal(const RemoveArguments& arguments, bool json, const Streams& streams) {
  Plan plan;
  std::vector<std::string> inputs = arguments.inputs;
  if (inputs.empty()) {
    if (streams.input_is_terminal) throw Error(ErrorCode::usage, "no picture given", "peel help remove shows examples");
    inputs = {"-"};
  }
  if (std::count(inputs.begin(), inputs.end(), "-") > 1) {
    throw Error(ErrorCode::usage, "standard input can be read only once", "give - once");
  }
  plan.several = inputs.size() > 1;
  for (const std::string& input : inputs) {
    if (input == "-" || !is_folder(input)) {
      plan.jobs.push_back({input, "", FileFormat::png, std::nullopt});
      check_input(plan.jobs.back());
      continue;
    }
    plan.several = true;
    const std::vector<std::string> files = pictures_in(input);
    if (files.empty()) {
      plan.jobs.push_back(
          {input, "", FileFormat::png, Error(ErrorCode::input, input + ": no pictures in this folder")});
    }
    for (const std::string& file : files) plan.jobs.push_back({file, "", FileFormat::png, std::nullopt});
  }

  const bool existing_folder = !arguments.output.empty() && is_folder(arguments.output);
  const bool into_folder = existing_folder || arguments.output.ends_with('/');
  if (plan.several && !into_folder) {
    const bool two_names = arguments.output.empty() && arguments.inputs.size() == 2;
    throw Error(ErrorCode::usage, "several pictures need a folder for the outputs",
                two_names ? fmt::format("give it with -o FOLDER/; for one picture: peel remove {} -o {}",
                                        arguments.inputs[0], arguments.inputs[1])
                          : "give it with -o FOLDER/");
  }
  // Of several inputs those that are there are done; of one that is not there nothing is.
  if (inputs.size() == 1 && plan.jobs[0].error) throw Error(*plan.jobs[0].error);

  Sources sources;
  for (const Job& job : plan.jobs) sources.add(job.input);
  sources.add(arguments.background);
  sources.add(arguments.model);
  FolderNames names(arguments.output, arguments.format.value_or(FileFormat::png));
  for (Job& job : plan.jobs) {
    if (job.error) continue;
    job.output =
        into_folder ? names.name_for(job.input, plan.warnings) : single_output(arguments, job.input, json, streams);
    job.format = format_for(arguments, job.output, plan.warnings);
    sources.check(job.output);
  }
  if (!plan.several && plan.jobs[0].output == "-") {
    if (json)
      throw Error(ErrorCode::usage, "with --json standard output holds the JSON object",
                  "give the output with -o FILE");
    if (streams.output_is_terminal) {
      throw Error(ErrorCode::usage, "a terminal cannot show the picture's bytes",
                  "redirect standard output, or use -o FILE");
    }
  }
  const bool any = std::any_of(plan.jobs.begin(), plan.jobs.end(), [](const Job& job) { return !job.error; });
  if (into_folder && any) create_folder(arguments.output);
  for (const Job& job : plan.jobs) {
    if (!job.error) check_folder_of(job.output);
  }
  return plan;
}

}  // namespace peel::cli
