#include "image/huffman_code.hpp"

#include <algorithm>
#include <array>

namespace peel {
namespace {

constexpr std::size_t MOST_SYMBOLS = 288;
constexpr std::size_t LONGEST = 15;

struct Leaf {
  std::uint32_t count;
  std::uint16_t symbol;
};

// Depths of the leaves, sorted by count, in a tree that always joins the two rarest: leaves and joints each stand in
// the order of their counts, so the rarest is at the head of one of two queues.
void tree_depths(std::span<const Leaf> leaves, std::span<std::uint32_t> at_depth) noexcept {
  std::array<std::uint32_t, 2 * MOST_SYMBOLS> weight{};
  std::array<std::uint16_t, 2 * MOST_SYMBOLS> parent{};
  const std::size_t n = leaves.size();
  for (std::size_t i = 0; i < n; ++i) weight[i] = leaves[i].count;
  std::size_t leaf = 0;
  std::size_t joint = n;
  for (std::size_t next = n; next < 2 * n - 1; ++next) {
    for (int child = 0; child < 2; ++child) {
      const bool take_leaf = leaf < n && (joint == next || weight[leaf] <= weight[joint]);
      const std::size_t taken = take_leaf ? leaf++ : joint++;
      weight[next] += weight[taken];
      parent[taken] = static_cast<std::uint16_t>(next);
    }
  }
  std::array<std::uint16_t, 2 * MOST_SYMBOLS> depth{};
  for (std::size_t i = 2 * n - 2; i-- > 0;) {
    depth[i] = static_cast<std::uint16_t>(depth[parent[i]] + 1);
    if (i < n) ++at_depth[std::min<std::size_t>(depth[i], at_depth.size() - 1)];
  }
}

// Leaves that were cut to the greatest depth overfill the code: for each place too many, one of them goes beside a
// leaf from further up, which moves down by one.
void make_room(std::span<std::uint32_t> at_depth) noexcept {
  const std::size_t longest = at_depth.size() - 1;
  std::uint32_t used = 0;
  for (std::size_t depth = 1; depth <= longest; ++depth) used += at_depth[depth] << (longest - depth);
  for (; used > (1u << longest); --used) {
    --at_depth[longest];
    std::size_t depth = longest - 1;
    while (at_depth[depth] == 0) --depth;
    --at_depth[depth];
    at_depth[depth + 1] += 2;
  }
}

}  // namespace

void huffman_lengths(std::span<const std::uint32_t> counts, unsigned longest,
                     std::span<std::uint8_t> lengths) noexcept {
  std::array<Leaf, MOST_SYMBOLS> storage;
  std::size_t n = 0;
  for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
    if (counts[symbol] > 0) storage[n++] = {counts[symbol], static_cast<std::uint16_t>(symbol)};
  }
  for (std::uint16_t symbol = 0; n < 2; ++symbol) {
    if (counts[symbol] == 0) storage[n++] = {0, symbol};
  }
  const auto leaves = std::span(storage).first(n);
  std::ranges::sort(leaves, [](const Leaf& a, const Leaf& b) {
    return a.count != b.count ? a.count < b.count : a.symbol < b.symbol;
  });
  std::array<std::uint32_t, LONGEST + 1> depths{};
  const auto at_depth = std::span(depths).first(longest + 1);
  tree_depths(leaves, at_depth);
  make_room(at_depth);

  std::ranges::fill(lengths, std::uint8_t{0});
  std::size_t next = 0;
  for (unsigned length = longest; length > 0; --length) {
    for (std::uint32_t i = 0; i < at_depth[length]; ++i)
      lengths[leaves[next++].symbol] = static_cast<std::uint8_t>(length);
  }
}

void huffman_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes) noexcept {
  std::array<std::uint32_t, LONGEST + 2> next{};
  for (const std::uint8_t length : lengths) ++next[length + 1u];
  next[1] = 0;  // what has no code takes no place
  for (std::size_t length = 1; length <= LONGEST; ++length) next[length + 1] = (next[length + 1] + next[length]) << 1;
  // next[length + 1] was the count of `length`: now next[length] is the first code of that length.
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const unsigned length = lengths[symbol];
    if (length == 0) continue;
    const std::uint32_t code = next[length]++;
    std::uint32_t reversed = 0;
    for (unsigned bit = 0; bit < length; ++bit) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
    codes[symbol] = static_cast<std::uint16_t>(reversed);
  }
}

}  // namespace peel
