// What is made of pictures: options of `remove`, `folder`, `stream` and `scan`, and of the server's /api/.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "options/catalogue.hpp"
#include "options/choices.hpp"

namespace peel::options {
namespace {

constexpr Places PICTURES = REMOVE | FOLDER | SCAN;
constexpr Places WRITERS = CUTOUTS | SCAN;
constexpr Places API = API_REMOVE | API_SCAN;
constexpr Places API_CUTOUTS = CUTOUTS | API_REMOVE;

constexpr const char* MAKE = "What to make";
constexpr const char* MASK = "Mask, in this order";
constexpr const char* EDGES = "Edges";
constexpr const char* PAGE = "The page";

constexpr std::int64_t BY_NAME = -1;
constexpr std::int64_t PDF = -2;
/// With what only the program or the server understands behind them.
constexpr auto ALL_FORMATS = [] {
  std::array<Word, std::size(FORMATS) + 4> words{};
  std::ranges::copy(FORMATS, words.begin());
  std::ranges::copy(
      std::array{Word{"jpg", std::int64_t(FileFormat::jpeg), true}, Word{"tif", std::int64_t(FileFormat::tiff), true},
                 Word{"auto", BY_NAME, true}, Word{"pdf", PDF}},
      words.begin() + std::size(FORMATS));
  return words;
}();
constexpr std::span<const Word> PICTURE_FORMATS(ALL_FORMATS.data(), ALL_FORMATS.size() - 1);
constexpr Word EFFORTS[] = {{"fast", std::int64_t(Effort::fast)},
                            {"balanced", std::int64_t(Effort::balanced)},
                            {"small", std::int64_t(Effort::small)}};
constexpr Word CATEGORIES[] = {{"all", std::int64_t(RemoveOptions::Category::all)},
                               {"upper", std::int64_t(RemoveOptions::Category::upper)},
                               {"lower", std::int64_t(RemoveOptions::Category::lower)},
                               {"full", std::int64_t(RemoveOptions::Category::full)}};
constexpr Word ENHANCEMENTS[] = {{"none", std::int64_t(Enhance::none)},
                                 {"contrast", std::int64_t(Enhance::contrast)},
                                 {"bw", std::int64_t(Enhance::bw)}};
/// Of a network of one's own.
constexpr std::span<const Word> CUSTOM_OUTPUT_KINDS(OUTPUT_KINDS, 2);
constexpr Word ALL_PAGES[] = {{"all", 0}};
constexpr Word AUTO[] = {{"auto", OPEN}};
constexpr Word CORNERS_ONLY[] = {{"corners"}};
constexpr Word SAM_MODELS[] = {{"sam_vit_b_01ec64"}};
constexpr Word NOT_QUANTISED[] = {{"false"}};
constexpr const char* OTHER_SAM =
    "of others name the file, beside which its decoder stands: -m FOLDER/NAME.encoder.onnx";

void set_format(Files& files, const Value& value) {
  const std::int64_t format = std::get<std::int64_t>(value);
  files.pdf = format == PDF;
  files.format.reset();
  if (format >= 0) files.format = static_cast<FileFormat>(format);
}

void set_only_mask(RemoveOptions& options, const Value& value) {
  if (std::get<bool>(value)) options.kind = RemoveOptions::Kind::mask;
}

void put_alpha(RemoveOptions& options, const Value& value) {
  // As with rembg the mask alone wins.
  const bool cutout = options.kind == RemoveOptions::Kind::cutout;
  if (cutout && std::get<bool>(value)) options.kind = RemoveOptions::Kind::put_alpha;
}

void set_rembg_background(Files& files, const Value& value) {
  const auto& rgba = std::get<std::vector<double>>(value);
  files.rembg_background = fmt::format("{},{},{},{}", rgba[0], rgba[1], rgba[2], rgba[3]);
}

ModelInfo& layout(Settings& settings) {
  return settings.custom_layout ? *settings.custom_layout : settings.custom_layout.emplace();
}

void set_input_size(Settings& settings, const Value& value) {
  const auto& sides = std::get<std::vector<double>>(value);
  layout(settings).input_width = static_cast<int>(sides[0]);
  layout(settings).input_height = static_cast<int>(sides[1]);
}

// clang-format off
constexpr Option FILE_OPTIONS[] = {
    {.name = "file", .places = API, .kind = Kind::text, .value = "FILE",
     .help = "the picture, of any kind in the `reads` of `/api/models`"},
    {.name = "url", .places = API, .kind = Kind::text, .value = "ADDRESS",
     .help = "of the picture, instead of `file`, where the server allows that"},
    {.name = "IN", .places = REMOVE, .kind = Kind::patterns, .value = "FILE",
     .help = "pictures, folders, or -; with i, a second name is the output, as with rembg", .set = to<&Files::inputs>},
    {.name = "IN", .places = SCAN, .kind = Kind::patterns, .value = "FILE", .help = "photographs, folders, or -",
     .set = to<&Files::inputs>},
    {.name = "output", .places = REMOVE, .also = "-o", .kind = Kind::text, .value = "FILE", .group = FILES_GROUP,
     .help = "where to write: a file, a folder (several inputs), or - for standard output", .set = to<&Files::output>},
    {.name = "output", .places = SCAN, .also = "-o", .kind = Kind::text, .value = "FILE", .group = FILES_GROUP,
     .help = "where to write: a file, a folder (several inputs), one .pdf for all, or - for standard output",
     .set = to<&Files::output>},
    {.name = "output", .places = STREAM, .also = "-o", .kind = Kind::text, .value = "FILE", .group = FILES_GROUP,
     .help = "a file for each frame: a name with a place for its number, which begins at 0 (out-%05u.png)",
     .set = to<&Files::output>},
    {.name = "format", .places = REMOVE | STREAM | API, .kind = Kind::word, .words = PICTURE_FORMATS,
     .group = FILES_GROUP, .help = "else by the ending of the output's name, else png",
     .api_help = "of the answer; else the Accept header decides, else png", .set = set_format},
    {.name = "format", .places = FOLDER, .kind = Kind::word, .words = PICTURE_FORMATS, .group = FILES_GROUP,
     .help = "else png", .set = set_format},
    {.name = "format", .places = SCAN, .kind = Kind::word, .words = ALL_FORMATS, .group = FILES_GROUP,
     .help = "else by the ending of the output's name, else jpeg, png in black and white", .set = set_format},
    {.name = "quality", .places = WRITERS | API, .kind = Kind::integer, .least = 1, .most = 100, .value = "N",
     .group = FILES_GROUP, .help = "1 to 100 for JPEG, WebP, AVIF and JPEG XL; 100: lossless where that exists",
     .set = to<&EncodeOptions::quality>},
    {.name = "manifest", .places = REMOVE | FOLDER | SCAN, .kind = Kind::text, .value = "FILE", .group = FILES_GROUP,
     .help = "a list of pictures, one a line: IN, or IN, a tab and OUT, or {\"in\": IN, \"out\": OUT}; - reads standard input",
     .set = to<&Files::manifest>},
    {.name = "shard", .places = REMOVE | FOLDER | SCAN, .kind = Kind::text, .value = "I/N", .group = FILES_GROUP,
     .help = "only part I of N, from 0, the same pictures each time; auto or auto/N: the part of a job array's element",
     .hint = "0/4 is the first of four parts", .set = to<&Files::shard>},
    {.name = "effort", .places = WRITERS | API, .kind = Kind::word, .words = EFFORTS, .usual = "balanced",
     .group = FILES_GROUP, .help = "time to spend on a smaller file", .set = to<&EncodeOptions::effort>},
    {.name = "pages", .places = REMOVE | FOLDER, .kind = Kind::integer, .least = 1, .most = 1000000, .words = ALL_PAGES,
     .value = "N", .group = FILES_GROUP,
     .help = "of a file with several pages or frames that one, counted from 1, or all; else the first",
     .set = to<&Files::pages>},
    {.name = "pages", .places = SCAN, .kind = Kind::integer, .least = 1, .most = 1000000, .words = ALL_PAGES,
     .value = "N", .group = FILES_GROUP,
     .help = "that one, counted from 1, or all; else all pages of TIFF and HEIF, the first frame of animations",
     .set = to<&Files::pages>},
    {.name = "max-pixels", .places = PICTURES, .kind = Kind::size, .kilo = 1000, .value = "N", .usual = "268M",
     .group = FILES_GROUP, .help = "refuse larger pictures: width times height; K, M, G: thousands",
     .set = to<&DecodeLimits::max_pixels>},
    {.name = "max-bytes", .places = PICTURES, .kind = Kind::size, .value = "N", .usual = "1G", .group = FILES_GROUP,
     .help = "refuse larger files; K, M, G: powers of 1024", .set = to<&DecodeLimits::max_bytes>},
};

constexpr Option CUTOUT_OPTIONS[] = {
    {.name = "only-mask", .places = API_CUTOUTS, .rembg = "-om", .group = MAKE, .help = "the mask itself: 8-bit grey",
     .set = set_only_mask},
    {.name = "putalpha", .places = API_CUTOUTS, .extra = "putalpha", .group = MAKE,
     .help = "keep every pixel's colour, also where it is transparent", .excludes = "only-mask", .set = put_alpha},
    {.name = "bgcolor", .places = CUTOUTS, .rembg = "-bgc", .kind = Kind::numbers, .least = 0, .most = 255, .count = 4,
     .value = "R G B A", .group = MAKE,
     .help = "lay a colour under the cut-out: red, green, blue, alpha, each 0 to 255", .set = set_rembg_background},
    {.name = "bgc", .places = API_REMOVE, .kind = Kind::text, .value = "COLOUR",
     .help = "a colour laid under the cut-out: R,G,B,A", .set = to<&Files::rembg_background>},
    {.name = "background", .places = REMOVE | FOLDER, .kind = Kind::text, .value = "COLOUR|FILE", .group = MAKE,
     .help = "lay a colour (white, #ff8800, 255,136,0) or a picture under the cut-out; JPEG gets white without it",
     .excludes = "bgcolor", .set = to<&Files::background>},
    {.name = "background", .places = STREAM, .kind = Kind::text, .value = "COLOUR|FILE", .group = MAKE,
     .help = "lay a colour (white, #ff8800, 255,136,0) or a picture under the cut-out: frames are rgb24 where it is "
             "opaque; JPEG gets white without it", .excludes = "bgcolor", .set = to<&Files::background>},
    {.name = "background", .places = API_REMOVE, .kind = Kind::text, .value = "COLOUR",
     .help = "a colour laid under the cut-out: white, #ff8800, 255,136,0[,255], or transparent; JPEG gets white "
             "without it; wins over `bgc`", .set = to<&Files::background>},
    {.name = "smooth", .places = STREAM, .kind = Kind::real, .least = 0, .most = 0.99, .value = "AMOUNT",
     .without = "0.6", .group = MAKE,
     .help = "steady the masks from frame to frame: how much of the one before is kept where both are much the same, "
             "0 to 0.99 (0.6)", .set = to<&StreamChoices::smooth>},
    {.name = "crop", .places = REMOVE | FOLDER | API_REMOVE, .kind = Kind::integer, .least = 0, .most = MOST_MARGIN,
     .value = "MARGIN", .without = "0", .group = MAKE, .help = "cut to the subject, with a margin of so many pixels",
     .set = to<&RemoveOptions::crop_margin>},
    {.name = "compat", .places = REMOVE | FOLDER | API_REMOVE, .group = MAKE,
     .help = "rembg's exact arithmetic, also where peel does better", .set = to<&RemoveOptions::compat>},

    {.name = "post-process-mask", .places = API_CUTOUTS, .rembg = "-ppm", .group = MASK,
     .help = "smooth the mask's outline; makes it black and white", .set = to<&RemoveOptions::post_process_mask>},
    {.name = "threshold", .places = API_CUTOUTS, .kind = Kind::integer, .least = 0, .most = 255, .value = "N",
     .group = MASK, .help = "what is at least N of 255 becomes 255, the rest 0",
     .set = to<&RemoveOptions::cleaning, &MaskCleaning::threshold>},
    {.name = "min-area", .places = API_CUTOUTS, .kind = Kind::area, .value = "AREA", .group = MASK,
     .help = "drop islands smaller than so many pixels (200), or percent of the picture (0.5%)",
     .set = to<&RemoveOptions::cleaning, &MaskCleaning::least_area>},
    {.name = "largest", .places = API_CUTOUTS, .group = MASK, .help = "keep the largest piece alone",
     .set = to<&RemoveOptions::cleaning, &MaskCleaning::largest>},
    {.name = "fill-holes", .places = API_CUTOUTS, .kind = Kind::area, .value = "AREA", .without = "100%", .group = MASK,
     .help = "fill holes in the subject: all, or those smaller than AREA",
     .set = to<&RemoveOptions::cleaning, &MaskCleaning::fill_holes>},
    {.name = "offset", .places = API_CUTOUTS, .kind = Kind::real, .least = -MOST_OFFSET, .most = MOST_OFFSET,
     .value = "PX", .group = MASK, .help = "grow the subject by so many pixels, or shrink it (-1.5)",
     .set = to<&RemoveOptions::cleaning, &MaskCleaning::offset>},
    {.name = "feather", .places = API_CUTOUTS, .kind = Kind::real, .least = 0, .most = MOST_OFFSET, .value = "PX",
     .group = MASK, .help = "soften the outline that far to either side",
     .set = to<&RemoveOptions::cleaning, &MaskCleaning::feather>},
    {.name = "invert", .places = API_CUTOUTS, .group = MASK, .help = "keep the background instead of the subject",
     .set = to<&RemoveOptions::cleaning, &MaskCleaning::invert>},

    {.name = "refine", .places = API_CUTOUTS, .group = EDGES,
     .help = "draw the mask's edge to the picture's edges; quick", .set = to<&RemoveOptions::refine>},
    {.name = "alpha-matting", .places = API_CUTOUTS, .also = "-a", .form = "a", .group = EDGES,
     .help = "solve for the edge, hair and fur too, and take the background out of its colours; slower",
     .set = to<&RemoveOptions::alpha_matting>},
    {.name = "alpha-matting-foreground-threshold", .places = API_CUTOUTS, .rembg = "-af", .kind = Kind::integer,
     .least = 0, .most = 255, .value = "N", .usual = "240", .group = EDGES,
     .help = "of the mask: more than N is foreground",
     .set = to<&RemoveOptions::matting, &MattingOptions::foreground_threshold>},
    {.name = "alpha-matting-background-threshold", .places = API_CUTOUTS, .rembg = "-ab", .kind = Kind::integer,
     .least = 0, .most = 255, .value = "N", .usual = "10", .group = EDGES, .help = "less than N is background",
     .set = to<&RemoveOptions::matting, &MattingOptions::background_threshold>},
    {.name = "erode", .places = API_CUTOUTS, .also = "--alpha-matting-erode-size", .rembg = "-ae",
     .kind = Kind::integer, .least = 0, .most = MOST_EROSION, .words = AUTO, .value = "N|auto", .usual = "10",
     .group = EDGES,
     .help = "what is solved for: so many pixels on both sides of the edge, less or more; auto: by the picture's size",
     .hint = "write a number, or auto", .set = to<&RemoveOptions::matting, &MattingOptions::erosion>},
    {.name = "alpha-matting-exact", .places = CUTOUTS, .group = EDGES,
     .help = "solve as far as rembg does, not only as far as can be seen",
     .set = to<&RemoveOptions::matting, &MattingOptions::exact>},
    {.name = "decontaminate", .places = API_CUTOUTS, .rembg = "-dc", .form = "decontaminate", .group = EDGES,
     .help = "take the background out of the edge's colours, whatever the mask is from",
     .set = to<&RemoveOptions::decontaminate>},
};

constexpr Option PAGE_OPTIONS[] = {
    {.name = "page", .places = SCAN | API_SCAN, .kind = Kind::text, .value = "auto|none|fit|a4|letter|legal|card|WxH",
     .usual = "auto", .group = PAGE,
     .help = "its shape: auto measures it and takes a known format where that agrees; none only measures; fit, too, "
             "and takes its size on paper from its pixels and resolution; else a format, or its size in millimetres",
     .set = to<&ScanChoices::page>},
    {.name = "paper", .places = SCAN, .kind = Kind::text, .value = "a4|letter|legal|WxH", .group = PAGE,
     .help = "sheets of that size in a PDF, each page as large as it is in the middle of one (as large as the page)",
     .set = to<&ScanChoices::paper>},
    {.name = "enhance", .places = SCAN | API_SCAN, .kind = Kind::word, .words = ENHANCEMENTS, .usual = "none",
     .group = PAGE, .help = "contrast: light evened out, paper white, colours kept; bw: black on white",
     .set = to<&ScanOptions::enhance>},
    {.name = "corners", .places = SCAN | API_SCAN, .kind = Kind::numbers, .count = 8, .value = "X,Y,X,Y,X,Y,X,Y",
     .group = PAGE,
     .help = "of the page in pixels of the upright picture: top left, top right, bottom right, bottom left; nothing "
             "is looked for then. For one picture",
     .api_help = "of the page in pixels of the upright picture: top left, top right, bottom right, bottom left, as "
                 "[[x,y],[x,y],[x,y],[x,y]]; nothing is looked for then",
     .hint = "write x,y of the top left, top right, bottom right and bottom left corner, for example "
             "310,120,1650,140,1700,2020,260,1990", .set = to<&ScanOptions::corners>},
    {.name = "min-confidence", .places = SCAN | API_SCAN, .form = "confidence", .kind = Kind::real, .least = 0,
     .most = 1, .value = "N", .usual = "0.5", .group = PAGE,
     .help = "a page less sure than this, 0 to 1, counts as not found", .set = to<&ScanOptions::least_confidence>},
    {.name = "background", .places = SCAN | API_SCAN, .kind = Kind::text, .value = "COLOUR", .group = PAGE,
     .help = "lay a colour (white, #ff8800, 255,136,0) under a page that has alpha; JPEG gets white without it",
     .set = to<&Files::background>},
    {.name = "debug", .places = SCAN, .kind = Kind::text, .value = "FOLDER", .group = PAGE,
     .help = "put what was seen of each picture there: NAME-mask.png, -candidates.png, -chosen.png and -page.png",
     .set = to<&ScanChoices::debug_folder>},
    {.name = "only", .places = API_SCAN, .kind = Kind::word, .words = CORNERS_ONLY,
     .help = "flatten nothing: the answer is JSON, what was found",
     .set = [](ApiChoices& choices, const Value&) { choices.only_corners = true; }},
};

constexpr Option NETWORK_OPTIONS[] = {
    {.name = "model", .places = CUTOUTS, .also = "-m", .kind = Kind::text, .value = "MODEL|FILE",
     .group = NETWORK_GROUP,
     .help = "a name (peel models list), an .onnx file, or auto: the first of silueta, isnet-general-use and u2netp "
             "that is installed, else silueta is fetched", .set = to<&Settings::model_name>},
    {.name = "model", .places = SCAN, .also = "-m", .kind = Kind::text, .value = "MODEL|FILE", .group = NETWORK_GROUP,
     .help = "a name (peel models list), an .onnx file, none (edges alone), or auto: the first of silueta, u2netp and "
             "isnet-general-use that is installed, else silueta is fetched", .set = to<&Settings::model_name>},
    {.name = "model", .places = API_REMOVE, .kind = Kind::text, .value = "MODEL",
     .help = "a name, as GET /api/models lists them; auto, and without: the server's first",
     .set = to<&ApiChoices::model>},
    {.name = "model", .places = API_SCAN, .kind = Kind::text, .value = "MODEL",
     .help = "as of /api/remove, or none: by the picture's edges alone; without: the server's first, or the first of "
             "silueta, u2netp and isnet-general-use that is installed", .set = to<&ApiChoices::model>},
    {.name = "device", .places = WRITERS | SERVE | MODELS_WARM, .kind = Kind::word, .words = DEVICES, .usual = "auto",
     .group = NETWORK_GROUP, .help = "where the model runs; auto: the fastest that works (peel info shows them)",
     .set = to<&Settings::device>},
    {.name = "engine", .places = WRITERS | SERVE | MODELS_WARM, .kind = Kind::word, .words = ENGINES, .usual = "auto",
     .group = NETWORK_GROUP,
     .help = "what computes on the CPU; auto: the faster by peel models warm, else OpenVINO where there is AMX",
     .set = to<&Settings::engine>},
    {.name = "precision", .places = WRITERS | SERVE | MODELS_WARM, .kind = Kind::word, .words = PRECISIONS,
     .usual = "auto", .group = NETWORK_GROUP,
     .help = "of the arithmetic; fp16 is for GPUs, int8 needs NAME_int8.onnx beside the model (peel quantize)",
     .set = to<&Settings::precision>},
    {.name = "require", .places = WRITERS | SERVE, .group = NETWORK_GROUP,
     .help = "fail where the device, the engine or the precision cannot be had, instead of going on with another",
     .set = to<&Settings::require_device>},
    {.name = "threads", .places = REMOVE | SCAN, .kind = Kind::integer, .least = 0, .most = MOST_THREADS, .value = "N",
     .group = NETWORK_GROUP, .help = "0: every core", .set = to<&Settings::threads>},
    {.name = "threads", .places = SERVE, .also = "-t", .kind = Kind::integer, .least = 0, .most = MOST_THREADS,
     .value = "N", .group = NETWORK_GROUP, .help = "0: every core", .set = to<&Settings::threads>},
    {.name = "threads", .places = FOLDER, .kind = Kind::integer, .least = 0, .most = MOST_THREADS, .value = "N",
     .group = NETWORK_GROUP, .help = "for each picture in the network; 0: planned", .set = to<&Settings::threads>},
    {.name = "threads", .places = STREAM, .kind = Kind::integer, .least = 0, .most = MOST_THREADS, .value = "N",
     .group = NETWORK_GROUP, .help = "for each frame; 0: one, or with --jobs as many as there are cores for it",
     .set = to<&Settings::threads>},
    {.name = "jobs", .places = STREAM, .kind = Kind::integer, .least = 0, .most = MOST_THREADS, .value = "N",
     .group = NETWORK_GROUP,
     .help = "frames in the network at a time; 0: as many as there are cores for the threads of each",
     .set = to<&StreamChoices::jobs>},
    {.name = "max-size", .places = WRITERS, .kind = Kind::integer, .least = 1, .most = LARGEST_INPUT_SIDE, .value = "N",
     .usual = "640", .group = NETWORK_GROUP,
     .help = "longest side of the copy a model with a free input size sees; never changes the output's size",
     .set = to<&Settings::max_size>},
    {.name = "offline", .places = WRITERS | SERVE, .group = NETWORK_GROUP, .help = "never fetch a model",
     .set = to<&Settings::fetch, &FetchOptions::offline>},
    {.name = "batch", .places = CUTOUTS | SERVE | MODELS_WARM, .kind = Kind::integer, .least = 1, .most = LARGEST_BATCH,
     .value = "N", .usual = "1", .group = NETWORK_GROUP,
     .help = "pictures the model takes at a time: pays on a GPU, for many pictures", .set = to<&Settings::batch>},

    {.name = "input-size", .places = WRITERS, .kind = Kind::sides, .least = 1, .most = LARGEST_INPUT_SIDE,
     .value = "N|WxH", .group = LAYOUT_GROUP, .help = "size of the model's input; else read from the file",
     .hint = "write N or WIDTHxHEIGHT, for example 320 or 1024x768", .set = set_input_size},
    {.name = "mean", .places = WRITERS, .kind = Kind::numbers, .count = 3, .value = "R,G,B",
     .usual = "0.485,0.456,0.406", .group = LAYOUT_GROUP, .help = "taken off the colours, which are 0 to 1",
     .hint = "write R,G,B, for example 0.485,0.456,0.406",
     .set = [](Settings& settings, const Value& value) { store(layout(settings).mean, value); }},
    {.name = "std", .places = WRITERS, .kind = Kind::numbers, .count = 3, .value = "R,G,B",
     .usual = "0.229,0.224,0.225", .group = LAYOUT_GROUP, .help = "then divided by",
     .hint = "write R,G,B, for example 0.485,0.456,0.406",
     .set = [](Settings& settings, const Value& value) { store(layout(settings).std, value); }},
    {.name = "output-kind", .places = WRITERS, .kind = Kind::word, .words = CUSTOM_OUTPUT_KINDS, .usual = "probability",
     .group = LAYOUT_GROUP, .help = "logits: a sigmoid is applied to the output",
     .set = [](Settings& settings, const Value& value) { store(layout(settings).output, value); }},
};

constexpr Option SELECTION_OPTIONS[] = {
    {.name = "mask", .places = REMOVE, .kind = Kind::text, .value = "FILE", .group = FILES_GROUP,
     .help = "a mask of your own for the pictures, and no model: a grey picture, or the alpha of a cut-out; stretched "
             "to the picture's size", .set = to<&Files::mask>},
    {.name = "trimap", .places = REMOVE, .kind = Kind::text, .value = "FILE", .group = FILES_GROUP,
     .help = "solve for the grey parts of a picture that is white where the subject is and black where it is not, and "
             "use no model", .excludes = "mask,alpha-matting,refine", .set = to<&Files::trimap>},
    {.name = "category", .places = API_CUTOUTS, .extra = "cc,cloth_category", .kind = Kind::word, .words = CATEGORIES,
     .usual = "all", .group = MAKE,
     .help = "with -m u2net_cloth_seg: clothes of the upper body, the lower body or in one piece alone; without, all "
             "of them in one (with --compat three cut-outs, one below the other)",
     .api_help = "with u2net_cloth_seg: clothes of the upper body, the lower body or in one piece alone",
     .set = to<&RemoveOptions::category>},
    {.name = "prompt", .places = CUTOUTS, .extra = "sam_prompt", .kind = Kind::prompts, .value = "PROMPT",
     .group = MAKE,
     .help = "with -m sam: point:X,Y on what is to stay, background:X,Y on what is not, box:X,Y,X,Y around what is; "
             "in pixels of the upright picture; may be given several times (the picture's middle)",
     .set = to<&RemoveOptions::prompts>},
    // What follows has a name in rembg's extras alone.
    {.name = "", .places = API_REMOVE, .extra = "sam_prompt", .kind = Kind::prompts,
     .set = to<&RemoveOptions::prompts>},
    {.name = "", .places = CUTOUTS, .extra = "model_path", .kind = Kind::text, .set = to<&Files::model_path>},
    {.name = "", .places = API_CUTOUTS, .extra = "sam_model", .kind = Kind::word, .words = SAM_MODELS,
     .hint = OTHER_SAM},
    {.name = "", .places = API_CUTOUTS, .extra = "sam_quant", .kind = Kind::word, .words = NOT_QUANTISED,
     .hint = OTHER_SAM},
    {.name = "extras", .places = API_CUTOUTS, .also = "-x", .kind = Kind::extras, .value = "JSON", .group = MAKE,
     .help = "rembg's extras: putalpha, cc (the category), sam_prompt, model_path (of u2net_custom, dis_custom or "
             "ben_custom)",
     .api_help = "rembg's extras, a JSON object: putalpha, cc or cloth_category, sam_prompt; never a file"},
};
// clang-format on

}  // namespace

constinit const std::array<std::span<const Option>, 5> PICTURE_TABLES{FILE_OPTIONS, CUTOUT_OPTIONS, PAGE_OPTIONS,
                                                                      NETWORK_OPTIONS, SELECTION_OPTIONS};

}  // namespace peel::options
