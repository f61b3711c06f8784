#include "document/flatten_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "document/flatten_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peel::document {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, 16>;
using Pixel = hn::CappedTag<float, 4>;  // the channels of one, in a vector where there are vectors

// Where a chunk's pixels lie in the picture, and how far apart: along each of the picture's axes the length of the
// gradient, which is half the height (or width) of the ellipse that a circle of radius 1 on the page becomes.
struct Places {
  alignas(64) double x[CHUNK];
  alignas(64) double y[CHUNK];
  alignas(64) float scale_x[CHUNK];
  alignas(64) float scale_y[CHUNK];
};

void Locate(const Homography& to_picture, int first, int y, int page_width, Places& places) {
  const hn::CappedTag<double, CHUNK> d;
  const hn::Rebind<float, decltype(d)> d_float;
  const auto& m = to_picture.m;
  const auto at = [&](std::size_t i) { return hn::Set(d, m[i]); };
  const double row = y + 0.5;
  const auto one = hn::Set(d, 1.0);
  const auto half = hn::Set(d, 0.5);
  const auto largest = hn::Set(d, 1e12);  // so that what follows stays within what an int holds
  for (std::size_t i = 0; i < CHUNK; i += hn::Lanes(d)) {
    // Pixels behind the end of the row are the last one once more: beyond the page the map may be anything.
    const auto x = hn::Add(hn::Min(hn::Iota(d, first + static_cast<double>(i)), hn::Set(d, page_width - 1.0)), half);
    const auto w = hn::Div(one, hn::MulAdd(at(6), x, hn::Set(d, m[7] * row + m[8])));
    const auto u = hn::Mul(hn::MulAdd(at(0), x, hn::Set(d, m[1] * row + m[2])), w);
    const auto v = hn::Mul(hn::MulAdd(at(3), x, hn::Set(d, m[4] * row + m[5])), w);
    const auto gradient = [&](auto position, std::size_t i0) {
      const auto dx = hn::Mul(hn::NegMulAdd(position, at(6), at(i0)), w);
      const auto dy = hn::Mul(hn::NegMulAdd(position, at(7), at(i0 + 1)), w);
      const auto square = hn::MulAdd(dx, dx, hn::Mul(dy, dy));
      return hn::Sqrt(hn::DemoteTo(d_float, hn::Min(hn::Max(square, one), largest)));
    };
    hn::Store(hn::Sub(u, half), d, places.x + i);
    hn::Store(hn::Sub(v, half), d, places.y + i);
    hn::Store(gradient(u, 0), d_float, places.scale_x + i);
    hn::Store(gradient(v, 3), d_float, places.scale_y + i);
  }
}

// Catmull and Rom's cubic (Keys 1981 with a = -1/2), which is 1.5|x|^3 - 2.5|x|^2 + 1 up to 1 and -0.5|x|^3 + 2.5|x|^2
// - 4|x| + 2 up to 2, written as a sum of two terms that vanish by themselves beyond 2 and 1.
template <class D, class V>
V Cubic(D d, V x) {
  const V distance = hn::Abs(x);
  const V outer = hn::Max(hn::Zero(d), hn::Sub(hn::Set(d, 2.0F), distance));
  const V inner = hn::Max(hn::Zero(d), hn::Sub(hn::Set(d, 1.0F), distance));
  const V far = hn::Mul(hn::Mul(outer, outer), hn::MulSub(outer, hn::Set(d, 0.5F), hn::Set(d, 0.5F)));
  const V near = hn::NegMulAdd(inner, hn::Set(d, 2.0F), hn::Set(d, 1.0F));
  return hn::MulAdd(hn::Mul(inner, inner), near, far);
}

