#include "image/colour.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "peel/error.hpp"

namespace peel {
namespace {

constexpr const char* HINT = "save it as 8- or 16-bit RGB or grey";

[[noreturn]] void refuse(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::input, fmt::format("{}: {}", name, what), HINT);
}

void check(int status, std::string_view name) {
  if (status != 0) {
    throw Error(ErrorCode::input, fmt::format("{}: its colours cannot be converted: {}", name, take_vips_error()));
  }
}

PixelFormat format_of(int bands, bool wide) {
  switch (bands) {
    case 1:
      return wide ? PixelFormat::gray16 : PixelFormat::gray8;
    case 2:
      return wide ? PixelFormat::gray_alpha16 : PixelFormat::gray_alpha8;
    case 3:
      return wide ? PixelFormat::rgb16 : PixelFormat::rgb8;
    default:
      return wide ? PixelFormat::rgba16 : PixelFormat::rgba8;
  }
}

bool is_wide(const VipsImage* image) {
  return vips_image_get_format(image) != VIPS_FORMAT_UCHAR;
}

// Through the picture's own profile, or libvips's generic one where it brings none. Perceptual, because the gamut of
// inks and that of a screen differ in shape, and this is what printing profiles hold a table for.
VipsImagePointer cmyk_through_profile(const VipsImagePointer& image, std::string_view name) {
  VipsImagePointer out;
  check(vips_icc_transform(image.get(), Out(out), "srgb", "embedded", TRUE, "input_profile", "cmyk", "intent",
                           VIPS_INTENT_PERCEPTUAL, "depth", is_wide(image.get()) ? 16 : 8, nullptr),
        name);
  return out;
}

VipsImagePointer to_rgb(const VipsImagePointer& image, bool wide, std::string_view name) {
  VipsImagePointer out;
  check(vips_colourspace(image.get(), Out(out), wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB, nullptr),
        name);
  return out;
}

VipsImagePointer first_bands(VipsImagePointer image, int count, std::string_view name) {
  if (vips_image_get_bands(image.get()) <= count) return image;
  VipsImagePointer out;
  check(vips_extract_band(image.get(), Out(out), 0, "n", count, nullptr), name);
  return out;
}

// libheif's 10- and 12-bit samples come shifted up, with nothing below.
int unused_low_bits(const VipsImage* image) {
  int depth = 0;
  if (!is_wide(image) || !vips_image_get_typeof(image, "heif-bitdepth") ||
      vips_image_get_int(image, "heif-bitdepth", &depth) != 0) {
    return 0;
  }
  return depth > 8 && depth < 16 ? 16 - depth : 0;
}

// 32-bit integers are cut to their upper 16 bits; anything else that is not a plain sample has to bring a colour space
// that says what its numbers mean.
VipsImagePointer to_usual_samples(VipsImagePointer image, std::string_view name) {
  const VipsBandFormat samples = vips_image_get_format(image.get());
  const VipsInterpretation space = vips_image_get_interpretation(image.get());
  if (vips_image_get_coding(image.get()) != VIPS_CODING_NONE) return image;  // LabQ: vips_colourspace unpacks it
  switch (samples) {
    case VIPS_FORMAT_UCHAR:
    case VIPS_FORMAT_USHORT:
      return image;
    case VIPS_FORMAT_UINT: {
      VipsImagePointer out;
      check(vips_cast(image.get(), Out(out), VIPS_FORMAT_USHORT, "shift", TRUE, nullptr), name);
      return out;
    }
    case VIPS_FORMAT_SHORT:
      if (space == VIPS_INTERPRETATION_LABS) return image;
      refuse(name, "its samples are signed numbers, not a picture's");
    case VIPS_FORMAT_FLOAT:
    case VIPS_FORMAT_DOUBLE:
      if (space == VIPS_INTERPRETATION_scRGB || space == VIPS_INTERPRETATION_LAB || space == VIPS_INTERPRETATION_XYZ) {
        return image;
      }
      refuse(name, "its samples are floating-point numbers without a colour space");
    default:
      refuse(name, "its samples are signed or complex numbers, not a picture's");
  }
}

}  // namespace

void cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb, int width) noexcept {
  const auto divided_by_255 = [](int product) { return ((product + 128) + ((product + 128) >> 8)) >> 8; };
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    const int white = 255 - cmyk[3];
    for (int ink = 0; ink < 3; ++ink) {
      rgb[ink] = static_cast<std::uint8_t>(std::clamp(white - divided_by_255(cmyk[ink] * white), 0, 255));
    }
  }
}

void fill_low_bits(const std::uint16_t* from, std::uint16_t* to, std::size_t count, int bits) noexcept {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<std::uint16_t>(from[i] | (from[i] >> bits));
}

VipsImagePointer without_extra_bands(VipsImagePointer image, int colors, std::optional<int> alpha,
                                     std::string_view name) {
  const int bands = vips_image_get_bands(image.get());
  if (colors >= bands) return image;
  VipsImagePointer out;
  check(vips_extract_band(image.get(), Out(out), 0, "n", colors, nullptr), name);
  if (!alpha || *alpha >= bands) return out;
  VipsImagePointer opacity;
  check(vips_extract_band(image.get(), Out(opacity), *alpha, nullptr), name);
  VipsImagePointer both;
  check(vips_bandjoin2(out.get(), opacity.get(), Out(both), nullptr), name);
  return both;
}

void unpremultiply(StorableImage& image, std::string_view name) {
  if (!has_alpha(image.format)) return;
  const bool wide = bytes_per_sample(image.format) == 2;
  VipsImagePointer straight;
  check(vips_unpremultiply(image.pixels.get(), Out(straight), "max_alpha", wide ? 65535.0 : 255.0, nullptr), name);
  VipsImagePointer rounded;
  check(vips_rint(straight.get(), Out(rounded), nullptr), name);
  VipsImagePointer out;
  check(vips_cast(rounded.get(), Out(out), wide ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, nullptr), name);
  image.pixels = std::move(out);
}

StorableImage to_storable(VipsImagePointer image, const DecodeOptions& options, std::string_view name) {
  StorableImage out;
  image = to_usual_samples(std::move(image), name);
  const bool wide = is_wide(image.get());
  const int bands = vips_image_get_bands(image.get());
  switch (vips_image_guess_interpretation(image.get())) {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16:
      // Grey with more samples than an alpha: the rest has no meaning for a picture.
      image = first_bands(std::move(image), 2, name);
      break;
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_RGB16:
      image = first_bands(std::move(image), 4, name);
      out.low_bits = unused_low_bits(image.get());
      break;
    case VIPS_INTERPRETATION_CMYK:
      out.converted = true;
      if (options.pillow_cmyk && bands == 4 && !wide) {
        out.pillow_cmyk = true;
        out.format = PixelFormat::rgb8;
        out.pixels = std::move(image);
        return out;
      }
      image = first_bands(cmyk_through_profile(image, name), 4, name);
      break;
    case VIPS_INTERPRETATION_LAB:
    case VIPS_INTERPRETATION_LABS:
    case VIPS_INTERPRETATION_XYZ:
    case VIPS_INTERPRETATION_scRGB:
      out.converted = true;
      image = first_bands(to_rgb(image, true, name), 4, name);
      break;
    case VIPS_INTERPRETATION_LABQ:
      out.converted = true;
      image = to_rgb(image, false, name);
      break;
    default:
      if (bands > 4) refuse(name, fmt::format("it has {} channels of no known meaning", bands));
  }
  const VipsBandFormat samples = vips_image_get_format(image.get());
  if (samples != VIPS_FORMAT_UCHAR && samples != VIPS_FORMAT_USHORT) {
    refuse(name, "its samples are of no kind a picture has");
  }
  out.format = format_of(vips_image_get_bands(image.get()), samples == VIPS_FORMAT_USHORT);
  out.pixels = std::move(image);
  return out;
}

}  // namespace peel
