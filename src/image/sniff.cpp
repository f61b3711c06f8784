#include "image/sniff.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace peel {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  SourceFormat format;
  std::string_view description;
};

// In order: a longer signature stands before a shorter one it begins with.
constexpr std::array SIGNATURES{
    Signature{0, "\xff\xd8\xff"sv, SourceFormat::jpeg, {}},
    Signature{12, "CgBI"sv, SourceFormat::none, "a PNG in Apple's own form for apps (CgBI)"},
    Signature{0, "\x89PNG\r\n\x1a\n"sv, SourceFormat::png, {}},
    Signature{8, "WEBP"sv, SourceFormat::webp, {}},
    Signature{0, "II*\0"sv, SourceFormat::tiff, {}},
    Signature{0, "MM\0*"sv, SourceFormat::tiff, {}},
    Signature{0, "II+\0"sv, SourceFormat::tiff, {}},
    Signature{0, "MM\0+"sv, SourceFormat::tiff, {}},
    Signature{0, "GIF87a"sv, SourceFormat::gif, {}},
    Signature{0, "GIF89a"sv, SourceFormat::gif, {}},
    Signature{0, "\xff\x0a"sv, SourceFormat::jxl, {}},
    Signature{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, SourceFormat::jxl, {}},
    Signature{0, "%PDF"sv, SourceFormat::none, "a PDF document"},
    Signature{0, "%!PS"sv, SourceFormat::none, "a PostScript document"},
    Signature{0, "\0\0\0\x0cjP  \r\n\x87\n"sv, SourceFormat::jp2k, {}},
    Signature{0, "\xff\x4f\xff\x51"sv, SourceFormat::jp2k, {}},
    Signature{0, "\x76\x2f\x31\x01"sv, SourceFormat::none, "an OpenEXR picture"},
    Signature{0, "#?RADIANCE"sv, SourceFormat::none, "a Radiance HDR picture"},
    Signature{0, "#?RGBE"sv, SourceFormat::none, "a Radiance HDR picture"},
    Signature{0, "8BPS"sv, SourceFormat::none, "a Photoshop document"},
    Signature{0, "\0\0\x01\0"sv, SourceFormat::none, "an icon (ICO)"},
    Signature{0, "\0\0\x02\0"sv, SourceFormat::none, "a TGA picture or a cursor"},
    Signature{0, "icns"sv, SourceFormat::none, "an icon (ICNS)"},
    Signature{0, "farbfeld"sv, SourceFormat::none, "a farbfeld picture"},
    Signature{0, "\x01\xda"sv, SourceFormat::none, "an SGI picture"},
    Signature{0, "qoif"sv, SourceFormat::none, "a QOI picture"},
    Signature{0, "DDS "sv, SourceFormat::none, "a DDS texture"},
    Signature{0, "ID3"sv, SourceFormat::none, "an MP3 sound"},
    Signature{0, "\x1f\x8b"sv, SourceFormat::none, "a gzip archive"},
    Signature{0, "PK\x03\x04"sv, SourceFormat::none, "a ZIP archive"},
    Signature{0,
              "\x7f"
              "ELF"sv,
              SourceFormat::none, "a program"},
    Signature{8, "AVI "sv, SourceFormat::none, "an AVI video"},
    Signature{8, "WAVE"sv, SourceFormat::none, "a WAV sound"},
    Signature{0, "\x1a\x45\xdf\xa3"sv, SourceFormat::none, "a Matroska or WebM video"},
    Signature{36, "acsp"sv, SourceFormat::none, "an ICC profile"},
};

// ISO base media files: the brands of still pictures, those of image sequences with a primary picture, and others.
constexpr std::array HEIF_BRANDS{"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv, "hevm"sv, "hevs"sv,
                                 "mif1"sv, "mif2"sv, "mif3"sv, "miaf"sv, "msf1"sv, "avif"sv, "avis"sv};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code >= ' ' ? code != 0x7f : (c == '\n' || c == '\r' || c == '\t' || c == '\f');
  });
}

