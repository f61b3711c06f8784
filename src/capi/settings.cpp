#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/suggestion.hpp"
#include "capi/handles.hpp"
#include "options/choices.hpp"
#include "options/result_json.hpp"
#include "peel/quantize.hpp"
#include "requests/cutout_options.hpp"
#include "requests/network_settings.hpp"
#include "requests/scan_options.hpp"

namespace peel::capi {
namespace {

using options::Given;
using options::Kind;
using options::Option;
using options::Places;
using options::Setter;
using Json = nlohmann::ordered_json;

constexpr std::array TASKS{
    std::pair{"remove", options::REMOVE},
    std::pair{"folder", options::FOLDER},
    std::pair{"scan", options::SCAN},
    std::pair{"quantize", options::QUANTIZE},
};
/// Of what options set beside the library's own structs, those that are no names of files, and not of a terminal.
constexpr std::array PICTURE_CHOICES{"background", "bgcolor", "page"};

Places task_of(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [task, place] : TASKS) {
    if (task == name) return place;
    names.emplace_back(task);
  }
  throw Error(ErrorCode::usage, fmt::format("there is no task \"{}\"", name),
              fmt::format("tasks are {}", fmt::join(names, ", ")));
}

std::string_view name_of(Places task) {
  return std::ranges::find(TASKS, task, &std::pair<const char*, Places>::second)->first;
}

struct Subject {
  const Option& option;
  std::string_view operator()(const std::monostate&) const { return option.kind == Kind::extras ? "picture" : ""; }
  std::string_view operator()(Setter<Settings>) const { return "model"; }
  std::string_view operator()(Setter<BatchSettings>) const { return "model"; }
  std::string_view operator()(Setter<QuantizeOptions>) const { return "model"; }
  std::string_view operator()(Setter<RemoveOptions>) const { return "picture"; }
  std::string_view operator()(Setter<Finish>) const { return "picture"; }
  std::string_view operator()(Setter<Look>) const { return "picture"; }
  std::string_view operator()(Setter<ScanOptions>) const { return "picture"; }
  std::string_view operator()(Setter<DecodeLimits>) const { return "input"; }
  std::string_view operator()(Setter<EncodeOptions>) const { return "output"; }
  std::string_view operator()(Setter<options::Files>) const {
    if (std::string_view(option.name) == "pages") return "input";
    if (std::string_view(option.name) == "format") return "output";
    return choice();
  }
  std::string_view operator()(Setter<options::ScanChoices>) const { return choice(); }
  // Of a command or the server.
  template <typename Other>
  std::string_view operator()(Setter<Other>) const {
    return "";
  }
  std::string_view choice() const {
    const bool taken = std::ranges::find(PICTURE_CHOICES, std::string_view(option.name)) != PICTURE_CHOICES.end();
    return taken ? "picture" : "";
  }
};

/// What an option is of, in peel_options(); empty: it is not for callers of the library.
std::string_view subject_of(const Option& option) {
  return *option.name == '\0' ? "" : std::visit(Subject{option}, option.set);
}

/// "only_mask", "--only-mask" and "Only-Mask" are one name.
std::string plain(std::string_view name) {
  std::string text(name.substr(std::min(name.find_first_not_of('-'), name.size())));
  for (char& c : text) c = c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

std::vector<std::string> spellings(const Option& option) {
  std::vector<std::string> names{plain(option.name)};
  for (const std::string& also : options::names_of(option.also)) {
    if (also.starts_with("--")) names.push_back(plain(also));
  }
  return names;
}

const Option& find(Places task, const std::string& name) {
  std::vector<std::string> known;
  const std::string wanted = plain(name);
  for (const Option* option : options::options_of(task)) {
    if (subject_of(*option).empty()) continue;
    for (std::string& each : spellings(*option)) {
      if (each == wanted) return *option;
      known.push_back(std::move(each));
    }
  }
  throw Error(ErrorCode::usage, fmt::format("there is no setting \"{}\" of {}", name, name_of(task)),
              did_you_mean(wanted, known, fmt::format("there are {}", fmt::join(known, ", "))));
}

std::string hint_for(const Option& option, const options::Refused& refused, const std::string& text) {
  std::string hint = did_you_mean(text, refused.meant, refused.hint);
  if (!hint.empty()) return hint;
  const std::string usual = *option.usual == '\0' ? "" : fmt::format("; usual is {}", option.usual);
  return fmt::format("{}: {}{}", option.name, option.help, usual);
}

/// True where the text says no more than whether an option is wanted that may stand without a value.
bool takes_truth(const Option& option, const std::string& text) {
  return option.without != nullptr && (text == "true" || text == "false");
}

void set(peel_settings& settings, const std::string& name, const std::string& value) {
  const Option& option = find(settings.task, name);
  try {
    if (!takes_truth(option, value)) {
      settings.given.add_text(option, value, settings.task);
    } else if (value == "true") {
      settings.given.add_text(option, option.without, settings.task);
    } else {
      settings.given.remove(option);
    }
  } catch (const options::Refused& refused) {
    const std::string& wrong = refused.text.empty() ? value : refused.text;
    throw Error(ErrorCode::usage,
                fmt::format("{}{}{} {}: {}", plain(option.name), refused.key.empty() ? "" : " ", refused.key, wrong,
                            refused.what()),
                hint_for(option, refused, wrong));
  }
}

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::flag:
      return "flag";
    case Kind::integer:
      return "integer";
    case Kind::real:
      return "real";
    case Kind::size:
      return "size";
    case Kind::time:
      return "time";
    case Kind::word:
      return "word";
    case Kind::text:
      return "text";
    case Kind::area:
      return "area";
    case Kind::numbers:
      return "numbers";
    case Kind::sides:
      return "sides";
    case Kind::texts:
    case Kind::patterns:
      return "texts";
    case Kind::integers:
      return "integers";
    case Kind::prompts:
      return "prompts";
    case Kind::extras:
      break;
  }
  return "extras";
}

