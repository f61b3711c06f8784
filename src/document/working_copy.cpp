#include "document/working_copy.hpp"

#include <algorithm>

#include "base/parallel.hpp"

namespace peel::document {
namespace {

constexpr int MOST_ROWS = 256;  // whose sum of bytes fits 16 bits; a block that is taller is told by these

template <typename Sample>
std::uint16_t byte_of(Sample sample) {
  return static_cast<std::uint16_t>(sample >> (8 * (sizeof(Sample) - 1)));
}

template <typename Sample>
void reduce_rows(const PixelView& in, WorkingCopy& out, int first, int last) {
  const int depth = channels(in.format);
  const int colours = depth < 3 ? 1 : 3;
  const int factor = out.factor;
  const int rows = std::min(factor, MOST_ROWS);
  const auto used = static_cast<std::size_t>(out.width) * static_cast<std::size_t>(factor * depth);
  const auto count = static_cast<std::uint32_t>(rows) * static_cast<std::uint32_t>(factor);
  std::vector<std::uint16_t> sums(used);
  for (int y = first; y < last; ++y) {
    std::fill(sums.begin(), sums.end(), std::uint16_t{0});
    for (int k = 0; k < rows; ++k) {
      const auto* row = reinterpret_cast<const Sample*>(static_cast<const std::byte*>(in.data) +
                                                        (static_cast<std::ptrdiff_t>(y) * factor + k) * in.stride);
      for (std::size_t i = 0; i < used; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + byte_of(row[i]));
    }
    std::uint8_t* to = out.rgb.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(out.width) * 3;
    const std::uint16_t* from = sums.data();
    for (int x = 0; x < out.width; ++x, to += 3) {
      std::uint32_t total[3] = {0, 0, 0};
      for (int k = 0; k < factor; ++k, from += depth) {
        for (int c = 0; c < colours; ++c) total[c] += from[c];
      }
      for (int c = 0; c < 3; ++c) to[c] = static_cast<std::uint8_t>((total[c < colours ? c : 0] + count / 2) / count);
    }
  }
}

}  // namespace

WorkingCopy working_copy(const PixelView& picture, int longest, int threads) {
  WorkingCopy out;
  const int side = std::max(picture.width, picture.height);
  out.factor = std::max(1, (side + longest - 1) / longest);
  // A strip narrower than the factor is still a picture.
  out.factor = std::min({out.factor, picture.width, picture.height});
  out.width = picture.width / out.factor;
  out.height = picture.height / out.factor;
  out.rgb.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * 3);
  parallel_for(0, out.height, 16, threads, [&](std::int64_t first, std::int64_t last) {
    if (bytes_per_sample(picture.format) == 2) {
      reduce_rows<std::uint16_t>(picture, out, static_cast<int>(first), static_cast<int>(last));
    } else {
      reduce_rows<std::uint8_t>(picture, out, static_cast<int>(first), static_cast<int>(last));
    }
  });
  return out;
}

}  // namespace peel::document
