#include "image/png_encoder.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/parallel.hpp"
#include "image/deflate.hpp"
#include "image/png_chunks.hpp"
#include "image/png_filter.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// A picture is cut into so many strips, to keep that many cores busy, of so many bytes: matches are lost at the start
// of each, which costs the smallest cut-outs 1 % where a strip has 1 MiB against 2, and half a percent from there to 4.
constexpr std::size_t STRIPS = 16;
constexpr std::size_t SMALLEST_STRIP = std::size_t{1} << 20;
constexpr std::size_t LARGEST_STRIP = std::size_t{4} << 20;

using Bytes = std::vector<std::byte>;

void append(Bytes& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}
void append(Bytes& out, std::string_view text) {
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
}
Bytes header(const Image& image) {
  constexpr std::array<std::uint8_t, 5> COLOUR_TYPE{0, 0, 4, 2, 6};  // by number of channels
  Bytes out;
  append_big_endian(out, static_cast<std::uint32_t>(image.width()));
  append_big_endian(out, static_cast<std::uint32_t>(image.height()));
  out.push_back(static_cast<std::byte>(bytes_per_sample(image.format()) * 8));
  out.push_back(static_cast<std::byte>(COLOUR_TYPE[static_cast<std::size_t>(channels(image.format()))]));
  out.resize(out.size() + 3);  // deflate, the five filters, not interlaced
  return out;
}

Bytes profile_chunk(std::span<const std::byte> profile) {
  Bytes out;
  append(out, "ICC Profile");
  out.resize(out.size() + 2);  // the end of the name, and deflate
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(9), libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  const std::size_t start = out.size();
  out.resize(start + libdeflate_zlib_compress_bound(compressor.get(), profile.size()));
  const std::size_t size = libdeflate_zlib_compress(compressor.get(), profile.data(), profile.size(),
                                                    out.data() + start, out.size() - start);
  out.resize(start + size);
  return out;
}

std::uint32_t per_metre(double per_millimetre) {
  return static_cast<std::uint32_t>(
      std::clamp(std::round(per_millimetre * 1000), 0.0, double{std::numeric_limits<std::int32_t>::max()}));
}

Bytes resolution_chunk(const Resolution& resolution) {
  Bytes out;
  append_big_endian(out, per_metre(resolution.x));
  append_big_endian(out, per_metre(resolution.y));
  out.push_back(std::byte{1});  // the unit is the metre
  return out;
}

struct Strip {
  Bytes deflated;
  std::uint32_t adler = 1;
  std::uint64_t length = 0;
};

/// Filters and compresses strips, one at a time; a thread has its own.
class StripEncoder {
 public:
  StripEncoder(const Image& image, Effort effort)
      : image_(image),
        effort_(effort),
        row_(static_cast<std::size_t>(image.stride())),
        pixel_(static_cast<std::size_t>(channels(image.format()) * bytes_per_sample(image.format()))),
        compressor_(effort, row_ + 1, pixel_),
        zeros_(row_),
        trial_(row_) {
    if (swapped()) swapped_.resize(2 * row_);
  }

  Strip encode(int first, int last) {
    first_ = first;
    filtered_.resize((row_ + 1) * static_cast<std::size_t>(last - first));
    filter_each(first, last);
    Strip strip = compress();
    if (effort_ == Effort::small) {
      // Drawings and screenshots repeat themselves exactly; filters hide it.
      filter_all(first, last, PngFilter::none);
      if (Strip plain = compress(); plain.deflated.size() < strip.deflated.size()) strip = std::move(plain);
    }
    return strip;
  }

 private:
  bool swapped() const { return bytes_per_sample(image_.format()) == 2 && std::endian::native == std::endian::little; }

  // A row as PNG has it: 16-bit samples with the high byte first. `slot` 0 or 1: two rows can be had at a time.
  const std::uint8_t* row(int y, std::size_t slot) {
    if (y < 0) return zeros_.data();
    const auto* stored = reinterpret_cast<const std::uint8_t*>(image_.data()) + static_cast<std::size_t>(y) * row_;
    if (!swapped()) return stored;
    std::uint8_t* const out = swapped_.data() + slot * row_;
    for (std::size_t i = 0; i < row_; i += 2) {
      out[i] = stored[i + 1];
      out[i + 1] = stored[i];
    }
    return out;
  }

  std::uint8_t* filtered_row(int y) { return filtered_.data() + static_cast<std::size_t>(y - first_) * (row_ + 1); }

