#pragma once

#include <cstdint>
#include <vector>

#include "peel/image.hpp"

namespace peel {

/// Resizing by Pillow's LANCZOS filter (libImaging/Resample.c), equal to it bit for bit: a windowed sinc with a = 3,
/// widened when shrinking (antialiased), weights rounded to 22 fractional bits, the horizontal pass first into 8 bits,
/// then the vertical one; a side that keeps its size is not filtered. The aspect ratio is not kept.

/// One 8-bit channel, packed. `out` has out_width * out_height bytes. `threads` as in parallel_for().
void resample_gray(const std::uint8_t* in, int in_width, int in_height, std::uint8_t* out, int out_width,
                   int out_height, int threads);

/// A picture's small copy: packed 8-bit RGB of that size. Alpha is left out (not laid over anything), grey becomes
/// three equal channels, of 16-bit samples the upper 8 bits are taken: what Pillow's convert("RGB") gives.
std::vector<std::uint8_t> resample_rgb(const PixelView& in, int out_width, int out_height, int threads);

}  // namespace peel
