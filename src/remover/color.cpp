#include <fmt/format.h>
#include <pango/pango.h>

#include <charconv>
#include <string>
#include <vector>

#include "peel/error.hpp"
#include "peel/remover.hpp"

namespace peel {
namespace {

Error not_a_color(std::string_view text) {
  return Error(ErrorCode::usage, fmt::format("{:?} is no colour", text),
               "give a name (white), #rrggbb, #rrggbbaa or R,G,B[,A] with 0 to 255 each");
}

// "255, 128,0" or "255,128,0,64", as rembg's server takes it.
std::vector<int> numbers(std::string_view text) {
  std::vector<int> values;
  while (true) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0 || value > 255) return {};
    values.push_back(value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    if (text.empty()) return values;
    if (text.front() != ',') return {};
    text.remove_prefix(1);
  }
}

}  // namespace

Color parse_color(std::string_view text) {
  if (text.find('\0') != text.npos) throw not_a_color(text);  // Pango would see its beginning only
  if (text.find(',') != text.npos) {
    const auto values = numbers(text);
    if (values.size() != 3 && values.size() != 4) throw not_a_color(text);
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(values[i]); };
    return {at(0), at(1), at(2), values.size() == 4 ? at(3) : std::uint8_t{255}};
  }
  if (text == "transparent") return {0, 0, 0, 0};  // CSS has it, Pango not
  PangoColor color{};
  guint16 alpha = 0xFFFF;
  // Pango reads CSS's names and its # forms; 12 digits (#rrrrggggbbbb) too, of which the upper bytes are taken.
  if (!pango_color_parse_with_alpha(&color, &alpha, std::string(text).c_str())) throw not_a_color(text);
  const auto upper = [](guint16 value) { return static_cast<std::uint8_t>(value >> 8); };
  return {upper(color.red), upper(color.green), upper(color.blue), upper(alpha)};
}

}  // namespace peel
