#include "prompt_values.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "option_values.hpp"
#include "suggestion.hpp"
#include "usage_error.hpp"

namespace peel::cli {
namespace {

using nlohmann::json;
using Kind = Prompt::Kind;

constexpr const char* FORMS = "write point:X,Y, background:X,Y or box:X,Y,X,Y, in pixels of the upright picture";

Prompt prompt_of(Kind kind, std::span<const double> numbers) {
  Prompt prompt{kind, numbers[0], numbers[1]};
  if (kind == Kind::box) {
    prompt.right = numbers[2];
    prompt.bottom = numbers[3];
  }
  return prompt;
}

std::size_t count_of(Kind kind) {
  return kind == Kind::box ? 4 : 2;
}

Prompt parse_word(std::string_view option, const std::string& text) {
  constexpr std::array words{std::pair("point:", Kind::subject), std::pair("background:", Kind::background),
                             std::pair("box:", Kind::box)};
  for (const auto& [word, kind] : words) {
    if (!text.starts_with(word)) continue;
    std::array<double, 4> places{};
    const auto numbers = std::span(places).first(count_of(kind));
    if (!read_numbers(std::string_view(text).substr(std::string_view(word).size()), numbers)) {
      throw UsageError(fmt::format("{} {}: not {} numbers", option, text, numbers.size()), FORMS);
    }
    return prompt_of(kind, numbers);
  }
  throw UsageError(fmt::format("{} {}: not a prompt", option, text), FORMS);
}

Prompt parse_object(std::string_view option, const json& mark) {
  const auto refuse = [&](const char* why) {
    throw UsageError(fmt::format("{} {}: {}", option, mark.dump(), why),
                     R"(write {"type":"point","data":[X,Y],"label":1} or {"type":"rectangle","data":[X,Y,X,Y]})");
  };
  if (!mark.is_object() || !mark.contains("type") || !mark.contains("data")) refuse("no type or no data");
  const json label = mark.value("label", json(1));
  if (label != 0 && label != 1) refuse("the label is neither 1 (subject) nor 0 (background)");
  if (mark["type"] != "point" && mark["type"] != "rectangle") refuse("neither a point nor a rectangle");
  const Kind kind = mark["type"] == "rectangle" ? Kind::box : label == 1 ? Kind::subject : Kind::background;
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

std::vector<Prompt> parse_prompts(std::string_view option, const std::string& text) {
  if (!text.starts_with('[') && !text.starts_with('{')) return {parse_word(option, text)};
  const json marks = json::parse(text, nullptr, false);
  if (marks.is_discarded()) throw UsageError(fmt::format("{} {}: not JSON", option, text), FORMS);
  if (marks.is_object()) return {parse_object(option, marks)};
  std::vector<Prompt> prompts;
  for (const json& mark : marks) prompts.push_back(parse_object(option, mark));
  return prompts;
}

RemoveOptions::Category parse_category(std::string_view option, const std::string& text) {
  using Category = RemoveOptions::Category;
  constexpr std::array words{std::pair("upper", Category::upper), std::pair("lower", Category::lower),
                             std::pair("full", Category::full)};
  for (const auto& [word, category] : words) {
    if (text == word) return category;
  }
  throw UsageError(fmt::format("{} {}: not one of upper, lower, full", option, text),
                   did_you_mean(text, {"upper", "lower", "full"}));
}

}  // namespace peel::cli
