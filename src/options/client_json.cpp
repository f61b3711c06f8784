#include "options/client_json.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace peel::options {
namespace {

constexpr std::size_t DEEPEST = 8;
constexpr std::size_t MOST_VALUES = 4096;

bool is_small(std::string_view text) {
  std::size_t depth = 0;
  std::size_t values = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i) {
          if (text[i] == '\\') ++i;
        }
        break;
      case '[':
      case '{':
        if (++depth > DEEPEST) return false;
        break;
      case ']':
      case '}':
        // One too many: the parser says so.
        if (depth > 0) --depth;
        break;
      case ',':
        if (++values > MOST_VALUES) return false;
        break;
      default:
        break;
    }
  }
  return true;
}

}  // namespace

nlohmann::json parse_client_json(std::string_view text) {
  if (!is_small(text)) return nlohmann::json(nlohmann::json::value_t::discarded);
  // Of a name that comes twice in an object the first counts. Of an object that is left out no end is told.
  std::vector<std::set<std::string>> names;  // of the objects that are open, by their depth
  const auto take = [&](int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    const auto level = static_cast<std::size_t>(depth);
    if (event == Event::object_start) {
      names.resize(level + 1);
      names.emplace_back();
    }
    return event != Event::key || names[level].insert(parsed.get<std::string>()).second;
  };
  return nlohmann::json::parse(text, take, false);
}

}  // namespace peel::options
