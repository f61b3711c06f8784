#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "base/control.hpp"
#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "image/pixel_rows.hpp"
#include "image/png_encoder.hpp"
#include "image/srgb.hpp"
#include "image/vips.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// What the EXIF standard has programs write that do not know, 72 dots per inch: libvips writes a resolution into TIFF,
// WebP and AVIF in any case.
constexpr Resolution UNKNOWN_RESOLUTION{72 / 25.4, 72 / 25.4};

struct Limit {
  std::string_view name;
  int side;  ///< longest side in pixels
};

Limit limit_of(FileFormat format) {
  switch (format) {
    case FileFormat::png:
      return {"PNG", std::numeric_limits<std::int32_t>::max()};
    case FileFormat::webp:
      return {"WebP", 16383};
    case FileFormat::jpeg:
      return {"JPEG", 65500};  // libjpeg's; the format's is 65535
    case FileFormat::tiff:
      return {"TIFF", std::numeric_limits<std::int32_t>::max()};
    case FileFormat::avif:
      return {"AVIF", 16384};
    case FileFormat::jxl:
      return {"JPEG XL", 1 << 30};
  }
  return {"", 0};
}

int usual_quality(FileFormat format) {
  switch (format) {
    case FileFormat::avif:
      return 65;  // its scale is another: this looks about like a JPEG of 90
    default:
      return 90;
  }
}

void check(const Image& image, const EncodeOptions& options) {
  if (image.empty()) throw Error(ErrorCode::usage, "there is no picture to encode");
  if (options.quality && (*options.quality < 1 || *options.quality > 100)) {
    throw Error(ErrorCode::usage, fmt::format("a quality of {} is outside 1 to 100", *options.quality));
  }
  if (options.format == FileFormat::jpeg && has_alpha(image.format())) {
    throw Error(ErrorCode::usage, "JPEG holds no transparency",
                "lay the picture over a background first, or choose PNG or WebP");
  }
  const Limit limit = limit_of(options.format);
  if (std::max(image.width(), image.height()) > limit.side) {
    throw Error(ErrorCode::output,
                fmt::format("{} x {} pixels are too large for {}: at most {} a side", image.width(), image.height(),
                            limit.name, limit.side),
                "choose PNG or TIFF");
  }
}

// WebP and AVIF hold no grey pictures, so a grey profile has nothing to say in them: its tones are brought to sRGB.
Image without_gray_profile(const Image& image) {
  const int from_channels = channels(image.format());
  const int bytes = bytes_per_sample(image.format());
  const bool alpha = has_alpha(image.format());
  auto out =
      std::make_shared<Image::Data>(image.width(), image.height(), alpha ? PixelFormat::rgba8 : PixelFormat::rgb8);
  out->resolution = image.resolution();
  const auto high_byte = [bytes](const std::byte* sample) {
    if (bytes == 1) return std::to_integer<std::uint8_t>(*sample);
    std::uint16_t wide = 0;
    std::memcpy(&wide, sample, 2);
    return narrowed(wide);
  };
  std::vector<std::uint8_t> tones(static_cast<std::size_t>(image.width()) * 3);
  for (int y = 0; y < image.height(); ++y) {
    check_stopped();
    const std::byte* const row = image.data() + y * image.stride();
    for (std::size_t x = 0; x < tones.size() / 3; ++x) {
      std::fill_n(tones.begin() + static_cast<std::ptrdiff_t>(x * 3), 3,
                  high_byte(row + x * static_cast<std::size_t>(from_channels * bytes)));
    }
    profile_to_srgb(tones, image.icc_profile());
    auto* to = out->row<std::uint8_t>(y);
    for (std::size_t x = 0; x < tones.size() / 3; ++x) {
      to = std::copy_n(tones.data() + x * 3, 3, to);
      if (alpha) *to++ = high_byte(row + (x * 2 + 1) * static_cast<std::size_t>(bytes));
    }
  }
  return Image(std::move(out));
}

VipsInterpretation interpretation_of(PixelFormat format) {
  const bool wide = bytes_per_sample(format) == 2;
  if (channels(format) <= 2) return wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
  return wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
}

[[noreturn]] void encoder_failed(FileFormat format) {
  check_stopped();
  throw Error(ErrorCode::output, fmt::format("cannot encode {}: {}", limit_of(format).name, take_vips_error()));
}

