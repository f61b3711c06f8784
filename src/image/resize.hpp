#pragma once

#include "peel/image.hpp"
#include "peel/remover.hpp"

namespace peel {

/// A picture at another size, by Lanczos (with 16 bits bicubic where it grows), in its own depth, with its profile.
/// Colours count by their alpha, so that what is transparent bleeds into nothing; where the result is wholly
/// transparent they are 0. The aspect ratio is not kept. `width` and `height` are 1 and more; the same size gives the
/// same picture. `threads`: 0: every core this process may use. Throws Error(internal).
Image resized(const Image& picture, int width, int height, int threads);

/// A canvas of zeros (transparent, or black where the picture has no alpha) with the picture on it; what reaches beyond
/// the canvas is cut off. Returns the picture where it covers the canvas exactly.
Image on_canvas(const Image& picture, int left, int top, int width, int height);

/// Whether alpha is below its maximum anywhere.
bool is_transparent_somewhere(const Image& picture);

}  // namespace peel
