#pragma once

#include <optional>
#include <string>
#include <vector>

#include "peel/export.hpp"
#include "peel/image.hpp"
#include "peel/timings.hpp"

namespace peel {

/// Where the subject of a picture is, before anything is made of it: what BackgroundRemover::see() gives and finish()
/// takes. A plain value; copies share the pixels.
struct PEEL_API Mask {
  /// One of several masks, each of which makes a cut-out of its own.
  struct Class {
    std::string name;
    Image image;  ///< as Mask::image
  };

  Mask() = default;
  /// A mask from anywhere: gray8 of any size. `subject` is whether one pixel in 2000 of it is 128 and more. Throws
  /// Error(usage) for another pixel format.
  explicit Mask(Image given);

  /// gray8: 0 background, 255 subject. Of any size, as it is stretched over the picture; from see() of the network's
  /// own size, to which the picture was stretched, with Look::compat where rembg does so of the picture's.
  Image image;
  /// Whether anything stands out: saliency reaches 0.5, and at least one pixel in 2000 of the mask is 128 and more.
  /// Less is a cut-out of a speck or two, as empty as one of nothing. Where saliency reaches 0.5 nowhere, the mask is
  /// left faint as it is. Of what prompts show a single pixel is enough.
  bool subject = false;
  /// What `image` is put together from, where each class gets a cut-out of its own: rembg's three of clothes ("upper",
  /// "lower", "full"; see RemoveOptions::category). Else empty.
  std::vector<Class> classes;
  Timings timings;  ///< what see() took; `inference` is the picture's part of its run
};

/// An area of a mask: in pixels, or in percent of the picture. A pixel that is half covered counts half, so a soft edge
/// makes nothing larger.
struct MaskArea {
  double amount = 0;  ///< 0 and more; percent: to 100
  bool percent = false;
  bool operator==(const MaskArea&) const = default;
};

/// What is done to a mask before it is used, in the order in which it stands here. Nothing by default.
///
/// Pieces of a mask are what hangs together by values of 64 and more, corners too. Fainter values go with a piece: the
/// one that the highest way leads to, a way being as high as its lowest value. So no soft edge is cut, an island takes
/// its halo with it, and a veil between two pieces parts where it is faintest. Faint values that lead to no piece go
/// too. Areas are those of pieces without what is fainter.
///
/// Holes are what hangs together by values below 128, by sides alone, and does not reach the picture's edge. A hole is
/// filled with 255, and so are the values around it that lead up from it without falling: no rim is left.
struct MaskCleaning {
  std::optional<int> threshold = std::nullopt;  ///< values of at least this become 255, others 0; 0 to 255
  MaskArea least_area = {};                     ///< pieces smaller than this become 0
  bool largest = false;  ///< of the pieces only the largest stays; of equal ones the first from the top
  std::optional<MaskArea> fill_holes = std::nullopt;  ///< holes smaller than this become 255; {100, percent}: all holes
  /// Pixels, -500 to 500: the mask grows, or shrinks where it is below 0. Every value becomes the greatest (least) of
  /// those within so many pixels, exactly; soft edges move and stay as soft. Between whole numbers the two results are
  /// mixed. What the picture's edge cuts off does not shrink from there.
  double offset = 0;
  /// Pixels, 0 to 500: a Gaussian blur whose sigma is half of this (to within 3 of 255). A hard outline becomes soft
  /// that far to either side. What the picture's edge cuts off stays as it is there. With an offset of as much below 0
  /// hardly anything of the background comes in.
  double feather = 0;
  bool invert = false;  ///< 255 less each value: the background stays instead of the subject

  bool operator==(const MaskCleaning&) const = default;
};

/// A mask (gray8) after all that. Takes about two bytes a pixel besides the mask and the result, more only where a mask
/// is noise: its pieces then take up to 30 bytes a pixel. `threads`: 0: every core this process may use. Throws
/// Error(usage) for another pixel format and for values outside their ranges.
PEEL_API Image clean_mask(const Image& mask, const MaskCleaning& cleaning, int threads = 0);

/// Any picture as a mask (gray8): its alpha if that is not opaque everywhere, so that a cut-out is a mask too, else its
/// luma (0.299 R + 0.587 G + 0.114 B, profiles aside). 16 bits are rounded to 8. Throws Error(usage) where it is empty.
PEEL_API Image mask_from_picture(const Image& picture);

}  // namespace peel
