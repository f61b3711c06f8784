#pragma once

#include <array>
#include <filesystem>
#include <vector>

#include "peel/file.hpp"
#include "peel/image.hpp"

namespace peel::test {

/// A small photograph-like picture: a bright disc on a dark ground, which every model sees as a subject.
struct Disc {
  int width = 64;
  int height = 48;
  double diameter = 0.7;  ///< of the height; 0: none
  int shade = 0;          ///< added to the disc's levels: pictures that are not all the same
};

inline void write_image(const std::filesystem::path& file, const Image& image) {
  std::filesystem::create_directories(file.parent_path());
  EncodeOptions options;
  options.format = format_from_name(file.string()).value_or(FileFormat::png);
  write_file(file, encode(image, options));
}

inline bool is_in_disc(const Disc& disc, int x, int y) {
  const int dx = 2 * x - disc.width;
  const int dy = 2 * y - disc.height;
  return dx * dx + dy * dy < disc.diameter * disc.diameter * disc.height * disc.height;
}

inline void write_disc(const std::filesystem::path& file, const Disc& disc) {
  std::vector<unsigned char> pixels;
  for (int y = 0; y < disc.height; ++y) {
    for (int x = 0; x < disc.width; ++x) {
      for (const int value : is_in_disc(disc, x, y)
                                 ? std::array{230 + disc.shade, 160 + disc.shade + x % 40, 40 + disc.shade}
                                 : std::array{30, 40, 50 + y % 20}) {
        pixels.push_back(static_cast<unsigned char>(value));
      }
    }
  }
  write_image(file, Image::from_pixels({pixels.data(), disc.width, disc.height, 3 * disc.width, PixelFormat::rgb8}));
}

/// Its ground truth.
inline void write_disc_mask(const std::filesystem::path& file, const Disc& disc) {
  std::vector<unsigned char> levels;
  for (int y = 0; y < disc.height; ++y) {
    for (int x = 0; x < disc.width; ++x) levels.push_back(is_in_disc(disc, x, y) ? 255 : 0);
  }
  write_image(file, Image::from_pixels({levels.data(), disc.width, disc.height, disc.width, PixelFormat::gray8}));
}

}  // namespace peel::test