  void filter_all(int first, int last, PngFilter filter) {
    for (int y = first; y < last; ++y) {
      std::uint8_t* const out = filtered_row(y);
      out[0] = static_cast<std::uint8_t>(filter);
      filter_row(filter, row(y, 0), row(y - 1, 1), row_, pixel_, out + 1);
    }
  }

  void filter_each(int first, int last) {
    for (int y = first; y < last; ++y) {
      const std::uint8_t* const here = row(y, 0);
      const std::uint8_t* const above = row(y - 1, 1);
      std::uint8_t* const out = filtered_row(y);
      double least = std::numeric_limits<double>::max();
      for (const PngFilter filter : PNG_FILTERS) {
        filter_row(filter, here, above, row_, pixel_, trial_.data());
        const double cost = judged(trial_);
        if (cost >= least) continue;
        least = cost;
        out[0] = static_cast<std::uint8_t>(filter);
        std::memcpy(out + 1, trial_.data(), row_);
        if (cost <= 0) break;  // all bytes equal, in what is transparent
      }
    }
  }

  /// How costly a filtered row is expected to be. Its entropy tells best, and takes as long as compressing it.
  double judged(const std::vector<std::uint8_t>& filtered) const {
    return effort_ == Effort::small ? entropy_bits(filtered.data(), row_)
                                    : static_cast<double>(sum_of_sizes(filtered.data(), row_));
  }

  Strip compress() {
    Strip strip;
    strip.length = filtered_.size();
    strip.adler = libdeflate_adler32(1, filtered_.data(), filtered_.size());
    strip.deflated = compressor_.compress(std::as_bytes(std::span(filtered_)));
    return strip;
  }

  const Image& image_;
  Effort effort_;
  int first_ = 0;  ///< row of the picture at which the strip at hand begins
  std::size_t row_;
  std::size_t pixel_;
  PieceCompressor compressor_;
  std::vector<std::uint8_t> zeros_;
  std::vector<std::uint8_t> trial_;
  std::vector<std::uint8_t> swapped_;
  std::vector<std::uint8_t> filtered_;
};

std::vector<Strip> encode_strips(const Image& image, Effort effort, int threads) {
  const std::size_t strip_bytes = std::clamp(image.size_bytes() / STRIPS, SMALLEST_STRIP, LARGEST_STRIP);
  const auto rows = static_cast<int>(
      std::clamp<std::size_t>(strip_bytes / static_cast<std::size_t>(image.stride()), 1, std::size_t(image.height())));
  std::vector<Strip> strips(static_cast<std::size_t>((image.height() + rows - 1) / rows));
  parallel_for(0, static_cast<std::int64_t>(strips.size()), 1, threads, [&](std::int64_t first, std::int64_t last) {
    StripEncoder encoder(image, effort);
    for (std::int64_t i = first; i < last; ++i) {
      const int top = static_cast<int>(i) * rows;
      strips[static_cast<std::size_t>(i)] = encoder.encode(top, std::min(image.height(), top + rows));
    }
  });
  return strips;
}

}  // namespace

std::vector<std::byte> encode_png(const Image& image, Effort effort, int threads) {
  std::vector<Strip> strips = encode_strips(image, effort, threads);

  // The zlib header says "32 KiB window"; its level bits are of no consequence to anyone.
  constexpr std::array ZLIB_HEADER{std::byte{0x78}, std::byte{0x9c}};
  strips.front().deflated.insert(strips.front().deflated.begin(), ZLIB_HEADER.begin(), ZLIB_HEADER.end());
  std::uint32_t adler = 1;
  for (const Strip& strip : strips) adler = combine_adler32(adler, strip.adler, strip.length);
  append(strips.back().deflated, DEFLATE_END);
  append_big_endian(strips.back().deflated, adler);

  Bytes out;
  std::size_t size = 1024 + image.icc_profile().size();
  for (const Strip& strip : strips) size += strip.deflated.size() + 12;
  out.reserve(size);
  append(out, "\x89PNG\r\n\x1a\n");
  append_png_chunk(out, "IHDR", header(image));
  if (!image.icc_profile().empty()) append_png_chunk(out, "iCCP", profile_chunk(image.icc_profile()));
  if (const auto resolution = image.resolution()) append_png_chunk(out, "pHYs", resolution_chunk(*resolution));
  for (const Strip& strip : strips) append_png_chunk(out, "IDAT", strip.deflated);
  append_png_chunk(out, "IEND", {});
  return out;
}

}  // namespace peel
