#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/file.hpp"
#include "image/bmp.hpp"
#include "image/colour.hpp"
#include "image/header.hpp"
#include "image/image_data.hpp"
#include "image/limits.hpp"
#include "image/orient.hpp"
#include "image/sniff.hpp"
#include "image/srgb.hpp"
#include "image/vips.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr const char* ACCEPTED = "peel reads JPEG, PNG, WebP, TIFF, GIF, HEIC, AVIF, JPEG XL and BMP";
constexpr int MAX_BANDS = 5;  // CMYK with alpha

[[noreturn]] void cannot_decode(std::string_view name) {
  const std::string reason = take_vips_error();
  throw Error(ErrorCode::input,
              fmt::format("{}: damaged, cut short or of a rare kind{}{}", name, reason.empty() ? "" : ": ", reason),
              "if a picture viewer opens it, save it anew from there");
}

VipsImagePointer open(SourceFormat format, std::span<const std::byte> bytes, std::string_view name) {
  const auto load = [&](auto loader, VipsFailOn fail_on) {
    VipsImagePointer image;
    // The data are only read; the parameter is not const for reasons of libvips's history.
    const int status = loader(const_cast<std::byte*>(bytes.data()), bytes.size(), Out(image), "access",
                              VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, nullptr);
    if (status != 0) cannot_decode(name);
    return image;
  };
  switch (format) {
    case SourceFormat::jpeg:
      return load(vips_jpegload_buffer, VIPS_FAIL_ON_ERROR);
    case SourceFormat::png:
      return load(vips_pngload_buffer, VIPS_FAIL_ON_ERROR);
    case SourceFormat::webp:
      return load(vips_webpload_buffer, VIPS_FAIL_ON_ERROR);
    case SourceFormat::tiff:
      return load(vips_tiffload_buffer, VIPS_FAIL_ON_ERROR);
    case SourceFormat::gif:
      return load(vips_gifload_buffer, VIPS_FAIL_ON_ERROR);
    case SourceFormat::heif:
      return load(vips_heifload_buffer, VIPS_FAIL_ON_ERROR);
    default:
      return load(vips_jxlload_buffer, VIPS_FAIL_ON_ERROR);
  }
}

const char* text_of(const VipsImage* image, const char* field) {
  const char* text = nullptr;
  if (!vips_image_get_typeof(image, field) || vips_image_get_string(image, field, &text) != 0) return "";
  return text;
}

