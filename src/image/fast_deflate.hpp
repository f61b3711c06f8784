#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace peel {

/// Deflate for the filtered rows of a picture, made for speed. It looks for repetitions only where a pixel begins, of
/// eight bytes and more and at the last place where they were seen, and takes one where it is cheaper than the codes of
/// its bytes: in the differences of neighbouring pixels repetitions are often chance, and dear.
class FastDeflate {
 public:
  /// `row`: bytes of a filtered row, the filter's own among them; `pixel`: bytes of a pixel.
  FastDeflate(std::size_t row, std::size_t pixel);

  /// Blocks, none of them marked as the last, and an empty stored one that ends at a whole byte; valid until the next
  /// call. `piece` begins with a row and is shorter than 2^31 bytes.
  std::span<const std::byte> compress(std::span<const std::uint8_t> piece);

 private:
  static constexpr std::size_t SYMBOLS = 286;
  static constexpr std::size_t DISTANCES = 30;

  /// So many literals, then a repetition; the last of a block has none.
  struct Sequence {
    std::uint32_t literals;
    std::uint32_t length;  ///< may be longer than deflate's 258
    std::uint32_t distance;
  };
  struct Bits;

  void guess_costs(std::span<const std::uint8_t> piece);
  bool pays(const std::uint8_t* at, std::size_t length, std::size_t distance) const noexcept;
  void count_symbols();
  void write_block(Bits& bits);
  void make_room(Bits& bits, std::size_t count);
  Bits write_codes(Bits bits) const;
  Bits write_sequences(Bits bits) const;

  std::size_t row_;
  std::size_t step_;
  std::vector<std::uint32_t> seen_;  ///< where a pixel was last, by its hash
  std::vector<Sequence> sequences_;
  std::vector<std::uint8_t> literals_;
  std::size_t literal_count_ = 0;
  std::vector<std::byte> out_;

  std::array<std::uint32_t, SYMBOLS> counts_{};
  std::array<std::uint32_t, DISTANCES> distance_counts_{};
  std::array<std::uint8_t, SYMBOLS> lengths_{};
  std::array<std::uint8_t, DISTANCES> distance_lengths_{};
  std::array<std::uint16_t, SYMBOLS> codes_{};
  std::array<std::uint16_t, DISTANCES> distance_codes_{};
  // What a symbol is thought to cost in bits, with the extra bits that follow it: from the block before.
  std::array<std::uint8_t, SYMBOLS> costs_{};
  std::array<std::uint8_t, DISTANCES> distance_costs_{};
};

}  // namespace peel
