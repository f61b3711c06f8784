#pragma once

#include <lcms2.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "image/image_data.hpp"
#include "scenes/photograph.hpp"

namespace peel::test {

inline constexpr PixelFormat STORED_FORMATS[] = {
    PixelFormat::gray8,  PixelFormat::gray_alpha8,  PixelFormat::rgb8,  PixelFormat::rgba8,
    PixelFormat::gray16, PixelFormat::gray_alpha16, PixelFormat::rgb16, PixelFormat::rgba16};

using scenes::photograph;

inline bool same_pixels(const Image& a, const Image& b) {
  return a.width() == b.width() && a.height() == b.height() && a.format() == b.format() &&
         std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

inline std::vector<int> samples_of(const Image& image) {
  std::vector<int> samples;
  for (std::size_t i = 0; i < image.size_bytes(); ++i) samples.push_back(std::to_integer<int>(image.data()[i]));
  return samples;
}

/// Of 8 bits; rows without gaps.
inline Image picture_of(PixelFormat format, int width, int height, const std::vector<std::uint8_t>& samples) {
  return Image::from_pixels(
      {samples.data(), width, height, static_cast<std::ptrdiff_t>(samples.size()) / height, format});
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
