#pragma once

#include <cstdint>
#include <vector>

#include "peel/export.hpp"
#include "peel/image.hpp"

namespace peel {

/// Steadies the masks of a video, frame after frame: a network that sees each frame alone flickers where it is unsure.
///
/// Every value is a mean of its own and the steadied one before. How much of the old is kept falls with the difference
/// between both: all of `amount` where they are equal, nothing where they differ by half the range or more. So doubt is
/// averaged over time, and what moves does not trail. Where a quarter of the picture differs that much, the scene has
/// changed, and the mask begins anew.
///
///     peel::MaskSmoother smoother(0.6);
///     for (...) {
///       peel::Mask mask = remover.see(frame);
///       mask.image = smoother.next(mask.image);
///       peel::Result cutout = peel::finish(frame, mask);
///     }
///
/// For one video at a time, its frames in order.
class PEEL_API MaskSmoother {
 public:
  /// 0: masks stay as they are; below 1. Throws Error(usage).
  explicit MaskSmoother(double amount);

  /// gray8; one of another size than the one before begins anew. Throws Error(usage) for another format.
  Image next(const Image& mask);

 private:
  double amount_;
  int width_ = 0;
  int height_ = 0;
  std::vector<float> steadied_;  ///< 0 to 255: rounded, slow changes would stop on their way
};

}  // namespace peel
