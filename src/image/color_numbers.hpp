#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace peel {

/// A place in the CIE's xy diagram.
struct Chromaticity {
  double x = 0;
  double y = 0;
};

/// What a picture's samples mean, as formats say it that do so by numbers instead of an ICC profile: PNG by gAMA, cHRM
/// and cICP, HEIF and AVIF by nclx, JPEG XL by an enumeration.
struct ColorNumbers {
  enum class Curve {
    srgb,
    power,  ///< light = sample to the power of `exponent`
    pq,     ///< SMPTE ST 2084: absolute light up to 10000 cd/m2
    hlg,    ///< ARIB STD-B67
  };
  std::array<Chromaticity, 3> primaries{{{0.640, 0.330}, {0.300, 0.600}, {0.150, 0.060}}};
  Chromaticity white{0.3127, 0.3290};
  Curve curve = Curve::srgb;
  double exponent = 1;

  bool high_dynamic_range() const noexcept { return curve == Curve::pq || curve == Curve::hlg; }
};

/// Of ITU-T H.273's code points ("CICP"). Nothing where they leave both unspecified, or name what is no colour space of
/// pictures. The curves of television's cameras (BT.709 and its kin) count as sRGB's, which is what their pictures are
/// looked at with.
std::optional<ColorNumbers> color_of_code_points(int primaries, int transfer);

/// The ICC profile that says the same; empty for sRGB, and where the numbers make no colour space. `gray`: one for grey
/// pictures.
///
/// That of high dynamic range brings it to a screen's: light as ITU-R BT.2390 has it rolled off from 1000 to 203 cd/m2,
/// BT.2408's white, channel by channel, which is what a profile's curves can do. The samples stay as they are.
std::vector<std::byte> profile_for(const ColorNumbers& color, bool gray);

}  // namespace peel
