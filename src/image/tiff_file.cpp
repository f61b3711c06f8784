#include "image/tiff_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/control.hpp"
#include "image/limits.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr std::size_t MOST_PAGES = 65535;  ///< that are counted

// Instead of libtiff's own handlers, which print.
int keep_tiff_message(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  char text[256];
  std::vsnprintf(text, sizeof text, format, arguments);
  if (user != nullptr) *static_cast<std::string*>(user) = text;
  return 1;
}

int colors_of(int photometric) {
  switch (photometric) {
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_YCBCR:
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
      return 3;
    case PHOTOMETRIC_SEPARATED:
      return 4;
    default:
      return 1;
  }
}

// `bits` each, the first bit of a byte being its highest; brought to 16 bits, so that white is 65535.
void unpack(const std::uint8_t* from, std::uint16_t* to, std::size_t count, int bits, bool inverted) {
  std::uint32_t held = 0;
  int filled = 0;
  const std::uint32_t full = (1u << bits) - 1;
  for (std::size_t i = 0; i < count; ++i) {
    while (filled < bits) {
      held = held << 8 | *from++;
      filled += 8;
    }
    filled -= bits;
    const std::uint32_t sample = held >> filled & full;
    const std::uint32_t wide = (sample << (16 - bits)) | (sample >> (2 * bits - 16));
    to[i] = static_cast<std::uint16_t>(inverted ? 65535 - wide : wide);
  }
}

}  // namespace

std::unique_ptr<TIFFOpenOptions, FreeTiffOptions> quiet_tiff_options(std::string* message) {
  std::unique_ptr<TIFFOpenOptions, FreeTiffOptions> options(TIFFOpenOptionsAlloc());
  if (options) {
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_tiff_message, message);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), keep_tiff_message, nullptr);
  }
  return options;
}

TiffFile::TiffFile(std::span<const std::byte> bytes) : source_{bytes, 0} {
  const auto options = quiet_tiff_options(&message_);
  if (options) {
    const auto read = [](thandle_t handle, void* to, tmsize_t size) -> tmsize_t {
      auto& source = *static_cast<Source*>(handle);
      const std::uint64_t left = source.bytes.size() - std::min<std::uint64_t>(source.at, source.bytes.size());
      const auto count = static_cast<std::size_t>(std::min(left, static_cast<std::uint64_t>(size)));
      if (count > 0) std::memcpy(to, source.bytes.data() + source.at, count);
      source.at += count;
      return static_cast<tmsize_t>(count);
    };
    const auto write = [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; };
    const auto seek = [](thandle_t handle, toff_t offset, int whence) -> toff_t {
      auto& source = *static_cast<Source*>(handle);
      const toff_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? source.at : source.bytes.size();
      return source.at = from + offset;
    };
    const auto close = [](thandle_t) { return 0; };
    const auto size = [](thandle_t handle) -> toff_t { return static_cast<Source*>(handle)->bytes.size(); };
    tiff_.reset(
        TIFFClientOpenExt("picture", "rm", &source_, read, write, seek, close, size, nullptr, nullptr, options.get()));
  }
  if (tiff_) {
    int directory = 0;
    do {
      check_stopped();
      constexpr int DEPENDENT = FILETYPE_REDUCEDIMAGE | FILETYPE_MASK;
      if ((number(TIFFTAG_SUBFILETYPE, 0) & DEPENDENT) == 0) pages_.push_back(directory);
      ++directory;
    } while (pages_.size() < MOST_PAGES && TIFFReadDirectory(tiff_.get()) == 1);
  }
  if (pages_.empty()) pages_.push_back(0);
}

bool TiffFile::select(int page) {
  return tiff_ && TIFFSetDirectory(tiff_.get(), static_cast<tdir_t>(directory(page))) == 1;
}

