#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peel/document.hpp"
#include "peel/mask.hpp"
#include "suggestion.hpp"
#include "usage_error.hpp"

// Options with a value, added to a CLI::App with messages of our own: CLI11's say "Could not convert".
//
// The name of a value tells completion and manual what it is: words in lower case joined by '|' are the values
// themselves, others the kind of value: FILE, FOLDER and MODEL stand for names that can be completed.
namespace peel::cli {

/// Whole number in [least, most]. Throws UsageError naming the option, with the hint.
int parse_int(std::string_view option, std::string_view text, int least, int most, std::string_view hint = {});
/// A count with an optional suffix K, M or G, powers of `kilo`. Fractions ("1.5G") are understood.
std::uint64_t parse_size(std::string_view option, std::string_view text, double kilo);
/// "N" or "WxH".
std::array<int, 2> parse_input_size(std::string_view option, std::string_view text);
/// Finite numbers with commas between them, as many as there are places. False for another text.
bool read_numbers(std::string_view text, std::span<double> places);
/// "R,G,B".
std::array<double, 3> parse_three(std::string_view option, std::string_view text);
/// Number in [least, most].
double parse_real(std::string_view option, std::string_view text, double least, double most);
/// "N" pixels or "N%" of the picture.
MaskArea parse_area(std::string_view option, std::string_view text);
/// "X,Y,X,Y,X,Y,X,Y".
Corners parse_corners(std::string_view option, std::string_view text);

/// An option whose text goes to `take`; `value` names it in the help.
inline CLI::Option* add_value(CLI::App& app, const std::string& names, const std::string& value,
                              const std::function<void(const std::string&)>& take, const std::string& description) {
  return app.add_option_function<std::string>(names, take, description)->type_name(value);
}

/// An option that may stand without a value, which is then `usual`; a value follows a '='.
inline CLI::Option* add_optional_value(CLI::App& app, const std::string& name, const std::string& usual,
                                       const std::string& value, const std::function<void(const std::string&)>& take,
                                       const std::string& description) {
  return app
      .add_flag_function(
          fmt::format("{}{{{}}}", name, usual),
          [&app, name, take](std::int64_t) { take(app.get_option(name)->results().back()); }, description)
      // Before CLI11 makes a number of the text itself, with a message of its own.
      ->check([take](const std::string& text) { return take(text), std::string(); }, "")
      ->type_name(fmt::format("[={}]", value));
}

template <typename T>
using Choices = std::vector<std::pair<std::string, T>>;

/// An option that takes one of some words, and what is done with the word's value.
template <typename T>
CLI::Option* add_word(CLI::App& app, const std::string& name, const Choices<T>& choices,
                      const std::function<void(const T&)>& take, const std::string& description) {
  std::vector<std::string> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  const std::string joined = fmt::format("{}", fmt::join(words, "|"));
  return add_value(
      app, name, joined,
      [=](const std::string& text) {
        for (const auto& [word, value] : choices) {
          if (word == text) return take(value);
        }
        throw UsageError(fmt::format("{} {}: not one of {}", name, text, fmt::join(words, ", ")),
                         did_you_mean(text, words));
      },
      description);
}

/// The same with a place for the value.
template <typename Target, typename T>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Target& target, const Choices<T>& choices,
                        const std::string& description) {
  return add_word<T>(
      app, name, choices, [&target](const T& value) { target = value; }, description);
}

/// An option that takes a whole number. `target` may be an std::optional.
template <typename Target>
CLI::Option* add_int(CLI::App& app, const std::string& name, Target& target, int least, int most,
                     const std::string& description) {
  return add_value(
      app, name, "N", [=, &target](const std::string& text) { target = parse_int(name, text, least, most); },
      description);
}

}  // namespace peel::cli
