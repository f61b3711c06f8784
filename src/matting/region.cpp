#include "matting/region.hpp"

#include <algorithm>

namespace peel {

Region::Region(int width, int height) : width_(width), height_(height) {
  rows_.reserve(static_cast<std::size_t>(height) + 1);
}

void Region::add(int y, int begin, int end) {
  while (rows_.size() <= static_cast<std::size_t>(y)) rows_.push_back(runs_.size());
  runs_.push_back({y, begin, end, size_});
  size_ += static_cast<std::size_t>(end - begin);
}

void Region::close() {
  rows_.resize(static_cast<std::size_t>(height_) + 1, runs_.size());
}

Region Region::of(const std::uint8_t* plane, int width, int height, std::span<const std::uint8_t, 256> inside) {
  Region region(width, height);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* const row = plane + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    for (int x = 0; x < width;) {
      while (x < width && inside[row[x]] == 0) ++x;
      const int begin = x;
      while (x < width && inside[row[x]] != 0) ++x;
      if (begin < x) region.add(y, begin, x);
    }
  }
  region.close();
  return region;
}

Region Region::rows(int top, int bottom) const {
  Region result(width_, height_);
  for (int y = std::max(0, top); y < std::min(height_, bottom); ++y) {
    for (const Run& run : row(y)) result.add(y, run.begin, run.end);
  }
  result.close();
  return result;
}

Region Region::dilated(int radius) const {
  Region result(width_, height_);
  std::vector<Run> near;
  for (int y = 0; y < height_; ++y) {
    near.clear();
    for (int other = std::max(0, y - radius); other <= std::min(height_ - 1, y + radius); ++other) {
      near.insert(near.end(), row(other).begin(), row(other).end());
    }
    std::ranges::sort(near, {}, &Run::begin);
    for (std::size_t i = 0; i < near.size();) {
      const int begin = near[i].begin - radius;
      int end = near[i].end + radius;
      for (++i; i < near.size() && near[i].begin - radius <= end; ++i) end = std::max(end, near[i].end + radius);
      result.add(y, begin, end);
    }
  }
  result.close();
  return result;
}

template <typename Row, typename Column>
Region Region::mapped(int width, int height, const Row& row, const Column& column) const {
  Region result(width, height);
  std::vector<Run> together;
  for (std::size_t i = 0; i < runs_.size();) {
    const int y = row(runs_[i].y);
    together.clear();
    for (; i < runs_.size() && row(runs_[i].y) == y; ++i) together.push_back(runs_[i]);
    std::ranges::sort(together, {}, &Run::begin);
    for (std::size_t k = 0; k < together.size();) {
      const int begin = column(together[k].begin);
      int end = column(together[k].end - 1) + 1;
      for (++k; k < together.size() && column(together[k].begin) <= end; ++k) {
        end = std::max(end, column(together[k].end - 1) + 1);
      }
      result.add(y, begin, end);
    }
  }
  result.close();
  return result;
}

Region Region::halved() const {
  // Shifts round down left of the picture, too.
  const auto half = [](int x) { return x >> 1; };
  return mapped((width_ + 1) / 2, (height_ + 1) / 2, half, half);
}

Region Region::scaled(int width, int height) const {
  const auto row = [&](int y) { return static_cast<int>(std::int64_t{y} * height / height_); };
  const auto column = [&](int x) {
    return static_cast<int>(std::int64_t{std::clamp(x, 0, width_ - 1)} * width / width_);
  };
  return mapped(width, height, row, column);
}

std::span<const Run> Region::row(int y) const {
  const auto index = static_cast<std::size_t>(y);
  return std::span(runs_).subspan(rows_[index], rows_[index + 1] - rows_[index]);
}

const Run* Region::find(int y, int x) const {
  if (y < 0 || y >= height_) return nullptr;
  const auto runs = row(y);
  const auto after = std::ranges::upper_bound(runs, x, {}, &Run::begin);
  if (after == runs.begin()) return nullptr;
  const Run& run = *(after - 1);
  return x < run.end ? &run : nullptr;
}

}  // namespace peel
