#include "document/fax.hpp"

#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "image/tiff_file.hpp"
#include "peel/error.hpp"

namespace peel::document {
namespace {

// What libtiff writes, in memory. It asks for the file as a handle and these functions.
struct Memory {
  std::vector<std::byte> bytes;
  std::size_t at = 0;

  static Memory& of(thandle_t handle) { return *static_cast<Memory*>(handle); }
  static tmsize_t read(thandle_t handle, void* to, tmsize_t size) {
    Memory& self = of(handle);
    const std::size_t left = self.at < self.bytes.size() ? self.bytes.size() - self.at : 0;
    const std::size_t count = std::min(left, static_cast<std::size_t>(size));
    if (count > 0) std::memcpy(to, self.bytes.data() + self.at, count);
    self.at += count;
    return static_cast<tmsize_t>(count);
  }
  static tmsize_t write(thandle_t handle, void* from, tmsize_t size) {
    Memory& self = of(handle);
    const auto count = static_cast<std::size_t>(size);
    if (self.bytes.size() < self.at + count) self.bytes.resize(self.at + count);
    std::memcpy(self.bytes.data() + self.at, from, count);
    self.at += count;
    return size;
  }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    Memory& self = of(handle);
    const toff_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? self.at : self.bytes.size();
    self.at = static_cast<std::size_t>(from + offset);
    return self.at;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return of(handle).bytes.size(); }
};

// One bit a pixel, rows padded to bytes, black being 1.
std::vector<std::uint8_t> packed(const Image& page) {
  const auto row_bytes = (static_cast<std::size_t>(page.width()) + 7) / 8;
  std::vector<std::uint8_t> bits(row_bytes * static_cast<std::size_t>(page.height()));
  for (int y = 0; y < page.height(); ++y) {
    const std::byte* const row = page.data() + y * page.stride();
    std::uint8_t* const to = bits.data() + static_cast<std::size_t>(y) * row_bytes;
    for (int x = 0; x < page.width(); ++x) {
      if (row[x] == std::byte{0}) to[x / 8] = static_cast<std::uint8_t>(to[x / 8] | 0x80U >> (x % 8));
    }
  }
  return bits;
}

}  // namespace

bool is_black_and_white(const Image& page) noexcept {
  return page.format() == PixelFormat::gray8 &&
         std::all_of(page.data(), page.data() + page.size_bytes(),
                     [](std::byte b) { return b == std::byte{0} || b == std::byte{255}; });
}

std::vector<std::byte> encode_group4(const Image& page) {
  std::string message = "out of memory";
  const auto require = [&](bool good) {
    if (!good) throw Error(ErrorCode::output, fmt::format("a black and white page cannot be encoded: {}", message));
  };
  const auto options = quiet_tiff_options(&message);
  require(options != nullptr);
  Memory memory;
  const std::unique_ptr<TIFF, CloseTiff> tiff(TIFFClientOpenExt("page", "w", &memory, Memory::read, Memory::write,
                                                                Memory::seek, Memory::close, Memory::size, nullptr,
                                                                nullptr, options.get()));
  require(tiff != nullptr);
  const auto set = [&](std::uint32_t tag, auto value) { require(TIFFSetField(tiff.get(), tag, value) == 1); };
  set(TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(page.width()));
  set(TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(page.height()));
  set(TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(page.height()));
  set(TIFFTAG_BITSPERSAMPLE, 1);
  set(TIFFTAG_SAMPLESPERPIXEL, 1);
  set(TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
  set(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  set(TIFFTAG_FILLORDER, FILLORDER_MSB2LSB);
  std::vector<std::uint8_t> bits = packed(page);
  require(TIFFWriteEncodedStrip(tiff.get(), 0, bits.data(), static_cast<tmsize_t>(bits.size())) >= 0);
  require(TIFFFlushData(tiff.get()) == 1);
  const std::uint64_t begin = TIFFGetStrileOffset(tiff.get(), 0);
  const std::uint64_t size = TIFFGetStrileByteCount(tiff.get(), 0);
  require(size > 0 && begin + size <= memory.bytes.size());
  const auto first = memory.bytes.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace peel::document
