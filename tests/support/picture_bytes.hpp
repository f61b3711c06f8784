#pragma once

#include <tiffio.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Files of pictures as tests want them and no encoder of peel's writes them.
namespace peel::test {

inline std::span<const std::byte> text_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string big_endian_bytes(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((value >> shift) & 255);
  return bytes;
}

/// In zlib's form.
inline std::string packed(const std::string& text) {
  std::string out(compressBound(static_cast<uLong>(text.size())), '\0');
  uLongf size = out.size();
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
           static_cast<uLong>(text.size()));  // fails only where out is too small
  out.resize(size);
  return out;
}

/// Where the chunk behind a PNG's header begins.
constexpr std::ptrdiff_t PNG_BEHIND_HEADER = 33;

/// Length, type, content and checksum.
inline std::string png_chunk(std::string_view type, std::string_view content) {
  const std::string body = std::string(type) + std::string(content);
  const auto checksum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian_bytes(static_cast<std::uint32_t>(content.size())) + body +
         big_endian_bytes(static_cast<std::uint32_t>(checksum));
}

/// A PNG with more in it: directly behind its header, or in front of its end.
inline std::vector<std::byte> with_chunk(std::vector<std::byte> png, std::string_view type, std::string_view content,
                                         bool behind_pixels = false) {
  constexpr std::ptrdiff_t END_BYTES = 12;
  const std::string chunk = png_chunk(type, content);
  const auto bytes = text_bytes(chunk);
  png.insert(behind_pixels ? png.end() - END_BYTES : png.begin() + PNG_BEHIND_HEADER, bytes.begin(), bytes.end());
  return png;
}

/// An EXIF block that says how a picture stands and nothing else.
inline std::string exif_with_orientation(int tag) {
  std::string exif("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0?\0\0\0\0\0\0\0", 26);
  exif[18] = static_cast<char>(tag);
  return exif;
}

/// A GIF of frames in black (0) and white (1), a character a pixel.
inline std::string gif_of(int width, int height, const std::vector<std::string>& frames, int hundredths) {
  const auto word = [](int value) {
    return std::string{static_cast<char>(value & 255), static_cast<char>(value >> 8)};
  };
  std::string gif = "GIF89a" + word(width) + word(height) + std::string("\x80\0\0\0\0\0\xff\xff\xff", 9);
  gif += std::string("\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0", 19);  // for ever
  for (const std::string& frame : frames) {
    gif += std::string("\x21\xf9\4\0", 4) + word(hundredths) + std::string(2, '\0');
    gif += "," + word(0) + word(0) + word(width) + word(height) + std::string("\0\2", 2);
    // Codes of three bits, which stay so where the table is cleared (4) before it is full.
    std::string bits;
    const auto put = [&](int code) {
      for (const int bit : {1, 2, 4}) bits += (code & bit) != 0 ? '1' : '0';
    };
    for (std::size_t i = 0; i < frame.size(); ++i) {
      if (i % 2 == 0) put(4);
      put(frame[i] == '1' ? 1 : 0);
    }
    put(5);
    std::string packed((bits.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < bits.size(); ++i) {
      if (bits[i] == '1') packed[i / 8] = static_cast<char>(packed[i / 8] | (1 << (i % 8)));
    }
    for (std::size_t at = 0; at < packed.size(); at += 255) {
      const std::string block = packed.substr(at, 255);
      gif += static_cast<char>(block.size()) + block;
    }
    gif += std::string(1, '\0');
  }
  return gif + ";";
}

/// What libtiff writes, in memory.
class TiffBytes {
 public:
  /// A page after another: `write` sets its tags and writes its strips.
  void add_page(const std::function<void(TIFF*)>& write) {
    if (!tiff_) tiff_.reset(TIFFClientOpen("test", "w", this, read, put, seek, close, size, nullptr, nullptr));
    write(tiff_.get());
    TIFFWriteDirectory(tiff_.get());
  }
  std::vector<std::byte> finish() {
    tiff_.reset();
    return bytes_;
  }

 private:
  static tmsize_t read(thandle_t handle, void* to, tmsize_t count) {
    auto& self = *static_cast<TiffBytes*>(handle);
    const std::size_t left = self.at_ < self.bytes_.size() ? self.bytes_.size() - self.at_ : 0;
    const std::size_t taken = left < static_cast<std::size_t>(count) ? left : static_cast<std::size_t>(count);
    if (taken > 0) std::memcpy(to, self.bytes_.data() + self.at_, taken);
    self.at_ += taken;
    return static_cast<tmsize_t>(taken);
  }
  static tmsize_t put(thandle_t handle, void* from, tmsize_t count) {
    auto& self = *static_cast<TiffBytes*>(handle);
    const auto taken = static_cast<std::size_t>(count);
    if (self.bytes_.size() < self.at_ + taken) self.bytes_.resize(self.at_ + taken);
    std::memcpy(self.bytes_.data() + self.at_, from, taken);
    self.at_ += taken;
    return count;
  }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    auto& self = *static_cast<TiffBytes*>(handle);
    const toff_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? self.at_ : self.bytes_.size();
    self.at_ = static_cast<std::size_t>(from + offset);
    return self.at_;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return static_cast<TiffBytes*>(handle)->bytes_.size(); }

  struct Close {
    void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
  };
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
  std::unique_ptr<TIFF, Close> tiff_;
};

/// The tags of an uncompressed page of chunky samples in one strip, and the strip.
struct TiffPage {
  int width = 1;
  int height = 1;
  int samples = 3;
  int bits = 8;
  int photometric = PHOTOMETRIC_RGB;
  std::vector<std::uint16_t> extra = {};  ///< kinds of the extra samples; empty: no such tag
  std::string strip = {};
  std::function<void(TIFF*)> more = {};  ///< further tags

  void write(TIFF* tiff) const {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, height);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    if (!extra.empty()) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, static_cast<int>(extra.size()), extra.data());
    if (more) more(tiff);
    std::string copy = strip;
    TIFFWriteEncodedStrip(tiff, 0, copy.data(), static_cast<tmsize_t>(copy.size()));
  }
};

inline std::vector<std::byte> tiff_of(const std::vector<TiffPage>& pages) {
  TiffBytes bytes;
  for (const TiffPage& page : pages) bytes.add_page([&](TIFF* tiff) { page.write(tiff); });
  return bytes.finish();
}

}  // namespace peel::test
