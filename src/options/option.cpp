#include "options/option.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "options/catalogue.hpp"
#include "options/client_json.hpp"
#include "options/prompts.hpp"

namespace peel::options {
namespace {

using nlohmann::json;

/// The whole text as a number, or nothing.
template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Of ASCII letters alone, whatever the locale.
std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return result;
}

std::int64_t parse_integer(std::string_view text, double least, double most, std::string_view hint) {
  const auto value = number<std::int64_t>(text);
  if (!value || static_cast<double>(*value) < least || static_cast<double>(*value) > most) {
    throw Refused(fmt::format("not a whole number from {} to {}", least, most), std::string(hint));
  }
  return *value;
}

double parse_real(std::string_view text, double least, double most) {
  const auto value = number<double>(text);
  if (!value || !(*value >= least && *value <= most)) {
    throw Refused(fmt::format("not a number from {} to {}", least, most));
  }
  return *value;
}

std::int64_t parse_size(std::string_view text, double kilo) {
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
    throw Refused("not a size", "write a number such as 500000, 200M or 1.5G");
  }
  return static_cast<std::int64_t>(*value * factor);
}

std::int64_t parse_time(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view unit = text.substr(end);
  const double factor = unit == "ms" ? 1 : unit == "s" || unit.empty() ? 1e3 : unit == "m" ? 6e4 : 0;
  const auto count = number<double>(text.substr(0, end));
  if (!count || factor == 0 || *count > 1e6) throw Refused("not a time", "write 30, 30s, 500ms or 2m");
  return static_cast<std::int64_t>(*count * factor);
}

MaskArea parse_area(std::string_view text) {
  MaskArea area;
  area.percent = text.ends_with('%');
  const auto value = number<double>(area.percent ? text.substr(0, text.size() - 1) : text);
  if (!value || !std::isfinite(*value) || *value < 0 || (area.percent && *value > 100)) {
    throw Refused("not an area",
                  "write a number of pixels such as 200, or percent of the picture from 0% to 100% such as 0.5%");
  }
  area.amount = *value;
  return area;
}

std::vector<double> parse_numbers(const Option& option, std::string_view text) {
  // A list of JSON will do as well: [[1,2],[3,4]].
  std::string plain(text);
  std::erase_if(plain, [](char c) { return c == '[' || c == ']' || c == ' '; });
  std::vector<double> numbers(option.count);
  if (!read_numbers(plain, numbers)) {
    constexpr std::array counts{"", "", "two", "three", "four", "", "", "", "eight"};
    throw Refused(fmt::format("not {} numbers", counts.at(option.count)), option.hint);
  }
  if (option.least == option.most) return numbers;
  for (const double value : numbers) {
    if (value != std::floor(value) || value < option.least || value > option.most)
      throw Refused(fmt::format("not whole numbers from {} to {}", option.least, option.most), option.hint);
  }
  return numbers;
}

std::vector<double> parse_sides(const Option& option, std::string_view text) {
  const std::size_t cross = text.find('x');
  const auto width = number<int>(text.substr(0, cross));
  const auto height = cross == std::string_view::npos ? width : number<int>(text.substr(cross + 1));
  const auto within = [&](const std::optional<int>& side) {
    return side && *side >= option.least && *side <= option.most;
  };
  if (!within(width) || !within(height)) throw Refused("not a size", option.hint);
  return {static_cast<double>(*width), static_cast<double>(*height)};
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= text.size(); begin += words.back().size() + 1) {
    words.emplace_back(text.substr(begin, std::min(text.find(',', begin), text.size()) - begin));
    if (words.back().empty()) {
      throw Refused("there is nothing between two commas", "write the words with a comma between each two");
    }
  }
  return words;
}

const Word* find_word(const Option& option, std::string_view text, bool any_case) {
  const auto is_it = [&](const Word& word) { return any_case ? lower(word.text) == lower(text) : word.text == text; };
  const auto found = std::ranges::find_if(option.words, is_it);
  return found == option.words.end() ? nullptr : &*found;
}

Value parse_word(const Option& option, std::string_view text, bool any_case) {
  if (const Word* word = find_word(option, text, any_case)) return word->value;
  const std::vector<std::string> words = listed_words(option);
  Refused refused(fmt::format("not one of {}", fmt::join(words, ", ")), option.hint);
  refused.meant = words;
  throw Refused(refused);
}

/// rembg's way of saying which options to set.
class Extras {
 public:
  Extras(Given& given, Places place) : given_(given), options_(options_of(place)) {}

  void take(std::string_view text) const {
    const json extras = parse_client_json(text);
    if (!extras.is_object()) throw Refused("not a JSON object", R"(write for example '{"putalpha": true}')");
    for (const auto& [key, value] : extras.items()) {
      const Option& option = find(key);
      try {
        if (option.kind == Kind::flag && !value.is_boolean()) throw Refused("neither true nor false");
        if (option.kind == Kind::text && !value.is_string()) throw Refused("no text");
        given_.add(option, parse(option, plain(value)));
      } catch (Refused& refused) {
        refused.key = key;
        if (refused.text.empty()) refused.text = plain(value);
        throw;
      }
    }
  }

