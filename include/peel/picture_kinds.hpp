#pragma once

#include <array>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

namespace peel {

/// A kind of picture that decode() takes.
struct PictureKind {
  std::string_view name;
  std::array<std::string_view, 4> endings;  ///< of files' names: ".jpg"; empty ones behind the last
};

inline constexpr PictureKind PICTURE_KINDS[] = {
    {"JPEG", {".jpg", ".jpeg", ".jfif", ".jpe"}},
    {"PNG", {".png", ".apng"}},
    {"WebP", {".webp"}},
    {"TIFF", {".tif", ".tiff"}},
    {"GIF", {".gif"}},
    {"HEIC", {".heic", ".heif", ".hif"}},
    {"AVIF", {".avif"}},
    {"JPEG XL", {".jxl"}},
    {"JPEG 2000", {".jp2", ".j2k", ".j2c", ".jpf"}},
    {"BMP", {".bmp"}},
    {"Netpbm", {".pbm", ".pgm", ".ppm", ".pnm"}},
};

/// "JPEG, PNG, ... BMP or Netpbm".
inline std::string picture_kinds(std::string_view conjunction) {
  constexpr std::size_t COUNT = std::size(PICTURE_KINDS);
  std::string text(PICTURE_KINDS[0].name);
  for (std::size_t i = 1; i < COUNT; ++i) {
    text += i + 1 < COUNT ? ", " : " " + std::string(conjunction) + " ";
    text += PICTURE_KINDS[i].name;
  }
  return text;
}

/// Calls `take` with each ending of them all.
template <typename Take>
constexpr void for_picture_endings(Take take) {
  for (const PictureKind& kind : PICTURE_KINDS) {
    for (const std::string_view ending : kind.endings) {
      if (!ending.empty()) take(ending);
    }
  }
}

}  // namespace peel
