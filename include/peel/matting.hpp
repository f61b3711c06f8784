#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "peel/export.hpp"
#include "peel/image.hpp"

namespace peel {

/// How alpha is estimated near the edge of a mask. The first three are rembg's -af, -ab and -ae.
struct MattingOptions {
  int foreground_threshold = 240;  ///< mask values greater than this are foreground; 0 to 255
  int background_threshold = 10;   ///< less than this, background; 0 to 255
  /// Both are eroded by a square of so many pixels, and what then is neither is unknown. 0: by a cross of 3 x 3; at
  /// most 1000. Unset: a hundredth of the picture's longer side, at least 3, so that small and large copies of a
  /// picture get the same edge.
  std::optional<int> erosion = 10;
  /// Solve until the residual is a ten-millionth of the right side, as pymatting and rembg do, instead of until alpha
  /// no longer changes by a visible amount (1 of 255). Several times slower.
  bool exact = false;

  bool operator==(const MattingOptions&) const = default;
};

/// The trimap (gray8) of a mask (gray8): 255 where foreground is certain, 0 where background is, 128 elsewhere. rembg's
/// arithmetic, to the bit. `threads` here and below: 0: every core this process may use. Throws Error(usage) for
/// another pixel format and for values outside their ranges.
PEEL_API Image make_trimap(const Image& mask, const MattingOptions& options = {}, int threads = 0);

struct AlphaEstimate {
  Image alpha;  ///< gray8, as large as the picture
  /// Whether alpha was solved for. False: the trimap has no foreground or no background, or the picture is less than 3
  /// pixels wide or high; `alpha` is the trimap itself.
  bool solved = false;
  std::string note;  ///< why not, or that the iteration was ended before it had settled; else empty
};

/// Alpha by closed-form matting (Levin, Lischinski, Weiss 2008). `trimap`: gray8, as large as the picture; a tenth of
/// the range from black is background, from white foreground, everything else unknown. Takes about 150 bytes an unknown
/// pixel (for at most three million of them at a time) and 10 a pixel of the picture. Never fails for what a picture
/// holds; throws Error(usage) where a trimap is not gray8 or not of the picture's size, and
/// Cancelled within an iteration where `stop` is requested.
PEEL_API AlphaEstimate estimate_alpha(const Image& picture, const Image& trimap, bool exact = false, int threads = 0,
                                      const std::stop_token& stop = {});

/// The picture with the colours of what stands in front: where `alpha` (gray8, as large as the picture) is neither 0
/// nor 255, what the background adds to a pixel's colour is taken out, so that no fringe of it shows on another
/// background. All else is as in the picture. Multi-level estimation (Germer, Uelwer, Conrad, Harmeling 2020, arXiv
/// 2006.14970); about 60 bytes a partly transparent pixel. Throws Error(usage) for an alpha of another format or size,
/// Cancelled.
PEEL_API Image estimate_foreground(const Image& picture, const Image& alpha, int threads = 0,
                                   const std::stop_token& stop = {});

/// A mask (gray8 of any size, stretched over the picture) at the picture's size, its edge drawn to the picture's edges
/// by a guided filter (He, Sun, Tang 2013) fitted on copies of at most 1024 pixels. Throws Error(usage) for another
/// pixel format.
PEEL_API Image refine_mask(const Image& picture, const Image& mask, int threads = 0);

}  // namespace peel
