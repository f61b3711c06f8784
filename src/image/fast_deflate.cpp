#include "image/fast_deflate.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "image/deflate.hpp"
#include "image/huffman_code.hpp"

namespace peel {
namespace {

constexpr unsigned HASH_BITS = 12;  // 16 KB, half of a core's first cache
constexpr std::size_t WINDOW = 32768;
constexpr std::size_t LONGEST_MATCH = 258;
constexpr unsigned FIRST_LENGTH = 257;
// Four literals have to fit into a 64-bit word together with the seven bits that may be left from before.
constexpr unsigned LONGEST_WRITTEN_CODE = 14;
// A block has one set of codes: smaller ones follow the picture better, and each costs some 80 bytes. Measured on
// cut-outs of photographs: half as many literals and twice as many make the file a few tenths of a percent larger.
constexpr std::size_t BLOCK_LITERALS = 1 << 14;
constexpr std::size_t BLOCK_SEQUENCES = 1 << 12;
// Of a symbol that did not occur in the block before.
constexpr std::uint8_t UNSEEN_COST = 12;

std::uint64_t load64(const std::uint8_t* p) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, p, sizeof value);
  return value;
}

std::size_t hash(std::uint64_t eight_bytes) noexcept {
  return (eight_bytes * 0x9E3779B97F4A7C15u) >> (64 - HASH_BITS);  // 2^64 by the golden ratio
}

/// How many bytes at `a` and at `b` before it are alike, up to `end`.
std::size_t alike(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* end) noexcept {
  const std::uint8_t* const start = a;
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - a >= 8; a += 8, b += 8) {
      if (const std::uint64_t differ = load64(a) ^ load64(b)) {
        return static_cast<std::size_t>(a - start) + static_cast<std::size_t>(std::countr_zero(differ)) / 8;
      }
    }
  }
  while (a < end && *a == *b) ++a, ++b;
  return static_cast<std::size_t>(a - start);
}

struct Slot {
  std::uint16_t symbol;
  std::uint8_t extra_bits;
  std::uint16_t extra;
};

// RFC 1951, 3.2.5.
constexpr Slot length_slot(std::size_t length) {
  if (length == LONGEST_MATCH) return {285, 0, 0};
  const auto from_3 = static_cast<unsigned>(length - 3);
  if (from_3 < 8) return {static_cast<std::uint16_t>(FIRST_LENGTH + from_3), 0, 0};
  const auto bits = static_cast<unsigned>(std::bit_width(from_3)) - 3;
  return {static_cast<std::uint16_t>(FIRST_LENGTH + 4 * bits + (from_3 >> bits)), static_cast<std::uint8_t>(bits),
          static_cast<std::uint16_t>(from_3 & ((1u << bits) - 1))};
}

constexpr Slot distance_slot(std::size_t distance) {
  const auto from_1 = static_cast<unsigned>(distance - 1);
  if (from_1 < 4) return {static_cast<std::uint16_t>(from_1), 0, 0};
  const auto bits = static_cast<unsigned>(std::bit_width(from_1)) - 2;
  return {static_cast<std::uint16_t>(2 * bits + (from_1 >> bits)), static_cast<std::uint8_t>(bits),
          static_cast<std::uint16_t>(from_1 & ((1u << bits) - 1))};
}

constexpr auto LENGTH_SLOTS = [] {
  std::array<Slot, LONGEST_MATCH + 1> slots{};
  for (std::size_t length = 3; length <= LONGEST_MATCH; ++length) slots[length] = length_slot(length);
  return slots;
}();

// A long repetition in deflate's lengths of 3 to 258.
template <typename Use>
void each_part(std::size_t length, const Use& use) {
  while (length > LONGEST_MATCH) {
    const std::size_t part = length < LONGEST_MATCH + 3 ? length - 3 : LONGEST_MATCH;
    use(part);
    length -= part;
  }
  use(length);
}

// Lengths of codes as deflate writes them: symbols 0 to 15 are lengths, 16 repeats the last, 17 and 18 are zeros.
struct RunSymbol {
  std::uint8_t symbol;
  std::uint8_t extra_bits;
  std::uint8_t extra;
};

