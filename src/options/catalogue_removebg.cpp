// What clients of remove.bg ask for: the parameters of POST /v1.0/removebg, by that API's documentation.

#include "options/catalogue.hpp"
#include "options/removebg.hpp"

namespace peel::options {
namespace {

using Format = RemovebgRequest::Format;
using Channels = RemovebgRequest::Channels;

constexpr Word SIZES[] = {{"preview", 250'000},  {"small", 250'000},   {"regular", 250'000},
                          {"medium", 1'500'000}, {"hd", 4'000'000},    {"full", 25'000'000},
                          {"4k", 25'000'000},    {"50MP", 50'000'000}, {"auto", 0}};
constexpr Word TYPES[] = {{"auto", 0},    {"person", 1},       {"product", 2},  {"animal", 3},
                          {"car", 4},     {"car_interior", 5}, {"car_part", 6}, {"transportation", 7},
                          {"graphic", 8}, {"graphics", 9},     {"other", 10}};
constexpr Word LEVELS[] = {{"none", 0}, {"1", 1}, {"2", 2}, {"latest", 3}};
constexpr Word ANSWER_FORMATS[] = {{"auto", std::int64_t(Format::automatic)},
                                   {"png", std::int64_t(Format::png)},
                                   {"jpg", std::int64_t(Format::jpg)},
                                   {"jpeg", std::int64_t(Format::jpg)},
                                   {"webp", std::int64_t(Format::webp)}};
constexpr Word CHANNELS[] = {{"rgba", std::int64_t(Channels::rgba)}, {"alpha", std::int64_t(Channels::alpha)}};

void set_type(RemovebgRequest& request, const Value& value) {
  request.type = TYPES[std::get<std::int64_t>(value)].text;
  if (request.type != "auto") request.ignored.emplace_back("type");
}
void set_add_shadow(RemovebgRequest& request, const Value& value) {
  if (std::get<bool>(value)) request.ignored.emplace_back("add_shadow");
}
void set_semitransparency(RemovebgRequest& request, const Value& value) {
  if (!std::get<bool>(value)) request.ignored.emplace_back("semitransparency");
}

// clang-format off
constexpr Option REMOVEBG_OPTIONS[] = {
    {.name = "image_file", .places = API_REMOVEBG, .kind = Kind::text, .value = "FILE", .help = "the picture"},
    {.name = "image_file_b64", .places = API_REMOVEBG, .kind = Kind::text, .value = "BASE64",
     .help = "the picture in base64"},
    {.name = "image_url", .places = API_REMOVEBG, .kind = Kind::text, .value = "ADDRESS",
     .help = "its address, where the server allows that"},
    {.name = "size", .places = API_REMOVEBG, .kind = Kind::word, .words = SIZES, .usual = "preview",
     .help = "most pixels of the answer: preview, small, regular 0.25 million, medium 1.5, hd 4, full, 4k 25, 50MP; "
             "auto: as many as came in", .set = to<&RemovebgRequest::max_pixels>},
    {.name = "type", .places = API_REMOVEBG, .kind = Kind::word, .words = TYPES, .usual = "auto",
     .help = "changes nothing: the network finds by itself what stands out", .set = set_type},
    {.name = "type_level", .places = API_REMOVEBG, .kind = Kind::word, .words = LEVELS, .usual = "1",
     .help = "none: no X-Type in the answer",
     .set = [](RemovebgRequest& request,
       const Value& value) { request.type_level = LEVELS[std::get<std::int64_t>(value)].text; }},
    {.name = "format", .places = API_REMOVEBG, .kind = Kind::word, .words = ANSWER_FORMATS, .usual = "auto",
     .help = "of the answer; no zip", .set = to<&RemovebgRequest::format>},
    {.name = "roi", .places = API_REMOVEBG, .kind = Kind::text, .value = "X1 Y1 X2 Y2",
     .help = "region in which the subject is, in px or %"},
    {.name = "crop", .places = API_REMOVEBG, .usual = "false", .help = "cut to the subject",
     .set = to<&RemovebgRequest::crop>},
    {.name = "crop_margin", .places = API_REMOVEBG, .kind = Kind::text, .value = "MARGIN",
     .help = "30px, 10%, or up to four such values"},
    {.name = "scale", .places = API_REMOVEBG, .kind = Kind::text, .value = "SCALE", .usual = "original",
     .help = "original, or 10% to 100%: of the subject in the picture"},
    {.name = "position", .places = API_REMOVEBG, .kind = Kind::text, .value = "POSITION",
     .help = "original, center, or x% y%"},
    {.name = "channels", .places = API_REMOVEBG, .kind = Kind::word, .words = CHANNELS, .usual = "rgba",
     .help = "alpha: the mask alone", .set = to<&RemovebgRequest::channels>},
    {.name = "add_shadow", .places = API_REMOVEBG, .usual = "false", .help = "changes nothing", .set = set_add_shadow},
    {.name = "shadow_type", .places = API_REMOVEBG, .kind = Kind::text, .value = "TEXT", .help = "changes nothing"},
    {.name = "shadow_opacity", .places = API_REMOVEBG, .kind = Kind::text, .value = "TEXT", .help = "changes nothing"},
    {.name = "shadow_method", .places = API_REMOVEBG, .kind = Kind::text, .value = "TEXT", .help = "changes nothing"},
    {.name = "semitransparency", .places = API_REMOVEBG, .usual = "true",
     .help = "changes nothing: all of the mask's values stay", .set = set_semitransparency},
    {.name = "bg_color", .places = API_REMOVEBG, .kind = Kind::text, .value = "COLOUR",
     .help = "laid under: a hex code of 3, 4, 6 or 8 digits or a colour's name"},
    {.name = "bg_image_file", .places = API_REMOVEBG, .kind = Kind::text, .value = "FILE",
     .help = "a picture laid under"},
    {.name = "bg_image_url", .places = API_REMOVEBG, .kind = Kind::text, .value = "ADDRESS",
     .help = "its address, where the server allows that"},
};
// clang-format on

}  // namespace

constinit const std::array<std::span<const Option>, 1> REMOVEBG_TABLES{REMOVEBG_OPTIONS};

}  // namespace peel::options
