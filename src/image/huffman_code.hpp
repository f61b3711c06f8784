#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace peel {

/// Lengths of an optimal prefix code for symbols that occur so often, none longer than `longest` bits; 0 for a symbol
/// that does not occur. At least two symbols get a code, as some readers of deflate refuse an incomplete one. At most
/// 288 symbols, of which 2^longest must be enough for all.
void huffman_lengths(std::span<const std::uint32_t> counts, unsigned longest, std::span<std::uint8_t> lengths) noexcept;

/// The codes of these lengths as deflate has them: canonical, to be written lowest bit first.
void huffman_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes) noexcept;

}  // namespace peel