int number_of(const VipsImage* image, const char* field, int otherwise) {
  int number = 0;
  if (!vips_image_get_typeof(image, field) || vips_image_get_int(image, field, &number) != 0) return otherwise;
  return number;
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

std::uint32_t big_endian(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

// Hands every chunk in front of the pixels of a PNG to `use`; false where the file is too short for one of them.
template <typename Use>
bool each_chunk_before_pixels(std::span<const std::byte> png, const Use& use) {
  for (std::size_t at = 8; at + 8 <= png.size();) {
    const std::size_t length = big_endian(png, at);
    const std::string_view type(reinterpret_cast<const char*>(png.data()) + at + 4, 4);
    if (type == "IDAT") return true;
    if (length > png.size() - at - 8) return false;
    use(type, png.subspan(at + 8, length));
    at += length + 12;
  }
  return true;
}

// libpng takes (and clears) as much memory as a chunk claims to need, up to 2 GB, before it looks for its content.
void check_png(std::span<const std::byte> bytes, std::string_view name) {
  if (!each_chunk_before_pixels(bytes, [](auto...) {})) cannot_decode(name);
}

// libvips gives every PNG a resolution, 72 dots per inch where the file has none: so the pHYs chunk itself is looked
// up.
std::optional<Resolution> png_resolution(std::span<const std::byte> bytes) {
  std::optional<Resolution> resolution;
  each_chunk_before_pixels(bytes, [&](std::string_view type, std::span<const std::byte> content) {
    if (type != "pHYs" || content.size() != 9 || content[8] != std::byte{1}) return;
    const Resolution found{big_endian(content, 0) / 1000.0, big_endian(content, 4) / 1000.0};
    if (found.x > 0 && found.y > 0) resolution = found;
  });
  return resolution;
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
  // libjxl makes a profile up for every picture that brings none.
  if (!profile_fits(profile, format) || (source == SourceFormat::jxl && is_srgb(profile))) return {};
  return {profile.begin(), profile.end()};
}

/// Where libvips's rows go: converted where libvips cannot, turned upright, packed.
struct Target {
  Image::Data& data;
  const StorableImage& source;
  Orientation orientation;
  std::size_t pixel_bytes;
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

std::shared_ptr<Image::Data> decode_with_vips(SourceFormat format, std::span<const std::byte> bytes,
                                              const DecodeOptions& options, std::string_view name) {
  start_vips();
  if (format == SourceFormat::png) check_png(bytes, name);
  VipsImagePointer image = open(format, bytes, name);
  check_size(vips_image_get_width(image.get()), vips_image_get_height(image.get()), options.limits, name);
  if (vips_image_get_bands(image.get()) > MAX_BANDS) {
    throw Error(ErrorCode::input,
                fmt::format("{}: {} channels are not a picture", name, vips_image_get_bands(image.get())));
  }
  // Everything the header says is read before the conversion, which leaves some of it behind.
  const int tag = orientation_of(format, image.get());
  const std::optional<Resolution> resolution =
      format == SourceFormat::png ? png_resolution(bytes) : resolution_of(image.get());
  const VipsImagePointer header(static_cast<VipsImage*>(g_object_ref(image.get())));

  StorableImage source = to_storable(std::move(image), options, name);
  const Orientation orientation(tag, vips_image_get_width(source.pixels.get()),
                                vips_image_get_height(source.pixels.get()));
  auto data = std::make_shared<Image::Data>(orientation.width(), orientation.height(), source.format);
  Target target(*data, source, orientation);
  if (vips_sink_disc(source.pixels.get(), write_rows, &target) != 0) cannot_decode(name);
  vips_error_clear();  // what libvips had to remark on a picture it decoded would fill its buffer in time

  if (!source.converted) data->icc_profile = profile_of(format, header.get(), source.format);
  data->resolution = resolution;
  if (data->resolution && tag >= 5 && tag <= 8) std::swap(data->resolution->x, data->resolution->y);
  data->focal_length_35mm = focal_length_of(header.get());
  data->source_format = name_of(format, header.get());
  return data;
}

}  // namespace

void check_size(std::int64_t width, std::int64_t height, const DecodeLimits& limits, std::string_view name) {
  if (width < 1 || height < 1) {
    throw Error(ErrorCode::input, fmt::format("{}: a size of {} x {} pixels is not a picture", name, width, height));
  }
  if (static_cast<std::uint64_t>(height) > limits.max_pixels / static_cast<std::uint64_t>(width)) {
    throw Error(ErrorCode::input,
                fmt::format("{}: {} x {} pixels are over the limit of {}", name, width, height, limits.max_pixels),
                "raise the limit on pixels if you trust the file and have the memory");
  }
}

Image decode(std::span<const std::byte> bytes, const DecodeOptions& options, std::string_view name) {
  if (bytes.size() > options.limits.max_bytes) {
    throw Error(ErrorCode::input,
                fmt::format("{}: {} bytes is over the limit of {}", name, bytes.size(), options.limits.max_bytes),
                "raise the limit on bytes if you trust the file");
  }
  const Sniffed kind = sniff(bytes);
  if (kind.format == SourceFormat::none) {
    throw Error(ErrorCode::input,
                kind.description.empty() ? fmt::format("{}: not a picture of a kind peel knows", name)
                                         : fmt::format("{}: this is {}", name, kind.description),
                ACCEPTED);
  }
  if (kind.format == SourceFormat::bmp) return Image(decode_bmp(bytes, options.limits, name));
  return Image(decode_with_vips(kind.format, bytes, options, name));
}

std::optional<PictureHeader> read_header(std::span<const std::byte> bytes) {
  const SourceFormat format = sniff(bytes).format;
  if (format == SourceFormat::none) return std::nullopt;
  try {
    if (format == SourceFormat::bmp) return bmp_header(bytes);
    start_vips();
    if (format == SourceFormat::png) check_png(bytes, "picture");
    const VipsImagePointer image = open(format, bytes, "picture");
    const int samples = std::min(vips_image_get_bands(image.get()), 4);
    const int sample_bytes = vips_image_get_format(image.get()) == VIPS_FORMAT_UCHAR ? 1 : 2;
    return PictureHeader{vips_image_get_width(image.get()), vips_image_get_height(image.get()), samples * sample_bytes};
  } catch (const Error&) {
    return std::nullopt;
  }
}

Image load_image(const std::filesystem::path& file, const DecodeOptions& options) {
  const std::vector<std::byte> bytes = read_file(file, options.limits.max_bytes, ErrorCode::input);
  return decode(bytes, options, file.string());
}

}  // namespace peel
