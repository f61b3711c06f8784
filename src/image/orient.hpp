#pragma once

#include <cstddef>
#include <cstdint>

namespace peel {

/// EXIF orientation, 1 to 8, as the way from the stored pixels to the upright ones: where stored pixel (x, y) goes.
class Orientation {
 public:
  /// The tag's value; anything outside 1..8 means upright, as viewers take it. Sizes are those of the stored picture.
  Orientation(int tag, int stored_width, int stored_height) noexcept;

  bool upright() const noexcept { return tag_ == 1; }
  int width() const noexcept { return tag_ >= 5 ? stored_height_ : stored_width_; }
  int height() const noexcept { return tag_ >= 5 ? stored_width_ : stored_height_; }

  /// Puts `count` stored pixels that begin at (x, y) of a row to their places in the packed upright picture `out`.
  void place(const std::byte* row, int x, int y, int count, std::size_t pixel_bytes, std::byte* out) const noexcept;

 private:
  int tag_;
  int stored_width_;
  int stored_height_;
};

}  // namespace peel
