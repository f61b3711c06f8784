#include "commands/picture_plan.hpp"

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

#include "commands/manifest.hpp"
#include "commands/output_format.hpp"
#include "commands/picture_folder.hpp"
#include "commands/picture_pages.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view PDF_ENDING = ".pdf";

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

Job job_for(std::string input) {
  Job job;
  job.input = std::move(input);
  return job;
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

/// Files that are read must not be written: a picture would be gone after its cut-out. Known by device and inode, since
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

std::string stem_of(const Job& job) {
  if (!job.stem.empty()) return job.stem;
  return job.input == "-" ? "stdin" : fs::path(job.input).stem().string();
}

/// Names in one folder, each given out once.
class FolderNames {
 public:
  FolderNames(fs::path folder, std::string_view ending) : folder_(std::move(folder)), ending_(ending) {}

  std::string name_for(const Job& job, std::vector<std::string>& warnings) {
    const std::string& input = job.input;
    const std::string stem = stem_of(job) + page_mark(job);
    std::string name = stem + ending_;
    for (int n = 2; !used_.insert(name).second; ++n) name = fmt::format("{}-{}{}", stem, n, ending_);
    if (name != stem + ending_) {
      warnings.push_back(
          fmt::format("{}: written as {}, as {}{} is the output of another input", input, name, stem, ending_));
    }
    return (folder_ / name).string();
  }

 private:
  fs::path folder_;
  std::string ending_;
  std::set<std::string> used_;
};

/// In what the plans of the commands differ.
struct Rules {
  std::string_view command;  ///< its name, for hints
  std::string_view mark;     ///< what an output beside its input has before its ending
  FileFormat usual_format = FileFormat::png;
  bool pdf = false;              ///< one PDF of all
  bool whole_documents = false;  ///< all pages of a TIFF or HEIF are taken where nobody says which
  DecodeLimits limits = {};
  bool animations = false;             ///< frames of an animation may become one
  std::vector<std::string> also_read;  ///< files besides the pictures
};

class Planner {
 public:
  Planner(const Files& files, const Rules& rules, bool json, const Streams& streams)
      : files_(files), rules_(rules), json_(json), streams_(streams), shard_(shard_from(files.shard)) {}

  Plan plan() {
    plan_.pdf = rules_.pdf;
    find_jobs();
    find_pages();
    name_outputs();
    return std::move(plan_);
  }

 private:
  void find_jobs() {
    if (files_.manifest.empty()) {
      list_inputs();
    } else {
      list_manifest();
    }
    require_place_for_outputs();
    // Of several inputs those that are there are done; of one that is not there nothing is.
    const bool one = files_.manifest.empty() && files_.inputs.size() < 2;
    if (one && !plan_.jobs.empty() && plan_.jobs[0].error) throw Error(*plan_.jobs[0].error);
  }

  void list_inputs() {
    std::vector<std::string> inputs = files_.inputs;
    if (inputs.empty()) {
      if (streams_.input_is_terminal) {
        throw Error(ErrorCode::usage, "no picture given", fmt::format("peel help {} shows examples", rules_.command));
      }
      inputs = {"-"};
    }
    if (std::count(inputs.begin(), inputs.end(), "-") > 1) {
      throw Error(ErrorCode::usage, "standard input can be read only once", "give - once");
    }
    plan_.several = inputs.size() > 1 || !shard_.is_all();
    for (const std::string& input : inputs) {
      if (input == "-" || !is_folder(input)) {
        check_input(plan_.jobs.emplace_back(job_for(input)));
        continue;
      }
      plan_.several = true;
      const std::vector<std::string> files = pictures_in(input);
      if (files.empty()) {
        plan_.jobs.push_back(job_for(input));
        plan_.jobs.back().error.emplace(ErrorCode::input, input + ": no pictures in this folder");
      }
      for (const std::string& file : files) plan_.jobs.push_back(job_for(file));
    }
    take_shard([&](std::size_t i) { return shard_.takes_name(plan_.jobs[i].input); });
  }

  void list_manifest() {
    if (!files_.inputs.empty()) {
      throw Error(ErrorCode::usage, "--manifest names the pictures, and so does the command line",
                  "give one of the two");
    }
    plan_.several = true;
    for (ManifestLine& line : read_manifest(files_.manifest)) {
      Job& job = plan_.jobs.emplace_back(job_for(std::move(line.input)));
      job.output = std::move(line.output);
    }
    take_shard([&](std::size_t i) { return shard_.takes_line(i); });
    for (Job& job : plan_.jobs) check_input(job);
  }

  /// Leaves the others out, after outputs of the same name were told apart: each has the name it would have without
  /// parts.
  template <typename Takes>
  void take_shard(Takes takes) {
    if (shard_.is_all()) return;
    std::set<std::string> used;
    std::vector<Job> taken;
    for (std::size_t i = 0; i < plan_.jobs.size(); ++i) {
      Job& job = plan_.jobs[i];
      const std::string stem = stem_of(job);
      job.stem = stem;
      for (int n = 2; job.output.empty() && !used.insert(job.stem).second; ++n)
        job.stem = fmt::format("{}-{}", stem, n);
      if (takes(i)) taken.push_back(std::move(job));
    }
    plan_.jobs = std::move(taken);
  }

  void find_pages() {
    const FileFormat format = files_.format.value_or(
        (into_folder_ ? std::nullopt : format_from_name(files_.output)).value_or(rules_.usual_format));
    const PageRule rule{rules_.limits, files_.pages, rules_.whole_documents,
                        rules_.animations && holds_animation(format)};
    std::vector<Job> jobs;
    for (const Job& job : plan_.jobs) {
      for (Job& page : page_jobs(job, rule)) jobs.push_back(std::move(page));
    }
    plan_.several = plan_.several || jobs.size() > 1;
    plan_.jobs = std::move(jobs);
  }

  void require_place_for_outputs() const {
    const bool all_named = std::ranges::none_of(plan_.jobs, &std::string::empty, &Job::output);
    if (rules_.pdf) {
      if (std::ranges::any_of(plan_.jobs, [](const Job& job) { return !job.output.empty(); })) {
        throw Error(ErrorCode::usage, fmt::format("{} names outputs, and all pages go into one PDF", files_.manifest),
                    "leave them out, or choose another --format");
      }
      if (into_folder_) {
        throw Error(ErrorCode::usage, fmt::format("{} is a folder, and all pages go into one PDF", files_.output),
                    fmt::format("name the file: -o {}",
                                (fs::path(files_.output) / fmt::format("pages{}", PDF_ENDING)).string()));
      }
      if (plan_.several && files_.output.empty() && !to_standard_output()) {
        throw Error(ErrorCode::usage, "the PDF of several pages needs a name", "give it with -o FILE.pdf");
      }
    } else if (plan_.several && !into_folder_ && !all_named) {
      const auto& inputs = files_.inputs;
      const bool two_names = files_.output.empty() && inputs.size() == 2;
      throw Error(ErrorCode::usage, "several pictures need a folder for the outputs",
                  two_names ? fmt::format("give it with -o FOLDER/; for one picture: peel {} {} -o {}", rules_.command,
                                          inputs[0], inputs[1])
                            : "give it with -o FOLDER/");
    }
  }

  void name_outputs() {
    Sources sources;
    for (const Job& job : plan_.jobs) sources.add(job.input);
    for (const std::string& file : rules_.also_read) sources.add(file);
    FolderNames names(files_.output, extension(files_.format.value_or(rules_.usual_format)));
    for (Job& job : plan_.jobs) {
      if (job.error) continue;
      if (!job.output.empty()) {
        name_listed_output(job, sources);
        continue;
      }
      job.output = into_folder_ ? names.name_for(job, plan_.warnings) : output_of_page(job);
      if (!rules_.pdf) job.format = output_format(files_, job.output, rules_.usual_format, plan_.warnings);
      sources.check(job.output);
      if (job.output == "-") check_standard_output();
    }
    const bool any = std::any_of(plan_.jobs.begin(), plan_.jobs.end(), [](const Job& job) { return !job.error; });
    if (into_folder_ && any) create_folder(files_.output);
    for (const Job& job : plan_.jobs) {
      if (!job.error) check_folder_of(job.output);
    }
  }

  /// The line's own output. What is wrong with one line is no reason not to do the others.
  void name_listed_output(Job& job, const Sources& sources) {
    try {
      job.output = output_of_page(job);
      job.format = output_format(files_, job.output, rules_.usual_format, plan_.warnings);
      sources.check(job.output);
      if (!listed_.insert(job.output).second) {
        throw Error(ErrorCode::usage, fmt::format("{} is the output of an earlier line, too", job.output),
                    "give each picture an output of its own");
      }
      const fs::path folder = fs::path(job.output).parent_path();
      if (!folder.empty()) create_folder(folder.string());
      check_folder_of(job.output);
    } catch (const Error& error) {
      job.error = error;
    }
  }

  std::string output_of_page(const Job& job) const {
    std::string output = job.output.empty() ? single_output(job.input) : job.output;
    if (job.pages < 2 || rules_.pdf) return output;
    if (output == "-") {
      throw Error(ErrorCode::usage,
                  fmt::format("{} has {} pages, and standard output holds one picture", job.input, job.pages),
                  rules_.whole_documents ? "--format pdf puts all into one file, --pages N takes one"
                                         : "give the output with -o FILE, or take one with --pages N");
    }
    const fs::path path(output);
    return (path.parent_path() / (path.stem().string() + page_mark(job) + path.extension().string())).string();
  }

  /// Where no output is named.
  bool to_standard_output() const { return !streams_.output_is_terminal && !json_; }

  std::string single_output(const std::string& input) const {
    if (!files_.output.empty()) return files_.output;
    if (to_standard_output()) return "-";
    if (input == "-") {
      throw Error(ErrorCode::usage, "a picture from standard input needs a name for the output",
                  "give it with -o FILE");
    }
    const fs::path path(input);
    const std::string_view ending = rules_.pdf ? PDF_ENDING : extension(files_.format.value_or(rules_.usual_format));
    return (path.parent_path() / fmt::format("{}.{}{}", path.stem().string(), rules_.mark, ending)).string();
  }

  void check_standard_output() const {
    if (json_) {
      throw Error(ErrorCode::usage, "with --json standard output holds the JSON object",
                  "give the output with -o FILE");
    }
    if (streams_.output_is_terminal) {
      throw Error(ErrorCode::usage, "a terminal cannot show the picture's bytes",
                  "redirect standard output, or use -o FILE");
    }
  }

  const Files& files_;
  const Rules& rules_;
  bool json_;
  const Streams& streams_;
  Shard shard_;
  std::set<std::string> listed_;  ///< outputs that a manifest names
  bool into_folder_ = files_.output.ends_with('/') || (!files_.output.empty() && is_folder(files_.output));
  Plan plan_;
};

bool has_pdf_ending(const std::string& output) {
  std::string ending = fs::path(output).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return ending == PDF_ENDING;
}

/// A name for the drawings of each picture.
void plan_drawings(const std::string& folder, Plan& plan) {
  Sources sources;
  for (const Job& job : plan.jobs) sources.add(job.input);
  FolderNames names(folder, "");
  for (Job& job : plan.jobs) {
    if (job.error) continue;
    job.drawings = names.name_for(job, plan.warnings);
    for (const std::string_view ending : DRAWING_ENDINGS) sources.check(job.drawings + std::string(ending));
  }
  create_folder(folder);
  check_folder_of(fs::path(folder) / DRAWING_ENDINGS[0]);
}

}  // namespace

