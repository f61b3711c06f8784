// Any text is a colour, which written as #rrggbbaa is the same one, or Error(usage).

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "fuzz/require.hpp"
#include "peel/remover.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace peel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Color color;
  if (!fuzz::accepts(ErrorCode::usage, [&] { color = parse_color(text); })) return 0;
  fuzz::require(text.find('\0') == text.npos, "no colour has a null character in it");
  const Color again =
      parse_color(fmt::format("#{:02x}{:02x}{:02x}{:02x}", color.red, color.green, color.blue, color.alpha));
  fuzz::require(
      color.red == again.red && color.green == again.green && color.blue == again.blue && color.alpha == again.alpha,
      "the same colour in another notation");
  return 0;
}
