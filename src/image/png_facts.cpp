#include <libdeflate.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <string_view>

#include "base/control.hpp"
#include "image/png_chunks.hpp"
#include "image/source_facts.hpp"

namespace peel {
namespace {

constexpr std::size_t LONGEST_TEXT =
    4 << 20;  ///< that is unpacked; EXIF and XMP take some KB, a thumbnail in them more

constexpr int MOST_TEXTS = 1000;              // as libpng has it
constexpr std::size_t LARGE_TEXTS = 1 << 20;  // packed; a thousand times that at the most when unpacked

bool is_packed_text(const PngChunk& chunk) {
  return chunk.type == "zTXt" || chunk.type == "iTXt";
}

std::string_view text_in(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string inflated(std::string_view packed) {
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const noexcept {
      libdeflate_free_decompressor(decompressor);
    }
  };
  const std::unique_ptr<libdeflate_decompressor, Free> decompressor(libdeflate_alloc_decompressor());
  std::string text;
  for (std::size_t size = std::max<std::size_t>(4096, 4 * packed.size()); decompressor && size <= LONGEST_TEXT;
       size *= 4) {
    text.resize(size);
    std::size_t used = 0;
    const auto result =
        libdeflate_zlib_decompress(decompressor.get(), packed.data(), packed.size(), text.data(), text.size(), &used);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) continue;
    text.resize(result == LIBDEFLATE_SUCCESS ? used : 0);
    return text;
  }
  return {};
}

struct Text {
  std::string_view keyword;
  std::string value;
};

// Of what else is said nothing is needed, and it may be much.
bool tells_orientation(std::string_view keyword) {
  return keyword == "XML:com.adobe.xmp" || keyword.starts_with("Raw profile type ");
}

// "keyword\0value", "keyword\0\0packed value" and "keyword\0packed?\0language\0keyword\0value".
Text text_of(const PngChunk& chunk) {
  const std::string_view all = text_in(chunk.content);
  const std::size_t end = all.find('\0');
  if (end == std::string_view::npos) return {};
  Text text{all.substr(0, end), {}};
  if (!tells_orientation(text.keyword)) return text;
  std::string_view rest = all.substr(end + 1);
  if (chunk.type == "tEXt") {
    text.value = rest;
  } else if (chunk.type == "zTXt") {
    text.value = inflated(rest.substr(std::min<std::size_t>(1, rest.size())));
  } else {
    const bool packed = !rest.empty() && rest[0] == 1;
    rest.remove_prefix(std::min<std::size_t>(2, rest.size()));
    for (int skipped = 0; skipped < 2; ++skipped) {
      const std::size_t zero = rest.find('\0');
      if (zero == std::string_view::npos) return {};
      rest.remove_prefix(zero + 1);
    }
    text.value = packed ? inflated(rest) : std::string(rest);
  }
  return text;
}

// ImageMagick's "Raw profile type": a newline, the profile's name, its length, then its bytes in hexadecimal.
std::vector<std::byte> raw_profile(std::string_view text) {
  const auto line = [&] {
    const std::size_t begin = text.find_first_not_of(" \n\r");
    if (begin == std::string_view::npos) return std::string_view();
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view found = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return found;
  };
  line();
  line();
  std::vector<std::byte> bytes;
  int high = -1;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::byte>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

double fraction(std::span<const std::byte> content, std::size_t index) {
  return big_endian(content, 4 * index) / 100000.0;
}

/// What the chunks say, before it is weighed.
struct Said {
  std::optional<int> exif;
  std::optional<int> raw_exif;
  std::optional<int> xmp;
  std::optional<double> gamma;  ///< gAMA: sample = light to the power of it
  std::optional<ColorNumbers> chromaticities;
  std::optional<ColorNumbers> code_points;
  bool srgb = false;
  bool profile = false;
  int texts = 0;  ///< so many were looked at
};

void take_text(const PngChunk& chunk, Said& said) {
  check_stopped();
  if (said.texts++ == MOST_TEXTS) return;
  const Text text = text_of(chunk);
  if (text.keyword == "Raw profile type exif" || text.keyword == "Raw profile type APP1") {
    const auto bytes = raw_profile(text.value);
    if (!said.raw_exif) said.raw_exif = exif_orientation(bytes);
    // APP1 is EXIF's segment in a JPEG, and that of XMP.
    if (!said.xmp) said.xmp = xmp_orientation(text_in(bytes));
  } else if (text.keyword == "XML:com.adobe.xmp") {
    if (!said.xmp) said.xmp = xmp_orientation(text.value);
  } else if (text.keyword == "Raw profile type xmp") {
    const auto bytes = raw_profile(text.value);
    if (!said.xmp) said.xmp = xmp_orientation(text_in(bytes));
  }
}

void take_chunk(const PngChunk& chunk, SourceFacts& facts, Said& said) {
  const auto& content = chunk.content;
  if (chunk.type == "eXIf") {
    if (!said.exif) said.exif = exif_orientation(content);
  } else if (chunk.type == "tEXt" || chunk.type == "zTXt" || chunk.type == "iTXt") {
    take_text(chunk, said);
  } else if (chunk.behind_pixels) {
    return;  // what tells how pixels look has to stand in front of them
  } else if (chunk.type == "pHYs" && content.size() == 9 && content[8] == std::byte{1}) {
    const Resolution found{big_endian(content, 0) / 1000.0, big_endian(content, 4) / 1000.0};
    if (found.x > 0 && found.y > 0) facts.resolution = found;
  } else if (chunk.type == "gAMA" && content.size() == 4) {
    said.gamma = fraction(content, 0);
  } else if (chunk.type == "cHRM" && content.size() == 32) {
    const auto place = [&](std::size_t i) {
      return Chromaticity{fraction(content, 2 * i), fraction(content, 2 * i + 1)};
    };
    said.chromaticities = ColorNumbers{.primaries = {place(1), place(2), place(3)}, .white = place(0)};
  } else if (chunk.type == "cICP" && content.size() == 4) {
    // The third is the matrix, which in PNG has to be that of RGB.
    if (content[2] == std::byte{0}) {
      said.code_points = color_of_code_points(std::to_integer<int>(content[0]), std::to_integer<int>(content[1]));
    }
  } else if (chunk.type == "sRGB") {
    said.srgb = true;
  } else if (chunk.type == "iCCP") {
    said.profile = true;
  } else if (chunk.type == "acTL" && content.size() == 8) {
    const std::uint32_t frames = big_endian(content, 0);
    facts.pages = static_cast<int>(std::clamp<std::uint32_t>(frames, 1, 1 << 24));
  }
}

// In the order of precedence of the third edition of PNG's standard: cICP, iCCP, sRGB, gAMA with cHRM.
std::optional<ColorNumbers> weighed(const Said& said) {
  if (said.code_points) return said.code_points;
  // Chromaticities alone do not tell how dark a sample is; browsers take no notice of them then either.
  if (said.profile || said.srgb || !said.gamma || *said.gamma < 0.01 || *said.gamma > 10) return std::nullopt;
  ColorNumbers color = said.chromaticities.value_or(ColorNumbers{});
  const bool usual_curve = std::abs(*said.gamma * 2.2 - 1) < 0.05;  // libpng's own tolerance
  const ColorNumbers srgb;
  const auto near = [](const Chromaticity& a, const Chromaticity& b) {
    return std::abs(a.x - b.x) < 0.002 && std::abs(a.y - b.y) < 0.002;
  };
  const bool usual_primaries =
      near(color.white, srgb.white) && std::ranges::equal(color.primaries, srgb.primaries, near);
  // 1/2.2 is what is written where sRGB is meant.
  if (usual_curve && usual_primaries) return std::nullopt;
  color.curve = ColorNumbers::Curve::power;
  color.exponent = 1 / *said.gamma;
  return color;
}

}  // namespace

std::vector<std::byte> with_right_checksums(std::span<const std::byte> png) {
  std::vector<std::byte> mended;
  each_png_chunk(png, [&](const PngChunk& chunk) {
    const std::size_t at = static_cast<std::size_t>(chunk.content.data() - png.data());
    const std::size_t end = at + chunk.content.size();
    if (chunk.type != "IDAT" || png.size() - end < 4) return;
    constexpr std::size_t TYPE_BYTES = 4;
    const std::uint32_t right = libdeflate_crc32(0, png.data() + at - TYPE_BYTES, chunk.content.size() + TYPE_BYTES);
    if (right == big_endian(png, end)) return;
    if (mended.empty()) mended.assign(png.begin(), png.end());
    for (std::size_t i = 0; i < 4; ++i) mended[end + i] = static_cast<std::byte>(right >> (24 - 8 * i) & 255);
  });
  return mended;
}

std::vector<std::byte> without_large_texts(std::span<const std::byte> png) {
  std::size_t bytes = 0;
  each_png_chunk(png, [&](const PngChunk& chunk) { bytes += is_packed_text(chunk) ? chunk.content.size() : 0; });
  std::vector<std::byte> bare;
  if (bytes <= LARGE_TEXTS) return bare;
  bare.reserve(png.size() - bytes);
  const auto keep = [&](std::size_t from, std::size_t to) {
    const auto part = png.subspan(from, std::min(to, png.size()) - from);
    bare.insert(bare.end(), part.begin(), part.end());
  };
  std::size_t kept = 0;
  each_png_chunk(png, [&](const PngChunk& chunk) {
    if (!is_packed_text(chunk)) return;
    const std::size_t begin = static_cast<std::size_t>(chunk.content.data() - png.data()) - 8;
    keep(kept, begin);
    kept = std::min(begin + chunk.content.size() + PNG_CHUNK_FRAME_BYTES, png.size());
  });
  keep(kept, png.size());
  return bare;
}

std::optional<PictureHeader> png_header(std::span<const std::byte> png) {
  std::optional<PictureHeader> header;
  const bool sound = each_png_chunk(png, [&](const PngChunk& chunk) {
    const auto& content = chunk.content;
    if (chunk.type == "IHDR" && content.size() == 13 && !header) {
      enum Kind { GRAY = 0, GRAY_ALPHA = 4, RGBA = 6 };
      const int kind = std::to_integer<int>(content[9]);
      const int samples = kind == GRAY ? 1 : kind == GRAY_ALPHA ? 2 : kind == RGBA ? 4 : 3;
      const std::uint32_t width = big_endian(content, 0);
      const std::uint32_t height = big_endian(content, 4);
      constexpr std::uint32_t LARGEST = 0x7fffffff;
      if (width > 0 && height > 0 && width <= LARGEST && height <= LARGEST) {
        header = {static_cast<int>(width), static_cast<int>(height), samples * (content[8] == std::byte{16} ? 2 : 1)};
      }
    } else if (chunk.type == "tRNS" && !chunk.behind_pixels && header) {
      if (header->pixel_bytes % 2 == 1)
        header->pixel_bytes += 1;
      else if (header->pixel_bytes == 2 || header->pixel_bytes == 6)
        header->pixel_bytes += 2;
    }
  });
  return sound ? header : std::nullopt;
}

std::optional<SourceFacts> png_facts(std::span<const std::byte> png) {
  SourceFacts facts;
  Said said;
  const bool sound = each_png_chunk(png, [&](const PngChunk& chunk) { take_chunk(chunk, facts, said); });
  if (!sound) return std::nullopt;
  facts.orientation = said.exif ? said.exif : said.raw_exif ? said.raw_exif : said.xmp;
  facts.color = weighed(said);
  return facts;
}

}  // namespace peel
