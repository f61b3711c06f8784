#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peel/image.hpp"

namespace peel {

struct ClosedFormOptions {
  /// Solve until the residual is a ten-millionth of the right side, as pymatting does, instead of until alpha no longer
  /// changes visibly.
  bool exact = false;
  /// Longer side, in pixels, of the largest size that is solved at; from there on alpha is only brought to the next
  /// one. 0: the picture's own.
  int largest_solved = 0;
  /// Unknown pixels solved for at a time; where there are more, by bands of rows.
  std::size_t most_unknown = 3'000'000;
  int threads = 0;
};

struct ClosedFormAlpha {
  std::vector<float> alpha;  ///< of each pixel, 0 to 1
  std::size_t unknown = 0;   ///< pixels that were solved for
  int iterations = 0;        ///< at the largest size that was solved at
  bool converged = true;     ///< false: this is what the last iteration had
};

/// Alpha by closed-form matting. `trimap`: as large as the picture; 255 is foreground, 0 background, everything else
/// unknown. Unknown pixels that no window of 3 x 3 pixels inside the picture holds keep 0.5. Never fails: what comes
/// out is a number from 0 to 1 for each pixel, whatever the picture.
///
/// Solved at a small size first, each size starting from the one before. From one to the next alpha is brought as the
/// linear function of colour it is nearly everywhere, not as pixels. Memory: about 150 bytes an unknown pixel, of which
/// no more than `most_unknown` are solved for at a time, and 9 a pixel of the picture.
ClosedFormAlpha closed_form_alpha(const Image& picture, std::span<const std::uint8_t> trimap,
                                  const ClosedFormOptions& options);

}  // namespace peel
