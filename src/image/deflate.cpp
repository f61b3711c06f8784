#include "image/deflate.hpp"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include <limits>

#include "peel/error.hpp"

namespace peel {

struct PieceCompressor::Igzip {
  isal_zstream stream{};
  std::vector<std::uint8_t> work = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);

  std::vector<std::byte> compress(std::span<const std::byte> piece) {
    // Stored blocks are the worst case: 5 bytes for each 64 KiB, and the flush.
    std::vector<std::byte> out(piece.size() + piece.size() / 1024 + 4096);
    isal_deflate_init(&stream);
    stream.level = 1;
    stream.level_buf = work.data();
    stream.level_buf_size = static_cast<std::uint32_t>(work.size());
    stream.flush = FULL_FLUSH;
    stream.end_of_stream = 0;
    stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(piece.data()));
    stream.avail_in = static_cast<std::uint32_t>(piece.size());
    stream.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream.avail_out = static_cast<std::uint32_t>(out.size());
    if (isal_deflate(&stream) != COMP_OK || stream.avail_in != 0 || stream.avail_out == 0) {
      throw Error(ErrorCode::internal, "igzip could not compress a part of the picture");
    }
    out.resize(stream.total_out);
    return out;
  }
};

struct PieceCompressor::Libdeflate {
  struct Free {
    void operator()(libdeflate_compressor* made) const noexcept { libdeflate_free_compressor(made); }
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor;

  explicit Libdeflate(int level) : compressor(libdeflate_alloc_compressor(level)) {
    if (!compressor) throw std::bad_alloc();
  }

  std::vector<std::byte> compress(std::span<const std::byte> piece) {
    std::vector<std::byte> out(libdeflate_deflate_compress_bound(compressor.get(), piece.size()));
    const std::size_t size =
        libdeflate_deflate_compress(compressor.get(), piece.data(), piece.size(), out.data(), out.size());
    if (size == 0) throw Error(ErrorCode::internal, "libdeflate could not compress a part of the picture");
    out.resize(size);
    reopen_deflate_stream(out);
    return out;
  }
};

PieceCompressor::PieceCompressor(Effort effort) {
  if (effort == Effort::fast) {
    igzip_ = std::make_unique<Igzip>();
  } else {
    libdeflate_ = std::make_unique<Libdeflate>(effort == Effort::balanced ? 4 : 9);
  }
}

PieceCompressor::PieceCompressor(PieceCompressor&&) noexcept = default;
PieceCompressor& PieceCompressor::operator=(PieceCompressor&&) noexcept = default;
PieceCompressor::~PieceCompressor() = default;

std::vector<std::byte> PieceCompressor::compress(std::span<const std::byte> piece) {
  if (piece.size() > std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorCode::internal, "a part of the picture is too large to compress at once");
  }
  return igzip_ ? igzip_->compress(piece) : libdeflate_->compress(piece);
}

std::uint32_t combine_adler32(std::uint32_t first, std::uint32_t second, std::uint64_t second_length) noexcept {
  constexpr std::uint64_t BASE = 65521;
  const std::uint64_t length = second_length % BASE;
  const std::uint64_t first_low = first & 0xffff;
  const std::uint64_t low = first_low + (second & 0xffff) + BASE - 1;
  const std::uint64_t high = length * first_low + (first >> 16) + (second >> 16) + BASE - length;
  return static_cast<std::uint32_t>((low % BASE) | ((high % BASE) << 16));
}

}  // namespace peel
