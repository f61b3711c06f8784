#include "image/bmp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/control.hpp"
#include "image/limits.hpp"
#include "image/srgb.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr std::size_t FILE_HEADER = 14;

enum Compression : std::uint32_t { PLAIN = 0, RLE8 = 1, RLE4 = 2, BIT_FIELDS = 3, ALPHA_BIT_FIELDS = 6 };

struct Rgb {
  std::uint8_t red = 0, green = 0, blue = 0;
};

/// One channel of a pixel that is a whole number.
struct Channel {
  std::uint32_t mask = 0;

  std::uint8_t value(std::uint32_t pixel) const noexcept {
    if (mask == 0) return 0;
    const std::uint64_t maximum = mask >> std::countr_zero(mask);
    const std::uint64_t sample = (pixel & mask) >> std::countr_zero(mask);
    return static_cast<std::uint8_t>((sample * 255 + maximum / 2) / maximum);
  }
};

class BmpDecoder {
 public:
  BmpDecoder(std::span<const std::byte> bytes, const DecodeLimits& limits, std::string_view name)
      : bytes_(bytes), name_(name) {
    read_header(limits);
    if (bits_ <= 8) read_palette();
  }

  /// Before decoding it is not known whether colours or alpha are there.
  PictureHeader header() const { return {width_, height_, 4}; }

  std::shared_ptr<Image::Data> decode() {
    const bool gray = bits_ <= 8 && std::all_of(palette_.begin(), palette_.end(), [](const Rgb& colour) {
                        return colour.red == colour.green && colour.green == colour.blue;
                      });
    const bool alpha = alpha_.mask != 0;
    const std::vector<std::uint8_t> indices = run_length() ? expand_runs() : std::vector<std::uint8_t>();
    if (!run_length()) check_length();

    data_ = std::make_shared<Image::Data>(width_, height_,
                                          gray    ? PixelFormat::gray8
                                          : alpha ? PixelFormat::rgba8
                                                  : PixelFormat::rgb8);
    for (int y = 0; y < height_; ++y) {
      check_stopped();
      const int stored = top_down_ ? y : height_ - 1 - y;
      if (run_length()) {
        write_indexed(
            y, [row = indices.data() + row_of(stored, static_cast<std::size_t>(width_))](int x) { return row[x]; });
      } else if (bits_ <= 8) {
        write_indexed(y, [this, row = row_of(stored, stride_)](int x) { return packed_index(row, x); });
      } else {
        write_direct(y, pixels_at_ + row_of(stored, stride_));
      }
    }
    if (alpha) drop_empty_alpha();
    data_->icc_profile = profile();
    data_->resolution = resolution_;
    data_->source_format = "bmp";
    return data_;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error(ErrorCode::input, fmt::format("{}: {}", name_, what), "save it anew as PNG");
  }

  std::uint32_t byte(std::size_t at) const {
    if (at >= bytes_.size()) fail("the BMP is cut short");
    return std::to_integer<std::uint32_t>(bytes_[at]);
  }
  std::uint32_t u16(std::size_t at) const { return byte(at) | (byte(at + 1) << 8); }
  std::uint32_t u32(std::size_t at) const { return u16(at) | (u16(at + 2) << 16); }
  std::int64_t i32(std::size_t at) const { return static_cast<std::int32_t>(u32(at)); }

  static std::size_t row_of(int row, std::size_t stride) { return static_cast<std::size_t>(row) * stride; }
  bool run_length() const { return compression_ == RLE8 || compression_ == RLE4; }

  void read_header(const DecodeLimits& limits) {
    pixels_at_ = u32(10);
    header_ = u32(FILE_HEADER);
    std::int64_t width = 0;
    std::int64_t height = 0;
    const bool core = header_ == 12;
    if (core) {
      width = u16(18);
      height = u16(20);
      bits_ = u16(24);
    } else {
      width = i32(18);
      height = i32(22);
      bits_ = u16(28);
    }
    top_down_ = height < 0;
    check_size(width, top_down_ ? -height : height, limits, name_);
    width_ = static_cast<int>(width);
    height_ = static_cast<int>(top_down_ ? -height : height);
    after_header_ = FILE_HEADER + header_;
    if (header_ >= 40) {
      compression_ = u32(30);
      const double x = static_cast<double>(i32(38)) / 1000;
      const double y = static_cast<double>(i32(42)) / 1000;
      if (x > 0 && y > 0) resolution_ = Resolution{x, y};
      colours_used_ = u32(46);
    }
    check_kind();
    if (bits_ == 16 || bits_ == 32) read_masks();
    // Pixels cannot begin inside the header; read_palette() sees to it where there is a palette between the two.
    if (bits_ > 8) pixels_at_ = std::max(pixels_at_, after_header_);
    stride_ = (static_cast<std::size_t>(width_) * bits_ + 31) / 32 * 4;
  }

