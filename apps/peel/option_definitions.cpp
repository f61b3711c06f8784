// The catalogue's rows as options of CLI11, with messages of our own: CLI11's say "Could not convert".
//
// The name of a value tells completion and manual what it is: words in lower case joined by '|' are the values
// themselves, others the kind of value: FILE, FOLDER and MODEL stand for names that can be completed.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "arguments.hpp"
#include "base/suggestion.hpp"
#include "options/catalogue.hpp"
#include "usage_error.hpp"

namespace peel::cli {
namespace {

using options::Kind;
using options::Option;

bool has_a_place(const Option& option) {
  return *option.name >= 'A' && *option.name <= 'Z';
}

/// Text to a value, on behalf of one option of one command.
struct Taker {
  const Option& option;
  options::Places place;
  Given& given;

  void operator()(const std::string& text) const {
    try {
      given.add_text(option, text, place);
    } catch (const options::Refused& refused) {
      const std::string& wrong = refused.text.empty() ? text : refused.text;
      throw UsageError(fmt::format("{}{}{}{} {}: {}", has_a_place(option) ? "" : "--", option.name,
                                   refused.key.empty() ? "" : " ", refused.key, wrong, refused.what()),
                       did_you_mean(wrong, refused.meant, refused.hint));
    }
  }
};

std::string spellings(const Option& option) {
  const std::string name = has_a_place(option) ? option.name : fmt::format("--{}", option.name);
  return *option.also == '\0' ? name : fmt::format("{},{}", name, option.also);
}

CLI::Option& define(CLI::App& app, const Taker& take, const std::string& text) {
  const Option& option = take.option;
  const std::string names = spellings(option);
  if (option.kind == Kind::flag) {
    return *app.add_flag_callback(
        names, [take] { take("true"); }, text);
  }
  if (option.without != nullptr) {
    const auto last = [&app, take](std::int64_t) {
      take(app.get_option(fmt::format("--{}", take.option.name))->results().back());
    };
    // The check comes before CLI11 makes a number of the text itself, with a message of its own.
    return *app.add_flag_function(fmt::format("{}{{{}}}", names, option.without), last, text)
                ->check([take](const std::string& given) { return take(given), std::string(); }, "");
  }
  const auto take_all = [take](const std::vector<std::string>& texts) {
    for (const std::string& each : texts) take(each);
  };
  if (option.kind == Kind::patterns || option.kind == Kind::prompts) {
    CLI::Option& list = *app.add_option_function<std::vector<std::string>>(names, take_all, text);
    // One value each time: the word after it may be a picture.
    if (!has_a_place(option)) list.allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return list;
  }
  if (option.kind == Kind::numbers && option.count == 4) {
    return *app.add_option_function<std::array<std::string, 4>>(
        names, [take](const std::array<std::string, 4>& texts) { take(fmt::format("{}", fmt::join(texts, ","))); },
        text);
  }
  return *app.add_option_function<std::string>(names, take, text);
}

std::string value_name(const Option& option) {
  if (option.without != nullptr) return fmt::format("[={}]", option.value);
  return option.kind == Kind::word ? fmt::format("{}", fmt::join(options::listed_words(option), "|")) : option.value;
}

/// Without a model, what is said of it would be without effect; but for the threads.
void exclude_network(CLI::App& app, CLI::Option& instead) {
  for (CLI::Option* option : app.get_options()) {
    const std::string& group = option->get_group();
    const bool of_network = group == options::NETWORK_GROUP || group == options::LAYOUT_GROUP;
    if (of_network && !option->check_lname("threads")) instead.excludes(option);
  }
}

}  // namespace

void define_options(CLI::App& app, options::Places place, Given& given) {
  for (const Option* row : options::options_of(place)) {
    const Option& option = *row;
    if (*option.name == '\0') continue;  // of rembg's extras alone
    const std::string usual = *option.usual == '\0' ? "" : fmt::format(" ({})", option.usual);
    CLI::Option& defined = define(app, {option, place, given}, option.help + usual);
    if (option.kind != Kind::flag) defined.type_name(value_name(option));
    if (*option.group != '\0') defined.group(option.group);
    defined.required(option.required);
    for (const std::string& other : options::names_of(option.excludes)) {
      defined.excludes(app.get_option("--" + other));
    }
    if (defined.check_lname("mask") || defined.check_lname("trimap")) exclude_network(app, defined);
  }
}

}  // namespace peel::cli