/// Looks at the picture's own pixels, which have to live as long.
VipsImagePointer wrap(const Image& image, const EncodeOptions& options) {
  const VipsImagePointer bare(vips_image_new_from_memory(
      image.data(), image.size_bytes(), image.width(), image.height(), channels(image.format()),
      bytes_per_sample(image.format()) == 2 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR));
  if (!bare) encoder_failed(options.format);
  const Resolution resolution = image.resolution().value_or(UNKNOWN_RESOLUTION);
  VipsImagePointer out;
  if (vips_copy(bare.get(), Out(out), "interpretation", interpretation_of(image.format()), "xres", resolution.x, "yres",
                resolution.y, nullptr) != 0) {
    encoder_failed(options.format);
  }
  if (const auto profile = image.icc_profile(); !profile.empty()) {
    vips_image_set_blob_copy(out.get(), VIPS_META_ICC_NAME, profile.data(), profile.size());
  }
  vips_image_set_string(out.get(), VIPS_META_RESOLUTION_UNIT, "in");
  vips_image_set_int(out.get(), VIPS_META_CONCURRENCY, thread_count(options.threads));
  return out;
}

std::vector<std::byte> encode_with_vips(const Image& image, const EncodeOptions& options) {
  start_vips();
  const VipsImagePointer pixels = wrap(image, options);
  const StopsWith stops(pixels.get());
  const int quality = options.quality.value_or(usual_quality(options.format));
  const gboolean lossless = quality == 100;
  const auto by_effort = [&](int fast, int balanced, int small) {
    return options.effort == Effort::fast ? fast : options.effort == Effort::balanced ? balanced : small;
  };
  void* data = nullptr;
  std::size_t size = 0;
  int status = 0;
  const auto save_webp = [&](int method) {
    return vips_webpsave_buffer(pixels.get(), &data, &size, "Q", quality, "lossless", lossless, "smart_subsample", TRUE,
                                "effort", method, nullptr);
  };
  // JPEG can do without.
  const gboolean strip = image.icc_profile().empty() && !image.resolution();
  switch (options.format) {
    case FileFormat::jpeg:
      status =
          vips_jpegsave_buffer(pixels.get(), &data, &size, "strip", strip, "Q", quality, "optimize_coding",
                               options.effort != Effort::fast, "interlace", options.effort == Effort::small, nullptr);
      break;
    case FileFormat::webp:
      status = save_webp(by_effort(1, 4, 6));
      // WebP has 512 KB for how its blocks are predicted. Below method 2 libwebp does not keep to it, and fails where a
      // picture is large and full of detail.
      if (status != 0 && options.effort == Effort::fast) {
        check_stopped();
        vips_error_clear();
        status = save_webp(4);
      }
      break;
    case FileFormat::tiff:
      status = vips_tiffsave_buffer(pixels.get(), &data, &size, "compression", VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE,
                                    "predictor", VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, "bigtiff",
                                    image.size_bytes() > 0xf0000000u, nullptr);
      break;
    case FileFormat::avif:
      status = vips_heifsave_buffer(
          pixels.get(), &data, &size, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "Q", quality, "lossless",
          lossless, "bitdepth", bytes_per_sample(image.format()) == 2 ? 12 : 8, "effort", by_effort(1, 4, 7), nullptr);
      break;
    default:
      status = vips_jxlsave_buffer(pixels.get(), &data, &size, "Q", quality, "lossless", lossless, "effort",
                                   by_effort(3, 7, 8), nullptr);
  }
  const std::unique_ptr<void, GFree> owner(data);
  if (status != 0) encoder_failed(options.format);
  const auto* bytes = static_cast<const std::byte*>(data);
  return {bytes, bytes + size};
}

}  // namespace

std::vector<std::byte> encode(const Image& image, const EncodeOptions& options) {
  check(image, options);
  check_stopped();
  if (options.format == FileFormat::png) return encode_png(image, options.effort, options.threads);
  const bool needs_colour = options.format == FileFormat::webp || options.format == FileFormat::avif;
  if (needs_colour && channels(image.format()) < 3 && !image.icc_profile().empty()) {
    return encode_with_vips(without_gray_profile(image), options);
  }
  return encode_with_vips(image, options);
}

}  // namespace peel