Plan plan_removal(const Given& given, bool json, const Streams& streams) {
  const Files files = given.make<Files>();
  const Rules rules{
      .command = "remove",
      .mark = "out",
      .limits = given.make<DecodeLimits>(),
      .animations = true,
      .also_read = {files.background, given.make<Settings>().model_name, files.model_path, files.mask, files.trimap}};
  return Planner(files, rules, json, streams).plan();
}

Plan plan_scan(const Given& given, bool json, const Streams& streams) {
  const Files files = given.make<Files>();
  const std::vector<std::string>& inputs = files.inputs;
  if (given.has("corners") && (inputs.size() > 1 || (!inputs.empty() && is_folder(inputs[0])))) {
    throw Error(ErrorCode::usage, "--corners are those of one picture", "name a single picture");
  }
  // As scanners do: a photographed page is many times as large without loss, one of two levels smaller and sharper.
  const bool two_levels = given.make<ScanOptions>().enhance == Enhance::bw;
  const Rules rules{.command = "scan",
                    .mark = "scan",
                    .usual_format = two_levels ? FileFormat::png : FileFormat::jpeg,
                    .pdf = files.pdf || (!files.format && has_pdf_ending(files.output)),
                    .whole_documents = true,
                    .limits = given.make<DecodeLimits>(),
                    .also_read = {given.make<Settings>().model_name}};
  Plan plan = Planner(files, rules, json, streams).plan();
  if (given.has("corners") && plan.jobs.size() > 1) {
    throw Error(ErrorCode::usage, "--corners are those of one picture", "choose its page with --pages N");
  }
  if (const std::string folder = given.make<ScanChoices>().debug_folder; !folder.empty()) plan_drawings(folder, plan);
  return plan;
}

}  // namespace peel::cli
