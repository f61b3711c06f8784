#include "benchmark/html.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace peel::benchmark {

std::string escape(std::string_view text) {
  // The JSON library knows UTF-8, and what to put in the place of what is none.
  using Json = nlohmann::json;
  const std::string clean =
      Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
  std::string result;
  for (const char c : clean) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        // Control characters are no part of HTML.
        result += static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return result;
}

std::string duration(double milliseconds) {
  if (milliseconds < 10) return fmt::format("{:.1f} ms", milliseconds);
  if (milliseconds < 1000) return fmt::format("{:.0f} ms", milliseconds);
  if (milliseconds < 100'000) return fmt::format("{:.2f} s", milliseconds / 1000);
  return fmt::format("{:.0f} min {:.0f} s", std::floor(milliseconds / 60'000), std::fmod(milliseconds, 60'000) / 1000);
}

}  // namespace peel::benchmark
