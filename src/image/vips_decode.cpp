#include "image/vips_decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/control.hpp"
#include "image/colour.hpp"
#include "image/limits.hpp"
#include "image/orient.hpp"
#include "image/srgb.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr int MAX_BANDS = 5;  // CMYK with alpha

const char* text_of(const VipsImage* image, const char* field) {
  const char* text = nullptr;
  if (!vips_image_get_typeof(image, field) || vips_image_get_string(image, field, &text) != 0) return "";
  return text;
}

std::string_view name_of(SourceFormat format, const VipsImage* image) {
  switch (format) {
    case SourceFormat::jpeg:
      return "jpeg";
    case SourceFormat::png:
      return "png";
    case SourceFormat::webp:
      return "webp";
    case SourceFormat::tiff:
      return "tiff";
    case SourceFormat::gif:
      return "gif";
    case SourceFormat::heif:
      return std::strcmp(text_of(image, "heif-compression"), "av1") == 0 ? "avif" : "heic";
    case SourceFormat::jxl:
      return "jxl";
    case SourceFormat::bmp:
      return "bmp";
    case SourceFormat::netpbm:
      return "netpbm";
    case SourceFormat::jp2k:
      return "jp2k";
    default:
      return "";
  }
}

// libheif and libjxl hand out upright pictures; the EXIF tag that may still be there describes what was turned already.
int orientation_of(SourceFormat format, const VipsImage* image) {
  if (format == SourceFormat::heif || format == SourceFormat::jxl) return 1;
  return number_of(image, VIPS_META_ORIENTATION, 1);
}

// libvips keeps an EXIF rational as "72009/1000 (72.009, Rational, 1 components, 8 bytes)".
double rational_of(const VipsImage* image, const char* field) {
  double above = 0;
  double below = 0;
  return std::sscanf(text_of(image, field), "%lf/%lf", &above, &below) == 2 && below != 0 ? above / below : 0;
}

// As "27 (27, Short, 1 components, 2 bytes)"; 0 stands for unknown.
std::optional<double> focal_length_of(const VipsImage* image) {
  const long millimetres = std::strtol(text_of(image, "exif-ifd2-FocalLengthIn35mmFilm"), nullptr, 10);
  return millimetres > 0 ? std::optional(static_cast<double>(millimetres)) : std::nullopt;
}

// The unit is there only where a file gave a resolution. From WebP and HEIF libvips does not take over what EXIF says.
std::optional<Resolution> resolution_of(const VipsImage* image) {
  if (!vips_image_get_typeof(image, VIPS_META_RESOLUTION_UNIT)) return std::nullopt;
  Resolution found{vips_image_get_xres(image), vips_image_get_yres(image)};
  if (found.x == 1.0 && found.y == 1.0) {
    // With no EXIF block in the file libvips makes one up.
    if (!vips_image_get_typeof(image, VIPS_META_EXIF_NAME)) return std::nullopt;
    const double millimetres = text_of(image, "exif-ifd0-ResolutionUnit")[0] == '3' ? 10 : 25.4;
    found = {rational_of(image, "exif-ifd0-XResolution") / millimetres,
             rational_of(image, "exif-ifd0-YResolution") / millimetres};
  }
  if (!std::isfinite(found.x) || !std::isfinite(found.y) || found.x <= 0 || found.y <= 0) return std::nullopt;
  return found;
}

std::vector<std::byte> profile_of(SourceFormat source, const VipsImage* image, PixelFormat format) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (!vips_image_get_typeof(image, VIPS_META_ICC_NAME) ||
      vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &size) != 0) {
    return {};
  }
  const std::span<const std::byte> profile(static_cast<const std::byte*>(data), size);
  if (!may_keep(source, profile, format)) return {};
  return {profile.begin(), profile.end()};
}

/// Where libvips's rows go: converted where libvips cannot, turned upright, packed.
struct Target {
  Image::Data& data;
  const StorableImage& source;
  Orientation orientation;
  std::size_t pixel_bytes;
  std::stop_token stop = current_stop();
  std::vector<std::byte> changed;  ///< a row on its way; made beforehand, as no exception may pass through libvips

  Target(Image::Data& to, const StorableImage& from, const Orientation& how)
      : data(to),
        source(from),
        orientation(how),
        pixel_bytes(static_cast<std::size_t>(channels(to.format) * bytes_per_sample(to.format))) {
    if (from.pillow_cmyk || from.low_bits > 0) {
      changed.resize(pixel_bytes * static_cast<std::size_t>(vips_image_get_width(from.pixels.get())));
    }
  }
};

