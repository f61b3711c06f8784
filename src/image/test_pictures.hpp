#pragma once

#include <lcms2.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "image/image_data.hpp"

namespace peel::test {

inline constexpr PixelFormat STORED_FORMATS[] = {
    PixelFormat::gray8,  PixelFormat::gray_alpha8,  PixelFormat::rgb8,  PixelFormat::rgba8,
    PixelFormat::gray16, PixelFormat::gray_alpha16, PixelFormat::rgb16, PixelFormat::rgba16};

/// A smooth picture with a little noise, like a photograph; the same for the same arguments. The left third of a
/// picture with alpha is wholly transparent and zero, like a cut-out.
inline std::shared_ptr<Image::Data> photograph(int width, int height, PixelFormat format, unsigned seed = 1) {
  auto data = std::make_shared<Image::Data>(width, height, format);
  std::mt19937 random(seed);
  const int count = channels(format);
  const bool wide = bytes_per_sample(format) == 2;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < count; ++c) {
        const double wave = std::sin(x * 0.021 * (c + 1)) * std::cos(y * 0.017) * 0.4 + 0.5;
        double value = std::clamp(wave + static_cast<double>(random() % 1000) * 1e-5, 0.0, 1.0);
        if (has_alpha(format) && x < width / 3) value = 0;
        const std::size_t at = static_cast<std::size_t>(x * count + c);
        if (wide) {
          data->row<std::uint16_t>(y)[at] = static_cast<std::uint16_t>(value * 65535);
        } else {
          data->row<std::uint8_t>(y)[at] = static_cast<std::uint8_t>(value * 255);
        }
      }
    }
  }
  return data;
}

inline bool same_pixels(const Image& a, const Image& b) {
  return a.width() == b.width() && a.height() == b.height() && a.format() == b.format() &&
         std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// The largest difference of two samples; 256 where the pictures are not of one size and 8-bit format.
inline int largest_difference(const Image& a, const Image& b) {
  if (a.width() != b.width() || a.height() != b.height() || a.format() != b.format() ||
      bytes_per_sample(a.format()) != 1) {
    return 256;
  }
  int largest = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) {
    largest = std::max(largest, std::abs(std::to_integer<int>(a.data()[i]) - std::to_integer<int>(b.data()[i])));
  }
  return largest;
}

inline std::vector<std::byte> saved(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  std::vector<std::byte> bytes(size);
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  return bytes;
}

inline std::vector<std::byte> srgb_profile() {
  return saved(cmsCreate_sRGBProfile());
}

/// Adobe RGB (1998)'s primaries and gamma: visibly another space than sRGB.
inline std::vector<std::byte> wide_gamut_profile() {
  const cmsCIExyY white{0.3127, 0.3290, 1.0};
  const cmsCIExyYTRIPLE primaries{{0.64, 0.33, 1}, {0.21, 0.71, 1}, {0.15, 0.06, 1}};
  cmsToneCurve* const gamma = cmsBuildGamma(nullptr, 2.19921875);
  cmsToneCurve* const curves[3] = {gamma, gamma, gamma};
  auto bytes = saved(cmsCreateRGBProfile(&white, &primaries, curves));
  cmsFreeToneCurve(gamma);
  return bytes;
}

inline std::vector<std::byte> gray_profile(double exponent) {
  cmsToneCurve* const gamma = cmsBuildGamma(nullptr, exponent);
  auto bytes = saved(cmsCreateGrayProfile(cmsD50_xyY(), gamma));
  cmsFreeToneCurve(gamma);
  return bytes;
}

}  // namespace peel::test