// Of tags that hold one 16- or 32-bit number.
int TiffFile::number(std::uint32_t tag, int otherwise) const {
  const bool wide = tag == TIFFTAG_SUBFILETYPE || tag == TIFFTAG_IMAGEWIDTH || tag == TIFFTAG_IMAGELENGTH;
  std::uint16_t narrow_value = 0;
  std::uint32_t wide_value = 0;
  if (wide ? TIFFGetFieldDefaulted(tiff_.get(), tag, &wide_value) != 1
           : TIFFGetFieldDefaulted(tiff_.get(), tag, &narrow_value) != 1) {
    return otherwise;
  }
  return wide ? static_cast<int>(std::min<std::uint32_t>(wide_value, 0x7fffffff)) : narrow_value;
}

std::optional<ExtraBands> TiffFile::extra_bands(int page) {
  if (!select(page)) return std::nullopt;
  std::uint16_t count = 0;
  const std::uint16_t* kinds = nullptr;
  if (TIFFGetField(tiff_.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) != 1 || count == 0) return std::nullopt;
  const int all = number(TIFFTAG_SAMPLESPERPIXEL, 1);
  const auto is_alpha = [](std::uint16_t kind) {
    return kind == EXTRASAMPLE_ASSOCALPHA || kind == EXTRASAMPLE_UNASSALPHA;
  };
  if (count == 1 && is_alpha(kinds[0])) return std::nullopt;
  ExtraBands bands;
  // What the tag leaves over, but no more than the colour space has.
  bands.colors = std::min(all - count, colors_of(number(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK)));
  if (bands.colors < 1) return std::nullopt;
  const auto* const alpha = std::find_if(kinds, kinds + count, is_alpha);
  if (alpha != kinds + count) bands.alpha = all - count + static_cast<int>(alpha - kinds);
  return bands;
}

int TiffFile::orientation(int page) {
  return select(page) ? number(TIFFTAG_ORIENTATION, 1) : 1;
}

