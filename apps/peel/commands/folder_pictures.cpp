#include "commands/folder_pictures.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "commands/picture_folder.hpp"
#include "peel/error.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;

bool matches(const std::vector<std::string>& patterns, const fs::path& relative) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    const std::string text = pattern.find('/') == std::string::npos ? relative.filename() : relative;
    return fnmatch(pattern.c_str(), text.c_str(), FNM_CASEFOLD) == 0;
  });
}

bool is_hidden(const fs::path& relative) {
  return std::any_of(relative.begin(), relative.end(),
                     [](const fs::path& part) { return part.native().starts_with('.'); });
}

}  // namespace

PictureFilter::PictureFilter(std::vector<std::string> include, std::vector<std::string> exclude)
    : include_(std::move(include)), exclude_(std::move(exclude)) {}

bool PictureFilter::takes(const fs::path& relative) const {
  if (is_hidden(relative) || matches(exclude_, relative)) return false;
  return include_.empty() ? has_picture_ending(relative) : matches(include_, relative);
}

std::vector<fs::path> pictures_below(const fs::path& folder, bool recursive, const PictureFilter& filter,
                                     const fs::path& skipped) {
  std::vector<fs::path> pictures;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const fs::path relative = entry->path().lexically_relative(folder);
    if (entry->is_directory(ignored)) {
      if (!recursive || is_hidden(relative) || fs::equivalent(entry->path(), skipped, ignored)) {
        entry.disable_recursion_pending();
      }
    } else if (filter.takes(relative) && entry->is_regular_file(ignored)) {
      pictures.push_back(relative);
    }
  }
  if (error) throw Error(ErrorCode::input, fmt::format("{}: {}", folder.string(), error.message()));
  std::sort(pictures.begin(), pictures.end());
  return pictures;
}

OutputNames::OutputNames(fs::path folder, std::string ending, bool never_replace)
    : folder_(std::move(folder)), ending_(std::move(ending)), never_replace_(never_replace) {}

void OutputNames::expect(const std::vector<fs::path>& pictures) {
  for (const fs::path& picture : pictures) wanted_[usual(picture, "")].insert(picture);
}

fs::path OutputNames::usual(const fs::path& picture, const std::string& mark) const {
  return picture.parent_path() / (picture.stem().string() + mark + ending_);
}

fs::path OutputNames::usual_name(const fs::path& picture, const std::string& mark) const {
  return folder_ / usual(picture, mark);
}

bool OutputNames::free(const fs::path& name, const Source& source) const {
  const auto given = given_.find(name);
  if (given != given_.end() && (never_replace_ || given->second != source)) return false;
  std::error_code unknown;
  return !never_replace_ || !fs::exists(fs::symlink_status(folder_ / name, unknown));
}

fs::path OutputNames::name_for(const fs::path& picture, const std::string& mark) {
  const Source source = mark.empty() ? picture : picture / mark;
  const auto unfinished = unfinished_.find(source);
  if (unfinished != unfinished_.end() && may_replace(unfinished->second.output)) return unfinished->second.output;
  fs::path name = usual(picture, mark);
  const std::string stem = name.stem().string();
  std::set<Source>& wanted = wanted_[name];
  wanted.insert(source);
  if (wanted.size() > 1 || wanted_[usual(picture, "")].size() > 1 || !free(name, source)) {
    name = picture.parent_path() / (picture.filename().string() + mark + ending_);
  }
  for (int n = 2; !free(name, source); ++n) name = picture.parent_path() / fmt::format("{}-{}{}", stem, n, ending_);
  given_[name] = source;
  return folder_ / name;
}

std::optional<OutputNames::Source> OutputNames::source_of(const fs::path& output) const {
  const auto given = given_.find(output.lexically_relative(folder_));
  return given == given_.end() ? std::nullopt : std::optional(given->second);
}

void OutputNames::take_back(const fs::path& output) {
  // One that is there of the same picture, not yet a whole one, waits for the next.
  if (never_replace_ && !may_replace(output)) given_.erase(output.lexically_relative(folder_));
}

void OutputNames::expect_again(const fs::path& output) {
  const auto source = source_of(output);
  const auto state = file_state(output);
  if (source && state) unfinished_[*source] = {output, *state};
}

bool OutputNames::may_replace(const fs::path& output) const {
  if (!never_replace_) return true;
  const auto source = source_of(output);
  const auto written = source ? unfinished_.find(*source) : unfinished_.end();
  return written != unfinished_.end() && written->second.output == output &&
         file_state(output) == written->second.state;
}

}  // namespace peel::cli
