#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "commands/file_state.hpp"

namespace peel::cli {

/// Which files of a folder are taken.
class PictureFilter {
 public:
  /// Shell patterns; one with a slash is for the whole way from the folder, one without for the name alone. Without an
  /// `include` it is the ending that tells a picture. Hidden files and folders are none.
  PictureFilter(std::vector<std::string> include, std::vector<std::string> exclude);

  /// `relative`: the way from the folder.
  bool takes(const std::filesystem::path& relative) const;

 private:
  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
};

/// The ways from `folder` to its pictures, sorted; in `skipped`, which may lie within, nothing is looked for. Links to
/// folders are not followed: they may lead in a circle. Throws Error(input) where the folder cannot be read.
std::vector<std::filesystem::path> pictures_below(const std::filesystem::path& folder, bool recursive,
                                                  const PictureFilter& filter, const std::filesystem::path& skipped);

/// The outputs of the pictures of a folder: the same way from the output folder, another ending. No two pictures get
/// the same.
class OutputNames {
 public:
  /// `ending`: ".png". `never_replace`: an output that is there already keeps its name, and the new one gets a number.
  OutputNames(std::filesystem::path folder, std::string ending, bool never_replace);

  /// Pictures that are known to come: of those that would share an output each then gets its whole name in front of the
  /// ending.
  void expect(const std::vector<std::filesystem::path>& pictures);

  /// The same for the same picture, unless it would replace something. `mark`: page_mark() of one of its pages.
  std::filesystem::path name_for(const std::filesystem::path& picture, const std::string& mark = {});

  /// The name it has where no other wants that.
  std::filesystem::path usual_name(const std::filesystem::path& picture, const std::string& mark = {}) const;

  /// Nothing was written under a name that was given: it is free again.
  void take_back(const std::filesystem::path& output);

  /// The output was written, of a picture that had not come as a whole: the next time the picture has the same name,
  /// and may replace that output, unless it is another's by then.
  void expect_again(const std::filesystem::path& output);
  bool may_replace(const std::filesystem::path& output) const;

 private:
  /// A picture, or below it as if it were a folder the mark of one of its pages.
  using Source = std::filesystem::path;
  bool free(const std::filesystem::path& name, const Source& source) const;
  std::filesystem::path usual(const std::filesystem::path& picture, const std::string& mark) const;
  std::optional<Source> source_of(const std::filesystem::path& output) const;

  std::filesystem::path folder_;
  std::string ending_;
  bool never_replace_;
  std::map<std::filesystem::path, std::set<Source>> wanted_;  ///< by the usual name, the pictures that would have it
  std::map<std::filesystem::path, Source> given_;             ///< by name, the picture it was given to
  struct Unfinished {
    std::filesystem::path output;
    FileState state;
  };
  std::map<Source, Unfinished> unfinished_;  ///< by picture, what was made of a part of it
};

}  // namespace peel::cli
