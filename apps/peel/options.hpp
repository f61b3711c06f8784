#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "peel/document.hpp"
#include "peel/image.hpp"
#include "peel/models.hpp"
#include "peel/providers.hpp"
#include "peel/quantize.hpp"
#include "peel/remover.hpp"

// What the command line said, as plain values: all that passes from the program `peel`, which only reads arguments, to
// its module, which does the work. Of libpeel only plain types are used here, so the program need not be linked with
// it.
namespace peel::cli {

struct Common {
  bool json = false;
  bool verbose = false;
  bool quiet = false;
  std::string config;  ///< the config file that was read; empty: none
};

struct InfoArguments {};

/// Layout of a custom model, as far as it was given.
struct LayoutArguments {
  std::optional<std::array<int, 2>> input_size;  ///< width, height
  std::optional<std::array<double, 3>> mean;
  std::optional<std::array<double, 3>> std;
  std::optional<OutputKind> output_kind;
  bool given() const { return input_size || mean || std || output_kind; }
};

/// What a model runs on, and how.
struct DeviceArguments {
  Device device = Device::automatic;
  Precision precision = Precision::automatic;
  int batch = 1;
};

/// The network, and what it runs on.
struct NetworkArguments : DeviceArguments {
  std::string model = "auto";
  std::string model_path;  ///< rembg's: the file of u2net_custom, dis_custom or ben_custom; empty: not given
  bool require_device = false;
  int threads = 0;
  int max_size = 640;
  bool offline = false;
  LayoutArguments layout;
};

/// What is written.
struct OutputArguments {
  std::string output;  ///< empty: not given; "-": standard output
  std::optional<FileFormat> format;
  std::optional<int> quality;
  Effort effort = Effort::balanced;
};

/// The pictures that are read and the files that are written.
struct FileArguments : OutputArguments {
  std::vector<std::string> inputs;  ///< "-": standard input
  std::optional<std::uint64_t> max_pixels;
  std::optional<std::uint64_t> max_bytes;
};

/// What to make of a picture and its mask.
struct CutoutArguments {
  RemoveOptions::Kind kind = RemoveOptions::Kind::cutout;
  bool post_process_mask = false;
  MaskCleaning cleaning;
  bool refine = false;
  bool alpha_matting = false;
  MattingOptions matting;
  bool decontaminate = false;
  std::optional<std::array<std::uint8_t, 4>> background_rgba;
  std::string background;  ///< a colour or a file; empty: not given
  RemoveOptions::Category category = RemoveOptions::Category::all;
  std::vector<Prompt> prompts;
};

struct RemoveArguments : FileArguments, NetworkArguments, CutoutArguments {
  std::optional<int> crop_margin;
  bool compat = false;
  std::string mask;    ///< of `remove` alone: a file; empty: the model's
  std::string trimap;  ///< the same
};

struct ScanArguments : FileArguments, NetworkArguments {
  bool pdf = false;  ///< --format pdf
  std::string page = "auto";
  std::string paper;  ///< the sheet in a PDF: a format's name; empty: as large as the page
  Enhance enhance = Enhance::none;
  std::optional<Corners> corners;
  double least_confidence = ScanOptions{}.least_confidence;
  std::string debug_folder;  ///< empty: not given
};

/// Raw frames of a video. `output`: a name with a place for the frame's number.
struct StreamArguments : OutputArguments, NetworkArguments, CutoutArguments {
  int width = 0;
  int height = 0;
  std::optional<double> smooth;  ///< see MaskSmoother
  int jobs = 0;                  ///< frames in the network at a time; 0: as many as `threads` leaves cores for
};

struct FolderArguments : RemoveArguments {
  std::string input_folder;
  std::string output_folder;
  bool recursive = false;
  bool watch = false;
  bool skip_existing = false;
  bool delete_input = false;
  std::vector<std::string> include;  ///< patterns
  std::vector<std::string> exclude;
  int jobs = 0;                         ///< 0: planned
  std::optional<std::uint64_t> memory;  ///< bytes
};

struct ServeArguments {
  std::string host = "127.0.0.1";
  int port = 7000;
  std::string certificate_file;  ///< empty: not given; so the next
  std::string key_file;
  bool no_page = false;
  bool quiet_log = false;  ///< no line for each request
  std::string api_keys_file;
  std::string api_keys_variable;
  std::vector<std::string> cors_origins;
  bool behind_proxy = false;
  bool allow_url_fetch = false;
  // 0: as the library thinks best.
  std::uint64_t max_bytes = 50ull << 20;
  std::uint64_t max_pixels = 100'000'000;
  std::uint64_t upload_bytes = 512ull << 20;
  std::uint64_t picture_bytes = 0;
  std::uint64_t model_bytes = 0;
  int queue = 64;
  int connections = 256;
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds body_timeout{120'000};
  std::chrono::milliseconds idle_timeout{15'000};
  std::chrono::milliseconds write_timeout{60'000};
  std::chrono::milliseconds drain{30'000};
  std::vector<std::string> models;
  bool warm = false;
  bool download = false;
  int jobs = 0;
  NetworkArguments network;  ///< but for the model
};

struct ModelsArguments {
  enum class Action { list, download, verify, path, licence, warm } action = Action::list;
  std::vector<std::string> names;
  bool all = false;
  bool commercial_only = false;
  DeviceArguments warm;  ///< for what a model is to be made ready
};

struct BenchArguments {
  std::string input_folder;
  std::string output_folder;
  std::string masks_folder;  ///< empty: none
  int samples = 10;
  std::vector<std::string> models{"auto"};
  std::vector<std::string> configurations;
  std::vector<int> threads;
  std::vector<int> batches{1};
  int rounds = 0;  ///< 0: as the library thinks best
  bool offline = false;
  bool save = false;
  std::string user_config;  ///< where to save
};

struct QuantizeArguments {
  std::string model;
  std::string calibration_folder;
  std::string truth_folder;  ///< empty: none
  std::string output;        ///< empty: not given
  int samples = 64;
  CalibrationMethod method = CalibrationMethod::automatic;
  QuantizationTarget target = QuantizationTarget::cpu;
  std::vector<std::string> keep_float;
  int threads = 0;
  bool offline = false;
};

struct Invocation {
  Common common;
  std::variant<InfoArguments, RemoveArguments, ScanArguments, StreamArguments, FolderArguments, ModelsArguments,
               BenchArguments, QuantizeArguments, ServeArguments>
      arguments;
};

/// The entry of the module. Returns the exit status; nothing is thrown through it.
inline constexpr const char* MODULE_ENTRY = "peel_run_command";
using ModuleEntry = int(const Invocation&);

}  // namespace peel::cli
