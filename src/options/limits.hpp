#pragma once

// Ends of ranges: of options, and of the values the library takes.
namespace peel::options {

inline constexpr int MOST_OFFSET = 500;           ///< pixels: of an offset and of a feather
inline constexpr int MOST_EROSION = 1000;         ///< pixels: of MattingOptions
inline constexpr int MOST_MARGIN = 1'000'000;     ///< pixels: of a crop. No picture is longer by more than that
inline constexpr int LARGEST_INPUT_SIDE = 16384;  ///< of a network: tens of gigabytes from half of it on
inline constexpr int LARGEST_FRAME_SIDE = 16384;  ///< of a video: 0.8 GB for a frame of that size both ways
inline constexpr int LARGEST_BATCH = 64;
inline constexpr int MOST_THREADS = 1024;

}  // namespace peel::options
