#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "peel/animation.hpp"
#include "peel/error.hpp"

namespace peel {

Result cut_out_frames(Animation& animation, const Finish& options, std::string_view name,
                      const std::function<Result(const Image&)>& cut_out) {
  if (animation.frames.empty()) throw Error(ErrorCode::usage, fmt::format("{}: an animation without frames", name));
  if (options.crop_margin) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: frames of an animation cannot be cropped, each to its own subject", name),
                "leave cropping away, or take a single frame");
  }
  Result all;
  for (Image& frame : animation.frames) {
    Result made = cut_out(frame);
    frame = std::move(made.image);
    all.subject = all.subject || made.subject;
    for (std::string& note : made.notes) {
      if (std::find(all.notes.begin(), all.notes.end(), note) == all.notes.end()) all.notes.push_back(std::move(note));
    }
    all.timings.preprocess += made.timings.preprocess;
    all.timings.inference += made.timings.inference;
    all.timings.postprocess += made.timings.postprocess;
  }
  all.image = animation.frames.front();
  return all;
}

}  // namespace peel
