#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <type_traits>

namespace peel {

/// Bytes somebody else owns, an encoded picture for example: made of any contiguous range of std::byte or unsigned char
/// (std::uint8_t), such as a std::vector or a std::span of either. Text is no bytes: it might be a file's name.
class ByteView : public std::span<const std::byte> {
 public:
  constexpr ByteView() noexcept = default;
  template <std::ranges::contiguous_range Range>
  requires std::ranges::sized_range<Range> &&
      (std::same_as<std::ranges::range_value_t<Range>, std::byte> ||
       std::same_as<std::ranges::range_value_t<Range>, unsigned char>)&&(!std::same_as<std::remove_cvref_t<Range>,
                                                                                       ByteView>)
          ByteView(const Range& range)  // NOLINT(google-explicit-constructor): that is what it is for
      : span(std::as_bytes(std::span(std::ranges::data(range), std::ranges::size(range)))) {}
};

}  // namespace peel