/// 'P' and the letter of a kind.
bool is_netpbm(std::string_view head, std::string_view kinds) {
  return head.size() > 2 && head[0] == 'P' && kinds.find(head[1]) != std::string_view::npos &&
         (head[2] == '\n' || head[2] == ' ' || head[2] == '\r' || head[2] == '\t' || head[2] == '#');
}

// A version, an encoding and a depth in bits, each of a few values.
bool is_pcx(std::string_view head) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(head[at]); };
  return head.size() >= 128 && byte(0) == 10 && byte(1) <= 5 && byte(2) == 1 &&
         (byte(3) == 1 || byte(3) == 2 || byte(3) == 4 || byte(3) == 8);
}

// TGA has no signature in front, and one behind only in its later version.
bool is_tga(std::span<const std::byte> bytes) {
  constexpr std::string_view FOOTER = "TRUEVISION-XFILE";
  constexpr std::size_t FOOTER_BYTES = 18;
  const std::string_view all = as_text(bytes);
  if (all.size() >= FOOTER_BYTES && all.substr(all.size() - FOOTER_BYTES).starts_with(FOOTER)) return true;
  if (all.size() < FOOTER_BYTES) return false;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(all[at]); };
  const bool kind = (byte(2) >= 1 && byte(2) <= 3) || (byte(2) >= 9 && byte(2) <= 11);
  const bool depth = byte(16) == 8 || byte(16) == 15 || byte(16) == 16 || byte(16) == 24 || byte(16) == 32;
  const bool size = (byte(12) | byte(13)) != 0 && (byte(14) | byte(15)) != 0;
  return byte(1) <= 1 && kind && depth && size && (byte(17) & 0xc0) == 0;
}

// "BM" alone is two letters that a text may well begin with: the size of the header that follows is checked as well.
bool is_bmp(std::string_view head) {
  if (head.size() < 18 || !head.starts_with("BM")) return false;
  const auto size = static_cast<unsigned char>(head[14]);
  return head[15] == 0 && head[16] == 0 && head[17] == 0 &&
         (size == 12 || size == 16 || size == 40 || size == 52 || size == 56 || size == 64 || size == 108 ||
          size == 124);
}

}  // namespace

Sniffed sniff(std::span<const std::byte> bytes) noexcept {
  const std::string_view head = as_text(bytes.first(std::min<std::size_t>(bytes.size(), 1024)));
  if (head.empty()) return {SourceFormat::none, "an empty file"};
  if (head.size() >= 12 && head.substr(4, 4) == "ftyp") {
    // The major brand, then the compatible ones up to the end of the box.
    const auto box = std::min<std::size_t>(head.size(), static_cast<unsigned char>(head[3]));
    for (std::size_t at = 8; at + 4 <= std::max<std::size_t>(box, 12); at += 4) {
      const auto brand = head.substr(at, 4);
      if (at == 12) continue;  // the minor version
      if (std::find(HEIF_BRANDS.begin(), HEIF_BRANDS.end(), brand) != HEIF_BRANDS.end())
        return {SourceFormat::heif, {}};
    }
    return {SourceFormat::none, "a video"};
  }
  if (is_bmp(head)) return {SourceFormat::bmp, {}};
  for (const Signature& signature : SIGNATURES) {
    if (head.size() >= signature.offset && head.substr(signature.offset).starts_with(signature.bytes)) {
      return {signature.format, signature.description};
    }
  }
  if (is_netpbm(head, "123456")) return {SourceFormat::netpbm, {}};
  if (is_netpbm(head, "7fF")) return {SourceFormat::none, "a Netpbm picture in PAM or PFM"};
  if (is_text(head)) {
    if (head.find("<svg") != std::string_view::npos) return {SourceFormat::none, "an SVG drawing"};
    if (head.find("<html") != std::string_view::npos || head.find("<!DOCTYPE html") != std::string_view::npos) {
      return {SourceFormat::none, "a web page"};
    }
    return {SourceFormat::none, "text"};
  }
  if (is_pcx(head)) return {SourceFormat::none, "a PCX picture"};
  if (is_tga(bytes)) return {SourceFormat::none, "a TGA picture"};
  return {};
}

}  // namespace peel
