#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "options/words.hpp"
#include "peel/document.hpp"
#include "peel/mask.hpp"
#include "peel/remover.hpp"

namespace peel {
struct BatchSettings;
struct BenchmarkOptions;
struct Finish;
struct Look;
struct QuantizeOptions;
struct ServerSettings;
}  // namespace peel

// The catalogue of options: what there is, told once. A row is one option: its names on the command line and in forms
// of the server, what values it takes, what is said of it, and what it sets. From the rows come the program's
// arguments, help, completion, manual and config file, the server's forms, its openapi.json, and the tables of docs/.
//
// The program reads its arguments without libpeel: nothing here calls it. Only its plain structs are known.
namespace peel::options {

struct Common;
struct Files;
struct FolderChoices;
struct StreamChoices;
struct ScanChoices;
struct ApiChoices;
struct ServeChoices;
struct BenchChoices;
struct ModelsChoices;
struct RemovebgRequest;

/// Where an option can be given: commands of the program, routes of the server. One bit each.
using Places = std::uint32_t;
inline constexpr Places REMOVE = 1 << 0, FOLDER = 1 << 1, STREAM = 1 << 2, SCAN = 1 << 3, SERVE = 1 << 4,
                        BENCH = 1 << 5, QUANTIZE = 1 << 6, INFO = 1 << 7, MODELS_LIST = 1 << 8,
                        MODELS_DOWNLOAD = 1 << 9, MODELS_VERIFY = 1 << 10, MODELS_PATH = 1 << 11,
                        MODELS_LICENCE = 1 << 12, MODELS_WARM = 1 << 13, API_REMOVE = 1 << 14, API_SCAN = 1 << 15,
                        API_REMOVEBG = 1 << 16, COMPLETION = 1 << 17;
inline constexpr Places CUTOUTS = REMOVE | FOLDER | STREAM;

enum class Kind {
  flag,      ///< bool
  integer,   ///< std::int64_t from `least` to `most`, or one of `words`
  real,      ///< double from `least` to `most`
  size,      ///< std::int64_t: a count with K, M or G, powers of `kilo`
  time,      ///< std::int64_t milliseconds: "30", "30s", "500ms", "2m"
  word,      ///< std::int64_t: what stands beside the word in `words`
  text,      ///< std::string
  area,      ///< MaskArea: "200" pixels or "0.5%"
  numbers,   ///< std::vector<double>, `count` of them with commas between them, each from `least` to `most`
  sides,     ///< std::vector<double>, width and height: "N" or "WxH"
  texts,     ///< std::vector<std::string> with commas between them; given again it adds to what was given
  patterns,  ///< std::vector<std::string>, one each time it is given
  integers,  ///< std::vector<double>, whole, with commas between them
  prompts,   ///< std::vector<Prompt>
  extras,    ///< rembg's: a JSON object of other options
};

/// What was given, by its kind; nothing: the word that stands for none ("auto" of a size that is found).
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, MaskArea, std::vector<double>,
                           std::vector<std::string>, std::vector<Prompt>>;

/// What a value does: it changes one of these, or what is made of one.
template <typename Target>
using Setter = void (*)(Target&, const Value&);
using Set =
    std::variant<std::monostate, Setter<Settings>, Setter<RemoveOptions>, Setter<ScanOptions>, Setter<EncodeOptions>,
                 Setter<DecodeLimits>, Setter<BatchSettings>, Setter<ServerSettings>, Setter<BenchmarkOptions>,
                 Setter<QuantizeOptions>, Setter<Common>, Setter<Files>, Setter<FolderChoices>, Setter<StreamChoices>,
                 Setter<ScanChoices>, Setter<ApiChoices>, Setter<ServeChoices>, Setter<BenchChoices>,
                 Setter<ModelsChoices>, Setter<RemovebgRequest>, Setter<Finish>, Setter<Look>>;

struct Option {
  const char* name;  ///< "fill-holes": of the long option and of the key in a config file; in capitals: by its place
  Places places = 0;
  const char* also = "";   ///< other spellings, with dashes and with commas between them: "-m"
  const char* rembg = "";  ///< rembg's letters, "-af"; "af" is its name in forms, too
  const char* form = "";   ///< names in forms, with commas; empty: rembg's, else the name with _ for -
  const char* extra = "";  ///< its keys in rembg's extras, with commas
  Kind kind = Kind::flag;
  double least = 0, most = 0;
  double kilo = 1024;
  std::size_t count = 0;
  std::span<const Word> words{};
  const char* value = "";         ///< what a value is called: "PX". Words in lower case are values themselves
  const char* without = nullptr;  ///< the value may be left out, and is this then
  const char* usual = "";         ///< as its user would write it
  const char* group = "";
  const char* help = "";
  const char* api_help = "";  ///< of the server, where that is another matter
  const char* hint = "";      ///< what to write instead of a value that is refused
  const char* excludes = "";  ///< names of those that make no sense beside it, with commas
  bool required = false;
  Set set{};
};

/// Those of one place, in the order in which they are told of.
std::vector<const Option*> options_of(Places place);

/// Its names in forms.
std::vector<std::string> form_names(const Option& option);
/// "a,b" as {"a", "b"}; {} of an empty text.
std::vector<std::string> names_of(std::string_view list);
/// The words that are told of.
std::vector<std::string> listed_words(const Option& option);

/// A value that an option does not take.
struct Refused : std::runtime_error {
  /// "not a whole number from 0 to 255".
  Refused(const std::string& why, std::string what_to_do = {}) : std::runtime_error(why), hint(std::move(what_to_do)) {}
  std::string hint;
  std::string key;                 ///< of extras: the one at fault
  std::string text;                ///< what was given for it
  std::vector<std::string> meant;  ///< one of them may have been
};

/// "true", "1", "yes", "on", "y" or "t", and their opposites; nothing for other texts.
std::optional<bool> parse_truth(std::string_view text, bool any_case = false);
/// `any_case`: of words and flags, capitals do not matter. Throws Refused.
Value parse(const Option& option, std::string_view text, bool any_case = false);

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// A value in the place for it.
template <typename T>
void store(T& place, const Value& value) {
  if constexpr (is_optional<T>) {
    place.reset();
    if (!std::holds_alternative<std::monostate>(value)) store(place.emplace(), value);
  } else if constexpr (std::is_same_v<T, bool>) {
    place = std::get<bool>(value);
  } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T> || std::is_same_v<T, std::chrono::milliseconds>) {
    place = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (std::is_same_v<T, Corners>) {
    const auto& numbers = std::get<std::vector<double>>(value);
    for (std::size_t i = 0; i < place.size(); ++i) place[i] = {numbers[2 * i], numbers[2 * i + 1]};
  } else if constexpr (std::is_same_v<T, std::vector<int>>) {
    const auto& numbers = std::get<std::vector<double>>(value);
    place.assign(numbers.begin(), numbers.end());
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    place = std::get<std::string>(value);
  } else if constexpr (std::is_same_v<T, std::array<double, 3>>) {
    const auto& numbers = std::get<std::vector<double>>(value);
    for (std::size_t i = 0; i < place.size(); ++i) place[i] = numbers[i];
  } else {
    place = std::get<T>(value);
  }
}

template <typename Member>
struct OwnerOf;
template <typename Class, typename Member>
struct OwnerOf<Member Class::*> {
  using Type = Class;
};
/// Sets a member, or a member's member: to<&RemoveOptions::cleaning, &MaskCleaning::largest>.
template <auto First, auto... Rest>
inline constexpr Setter<typename OwnerOf<decltype(First)>::Type> to =
    [](typename OwnerOf<decltype(First)>::Type& target, const Value& value) {
      store(((target.*First).*....*Rest), value);
    };

/// What somebody gave, checked.
class Given {
 public:
  /// Given again a list grows; of all else the last counts.
  void add(const Option& option, Value value);
  /// The same from text. Extras are taken apart into the options of `place` that they stand for. Throws Refused.
  void add_text(const Option& option, std::string_view text, Places place, bool any_case = false);
  /// As if it had not been given.
  void remove(const Option& option) noexcept;
  bool has(std::string_view name) const noexcept;
  /// Of a text; nothing: it was not given.
  std::optional<std::string_view> text(std::string_view name) const noexcept;

  template <typename T>
  void apply(T& target) const {
    for (const auto& each : values_) {
      const auto change = [&](const auto& set) {
        if constexpr (std::is_invocable_v<decltype(set), T&, const Value&>) set(target, each.second);
      };
      std::visit(change, each.first->set);
    }
  }
  /// A default T with what was given for it.
  template <typename T>
  T make() const {
    T target;
    apply(target);
    return target;
  }

 private:
  std::vector<std::pair<const Option*, Value>> values_;
};

}  // namespace peel::options
