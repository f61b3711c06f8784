#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "peel/image.hpp"

namespace peel {

/// The colours of a picture, or of a copy of it at a half, a quarter, ... of its size.
class ColorPlane {
 public:
  explicit ColorPlane(Image picture);  ///< shares its pixels
  /// Means of 2 x 2 pixels; at odd sides of 2 or 1.
  ColorPlane halved(int threads) const;

  int width() const { return width_; }
  int height() const { return height_; }
  /// A pixel's colours, from 0 to 1; grey is three equal ones.
  std::array<float, 3> at(int y, int x) const;
  /// The same of pixels `begin` to `end` of row `y`, each colour in an array of its own.
  void read(int y, int begin, int end, float* red, float* green, float* blue) const;

 private:
  ColorPlane(int width, int height);

  int width_;
  int height_;
  Image picture_;                    ///< or, where it is empty:
  std::vector<std::uint16_t> copy_;  ///< RGB of 16 bits, as 8 would make steps in smooth places
};

}  // namespace peel
