#pragma once

#include <cstdint>
#include <string_view>

#include "peel/image.hpp"

namespace peel::scenes {

/// What is on a page that fills its picture: a scanner's, a printer's, or one that was flattened before.
enum class FlatKind {
  text,     ///< full of words, in one column or two
  sparse,   ///< a line, a heading, an address, a short letter, a signature
  table,    ///< a ruled table, words above it and perhaps below
  frame,    ///< boxes and borders, words inside and outside
  photo,    ///< photographs, a bar code, a few words
  inverse,  ///< light words on dark blocks, headers, a logo
};
inline constexpr FlatKind FLAT_KINDS[] = {FlatKind::text,  FlatKind::sparse, FlatKind::table,
                                          FlatKind::frame, FlatKind::photo,  FlatKind::inverse};
std::string_view word_for(FlatKind kind) noexcept;

/// A page as large as its picture (rgb8), of one of several formats. Every second one is as clean as a printer's
/// driver draws it; the others have a paper's tint, the remains of light, grain, and what JPEG leaves.
Image flat_page(FlatKind kind, std::uint64_t seed);

}  // namespace peel::scenes