void PlaceTaps(const double* HWY_RESTRICT places, const float* HWY_RESTRICT scales, int size, Taps& taps) {
  // A tap that would have a weight below a millionth is not worth another for the whole chunk.
  constexpr float NEGLIGIBLE = 1e-3F;
  // Vectors of floats as long as those of doubles: what was just stored is read back in the same pieces.
  const hn::CappedTag<double, CHUNK> d;
  const hn::Rebind<float, decltype(d)> d_float;
  const hn::Rebind<std::int32_t, decltype(d)> d_int;
  auto widest = hn::Zero(d_float);
  for (std::size_t i = 0; i < CHUNK; i += hn::Lanes(d)) widest = hn::Max(widest, hn::Load(d_float, scales + i));
  const float width = 4 * hn::GetLane(hn::MaxOfLanes(d_float, widest));
  taps.step = std::max(1, static_cast<int>(std::ceil(width / MOST_TAPS)));
  taps.count = std::min(MOST_TAPS, static_cast<int>(std::ceil(width / static_cast<float>(taps.step) - NEGLIGIBLE)));

  alignas(64) float offsets[CHUNK];
  const auto bound = hn::Set(d, 1e9);
  auto least = bound;
  auto greatest = hn::Neg(bound);
  for (std::size_t i = 0; i < CHUNK; i += hn::Lanes(d)) {
    const auto place = hn::Load(d, places + i);
    const auto scale = hn::PromoteTo(d, hn::Load(d_float, scales + i));
    const auto first = hn::Add(hn::Floor(hn::NegMulAdd(hn::Set(d, 2.0), scale, place)), hn::Set(d, 1.0));
    hn::Store(hn::DemoteTo(d_float, hn::Sub(first, place)), d_float, offsets + i);
    const auto kept = hn::Max(hn::Min(first, bound), hn::Neg(bound));
    hn::StoreU(hn::DemoteTo(d_int, kept), d_int, taps.first + i);
    least = hn::Min(least, kept);
    greatest = hn::Max(greatest, kept);
  }
  // Beyond the picture there is one colour only, however many taps look at it.
  const double behind_last = hn::GetLane(hn::MaxOfLanes(d, greatest)) + taps.count * taps.step;
  if (behind_last <= 0 || hn::GetLane(hn::MinOfLanes(d, least)) >= size - 1) taps.count = 1;

  const int count = taps.count;
  const auto one = hn::Set(d_float, 1.0F);
  for (std::size_t i = 0; i < CHUNK; i += hn::Lanes(d)) {
    const auto narrowing = hn::Div(one, hn::Load(d_float, scales + i));
    const auto pitch = hn::Mul(hn::Set(d_float, static_cast<float>(taps.step)), narrowing);
    auto distance = hn::Mul(hn::Load(d_float, offsets + i), narrowing);
    auto sum = hn::Zero(d_float);
    for (int k = 0; k < count; ++k) {
      const auto weight = count == 1 ? one : Cubic(d_float, distance);
      hn::Store(weight, d_float, taps.weights + k * CHUNK + i);
      sum = hn::Add(sum, weight);
      distance = hn::Add(distance, pitch);
    }
    const auto factor = hn::Div(one, sum);
    for (int k = 0; k < count; ++k) {
      float* const weight = taps.weights + k * CHUNK + i;
      hn::Store(hn::Mul(hn::Load(d_float, weight), factor), d_float, weight);
    }
  }
}

// Samples `first` and the following of a row as numbers; colours multiplied by their alpha, so that what a transparent
// pixel hides does not count.
template <typename T, int channels>
hn::Vec<Floats> Samples(const T* row, std::size_t first) {
  const Floats d;
  const hn::Rebind<T, Floats> d_in;
  const hn::Rebind<std::int32_t, Floats> d_int;
  const auto v = hn::ConvertTo(d, hn::PromoteTo(d_int, hn::LoadU(d_in, row + first)));
#if HWY_TARGET == HWY_SCALAR
  constexpr std::size_t ALPHA = channels - 1;
  if (channels % 2 == 1 || first % channels == ALPHA) return v;
  return hn::Mul(v, hn::Set(d, static_cast<float>(row[first - first % channels + ALPHA])));
#else
  if constexpr (channels == 2) return hn::OddEven(v, hn::Mul(v, hn::DupOdd(v)));
  if constexpr (channels == 4) {
    const auto alpha = hn::Eq(hn::And(hn::Iota(d_int, 0), hn::Set(d_int, 3)), hn::Set(d_int, 3));
    return hn::IfThenElse(hn::RebindMask(d, alpha), v, hn::Mul(v, hn::Broadcast<3>(v)));
  }
  return v;
#endif
}

// The weighted sum of rows, for each of the filter's columns.
template <typename T, int channels>
void SumRows(const T* from, std::ptrdiff_t stride, const float* weights, int rows, std::size_t samples, float* out) {
  const Floats d;
  for (std::size_t s = 0; s < samples; s += hn::Lanes(d)) {
    auto sum = hn::Zero(d);
    const T* row = from;
    for (int r = 0; r < rows; ++r, row += stride) {
      sum = hn::MulAdd(Samples<T, channels>(row, s), hn::Set(d, weights[r * CHUNK]), sum);
    }
    hn::StoreU(sum, d, out + s);
  }
}

// The pixels that a filter at the picture's edge looks at, the last ones repeated.
template <typename T, int channels>
void Gather(const PixelView& picture, int first_x, int first_y, const Taps& across, const Taps& down,
            std::ptrdiff_t stride, T* to) {
  const auto clamped = [](int first, int k, int step, int size) {
    return static_cast<std::ptrdiff_t>(std::clamp(first + k * step, 0, size - 1));
  };
  const auto* const base = static_cast<const std::byte*>(picture.data);
  for (int r = 0; r < down.count; ++r, to += stride) {
    const auto* const row =
        reinterpret_cast<const T*>(base + clamped(first_y, r, down.step, picture.height) * picture.stride);
    for (int k = 0; k < across.count; ++k) {
      std::copy_n(row + clamped(first_x, k, across.step, picture.width) * channels, channels, to + k * channels);
    }
  }
}