std::size_t run_symbols(std::span<const std::uint8_t> lengths, std::span<RunSymbol> out) {
  std::size_t n = 0;
  const auto put = [&](unsigned symbol, unsigned bits, std::size_t extra) {
    out[n++] = {static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(extra)};
  };
  for (std::size_t i = 0; i < lengths.size();) {
    const std::uint8_t length = lengths[i];
    std::size_t run = 1;
    while (i + run < lengths.size() && lengths[i + run] == length) ++run;
    i += run;
    if (length == 0) {
      for (; run >= 11; run -= std::min<std::size_t>(run, 138)) put(18, 7, std::min<std::size_t>(run, 138) - 11);
      if (run >= 3) {
        put(17, 3, run - 3);
        run = 0;
      }
    } else {
      put(length, 0, 0);
      for (--run; run >= 3; run -= std::min<std::size_t>(run, 6)) put(16, 2, std::min<std::size_t>(run, 6) - 3);
    }
    for (; run > 0; --run) put(length, 0, 0);
  }
  return n;
}

}  // namespace

/// Bits into room that is large enough. Functions that write many take a copy and give it back: of an object that
/// others know of, the compiler would store and load every member at each byte written.
struct FastDeflate::Bits {
  std::byte* next;
  std::uint64_t word = 0;
  unsigned count = 0;

  /// At most 57 bits from one flush() to the next.
  void put(std::uint64_t value, unsigned length) noexcept {
    word |= value << count;
    count += length;
  }
  void flush() noexcept {
    std::uint64_t stored = word;
    if constexpr (std::endian::native == std::endian::big) stored = __builtin_bswap64(stored);
    std::memcpy(next, &stored, sizeof stored);
    next += count / 8;
    word >>= count / 8 * 8;
    count %= 8;
  }
};

FastDeflate::FastDeflate(std::size_t row, std::size_t pixel)
    : row_(row),
      step_(pixel > 4 ? pixel / 2 : pixel),
      seen_(std::size_t{1} << HASH_BITS),
      literals_(BLOCK_LITERALS + 64) {}

// From every 61st byte, a number that has no factor in common with the size of a pixel.
void FastDeflate::guess_costs(std::span<const std::uint8_t> piece) {
  std::array<std::uint32_t, 256> counts{};
  for (std::size_t i = 0; i < piece.size(); i += 61) ++counts[piece[i]];
  const std::size_t looked_at = piece.size() / 61 + 1;
  for (std::size_t value = 0; value < counts.size(); ++value) {
    const float bits = std::log2(static_cast<float>(looked_at) / static_cast<float>(counts[value] + 1));
    costs_[value] = static_cast<std::uint8_t>(std::clamp(bits + 0.5f, 1.0f, float{UNSEEN_COST}));
  }
  for (std::size_t length = 3; length <= LONGEST_MATCH; ++length) {
    costs_[LENGTH_SLOTS[length].symbol] = static_cast<std::uint8_t>(5 + LENGTH_SLOTS[length].extra_bits);
  }
  for (std::size_t i = 0; i < DISTANCES; ++i) distance_costs_[i] = static_cast<std::uint8_t>(i < 4 ? 5 : 5 + i / 2 - 1);
}

bool FastDeflate::pays(const std::uint8_t* at, std::size_t length, std::size_t distance) const noexcept {
  const unsigned cost = costs_[LENGTH_SLOTS[std::min(length, LONGEST_MATCH)].symbol] +
                        unsigned{distance_costs_[distance_slot(distance).symbol]};
  unsigned literals = 0;
  for (std::size_t i = 0; i < length && literals <= cost; ++i) literals += costs_[at[i]];
  return literals > cost;
}

