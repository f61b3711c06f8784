#include "option_values.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>

namespace peel::cli {
namespace {

/// The whole text as a number, or nothing.
template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// As many finite numbers with commas between them, or nothing.
template <std::size_t N>
std::optional<std::array<double, N>> numbers(std::string_view text) {
  std::array<double, N> values{};
  return read_numbers(text, values) ? std::optional(values) : std::nullopt;
}

}  // namespace

bool read_numbers(std::string_view text, std::span<double> places) {
  std::string_view rest = text;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t comma = rest.find(',');
    const auto value = number<double>(rest.substr(0, comma));
    if (!value || !std::isfinite(*value) || (comma == std::string_view::npos) != (i + 1 == places.size())) return false;
    places[i] = *value;
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return true;
}

int parse_int(std::string_view option, std::string_view text, int least, int most, std::string_view hint) {
  const auto value = number<int>(text);
  if (!value || *value < least || *value > most) {
    throw UsageError(fmt::format("{} {}: not a whole number from {} to {}", option, text, least, most),
                     std::string(hint));
  }
  return *value;
}

std::uint64_t parse_size(std::string_view option, std::string_view text, double kilo) {
  double factor = 1;
  std::string_view digits = text;
  if (!digits.empty()) {
    const std::size_t power = std::string_view("kmg").find(static_cast<char>(digits.back() | 0x20));
    if (power != std::string_view::npos) {
      factor = std::pow(kilo, static_cast<double>(power + 1));
      digits.remove_suffix(1);
    }
  }
  const auto value = number<double>(digits);
  // 2^53: what a double holds exactly, and more than any picture has.
  if (!value || !(*value * factor >= 1) || *value * factor > 9007199254740992.0) {
    throw UsageError(fmt::format("{} {}: not a size", option, text), "write a number such as 500000, 200M or 1.5G");
  }
  return static_cast<std::uint64_t>(*value * factor);
}

std::array<int, 2> parse_input_size(std::string_view option, std::string_view text) {
  const std::size_t cross = text.find('x');
  const auto width = number<int>(text.substr(0, cross));
  const auto height = cross == std::string_view::npos ? width : number<int>(text.substr(cross + 1));
  constexpr int most = 8192;  // a network of that input would need tens of gigabytes
  if (!width || !height || *width < 1 || *height < 1 || *width > most || *height > most) {
    throw UsageError(fmt::format("{} {}: not a size", option, text),
                     "write N or WIDTHxHEIGHT, for example 320 or 1024x768");
  }
  return {*width, *height};
}

std::array<double, 3> parse_three(std::string_view option, std::string_view text) {
  const auto values = numbers<3>(text);
  if (!values) {
    throw UsageError(fmt::format("{} {}: not three numbers", option, text),
                     "write R,G,B, for example 0.485,0.456,0.406");
  }
  return *values;
}

double parse_real(std::string_view option, std::string_view text, double least, double most) {
  const auto value = number<double>(text);
  if (!value || !(*value >= least && *value <= most)) {
    throw UsageError(fmt::format("{} {}: not a number from {} to {}", option, text, least, most));
  }
  return *value;
}

MaskArea parse_area(std::string_view option, std::string_view text) {
  MaskArea area;
  area.percent = text.ends_with('%');
  const auto value = number<double>(area.percent ? text.substr(0, text.size() - 1) : text);
  if (!value || !std::isfinite(*value) || *value < 0 || (area.percent && *value > 100)) {
    throw UsageError(fmt::format("{} {}: not an area", option, text),
                     "write a number of pixels such as 200, or percent of the picture from 0% to 100% such as 0.5%");
  }
  area.amount = *value;
  return area;
}

Corners parse_corners(std::string_view option, std::string_view text) {
  const auto values = numbers<8>(text);
  if (!values) {
    throw UsageError(fmt::format("{} {}: not eight numbers", option, text),
                     "write x,y of the top left, top right, bottom right and bottom left corner, for example "
                     "310,120,1650,140,1700,2020,260,1990");
  }
  Corners corners;
  for (std::size_t i = 0; i < corners.size(); ++i) corners[i] = {(*values)[2 * i], (*values)[2 * i + 1]};
  return corners;
}

}  // namespace peel::cli