 private:
  const Option& find(const std::string& key) const {
    std::vector<std::string> known;
    for (const Option* option : options_) {
      for (const std::string& each : names_of(option->extra)) {
        if (each == key) return *option;
        known.push_back(each);
      }
    }
    Refused refused("not understood", fmt::format("known are {}", fmt::join(known, ", ")));
    refused.text = key;
    refused.meant = known;
    throw Refused(refused);
  }

  static std::string plain(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', true, json::error_handler_t::replace);
  }

  Given& given_;
  std::vector<const Option*> options_;
};

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

std::vector<const Option*> options_of(Places place) {
  std::vector<const Option*> found;
  const auto look = [&](std::span<const std::span<const Option>> tables) {
    for (const std::span<const Option> table : tables) {
      for (const Option& option : table) {
        if ((option.places & place) != 0) found.push_back(&option);
      }
    }
  };
  look(COMMAND_TABLES);
  look(PICTURE_TABLES);
  look(REMOVEBG_TABLES);
  look(COMMON_TABLES);
  return found;
}

std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    names.emplace_back(list.substr(0, list.find(',')));
    list.remove_prefix(std::min(list.size(), names.back().size() + 1));
  }
  return names;
}

std::vector<std::string> form_names(const Option& option) {
  std::vector<std::string> names = names_of(option.form);
  if (*option.rembg != '\0') names.emplace_back(option.rembg + 1);
  if (names.empty()) {
    std::ranges::replace(names.emplace_back(option.name), '-', '_');
  }
  return names;
}

std::vector<std::string> listed_words(const Option& option) {
  std::vector<std::string> words;
  for (const Word& word : option.words) {
    if (!word.unlisted) words.emplace_back(word.text);
  }
  return words;
}

std::optional<bool> parse_truth(std::string_view text, bool any_case) {
  const std::string word = any_case ? lower(text) : std::string(text);
  for (const char* yes : {"true", "1", "yes", "on", "y", "t"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"false", "0", "no", "off", "n", "f"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

Value parse(const Option& option, std::string_view text, bool any_case) {
  switch (option.kind) {
    case Kind::flag:
      if (const auto truth = parse_truth(text, any_case)) return *truth;
      throw Refused("neither true nor false");
    case Kind::integer:
      if (const Word* word = find_word(option, text, any_case)) {
        return word->value == OPEN ? Value() : Value(word->value);
      }
      return parse_integer(text, option.least, option.most, option.hint);
    case Kind::real:
      return parse_real(text, option.least, option.most);
    case Kind::size:
      return parse_size(text, option.kilo);
    case Kind::time:
      return parse_time(text);
    case Kind::word:
      return parse_word(option, text, any_case);
    case Kind::area:
      return parse_area(text);
    case Kind::numbers:
      return parse_numbers(option, text);
    case Kind::sides:
      return parse_sides(option, text);
    case Kind::texts:
      return split(text);
    case Kind::patterns:
      return std::vector{std::string(text)};
    case Kind::integers: {
      std::vector<double> numbers;
      for (const std::string& word : split(text)) {
        numbers.push_back(static_cast<double>(parse_integer(word, option.least, option.most, option.hint)));
      }
      return numbers;
    }
    case Kind::prompts:
      return parse_prompts(text);
    case Kind::text:
    case Kind::extras:
      break;
  }
  return std::string(text);
}

void Given::add(const Option& option, Value value) {
  const auto before = std::ranges::find(values_, &option, &std::pair<const Option*, Value>::first);
  if (before == values_.end()) {
    values_.emplace_back(&option, std::move(value));
    return;
  }
  const auto extend = [&](auto& list) {
    auto& more = std::get<std::remove_reference_t<decltype(list)>>(value);
    list.insert(list.end(), more.begin(), more.end());
  };
  if (option.kind == Kind::prompts) {
    extend(std::get<std::vector<Prompt>>(before->second));
  } else if (option.kind == Kind::texts || option.kind == Kind::patterns) {
    extend(std::get<std::vector<std::string>>(before->second));
  } else {
    before->second = std::move(value);
  }
}

void Given::add_text(const Option& option, std::string_view text, Places place, bool any_case) {
  if (option.kind == Kind::extras) return Extras(*this, place).take(text);
  add(option, parse(option, text, any_case));
}

void Given::remove(const Option& option) noexcept {
  std::erase_if(values_, [&](const auto& each) { return each.first == &option; });
}

bool Given::has(std::string_view name) const noexcept {
  return std::ranges::any_of(values_, [&](const auto& each) { return each.first->name == name; });
}

std::optional<std::string_view> Given::text(std::string_view name) const noexcept {
  for (const auto& [option, value] : values_) {
    if (const auto* text = std::get_if<std::string>(&value); text && option->name == name) return *text;
  }
  return std::nullopt;
}

}  // namespace peel::options