std::span<const std::byte> FastDeflate::compress(std::span<const std::uint8_t> piece) {
  std::ranges::fill(seen_, 0u);
  guess_costs(piece);
  Bits bits{out_.data()};
  const std::uint8_t* const in = piece.data();
  const std::size_t size = piece.size();
  const std::size_t hashed_end = size < 8 ? 0 : size - 7;
  std::uint32_t* const seen = seen_.data();
  const std::size_t row = row_;
  const std::size_t step = step_;
  std::size_t row_end = 0;
  std::uint8_t* next_literal = literals_.data();
  const std::uint8_t* run_start = next_literal;  // literals since the last repetition
  const std::uint8_t* const enough_literals = next_literal + BLOCK_LITERALS;
  const auto run = [&] { return static_cast<std::uint32_t>(next_literal - run_start); };

  for (std::size_t at = 0; at < size;) {
    if (at == row_end) {
      *next_literal++ = in[at++];
      row_end = std::min(size, row_end + row);
    }
    const std::size_t end = std::min(hashed_end, row_end);
    while (at < end && next_literal < enough_literals) {
      const std::uint64_t eight = load64(in + at);
      std::uint32_t& last_seen = seen[hash(eight)];
      const std::size_t before = last_seen;
      last_seen = static_cast<std::uint32_t>(at);
      if (load64(in + before) == eight && at - before - 1 < WINDOW) {
        std::size_t length = 8 + alike(in + at + 8, in + before + 8, in + size);
        // Of a run of equal pixels the first is cheap by itself, and the others follow from their neighbours.
        const bool run_starts =
            at - before != step && step + alike(in + at + step, in + at, in + at + length) >= length;
        // A repetition ends where a pixel does, so that the next is looked for at a pixel's beginning.
        std::size_t new_row_end = row_end;
        while (at + length > new_row_end) new_row_end = std::min(size, new_row_end + row);
        const std::size_t pixels_start = new_row_end == row_end ? at : new_row_end - std::min(row, new_row_end) + 1;
        if (at + length < new_row_end && at + length > pixels_start) length -= (at + length - pixels_start) % step;
        if (!run_starts && pays(in + at, length, at - before)) {
          sequences_.push_back({run(), static_cast<std::uint32_t>(length), static_cast<std::uint32_t>(at - before)});
          run_start = next_literal;
          at += length;
          // The near end of a run of zeros is what the next run should be copied from, not its far beginning.
          if (at >= 8) seen[hash(load64(in + at - 8))] = static_cast<std::uint32_t>(at - 8);
          row_end = new_row_end;
          if (at >= end || sequences_.size() >= BLOCK_SEQUENCES) break;
          continue;
        }
      }
      std::memcpy(next_literal, &eight, 4);
      next_literal += step;
      at += step;
    }
    if (at >= hashed_end) {
      while (at < row_end) *next_literal++ = in[at++];
    }
    if (at == size || next_literal >= enough_literals || sequences_.size() >= BLOCK_SEQUENCES) {
      sequences_.push_back({run(), 0, 0});
      literal_count_ = static_cast<std::size_t>(next_literal - literals_.data());
      write_block(bits);
      run_start = next_literal = literals_.data();
    }
  }
  make_room(bits, 64);
  bits.put(0, 3);  // a stored block, not the last
  bits.count = (bits.count + 7) / 8 * 8;
  bits.put(0xffff0000u, 32);  // its length, and that inverted
  bits.flush();
  return {out_.data(), bits.next};
}

void FastDeflate::make_room(Bits& bits, std::size_t count) {
  const auto used = static_cast<std::size_t>(bits.next - out_.data());
  const std::size_t needed = used + count / 8 + 16;
  if (needed > out_.size()) out_.resize(std::max(needed, out_.size() * 2));
  bits.next = out_.data() + used;
}

void FastDeflate::count_symbols() {
  // Four histograms: equal neighbours would otherwise wait for each other's count.
  std::array<std::array<std::uint32_t, 256>, 4> counts{};
  std::size_t i = 0;
  for (; i + 4 <= literal_count_; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) ++counts[k][literals_[i + k]];
  }
  for (; i < literal_count_; ++i) ++counts[0][literals_[i]];
  counts_.fill(0);
  distance_counts_.fill(0);
  for (std::size_t value = 0; value < 256; ++value) {
    counts_[value] = counts[0][value] + counts[1][value] + counts[2][value] + counts[3][value];
  }
  counts_[DEFLATE_END_OF_BLOCK] = 1;
  for (const Sequence& sequence : sequences_) {
    if (sequence.length == 0) continue;
    std::uint32_t& distance_count = distance_counts_[distance_slot(sequence.distance).symbol];
    each_part(sequence.length, [&](std::size_t part) {
      ++counts_[LENGTH_SLOTS[part].symbol];
      ++distance_count;
    });
  }
}

