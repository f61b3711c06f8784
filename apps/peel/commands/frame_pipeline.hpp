#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "peel/image.hpp"

namespace peel::cli {

/// A frame that is done: pixels to be written raw, or the file made of them.
struct DoneFrame {
  Image image;
  std::vector<std::byte> file;  ///< empty: none was made

  std::span<const std::byte> bytes() const {
    return file.empty() ? std::span(image.data(), image.size_bytes()) : std::span<const std::byte>(file);
  }
};

/// What is done with the frames of a video. What is said to be in order is called for one frame at a time, in the order
/// in which they were read; the rest on several threads at a time.
struct FrameStages {
  /// In order. The next frame; none: there are no more, or a stop was requested while it waited for one.
  std::function<std::optional<Image>(const std::stop_token&)> read;
  /// The masks of some frames.
  std::function<std::vector<Image>(std::span<const Image>)> find_masks;
  /// In order. The mask to be used.
  std::function<Image(const Image& mask)> steady;
  /// What is to be written.
  std::function<DoneFrame(const Image& frame, const Image& mask)> make;
  /// In order.
  std::function<void(std::uint64_t number, const DoneFrame& done)> write;
};

struct FrameLimits {
  int jobs = 1;   ///< calls of `find_masks` at a time
  int batch = 1;  ///< frames in one
};

/// Takes every frame through all stages. So many frames are in hand at a time as keep `jobs` calls of `find_masks`
/// busy. Returns how many were written.
///
/// The first error in the order of frames is thrown, when the frames before it are written and no thread runs any more;
/// of a batch whose masks cannot be found none is. None after it is written.
std::uint64_t run_frames(const FrameStages& stages, const FrameLimits& limits);

}  // namespace peel::cli
