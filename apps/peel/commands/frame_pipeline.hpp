#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "peel/image.hpp"
#include "peel/pool.hpp"

namespace peel::cli {

/// A frame as it was read.
struct Frame {
  Image image;
  std::unique_ptr<RemoverPool::Expected> expected;  ///< made before it was read, so that its batch waits for it
};

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
  std::function<std::optional<Frame>(const std::stop_token&)> read;
  std::function<Mask(const Frame&)> see;
  /// In order. The mask to be used.
  std::function<Mask(Mask)> steady;
  /// What is to be written.
  std::function<DoneFrame(const Image& frame, const Mask& mask)> finish;
  /// In order.
  std::function<void(std::uint64_t number, const DoneFrame& done)> write;
};

/// Takes every frame through all stages, with so many in hand at a time. Returns how many were written.
///
/// The first error in the order of frames is thrown, when the frames before it are written and no thread runs any more.
/// No frame after it is written.
std::uint64_t run_frames(const FrameStages& stages, int in_hand);

}  // namespace peel::cli
