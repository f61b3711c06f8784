#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "peel/remover.hpp"

namespace peel::options {

/// Pixels, or percent of what it is a part of.
struct Length {
  double amount = 0;  ///< 0 and more
  bool percent = false;

  double of(double whole) const { return percent ? whole * amount / 100 : amount; }
  bool operator==(const Length&) const = default;
};

/// What a client of remove.bg asks for: the parameters of POST /v1.0/removebg, by that API's documentation. Defaults
/// are its own.
struct RemovebgRequest {
  /// The picture: one of the two is not empty.
  std::string image;      ///< bytes of image_file, or of image_file_b64
  std::string image_url;  ///< still to be fetched

  /// `size`: the finished picture has at most so many pixels; 0: no limit. preview, small, regular: 250 000;
  /// medium: 1.5 million; hd: 4; full, 4k: 25; 50MP: 50; auto: none.
  std::uint64_t max_pixels = 250'000;
  std::string type = "auto";
  std::string type_level = "1";
  enum class Format { automatic, png, jpg, webp } format = Format::automatic;

  /// Left, top, right and bottom of what may hold the subject, in the picture: pixels, or percent of its sides.
  std::array<Length, 4> roi = {Length{0, true}, Length{0, true}, Length{100, true}, Length{100, true}};
  bool crop = false;
  /// Top, right, bottom, left: pixels (to 500) of the picture before it is made smaller for `max_pixels`, or percent
  /// (to 50) of the subject's height or width.
  std::array<Length, 4> crop_margin;
  std::optional<double> scale;  ///< 0.1 to 1: how much of the canvas the subject fills; none: its size
  struct Position {
    double x = 0.5, y = 0.5;  ///< 0 to 1: how much of the free space lies to its left, and above it
  };
  std::optional<Position> position;  ///< none: where it is. By default the middle where `scale` is given
  enum class Channels { rgba, alpha } channels = Channels::rgba;

  /// At most one of the three.
  std::optional<Color> bg_color;
  std::string bg_image;      ///< bytes of bg_image_file
  std::string bg_image_url;  ///< still to be fetched

  /// Parameters that were given, were understood and change nothing, by name: `type` (there is one kind of foreground),
  /// the shadow's, semitransparency=false, and scale and position beside crop.
  std::vector<std::string> ignored;
};

}  // namespace peel::options