// libvips calls this for one part after another, never for two at a time.
int write_rows(VipsRegion* region, VipsRect* area, void* user) {
  auto& target = *static_cast<Target*>(user);
  if (target.stop.stop_requested()) return -1;
  std::byte* const changed = target.changed.data();
  for (int y = area->top; y < area->top + area->height; ++y) {
    const auto* row = reinterpret_cast<const std::byte*>(VIPS_REGION_ADDR(region, area->left, y));
    if (target.source.pillow_cmyk) {
      cmyk_to_rgb(reinterpret_cast<const std::uint8_t*>(row), reinterpret_cast<std::uint8_t*>(changed), area->width);
      row = changed;
    } else if (target.source.low_bits > 0) {
      const std::size_t samples = target.pixel_bytes / 2 * static_cast<std::size_t>(area->width);
      fill_low_bits(reinterpret_cast<const std::uint16_t*>(row), reinterpret_cast<std::uint16_t*>(changed), samples,
                    16 - target.source.low_bits);
      row = changed;
    }
    target.orientation.place(row, area->left, y, area->width, target.pixel_bytes, target.data.pixels.data());
  }
  return 0;
}

}  // namespace

void cannot_decode(std::string_view name) {
  check_stopped();
  const std::string reason = take_vips_error();
  // That is no fault of the picture's.
  if (reason.find("out of memory") != std::string::npos || reason.find("Insufficient memory") != std::string::npos) {
    throw std::bad_alloc();
  }
  throw Error(ErrorCode::input,
              fmt::format("{}: damaged, cut short or of a rare kind{}{}", name, reason.empty() ? "" : ": ", reason),
              "if a picture viewer opens it, save it anew from there");
}

namespace {

// The number that white has: the third of a header, behind width and height, comments aside. A bitmap has none.
int netpbm_white(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 1024));
  int number = 0;
  std::size_t at = 2;
  for (int found = 0; found < 3; ++found) {
    while (at < text.size() && (text[at] < '0' || text[at] > '9')) {
      at = text[at] == '#' ? std::min(text.find('\n', at), text.size()) : at + 1;
    }
    for (number = 0; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      number = std::min(number * 10 + (text[at] - '0'), 65536);
    }
  }
  return number;
}

// libvips leaves samples as they are whatever white is.
VipsImagePointer open_netpbm(std::span<const std::byte> bytes, std::string_view name) {
  struct Unref {
    void operator()(::VipsSource* source) const noexcept { g_object_unref(source); }
  };
  const std::unique_ptr<::VipsSource, Unref> source(vips_source_new_from_memory(bytes.data(), bytes.size()));
  VipsImagePointer image;
  if (!source || vips_ppmload_source(source.get(), Out(image), "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                     VIPS_FAIL_ON_ERROR, nullptr) != 0) {
    cannot_decode(name);
  }
  const VipsBandFormat samples = vips_image_get_format(image.get());
  const int full = samples == VIPS_FORMAT_UCHAR ? 255 : 65535;
  const bool bitmap = bytes[1] == std::byte{'1'} || bytes[1] == std::byte{'4'};
  const int white = bitmap ? full : netpbm_white(bytes);
  if (white == full) return image;
  if (white < 1 || white > 65535) cannot_decode(name);
  VipsImagePointer scaled;
  VipsImagePointer rounded;
  VipsImagePointer out;
  if (vips_linear1(image.get(), Out(scaled), static_cast<double>(full) / white, 0.0, nullptr) != 0) cannot_decode(name);
  if (vips_rint(scaled.get(), Out(rounded), nullptr) != 0) cannot_decode(name);
  if (vips_cast(rounded.get(), Out(out), samples, nullptr) != 0) cannot_decode(name);
  return out;
}

// Of the marker SIZ, which stands first in the code: 36 bytes of sizes, the number of channels, then the bits of each.
void check_jp2k(std::span<const std::byte> bytes, std::string_view name) {
  constexpr std::string_view MARKER = "\xff\x4f\xff\x51";
  constexpr std::size_t CHANNELS = MARKER.size() + 36;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t at = text.find(MARKER);
  if (at == std::string_view::npos || bytes.size() - at < CHANNELS + 3) cannot_decode(name);
  const int bits = (std::to_integer<int>(bytes[at + CHANNELS + 2]) & 0x7f) + 1;
  if (bits == 8 || bits == 16) return;
  throw Error(ErrorCode::input, fmt::format("{}: a JPEG 2000 of {} bits a sample is not supported", name, bits),
              "save it with 8 or 16 bits");
}

}  // namespace

