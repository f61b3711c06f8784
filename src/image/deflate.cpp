#include "image/deflate.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <limits>

#include "image/fast_deflate.hpp"
#include "peel/error.hpp"

namespace peel {

struct PieceCompressor::Libdeflate {
  struct Free {
    void operator()(libdeflate_compressor* made) const noexcept { libdeflate_free_compressor(made); }
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor;
  std::vector<std::byte> room;  ///< for the worst case; what is kept of a piece is as long as it has to be

  explicit Libdeflate(int level) : compressor(libdeflate_alloc_compressor(level)) {
    if (!compressor) throw std::bad_alloc();
  }

  std::vector<std::byte> compress(std::span<const std::byte> piece) {
    room.resize(std::max(room.size(), libdeflate_deflate_compress_bound(compressor.get(), piece.size())));
    const std::size_t size =
        libdeflate_deflate_compress(compressor.get(), piece.data(), piece.size(), room.data(), room.size());
    if (size == 0) throw Error(ErrorCode::internal, "libdeflate could not compress a part of the picture");
    std::vector<std::byte> out;
    out.reserve(size + 8);  // for what reopening adds
    out.assign(room.data(), room.data() + size);
    reopen_deflate_stream(out);
    return out;
  }
};

PieceCompressor::PieceCompressor(Effort effort, std::size_t row, std::size_t pixel) {
  if (effort == Effort::fast) {
    fast_ = std::make_unique<FastDeflate>(row, pixel);
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
  if (libdeflate_) return libdeflate_->compress(piece);
  const auto out = fast_->compress({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
  return {out.begin(), out.end()};
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