  void check_kind() const {
    const bool bits_known =
        bits_ == 1 || bits_ == 2 || bits_ == 4 || bits_ == 8 || bits_ == 16 || bits_ == 24 || bits_ == 32;
    const bool fits = compression_ == PLAIN || (compression_ == RLE8 && bits_ == 8) ||
                      (compression_ == RLE4 && bits_ == 4) ||
                      // 64 bytes is OS/2's header, whose 3 means Huffman
                      ((compression_ == BIT_FIELDS || compression_ == ALPHA_BIT_FIELDS) && header_ != 64 &&
                       (bits_ == 16 || bits_ == 32));
    if (!bits_known || !fits) {
      fail(fmt::format("a BMP of {} bits a pixel with compression {} is not supported", bits_, compression_));
    }
  }

  void read_masks() {
    if (compression_ == PLAIN) {
      red_.mask = bits_ == 16 ? 0x7c00 : 0xff0000;
      green_.mask = bits_ == 16 ? 0x03e0 : 0x00ff00;
      blue_.mask = bits_ == 16 ? 0x001f : 0x0000ff;
      return;
    }
    // They follow a 40-byte header and are part of a longer one, at the same place.
    const std::size_t at = FILE_HEADER + 40;
    red_.mask = u32(at);
    green_.mask = u32(at + 4);
    blue_.mask = u32(at + 8);
    if (header_ >= 56 || compression_ == ALPHA_BIT_FIELDS) alpha_.mask = u32(at + 12);
    if (header_ == 40) after_header_ += compression_ == ALPHA_BIT_FIELDS ? 16 : 12;
  }