VipsImagePointer open_with_vips(const PictureSource& from, std::string_view name) {
  const auto load = [&](auto loader, auto... more) {
    VipsImagePointer image;
    // The data are only read; the parameter is not const for reasons of libvips's history.
    const int status = loader(const_cast<std::byte*>(from.bytes.data()), from.bytes.size(), Out(image), "access",
                              VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, more..., nullptr);
    if (status != 0) cannot_decode(name);
    return image;
  };
  const int page = from.page.value_or(0);
  switch (from.format) {
    case SourceFormat::jpeg:
      return load(vips_jpegload_buffer);
    case SourceFormat::png:
      return load(vips_pngload_buffer);
    case SourceFormat::webp:
      return load(vips_webpload_buffer, "page", page, "n", from.count);
    case SourceFormat::tiff:
      return load(vips_tiffload_buffer, "page", page);
    case SourceFormat::gif:
      return load(vips_gifload_buffer, "page", page, "n", from.count);
    case SourceFormat::heif:
      // Told none, libvips takes the primary one.
      return from.page ? load(vips_heifload_buffer, "page", page) : load(vips_heifload_buffer);
    case SourceFormat::netpbm:
      return open_netpbm(from.bytes, name);
    case SourceFormat::jp2k:
      check_jp2k(from.bytes, name);
      return load(vips_jp2kload_buffer);
    default:
      return load(vips_jxlload_buffer);
  }
}

int number_of(const VipsImage* image, const char* field, int otherwise) {
  int number = 0;
  if (!vips_image_get_typeof(image, field) || vips_image_get_int(image, field, &number) != 0) return otherwise;
  return number;
}

bool may_keep(SourceFormat source, std::span<const std::byte> profile, PixelFormat format) {
  // libjxl makes a profile up for every picture that brings none.
  return profile_fits(profile, format) && !(source == SourceFormat::jxl && is_srgb(profile));
}

std::shared_ptr<Image::Data> decode_with_vips(const PictureSource& from, const SourceFacts& facts,
                                              const std::optional<ExtraBands>& extra, const DecodeOptions& options,
                                              std::string_view name) {
  VipsImagePointer image = open_with_vips(from, name);
  check_size(vips_image_get_width(image.get()), vips_image_get_height(image.get()), options.limits, name);
  if (extra) image = without_extra_bands(std::move(image), extra->colors, extra->alpha, name);
  if (vips_image_get_bands(image.get()) > MAX_BANDS) {
    throw Error(ErrorCode::input,
                fmt::format("{}: {} channels are not a picture", name, vips_image_get_bands(image.get())));
  }
  // Everything the header says is read before the conversion, which leaves some of it behind.
  const int tag = facts.orientation.value_or(orientation_of(from.format, image.get()));
  const VipsImagePointer header(static_cast<VipsImage*>(g_object_ref(image.get())));

  StorableImage source = to_storable(std::move(image), options, name);
  if (facts.premultiplied) unpremultiply(source, name);
  const Orientation orientation(tag, vips_image_get_width(source.pixels.get()),
                                vips_image_get_height(source.pixels.get()));
  auto data = std::make_shared<Image::Data>(orientation.width(), orientation.height(), source.format);
  Target target(*data, source, orientation);
  const StopsWith stops(source.pixels.get());
  if (vips_sink_disc(source.pixels.get(), write_rows, &target) != 0) cannot_decode(name);
  vips_error_clear();  // what libvips had to remark on a picture it decoded would fill its buffer in time

  if (!source.converted && !facts.color) data->icc_profile = profile_of(from.format, header.get(), source.format);
  data->resolution = from.format == SourceFormat::png ? facts.resolution : resolution_of(header.get());
  if (data->resolution && tag >= 5 && tag <= 8) std::swap(data->resolution->x, data->resolution->y);
  data->focal_length_35mm = focal_length_of(header.get());
  data->source_format = name_of(from.format, header.get());
  data->pages = number_of(header.get(), VIPS_META_N_PAGES, 1);
  return data;
}

}  // namespace peel
