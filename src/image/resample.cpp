#include "image/resample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <numbers>

#include "base/parallel.hpp"
#include "image/resample_kernels.hpp"

namespace peel {
namespace {

using resample::Axis;
using resample::PADDING;
using resample::TAP_GROUP;

constexpr double SUPPORT = 3.0;  // Lanczos with a = 3

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos(double x) {
  return -SUPPORT <= x && x < SUPPORT ? sinc(x) * sinc(x / SUPPORT) : 0.0;
}

// precompute_coeffs() and normalize_coeffs_8bpc() of Pillow's Resample.c.
class Weights {
 public:
  // `repeat`: how often each weight is written, see horizontal_rgb().
  Weights(int in_size, int out_size, int repeat) : size_(out_size) {
    const double scale = static_cast<double>(in_size) / out_size;
    const double filter_scale = std::max(scale, 1.0);
    const double support = SUPPORT * filter_scale;
    const int taps = static_cast<int>(std::ceil(support)) * 2 + 1;
    stride_ = (taps + TAP_GROUP - 1) / TAP_GROUP * TAP_GROUP * repeat;
    weights_.resize(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(out_size));
    std::vector<double> exact(static_cast<std::size_t>(taps));
    for (int i = 0; i < out_size; ++i) {
      const double center = (i + 0.5) * scale;
      const int first = std::max(0, static_cast<int>(center - support + 0.5));
      const int count = std::min(in_size, static_cast<int>(center + support + 0.5)) - first;
      double total = 0;
      for (int k = 0; k < count; ++k) {
        const double weight = lanczos((k + first - center + 0.5) * (1.0 / filter_scale));
        exact[static_cast<std::size_t>(k)] = weight;
        total += weight;
      }
      std::int32_t* const out = weights_.data() + static_cast<std::ptrdiff_t>(i) * stride_;
      for (int k = 0; k < count; ++k) {
        double weight = exact[static_cast<std::size_t>(k)];
        if (total != 0.0) weight /= total;
        const double fixed = weight * (1 << resample::FRACTION);
        std::fill_n(out + k * repeat, repeat, static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
      }
      first_.push_back(first);
      count_.push_back(count);
    }
  }

  Axis axis() const { return {first_.data(), count_.data(), weights_.data(), stride_, size_}; }

 private:
  std::vector<int> first_;
  std::vector<int> count_;
  std::vector<std::int32_t> weights_;
  int stride_ = 0;
  int size_ = 0;
};

// A row as the kernels want it: one byte a pixel (grey) or four (colour), PADDING readable bytes behind it.
using RowSource = std::function<void(int y, std::uint8_t* row)>;

// The horizontal pass over rows of one channel that grow wider.
void widen_gray(const RowSource& source, const Axis& axis, int in_width, std::int64_t begin, std::int64_t end,
                std::uint8_t* out) {
  using resample::ROWS;
  constexpr int PIECE = 256;  // outputs at a time: they stay in the first cache until they are in their rows
  const auto width = static_cast<std::size_t>(in_width);
  std::vector<std::uint8_t> row(width + PADDING);
  std::vector<std::uint8_t> upright(width * ROWS);
  std::array<std::uint8_t, PIECE * ROWS> widened;
  for (std::int64_t y = begin; y < end; y += ROWS) {
    const auto rows = std::min<std::size_t>(ROWS, static_cast<std::size_t>(end - y));
    for (std::size_t r = 0; r < rows; ++r) {
      source(static_cast<int>(y) + static_cast<int>(r), row.data());
      for (std::size_t x = 0; x < width; ++x) upright[x * ROWS + r] = row[x];
    }
    for (int i = 0; i < axis.size; i += PIECE) {
      const int last = std::min(axis.size, i + PIECE);
      resample::horizontal_gray_rows(upright.data(), axis, i, last, widened.data());
      for (std::size_t r = 0; r < rows; ++r) {
        std::uint8_t* const to = out + (y + static_cast<std::int64_t>(r)) * axis.size + i;
        for (int x = 0; x < last - i; ++x) to[x] = widened[static_cast<std::size_t>(x) * ROWS + r];
      }
    }
  }
}

void resample_rows(const RowSource& source, int channels, int in_width, int in_height, std::uint8_t* out, int out_width,
                   int out_height, int threads) {
  const int pixel = channels == 1 ? 1 : 4;
  const auto row_size = static_cast<std::size_t>(out_width) * static_cast<std::size_t>(channels);
  std::vector<std::uint8_t> between;
  std::uint8_t* first_pass = out;
  if (in_height != out_height) {
    between.resize(row_size * static_cast<std::size_t>(in_height));
    first_pass = between.data();
  }

  const Weights across(in_width, out_width, pixel);
  const Axis axis = across.axis();
  const std::int64_t rows_worth_a_thread = 1 + (1 << 18) / (in_width + out_width);
  parallel_for(0, in_height, rows_worth_a_thread, threads, [&](std::int64_t begin, std::int64_t end) {
    if (channels == 1 && in_width < out_width) return widen_gray(source, axis, in_width, begin, end, first_pass);
    std::vector<std::uint8_t> row(static_cast<std::size_t>(in_width) * static_cast<std::size_t>(pixel) + PADDING);
    for (std::int64_t y = begin; y < end; ++y) {
      source(static_cast<int>(y), row.data());
      std::uint8_t* const to = first_pass + static_cast<std::size_t>(y) * row_size;
      if (in_width != out_width) {
        (channels == 1 ? resample::horizontal_gray : resample::horizontal_rgb)(row.data(), axis, to);
      } else if (channels == 1) {
        std::memcpy(to, row.data(), row_size);
      } else {
        for (int x = 0; x < in_width; ++x) std::memcpy(to + 3 * x, row.data() + 4 * x, 3);
      }
    }
  });
  if (in_height == out_height) return;

  const Weights down(in_height, out_height, 1);
  const Axis rows = down.axis();
  parallel_for(0, out_height, 1 + (1 << 17) / out_width, threads, [&](std::int64_t begin, std::int64_t end) {
    std::vector<const std::uint8_t*> taps(static_cast<std::size_t>(rows.stride));
    for (std::int64_t y = begin; y < end; ++y) {
      const int count = rows.count[y];
      for (int k = 0; k < count; ++k) {
        taps[static_cast<std::size_t>(k)] = first_pass + static_cast<std::size_t>(rows.first[y] + k) * row_size;
      }
      resample::vertical(taps.data(), rows.weights + y * rows.stride, count, row_size,
                         out + static_cast<std::size_t>(y) * row_size);
    }
  });
}

RowSource rows_of(const PixelView& in) {
  const auto row = [in](int y) { return static_cast<const std::uint8_t*>(in.data) + y * in.stride; };
  const auto width = static_cast<std::size_t>(in.width);
  const auto upper_bytes = [row, width](auto pick) {
    return [row, width, pick](int y, std::uint8_t* out) {
      const auto* const samples = reinterpret_cast<const std::uint16_t*>(row(y));
      for (std::size_t x = 0; x < width; ++x) pick(samples, x, out);
    };
  };
  const auto upper = [](std::uint16_t sample) { return static_cast<std::uint8_t>(sample >> 8); };
  switch (in.format) {
    case PixelFormat::gray8:
      return [row, width](int y, std::uint8_t* out) { std::memcpy(out, row(y), width); };
    case PixelFormat::gray_alpha8:
      return [row, width](int y, std::uint8_t* out) {
        for (std::size_t x = 0; x < width; ++x) out[x] = row(y)[2 * x];
      };
    case PixelFormat::rgb8:
      return [row, width](int y, std::uint8_t* out) { resample::expand_rgb(row(y), width, out); };
    case PixelFormat::rgba8:
      return [row, width](int y, std::uint8_t* out) { std::memcpy(out, row(y), 4 * width); };
    case PixelFormat::bgr8:
    case PixelFormat::bgra8:
      return [row, width, step = channels(in.format)](int y, std::uint8_t* out) {
        const std::uint8_t* const pixels = row(y);
        for (std::size_t x = 0; x < width; ++x) {
          for (std::size_t c = 0; c < 3; ++c) out[4 * x + c] = pixels[static_cast<std::size_t>(step) * x + 2 - c];
        }
      };
    case PixelFormat::gray16:
      return upper_bytes(
          [upper](const std::uint16_t* in16, std::size_t x, std::uint8_t* out) { out[x] = upper(in16[x]); });
    case PixelFormat::gray_alpha16:
      return upper_bytes(
          [upper](const std::uint16_t* in16, std::size_t x, std::uint8_t* out) { out[x] = upper(in16[2 * x]); });
    case PixelFormat::rgb16:
    case PixelFormat::rgba16:
      break;
  }
  return upper_bytes([upper, step = static_cast<std::size_t>(channels(in.format))](const std::uint16_t* in16,
                                                                                   std::size_t x, std::uint8_t* out) {
    for (std::size_t c = 0; c < 3; ++c) out[4 * x + c] = upper(in16[step * x + c]);
  });
}

}  // namespace

void resample_gray(const std::uint8_t* in, int in_width, int in_height, std::uint8_t* out, int out_width,
                   int out_height, int threads) {
  const PixelView view{in, in_width, in_height, in_width, PixelFormat::gray8};
  resample_rows(rows_of(view), 1, in_width, in_height, out, out_width, out_height, threads);
}

std::vector<std::uint8_t> resample_rgb(const PixelView& in, int out_width, int out_height, int threads) {
  const bool gray = channels(in.format) < 3;
  const auto pixels = static_cast<std::size_t>(out_width) * static_cast<std::size_t>(out_height);
  std::vector<std::uint8_t> out(pixels * 3);
  if (!gray) {
    resample_rows(rows_of(in), 3, in.width, in.height, out.data(), out_width, out_height, threads);
    return out;
  }
  // Filtered once, in the last third; from there every value is copied to a place at or before its own.
  std::uint8_t* const one = out.data() + 2 * pixels;
  resample_rows(rows_of(in), 1, in.width, in.height, one, out_width, out_height, threads);
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t value = one[i];
    out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = value;
  }
  return out;
}

}  // namespace peel