Json describe(const Option& option) {
  const bool grows = option.kind == Kind::texts || option.kind == Kind::patterns || option.kind == Kind::prompts;
  Json json = {{"name", plain(option.name)}, {"kind", word(option.kind)},
               {"of", subject_of(option)},   {"default", text_or_null(option.usual)},
               {"repeats", grows},           {"help", option.help}};
  if (option.least != option.most) json.update({{"least", option.least}, {"most", option.most}});
  if (const auto words = options::listed_words(option); !words.empty()) json["words"] = words;
  if (option.without) json["without"] = option.without;
  if (option.count > 0) json["count"] = option.count;
  return json;
}

}  // namespace

const peel_settings& settings_for(const peel_settings* given, const peel_settings& usual, Places tasks) {
  if (!given) return usual;
  if ((given->task & tasks) != 0) return *given;
  throw Error(ErrorCode::usage, fmt::format("these settings are of {}", name_of(given->task)),
              fmt::format("make them with peel_settings_new(\"{}\", ...)", name_of(usual.task)));
}

peel_settings own_settings(const peel_settings* given, Places task) {
  peel_settings own;
  own.task = task;
  if (given) own = settings_for(given, own, task == options::SCAN ? task : options::REMOVE | options::FOLDER);
  return own;
}

Settings network_settings(const peel_settings& settings, peel_control* control) {
  Settings made = requests::network_settings(settings.given);
  if (control) made.fetch.control = control_of(control);
  return made;
}

DecodeOptions decoding_of(const peel_settings* settings) {
  if (!settings) return {};
  DecodeOptions decoding = requests::removal_decoding(settings->given);
  const auto page = settings->given.make<options::Files>().pages;
  if (page == 0) throw Error(ErrorCode::usage, "pages: a picture is one of them", "give their numbers one by one");
  if (page) decoding.page = *page - 1;
  return decoding;
}

RemoveOptions removal_of(const peel_settings& settings) {
  RemoveOptions options = requests::picture_options(settings.given, decoding_of(&settings));
  if (settings.background) options.background = *settings.background;
  if (const auto format = settings.given.make<options::Files>().format) requests::lay_ground_for(*format, options);
  return options;
}

ScanOptions scan_of(const peel_settings& settings) {
  ScanOptions options = requests::scan_options(settings.given);
  if (settings.mask) options.mask = *settings.mask;
  if (settings.given.make<options::Files>().format == FileFormat::jpeg && !options.background) {
    options.background = WHITE;
  }
  return options;
}

}  // namespace peel::capi

using namespace peel::capi;  // NOLINT(google-build-using-namespace): of this file alone

peel_settings* peel_settings_new(const char* task, peel_error** error) {
  return guarded(error, static_cast<peel_settings*>(nullptr), [&] {
    const auto place = task_of(needed_text(task, "name of a task"));
    return new peel_settings{place, {}, {}, {}};
  });
}

peel_settings* peel_settings_copy(const peel_settings* settings, peel_error** error) {
  return guarded(error, static_cast<peel_settings*>(nullptr),
                 [&] { return new peel_settings(needed(settings, "settings")); });
}

peel_code peel_settings_set(peel_settings* settings, const char* name, const char* value, peel_error** error) {
  return guarded_code(error, [&] {
    set(needed(settings, "settings"), needed_text(name, "name of a setting"), needed_text(value, "value"));
  });
}

peel_code peel_settings_set_picture(peel_settings* settings, const char* name, const peel_picture* picture,
                                    peel_error** error) {
  return guarded_code(error, [&] {
    peel_settings& own = needed(settings, "settings");
    const std::string wanted = plain(needed_text(name, "name of a setting"));
    const peel::Image& image = needed(picture, "picture").image;
    if (wanted == "mask" && own.task == peel::options::SCAN) {
      own.mask = peel::mask_from_picture(image);
    } else if (wanted == "background" && (own.task & (peel::options::REMOVE | peel::options::FOLDER)) != 0) {
      own.background = image;
    } else {
      throw peel::Error(peel::ErrorCode::usage,
                        fmt::format("there is no picture \"{}\" among the settings of {}", wanted, name_of(own.task)),
                        "there are the background of remove and folder, and the mask of scan");
    }
  });
}

void peel_settings_free(peel_settings* settings) {
  delete settings;
}

peel_bytes* peel_options(const char* task, peel_error** error) {
  return guarded(error, static_cast<peel_bytes*>(nullptr), [&] {
    Json all = Json::array();
    for (const Option* option : peel::options::options_of(task_of(needed_text(task, "name of a task")))) {
      if (!subject_of(*option).empty()) all.push_back(describe(*option));
    }
    return new_text(all);
  });
}
