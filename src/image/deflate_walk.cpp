// libdeflate ends every stream it makes. To put several into one, the mark "last block" has to go from all of them, and
// where the last block begins is known only after reading all before it. So the stream is read here symbol by symbol,
// without writing out what it stands for; that takes a few percent of the time it took to compress it.

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "image/deflate.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr unsigned LONGEST_CODE = 15;

[[noreturn]] void malformed() {
  throw Error(ErrorCode::internal, "a part of the picture was compressed wrongly");
}

class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t position() const noexcept { return at_; }

  /// The next bits, the first in bit 0; at most 32. Zeros follow the end.
  std::uint32_t peek() const noexcept {
    std::uint64_t window = 0;
    const std::size_t first = at_ / 8;
    if (std::endian::native == std::endian::little && first + 8 <= bytes_.size()) {
      std::memcpy(&window, bytes_.data() + first, 8);
    } else {
      for (std::size_t i = 0; i < 8 && first + i < bytes_.size(); ++i) {
        window |= std::to_integer<std::uint64_t>(bytes_[first + i]) << (8 * i);
      }
    }
    return static_cast<std::uint32_t>(window >> (at_ % 8));
  }
  std::uint32_t take(unsigned count) {
    const std::uint32_t bits = peek() & ((1u << count) - 1);
    skip(count);
    return bits;
  }
  void skip(std::size_t count) {
    at_ += count;
    if (at_ > bytes_.size() * 8) malformed();
  }
  void skip_to_byte() { skip((8 - at_ % 8) % 8); }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

/// Finds a symbol and the length of its code from the next 15 bits.
class HuffmanTable {
 public:
  void build(std::span<const std::uint8_t> lengths) {
    std::array<std::uint32_t, LONGEST_CODE + 1> count{};
    for (const std::uint8_t length : lengths) ++count[length];
    count[0] = 0;
    std::array<std::uint32_t, LONGEST_CODE + 2> next{};
    for (unsigned length = 1; length <= LONGEST_CODE; ++length) next[length + 1] = (next[length] + count[length]) << 1;
    entries_.fill(0);
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
      const unsigned length = lengths[symbol];
      if (length == 0) continue;
      const std::uint32_t code = next[length]++;
      if (code >> length) malformed();
      // Codes come highest bit first in a stream that is read lowest bit first.
      std::uint32_t reversed = 0;
      for (unsigned bit = 0; bit < length; ++bit) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
      for (std::uint32_t i = reversed; i < entries_.size(); i += 1u << length) {
        entries_[i] = static_cast<std::uint16_t>(symbol << 4 | length);
      }
    }
  }

  unsigned read(BitReader& bits) const {
    const std::uint16_t entry = entries_[bits.peek() & (entries_.size() - 1)];
    if (entry == 0) malformed();
    bits.skip(entry & 15);
    return entry >> 4;
  }

 private:
  std::array<std::uint16_t, 1 << LONGEST_CODE> entries_{};
};

class Walker {
 public:
  explicit Walker(std::span<const std::byte> stream) : bits_(stream) {}

  struct Ends {
    std::size_t last_block;  ///< the bit that marks the last block as such
    std::size_t end;         ///< the first bit behind the stream
  };

  Ends walk() {
    for (;;) {
      const std::size_t start = bits_.position();
      const bool last = bits_.take(1) != 0;
      switch (bits_.take(2)) {
        case 0:
          skip_stored();
          break;
        case 1:
          build_fixed();
          skip_compressed();
          break;
        case 2:
          build_dynamic();
          skip_compressed();
          break;
        default:
          malformed();
      }
      if (last) return {start, bits_.position()};
    }
  }

 private:
  void skip_stored() {
    bits_.skip_to_byte();
    const std::size_t length = bits_.take(16);
    bits_.skip(16 + length * 8);
  }

  void build_fixed() {
    std::array<std::uint8_t, 288> lengths;
    std::fill(lengths.begin(), lengths.begin() + 144, std::uint8_t{8});
    std::fill(lengths.begin() + 144, lengths.begin() + 256, std::uint8_t{9});
    std::fill(lengths.begin() + 256, lengths.begin() + 280, std::uint8_t{7});
    std::fill(lengths.begin() + 280, lengths.end(), std::uint8_t{8});
    literals_.build(lengths);
    std::array<std::uint8_t, 32> distances;
    distances.fill(5);
    distances_.build(distances);
  }

  void build_dynamic() {
    constexpr std::array<std::uint8_t, 19> ORDER{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    const unsigned literals = bits_.take(5) + 257;
    const unsigned distances = bits_.take(5) + 1;
    const unsigned codes = bits_.take(4) + 4;
    std::array<std::uint8_t, 19> code_lengths{};
    for (unsigned i = 0; i < codes; ++i) code_lengths[ORDER[i]] = static_cast<std::uint8_t>(bits_.take(3));
    literals_.build(code_lengths);
    std::array<std::uint8_t, 320> lengths{};
    const unsigned total = literals + distances;
    for (unsigned i = 0; i < total;) {
      const unsigned symbol = literals_.read(bits_);
      if (symbol < 16) {
        lengths[i++] = static_cast<std::uint8_t>(symbol);
        continue;
      }
      if (symbol == 16 && i == 0) malformed();
      const std::uint8_t value = symbol == 16 ? lengths[i - 1] : std::uint8_t{0};
      const unsigned repeat = symbol == 16 ? 3 + bits_.take(2) : symbol == 17 ? 3 + bits_.take(3) : 11 + bits_.take(7);
      if (i + repeat > total) malformed();
      std::fill_n(lengths.begin() + i, repeat, value);
      i += repeat;
    }
    literals_.build(std::span(lengths).first(literals));
    distances_.build(std::span(lengths).subspan(literals, distances));
  }

  void skip_compressed() {
    for (;;) {
      const unsigned symbol = literals_.read(bits_);
      if (symbol < DEFLATE_END_OF_BLOCK) continue;
      if (symbol == DEFLATE_END_OF_BLOCK) return;
      // Lengths 257 to 264 and 285 have no extra bits, of the others four each have one more than the four before.
      bits_.skip(symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4);
      const unsigned distance = distances_.read(bits_);
      bits_.skip(distance < 4 ? 0 : distance / 2 - 1);
    }
  }

  BitReader bits_;
  HuffmanTable literals_;
  HuffmanTable distances_;
};

}  // namespace

void reopen_deflate_stream(std::vector<std::byte>& stream) {
  const auto ends = std::make_unique<Walker>(stream)->walk();
  stream[ends.last_block / 8] &= ~(std::byte{1} << (ends.last_block % 8));
  // Nothing behind the end stays, not even what fills up its last byte.
  stream.resize((ends.end + 7) / 8);
  if (ends.end % 8 != 0) stream.back() &= static_cast<std::byte>((1u << ends.end % 8) - 1);
  // An empty stored block: three zero bits, zeros up to a whole byte, its length and that inverted.
  stream.resize((ends.end + 3 + 7) / 8);
  for (const unsigned value : {0x00u, 0x00u, 0xffu, 0xffu}) stream.push_back(static_cast<std::byte>(value));
}

}  // namespace peel
