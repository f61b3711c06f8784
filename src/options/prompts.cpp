#include "options/prompts.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>

#include "options/client_json.hpp"
#include "options/option.hpp"

namespace peel::options {
namespace {

using nlohmann::json;
using Mark = Prompt::Kind;

constexpr const char* FORMS = "write point:X,Y, background:X,Y or box:X,Y,X,Y, in pixels of the upright picture";

Prompt prompt_of(Mark kind, std::span<const double> numbers) {
  Prompt prompt{kind, numbers[0], numbers[1]};
  if (kind == Mark::box) {
    prompt.right = numbers[2];
    prompt.bottom = numbers[3];
  }
  return prompt;
}

std::size_t count_of(Mark kind) {
  return kind == Mark::box ? 4 : 2;
}

Prompt parse_word(std::string_view text) {
  constexpr std::array words{std::pair("point:", Mark::subject), std::pair("background:", Mark::background),
                             std::pair("box:", Mark::box)};
  for (const auto& [word, kind] : words) {
    if (!text.starts_with(word)) continue;
    std::array<double, 4> places{};
    const auto numbers = std::span(places).first(count_of(kind));
    if (!read_numbers(text.substr(std::string_view(word).size()), numbers)) {
      throw Refused(fmt::format("not {} numbers", numbers.size()), FORMS);
    }
    return prompt_of(kind, numbers);
  }
  throw Refused("not a prompt", FORMS);
}

Prompt parse_object(const json& mark) {
  const auto refuse = [&](const char* why) {
    Refused refused(why, R"(write {"type":"point","data":[X,Y],"label":1} or {"type":"rectangle","data":[X,Y,X,Y]})");
    refused.text = mark.dump(-1, ' ', true, json::error_handler_t::replace);
    throw Refused(refused);
  };
  if (!mark.is_object() || !mark.contains("type") || !mark.contains("data")) refuse("no type or no data");
  const json label = mark.value("label", json(1));
  if (label != 0 && label != 1) refuse("the label is neither 1 (subject) nor 0 (background)");
  if (mark["type"] != "point" && mark["type"] != "rectangle") refuse("neither a point nor a rectangle");
  const Mark kind = mark["type"] == "rectangle" ? Mark::box : label == 1 ? Mark::subject : Mark::background;
  const json& data = mark["data"];
  std::vector<double> numbers;
  for (const json& number : data) {
    if (number.is_number()) numbers.push_back(number.get<double>());
  }
  if (!data.is_array() || numbers.size() != data.size() || numbers.size() != count_of(kind)) {
    refuse("its data are not X and Y of a point, or two of them of a rectangle");
  }
  return prompt_of(kind, numbers);
}

}  // namespace

std::vector<Prompt> parse_prompts(std::string_view text) {
  if (!text.starts_with('[') && !text.starts_with('{')) return {parse_word(text)};
  const json marks = parse_client_json(text);
  if (marks.is_discarded()) throw Refused("not JSON", FORMS);
  if (marks.is_object()) return {parse_object(marks)};
  std::vector<Prompt> prompts;
  for (const json& mark : marks) prompts.push_back(parse_object(mark));
  return prompts;
}

}  // namespace peel::options