// Back from sums to samples. `sums` is changed: colours are divided by alpha again.
template <typename T, int channels>
void StoreSamples(float* HWY_RESTRICT sums, int pixels, std::byte* HWY_RESTRICT out) {
  constexpr auto FULL = static_cast<float>(std::numeric_limits<T>::max());
  if constexpr (channels % 2 == 0) {
    for (int i = 0; i < pixels; ++i) {
      float* const pixel = sums + i * channels;
      const float alpha = pixel[channels - 1];
      for (int c = 0; c < channels - 1; ++c) pixel[c] = alpha < 0.5F ? 0.0F : pixel[c] / alpha;
    }
  }
  const Floats d;
  const hn::Rebind<T, Floats> d_out;
  alignas(64) T samples[CHUNK * 4];
  for (std::size_t s = 0; s < CHUNK * channels; s += hn::Lanes(d)) {
    const auto v = hn::Min(hn::Max(hn::Load(d, sums + s), hn::Zero(d)), hn::Set(d, FULL));
    hn::StoreU(hn::DemoteTo(d_out, hn::NearestInt(v)), d_out, samples + s);
  }
  std::memcpy(out, samples, static_cast<std::size_t>(pixels) * channels * sizeof(T));
}

template <typename T, int channels>
void FlattenChunk(const PixelView& picture, int pixels, FlattenScratch& scratch, std::byte* out) {
  const Taps& across = scratch.across;
  const Taps& down = scratch.down;
  const auto lanes = static_cast<int>(hn::Lanes(Floats()));
  const int samples = (across.count * channels + lanes - 1) / lanes * lanes;
  const auto stride = picture.stride / static_cast<std::ptrdiff_t>(sizeof(T));
  const auto* const base = static_cast<const T*>(picture.data);
  // Filters that may be read where they stand: every pixel is there, and what vectors read beyond them.
  const bool dense = across.step == 1 && down.step == 1;
  const int last_x = dense ? (picture.width * channels - samples) / channels : -1;
  const int last_y = picture.height - down.count;
  const bool any = picture.width * channels >= samples;
  for (int i = 0; i < pixels; ++i) {
    const int x = across.first[i];
    const int y = down.first[i];
    float* const columns = scratch.columns + i * samples;
    if (any && x >= 0 && x <= last_x && y >= 0 && y <= last_y) {
      SumRows<T, channels>(base + y * stride + x * channels, stride, down.weights + i, down.count,
                           static_cast<std::size_t>(samples), columns);
    } else {
      T* const gathered = reinterpret_cast<T*>(scratch.gathered);
      Gather<T, channels>(picture, x, y, across, down, samples, gathered);
      SumRows<T, channels>(gathered, samples, down.weights + i, down.count, static_cast<std::size_t>(samples), columns);
    }
  }
  // A loop of its own: read back at once, what was just stored in wide vectors would have to come out of the cache in
  // narrow ones, for which the CPU waits.
  const Pixel d;
  alignas(64) float sums[CHUNK * 4 + 4];
  for (int i = 0; i < CHUNK; ++i) {
    for (std::size_t c = 0; c < channels; c += hn::Lanes(d)) {
      auto sum = hn::Zero(d);
      const float* column = scratch.columns + std::min(i, pixels - 1) * samples + c;
      for (int k = 0; k < across.count; ++k, column += channels) {
        sum = hn::MulAdd(hn::LoadU(d, column), hn::Set(d, across.weights[k * CHUNK + i]), sum);
      }
      hn::StoreU(sum, d, sums + static_cast<std::size_t>(i * channels) + c);
    }
  }
  StoreSamples<T, channels>(sums, pixels, out);
}

void FlattenRow(const PixelView& picture, const Homography& to_picture, int y, int page_width, int begin, int end,
                std::byte* out, FlattenScratch& scratch) {
  using Chunk = void (*)(const PixelView&, int, FlattenScratch&, std::byte*);
  constexpr Chunk NARROW[] = {FlattenChunk<std::uint8_t, 1>, FlattenChunk<std::uint8_t, 2>,
                              FlattenChunk<std::uint8_t, 3>, FlattenChunk<std::uint8_t, 4>};
  constexpr Chunk WIDE[] = {FlattenChunk<std::uint16_t, 1>, FlattenChunk<std::uint16_t, 2>,
                            FlattenChunk<std::uint16_t, 3>, FlattenChunk<std::uint16_t, 4>};
  const int channel_count = channels(picture.format);
  const int sample = bytes_per_sample(picture.format);
  const Chunk flatten_chunk = (sample == 2 ? WIDE : NARROW)[channel_count - 1];
  Places places;
  for (int x = begin; x < end; x += CHUNK) {
    Locate(to_picture, x, y, page_width, places);
    PlaceTaps(places.x, places.scale_x, picture.width, scratch.across);
    PlaceTaps(places.y, places.scale_y, picture.height, scratch.down);
    flatten_chunk(picture, std::min(CHUNK, end - x), scratch,
                  out + static_cast<std::ptrdiff_t>(x) * channel_count * sample);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peel::document
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peel::document {

HWY_EXPORT(FlattenRow);

void flatten_row(const PixelView& picture, const Homography& to_picture, int y, int page_width, int begin, int end,
                 std::byte* out, FlattenScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(FlattenRow)(picture, to_picture, y, page_width, begin, end, out, scratch);
}

}  // namespace peel::document
#endif
