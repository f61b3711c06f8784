#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "peel/document.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// ISO 216, ANSI/ASME Y14.1 and ISO/IEC 7810. A5, A3 and the rest of the A series have A4's shape.
constexpr std::array<PageFormat, 4> FORMATS{{
    {.name = "a4", .width_mm = 210, .height_mm = 297, .by_shape = true},
    {.name = "letter", .width_mm = 215.9, .height_mm = 279.4, .by_shape = true},
    {.name = "legal", .width_mm = 215.9, .height_mm = 355.6},
    {.name = "card", .width_mm = 53.98, .height_mm = 85.6},
}};

constexpr double SHORTEST_SIDE_MM = 1;
constexpr double LONGEST_SIDE_MM = 10'000;

/// The number that is all of `text`, if it can be a side's length.
std::optional<double> side_from(std::string_view text) {
  double side = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), side);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(side >= SHORTEST_SIDE_MM && side <= LONGEST_SIDE_MM)) return std::nullopt;
  return side;
}

}  // namespace

std::string_view word_for(PageStatus status) noexcept {
  switch (status) {
    case PageStatus::found:
      return "found";
    case PageStatus::not_found:
      return "not_found";
    case PageStatus::partial:
      return "partial";
    case PageStatus::already_cropped:
      return "already_cropped";
  }
  return "";
}

std::span<const PageFormat> page_formats() noexcept {
  return FORMATS;
}

PageShape parse_page_shape(std::string_view text) {
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (word == "auto") return {};
  if (word == "none") return {.kind = PageShape::Kind::none};
  if (word == "fit") return {.kind = PageShape::Kind::fit};
  for (const PageFormat& format : FORMATS) {
    if (word == format.name) {
      return {.kind = PageShape::Kind::forced, .width_mm = format.width_mm, .height_mm = format.height_mm};
    }
  }
  if (const std::size_t by = word.find('x'); by != std::string::npos) {
    const auto first = side_from(std::string_view(word).substr(0, by));
    const auto second = side_from(std::string_view(word).substr(by + 1));
    if (first && second) {
      return {.kind = PageShape::Kind::forced,
              .width_mm = std::min(*first, *second),
              .height_mm = std::max(*first, *second)};
    }
  }
  std::string names;
  for (const PageFormat& format : FORMATS) names += fmt::format("{}, ", format.name);
  throw Error(ErrorCode::usage, fmt::format("\"{}\" is no shape of a page", text),
              fmt::format("auto, none, fit, {}or a size of {} to {} millimetres a side such as 80x200", names,
                          SHORTEST_SIDE_MM, LONGEST_SIDE_MM));
}

}  // namespace peel