void FastDeflate::write_block(Bits& bits) {
  count_symbols();
  huffman_lengths(counts_, LONGEST_WRITTEN_CODE, lengths_);
  huffman_lengths(distance_counts_, LONGEST_WRITTEN_CODE, distance_lengths_);
  huffman_codes(lengths_, codes_);
  huffman_codes(distance_lengths_, distance_codes_);

  std::size_t size = 3 + 14 + 19 * 3 + (SYMBOLS + DISTANCES) * 14;
  for (std::size_t i = 0; i < SYMBOLS; ++i)
    size += std::size_t{counts_[i]} * (lengths_[i] + (i < FIRST_LENGTH ? 0u : 5u));
  for (std::size_t i = 0; i < DISTANCES; ++i) size += std::size_t{distance_counts_[i]} * (distance_lengths_[i] + 13u);
  make_room(bits, size);
  bits = write_sequences(write_codes(bits));

  for (std::size_t i = 0; i < SYMBOLS; ++i) {
    const auto extra = i < 265 || i == 285 ? 0u : static_cast<unsigned>(i - 261) / 4;
    costs_[i] = static_cast<std::uint8_t>((lengths_[i] != 0 ? lengths_[i] : UNSEEN_COST) + extra);
  }
  for (std::size_t i = 0; i < DISTANCES; ++i) {
    const auto extra = i < 4 ? 0u : static_cast<unsigned>(i) / 2 - 1;
    distance_costs_[i] =
        static_cast<std::uint8_t>((distance_lengths_[i] != 0 ? distance_lengths_[i] : UNSEEN_COST) + extra);
  }
  sequences_.clear();
  literal_count_ = 0;
}

FastDeflate::Bits FastDeflate::write_codes(Bits bits) const {
  constexpr std::array<std::uint8_t, 19> ORDER{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  std::array<std::uint8_t, SYMBOLS + DISTANCES> all{};
  std::ranges::copy(distance_lengths_, std::ranges::copy(lengths_, all.begin()).out);
  std::array<RunSymbol, SYMBOLS + DISTANCES> runs{};
  const auto used = std::span(runs).first(run_symbols(all, runs));
  std::array<std::uint32_t, 19> counts{};
  for (const RunSymbol& run : used) ++counts[run.symbol];
  std::array<std::uint8_t, 19> lengths{};
  std::array<std::uint16_t, 19> codes{};
  huffman_lengths(counts, 7, lengths);
  huffman_codes(lengths, codes);

  bits.put(4, 3);  // not the last, codes of its own
  bits.put(SYMBOLS - 257, 5);
  bits.put(DISTANCES - 1, 5);
  bits.put(ORDER.size() - 4, 4);
  bits.flush();
  for (const std::uint8_t symbol : ORDER) {
    bits.put(lengths[symbol], 3);
    bits.flush();
  }
  for (const RunSymbol& run : used) {
    bits.put(codes[run.symbol], lengths[run.symbol]);
    bits.put(run.extra, run.extra_bits);
    bits.flush();
  }
  return bits;
}

FastDeflate::Bits FastDeflate::write_sequences(Bits bits) const {
  struct Code {
    std::uint16_t bits;
    std::uint16_t length;
  };
  std::array<Code, 256> literal_codes;
  for (std::size_t i = 0; i < 256; ++i) literal_codes[i] = {codes_[i], lengths_[i]};
  const std::uint8_t* next = literals_.data();
  for (const Sequence& sequence : sequences_) {
    const std::uint8_t* const end = next + sequence.literals;
    for (; end - next >= 4; next += 4) {
      for (int i = 0; i < 4; ++i) bits.put(literal_codes[next[i]].bits, literal_codes[next[i]].length);
      bits.flush();
    }
    for (; next < end; ++next) bits.put(literal_codes[*next].bits, literal_codes[*next].length);
    bits.flush();
    if (sequence.length == 0) continue;
    const Slot distance = distance_slot(sequence.distance);
    each_part(sequence.length, [&](std::size_t part) {
      const Slot length = LENGTH_SLOTS[part];
      bits.put(codes_[length.symbol], lengths_[length.symbol]);
      bits.put(length.extra, length.extra_bits);
      bits.put(distance_codes_[distance.symbol], distance_lengths_[distance.symbol]);
      bits.put(distance.extra, distance.extra_bits);
      bits.flush();
    });
  }
  bits.put(codes_[DEFLATE_END_OF_BLOCK], lengths_[DEFLATE_END_OF_BLOCK]);
  bits.flush();
  return bits;
}

}  // namespace peel
