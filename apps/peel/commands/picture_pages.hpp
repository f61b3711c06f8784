#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "commands/picture_plan.hpp"
#include "peel/image.hpp"

// Files with several pages or frames.
namespace peel::cli {

/// What to do about those that were left out.
inline constexpr std::string_view PAGES_HINT = "--pages all takes all of them, --pages N another";

/// Whether an output of this format can hold all frames of an animation.
constexpr bool holds_animation(FileFormat format) {
  return format == FileFormat::webp || format == FileFormat::png;
}

/// What is taken of such a file.
struct PageRule {
  DecodeLimits limits = {};
  std::optional<int> asked = {};  ///< as Files::pages
  bool whole_documents = false;   ///< where nothing is asked: all pages of a TIFF or HEIF
  bool keeps_animations = false;  ///< the output can hold one: all frames are one job
};

/// The job, or one for each page that is wanted of its file. Standard input is read for that, and kept with the jobs. A
/// file that cannot be read stays one job: decoding says why. Throws Error(input) for what is wrong with standard
/// input.
std::vector<Job> page_jobs(const Job& job, const PageRule& rule);

/// What an output's name has before its ending: "-2", or "-02" where there are ten pages and more; empty for a file of
/// one.
std::string page_mark(const Job& job);

/// The job's picture. Throws Error(input).
Image read_page(const Job& job, DecodeOptions options);

}  // namespace peel::cli