  void read_palette() {
    const std::size_t entry = header_ == 12 ? 3 : 4;
    const std::size_t full = std::size_t{1} << bits_;
    std::size_t count = colours_used_ == 0 ? full : std::min<std::size_t>(colours_used_, full);
    // The palette ends where the pixels begin, whatever it says about itself.
    const std::size_t end = pixels_at_ > after_header_ ? std::min(pixels_at_, bytes_.size()) : bytes_.size();
    if (end < after_header_) fail("the BMP is cut short");
    count = std::min(count, (end - after_header_) / entry);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = after_header_ + i * entry;
      palette_.push_back({static_cast<std::uint8_t>(byte(at + 2)), static_cast<std::uint8_t>(byte(at + 1)),
                          static_cast<std::uint8_t>(byte(at))});
    }
    if (pixels_at_ <= after_header_) pixels_at_ = after_header_ + count * entry;
    palette_.resize(256);  // a pixel may name a colour there is not: black
  }

  // Before memory is taken; the padding of the last row may be missing.
  void check_length() const {
    const std::size_t used = (static_cast<std::size_t>(width_) * bits_ + 7) / 8;
    const std::size_t rows = static_cast<std::size_t>(height_ - 1);
    if (pixels_at_ > bytes_.size() || bytes_.size() - pixels_at_ < used ||
        (bytes_.size() - pixels_at_ - used) / stride_ < rows) {
      fail("the BMP is cut short");
    }
  }

  std::uint8_t packed_index(std::size_t row, int x) const {
    const std::size_t bit = static_cast<std::size_t>(x) * bits_;
    const auto value = std::to_integer<std::uint32_t>(bytes_[pixels_at_ + row + bit / 8]);
    return static_cast<std::uint8_t>((value >> (8 - bits_ - bit % 8)) & ((1u << bits_) - 1));
  }

  template <typename Index>
  void write_indexed(int y, Index index) {
    auto* to = data_->row<std::uint8_t>(y);
    for (int x = 0; x < width_; ++x) {
      const Rgb& colour = palette_[index(x)];
      *to++ = colour.red;
      if (data_->format == PixelFormat::gray8) continue;
      *to++ = colour.green;
      *to++ = colour.blue;
    }
  }

  void write_direct(int y, std::size_t at) {
    auto* to = data_->row<std::uint8_t>(y);
    const auto* from = reinterpret_cast<const std::uint8_t*>(bytes_.data() + at);
    for (int x = 0; x < width_; ++x, from += bits_ / 8) {
      if (bits_ == 24) {
        *to++ = from[2];
        *to++ = from[1];
        *to++ = from[0];
        continue;
      }
      std::uint32_t pixel = from[0] | (static_cast<std::uint32_t>(from[1]) << 8);
      if (bits_ == 32)
        pixel |= (static_cast<std::uint32_t>(from[2]) << 16) | (static_cast<std::uint32_t>(from[3]) << 24);
      *to++ = red_.value(pixel);
      *to++ = green_.value(pixel);
      *to++ = blue_.value(pixel);
      if (alpha_.mask != 0) *to++ = alpha_.value(pixel);
    }
  }

  // Palette indices in stored order; pixels that are jumped over have index 0.
  std::vector<std::uint8_t> expand_runs() const {
    const auto width = static_cast<std::size_t>(width_);
    const auto height = static_cast<std::size_t>(height_);
    std::vector<std::uint8_t> out(width * height);
    std::size_t at = pixels_at_;
    std::size_t x = 0;
    std::size_t y = 0;
    const auto put = [&](std::uint32_t index) {
      if (x < width)
        out[y * width + x] = static_cast<std::uint8_t>(index);  // runs over the edge are cut, as viewers do
      ++x;
    };
    const auto nibble = [](std::uint32_t value, std::uint32_t i) { return i % 2 == 0 ? value >> 4 : value & 15; };
    while (y < height) {
      const std::uint32_t count = byte(at);
      const std::uint32_t value = byte(at + 1);
      at += 2;
      if (count > 0) {
        for (std::uint32_t i = 0; i < count; ++i) put(bits_ == 8 ? value : nibble(value, i));
      } else if (value == 0) {  // end of row
        x = 0;
        ++y;
      } else if (value == 1) {  // end of picture
        break;
      } else if (value == 2) {  // jump
        x += byte(at);
        y += byte(at + 1);
        at += 2;
      } else {  // that many pixels one by one, filled up to an even number of bytes
        const std::size_t used = bits_ == 8 ? value : (value + 1) / 2;
        for (std::uint32_t i = 0; i < value; ++i) put(bits_ == 8 ? byte(at + i) : nibble(byte(at + i / 2), i));
        at += used + used % 2;
      }
    }
    return out;
  }

  // Programs that write 32 bits with an alpha mask but leave alpha at zero mean an opaque picture.
  void drop_empty_alpha() {
    const auto* from = data_->row<std::uint8_t>(0);
    const std::size_t count = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
    for (std::size_t i = 0; i < count; ++i) {
      if (from[i * 4 + 3] != 0) return;
    }
    auto opaque = std::make_shared<Image::Data>(width_, height_, PixelFormat::rgb8);
    auto* to = opaque->row<std::uint8_t>(0);
    for (std::size_t i = 0; i < count; ++i) std::copy_n(from + i * 4, 3, to + i * 3);
    data_ = std::move(opaque);
  }

  std::vector<std::byte> profile() const {
    constexpr std::uint32_t EMBEDDED = 0x4d424544;  // "MBED"
    if (header_ < 124 || u32(FILE_HEADER + 56) != EMBEDDED) return {};
    const std::size_t at = FILE_HEADER + std::size_t{u32(FILE_HEADER + 112)};
    const std::size_t size = u32(FILE_HEADER + 116);
    if (at > bytes_.size() || size > bytes_.size() - at) return {};
    const auto found = bytes_.subspan(at, size);
    if (!profile_fits(found, data_->format)) return {};
    return {found.begin(), found.end()};
  }

  std::span<const std::byte> bytes_;
  std::string_view name_;
  std::size_t header_ = 0;
  std::size_t after_header_ = 0;
  std::size_t pixels_at_ = 0;
  std::size_t stride_ = 0;
  int width_ = 0;
  int height_ = 0;
  bool top_down_ = false;
  std::uint32_t bits_ = 0;
  std::uint32_t compression_ = PLAIN;
  std::uint32_t colours_used_ = 0;
  Channel red_, green_, blue_, alpha_;
  std::vector<Rgb> palette_;
  std::optional<Resolution> resolution_;
  std::shared_ptr<Image::Data> data_;
};

}  // namespace

std::shared_ptr<Image::Data> decode_bmp(std::span<const std::byte> bytes, const DecodeLimits& limits,
                                        std::string_view name) {
  return BmpDecoder(bytes, limits, name).decode();
}

PictureHeader bmp_header(std::span<const std::byte> bytes) {
  return BmpDecoder(bytes, {}, "picture").header();
}

}  // namespace peel
