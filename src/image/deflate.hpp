#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "peel/image.hpp"

namespace peel {

class FastDeflate;

inline constexpr unsigned DEFLATE_END_OF_BLOCK = 256;  ///< the symbol

/// Compresses pieces of one long deflate stream apart from one another, so that several threads can share the work:
/// what compress() gives for consecutive pieces, put one after another and closed with DEFLATE_END, is one valid
/// stream. Not for use by two threads at a time.
///
/// fast is FastDeflate; balanced and small are libdeflate at levels 4 and 9. Cut-outs of 12 megapixels, with filtering,
/// on one thread, against libpng with zlib's level 6: one that is a twentieth subject (810 ms) fast 52 ms and 8 % more
/// bytes, balanced 152 ms and 3.6 % more, small 650 ms and 1 % less; one that is half subject (2200 ms) fast 140 ms and
/// 8 % more, balanced 570 ms and 3.6 % more, small 3300 ms and 2 % less.
class PieceCompressor {
 public:
  /// A piece is made of rows of `row` bytes, the filter's byte and pixels of `pixel` bytes.
  PieceCompressor(Effort effort, std::size_t row, std::size_t pixel);
  PieceCompressor(PieceCompressor&&) noexcept;
  PieceCompressor& operator=(PieceCompressor&&) noexcept;
  ~PieceCompressor();

  /// Whole bytes, none of its blocks marked as the last. Throws Error(internal) when a compressor gives up.
  std::vector<std::byte> compress(std::span<const std::byte> piece);

 private:
  struct Libdeflate;
  std::unique_ptr<FastDeflate> fast_;
  std::unique_ptr<Libdeflate> libdeflate_;
};

/// An empty last block.
inline constexpr std::byte DEFLATE_END[2] = {std::byte{0x03}, std::byte{0x00}};

/// Makes the last block of a complete deflate stream an ordinary one and ends it at a whole byte.
/// Throws Error(internal) for bytes that are no deflate stream.
void reopen_deflate_stream(std::vector<std::byte>& stream);

/// The Adler-32 checksum of two texts put together, from theirs.
std::uint32_t combine_adler32(std::uint32_t first, std::uint32_t second, std::uint64_t second_length) noexcept;

}  // namespace peel
