#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace peel {

/// Pixels from `begin` up to, not including, `end` of row `y`, and where the first of them is in an array that holds
/// the region's pixels one after another.
struct Run {
  int y = 0;
  int begin = 0;
  int end = 0;
  std::size_t at = 0;

  int length() const { return end - begin; }
};

/// For Region::of(): what is neither 0 nor 255, so unknown in a trimap and partly transparent in an alpha.
inline constexpr std::array<std::uint8_t, 256> BETWEEN = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 1; i < 255; ++i) table[i] = 1;
  return table;
}();

/// A set of pixels as runs, row after row: what is done near edges takes memory and time by the edges, not by the
/// picture.
class Region {
 public:
  Region() = default;

  /// Of a plane of width * height bytes: the pixels for which `inside[value]` is not 0.
  static Region of(const std::uint8_t* plane, int width, int height, std::span<const std::uint8_t, 256> inside);

  /// The same in rows `top` to `bottom` only.
  Region rows(int top, int bottom) const;
  /// With every pixel at most `radius` rows and columns from one of these. Runs may reach over the picture's left and
  /// right side, by no more than that: a stencil may then be read at every pixel without asking where it is.
  Region dilated(int radius) const;
  /// The pixels of a picture of half the size (rounded up) over the pixels of this one.
  Region halved() const;
  /// Those of a picture of any size that stand at the same place: pixel x of `width` at x * new width / width, rounded
  /// down. What lies beyond the left or right side belongs to the pixels there.
  Region scaled(int width, int height) const;

  int width() const { return width_; }
  int height() const { return height_; }
  std::size_t size() const { return size_; }  ///< pixels
  bool empty() const { return size_ == 0; }
  std::span<const Run> runs() const { return runs_; }
  std::span<const Run> row(int y) const;
  /// The run of row `y` that pixel `x` is in; null where none is.
  const Run* find(int y, int x) const;

 private:
  Region(int width, int height);
  /// Of the rows of this one that `row` maps to each row of the result (rows are given in their order), runs by
  /// `column`.
  template <typename Row, typename Column>
  Region mapped(int width, int height, const Row& row, const Column& column) const;
  void add(int y, int begin, int end);  ///< rows and pixels in their order
  void close();

  int width_ = 0;
  int height_ = 0;
  std::size_t size_ = 0;
  std::vector<Run> runs_;
  std::vector<std::size_t> rows_;  ///< of height + 1: the first run of each row
};

}  // namespace peel