std::optional<Resolution> TiffFile::resolution(int page) {
  float x = 0;
  float y = 0;
  if (!select(page) || TIFFGetField(tiff_.get(), TIFFTAG_XRESOLUTION, &x) != 1 ||
      TIFFGetField(tiff_.get(), TIFFTAG_YRESOLUTION, &y) != 1) {
    return std::nullopt;
  }
  const int unit = number(TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  if (unit == RESUNIT_NONE || !(x > 0) || !(y > 0)) return std::nullopt;
  const double millimetres = unit == RESUNIT_CENTIMETER ? 10 : 25.4;
  return Resolution{static_cast<double>(x) / millimetres, static_cast<double>(y) / millimetres};
}

std::vector<std::byte> TiffFile::profile(int page) {
  std::uint32_t size = 0;
  const std::byte* data = nullptr;
  if (!select(page) || TIFFGetField(tiff_.get(), TIFFTAG_ICCPROFILE, &size, &data) != 1 || data == nullptr) return {};
  return {data, data + size};
}

void TiffFile::fail(std::string_view name) const {
  throw Error(ErrorCode::input,
              fmt::format("{}: damaged, cut short or of a rare kind{}{}", name, message_.empty() ? "" : ": ", message_),
              "if a picture viewer opens it, save it anew from there");
}

TiffFile::Unusual TiffFile::kind(int page) {
  if (!select(page)) return Unusual::none;
  const int photometric = number(TIFFTAG_PHOTOMETRIC, -1);
  const int bits = number(TIFFTAG_BITSPERSAMPLE, 1);
  // libjpeg brings JPEG's own YCbCr to RGB.
  if (photometric == PHOTOMETRIC_YCBCR && bits == 8 && number(TIFFTAG_COMPRESSION, 1) != COMPRESSION_JPEG) {
    return Unusual::ycbcr;
  }
  const bool plain =
      photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE || photometric == PHOTOMETRIC_RGB;
  const bool packed = bits > 8 && bits < 16 && number(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) == SAMPLEFORMAT_UINT;
  return plain && packed ? Unusual::packed : Unusual::none;
}

std::shared_ptr<Image::Data> TiffFile::decode_unusual(int page, const DecodeLimits& limits, std::string_view name) {
  switch (kind(page)) {
    case Unusual::ycbcr:
      return decode_ycbcr(limits, name);
    case Unusual::packed:
      return decode_packed(limits, name);
    default:
      return nullptr;
  }
}

std::optional<PictureHeader> TiffFile::unusual_header(int page) {
  const Unusual found = kind(page);
  if (found == Unusual::none) return std::nullopt;
  constexpr int PACKED_BYTES = 6;
  constexpr int YCBCR_BYTES = 3 + sizeof(std::uint32_t);  // and libtiff's own RGBA
  const bool turned = number(TIFFTAG_ORIENTATION, 1) >= 5;
  PictureHeader header{number(TIFFTAG_IMAGEWIDTH, 0), number(TIFFTAG_IMAGELENGTH, 0),
                       found == Unusual::packed ? PACKED_BYTES : YCBCR_BYTES};
  if (turned) std::swap(header.width, header.height);
  return header;
}

// By libtiff's own conversion: it knows subsampling, reference black and white, and whose luma it is.
std::shared_ptr<Image::Data> TiffFile::decode_ycbcr(const DecodeLimits& limits, std::string_view name) {
  check_size(number(TIFFTAG_IMAGEWIDTH, 0), number(TIFFTAG_IMAGELENGTH, 0), limits, name);
  TIFFRGBAImage reader;
  char reason[1024] = "";
  if (TIFFRGBAImageOK(tiff_.get(), reason) != 1 || TIFFRGBAImageBegin(&reader, tiff_.get(), 1, reason) != 1) {
    message_ = reason;
    fail(name);
  }
  const std::unique_ptr<TIFFRGBAImage, void (*)(TIFFRGBAImage*)> owner(&reader, TIFFRGBAImageEnd);
  reader.req_orientation = reader.orientation;  // rows as they are stored
  const auto width = static_cast<int>(reader.width);
  const auto height = static_cast<int>(reader.height);
  auto data = std::make_shared<Image::Data>(width, height, PixelFormat::rgb8);
  Buffer rgba(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * sizeof(std::uint32_t));
  auto* const pixels = reinterpret_cast<std::uint32_t*>(rgba.data());
  if (TIFFRGBAImageGet(&reader, pixels, reader.width, reader.height) != 1) fail(name);
  auto* to = data->row<std::uint8_t>(0);
  for (std::size_t i = 0; i < rgba.size() / sizeof(std::uint32_t); ++i, to += 3) {
    to[0] = static_cast<std::uint8_t>(TIFFGetR(pixels[i]));
    to[1] = static_cast<std::uint8_t>(TIFFGetG(pixels[i]));
    to[2] = static_cast<std::uint8_t>(TIFFGetB(pixels[i]));
  }
  return data;
}

std::shared_ptr<Image::Data> TiffFile::decode_packed(const DecodeLimits& limits, std::string_view name) {
  const int samples = number(TIFFTAG_SAMPLESPERPIXEL, 1);
  const int bits = number(TIFFTAG_BITSPERSAMPLE, 1);
  const int photometric = number(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  if (samples != colors_of(photometric) || TIFFIsTiled(tiff_.get()) != 0 ||
      (samples > 1 && number(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) != PLANARCONFIG_CONTIG)) {
    message_ = fmt::format("{} bits a sample, tiled, in planes or with extra samples", bits);
    fail(name);
  }
  const int width = number(TIFFTAG_IMAGEWIDTH, 0);
  const int height = number(TIFFTAG_IMAGELENGTH, 0);
  check_size(width, height, limits, name);
  auto data = std::make_shared<Image::Data>(width, height, samples == 3 ? PixelFormat::rgb16 : PixelFormat::gray16);
  std::vector<std::uint8_t> row(static_cast<std::size_t>(std::max<tmsize_t>(TIFFScanlineSize(tiff_.get()), 1)));
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(samples);
  if (row.size() < (count * static_cast<std::size_t>(bits) + 7) / 8) fail(name);
  for (int y = 0; y < height; ++y) {
    check_stopped();
    if (TIFFReadScanline(tiff_.get(), row.data(), static_cast<std::uint32_t>(y), 0) != 1) fail(name);
    unpack(row.data(), data->row<std::uint16_t>(y), count, bits, photometric == PHOTOMETRIC_MINISWHITE);
  }
  return data;
}

}  // namespace peel
