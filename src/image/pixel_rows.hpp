#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "base/parallel.hpp"
#include "image/image_data.hpp"

// Loops over the pixels of pictures of any format.
namespace peel {

inline constexpr std::int64_t PIXELS_WORTH_A_THREAD = 1 << 17;

inline std::shared_ptr<Image::Data> like(const Image& picture, PixelFormat format) {
  return like(picture, picture.width(), picture.height(), format);
}

inline PixelFormat format_of(int channel_count, int sample_bytes) {
  constexpr PixelFormat narrow[] = {PixelFormat::gray8, PixelFormat::gray_alpha8, PixelFormat::rgb8,
                                    PixelFormat::rgba8};
  constexpr PixelFormat wide[] = {PixelFormat::gray16, PixelFormat::gray_alpha16, PixelFormat::rgb16,
                                  PixelFormat::rgba16};
  return (sample_bytes == 2 ? wide : narrow)[channel_count - 1];
}

inline int colors_of(PixelFormat format) {
  return channels(format) >= 3 ? 3 : 1;
}

template <typename T>
const T* row(const Image& image, int y) {
  return reinterpret_cast<const T*>(image.data() + y * image.stride());
}

template <typename Body>
void for_rows(int width, int height, int threads, Body body) {
  parallel_for(0, height, 1 + PIXELS_WORTH_A_THREAD / width, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto y = static_cast<int>(begin); y < end; ++y) body(y);
  });
}

/// Calls `body` with std::uint8_t or std::uint16_t and the colour count as constants, so that loops are compiled for
/// each.
template <typename Body>
void with_layout(PixelFormat format, Body body) {
  const auto with_sample = [&]<typename T>(T) {
    colors_of(format) == 3 ? body(T{}, std::integral_constant<int, 3>{}) : body(T{}, std::integral_constant<int, 1>{});
  };
  bytes_per_sample(format) == 2 ? with_sample(std::uint16_t{}) : with_sample(std::uint8_t{});
}

template <typename T>
inline constexpr std::uint32_t MAX = std::is_same_v<T, std::uint16_t> ? 65535 : 255;

inline std::uint8_t narrowed(std::uint16_t value) {
  return static_cast<std::uint8_t>((value * 255u + 32767u) / 65535u);
}

template <typename T>
T widened(std::uint8_t value) {
  return static_cast<T>(std::is_same_v<T, std::uint16_t> ? value * 257 : value);
}

}  // namespace peel
