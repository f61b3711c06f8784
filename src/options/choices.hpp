#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "peel/image.hpp"

// What options set that is in no struct of the library: things of the program alone, and texts that the library reads
// itself (a colour, a page's shape).
namespace peel::options {

struct Common {
  bool json = false;
  bool verbose = false;
  bool quiet = false;
  std::string config{};  ///< the config file that was read; empty: none
  bool no_config = false;
  std::string user_config{};  ///< where this user's settings are kept, whether or not there are any; empty: nowhere
  std::string shell{};        ///< of `completion`
};

/// What is read and what is written.
struct Files {
  std::vector<std::string> inputs{};  ///< "-": standard input
  std::string output{};               ///< empty: not given; "-": standard output
  std::string manifest{};             ///< a list of pictures instead of inputs; empty: not given; "-": standard input
  std::string shard{};                ///< which part of them: "I/N", "auto", "auto/N"; empty: all
  std::optional<int> pages{};         ///< of a file with several: that one, counted from 1; 0: all
  std::optional<FileFormat> format{};
  bool pdf = false;  ///< of `scan`: --format pdf
  std::string mask{};
  std::string trimap{};
  std::string model_path{};  ///< rembg's: the file of u2net_custom, dis_custom or ben_custom
  /// A colour, or for the program a file. Empty: not given.
  std::string background{};
  std::string rembg_background{};  ///< the same by rembg's option
};

struct FolderChoices {
  std::string input_folder{};
  std::string output_folder{};
  bool recursive = false;
  bool watch = false;
  bool skip_existing = false;
  bool delete_input = false;
  std::vector<std::string> include{};  ///< patterns
  std::vector<std::string> exclude{};
};

/// Raw frames of a video.
struct StreamChoices {
  int width = 0;
  int height = 0;
  std::optional<double> smooth{};  ///< see MaskSmoother
  int jobs = 0;                    ///< frames in the network at a time; 0: as many as `threads` leaves cores for
};

struct ScanChoices {
  std::string page = "auto";
  std::string paper{};         ///< the sheet in a PDF: a format's name; empty: as large as the page
  std::string debug_folder{};  ///< empty: not given
};

/// Of requests to the server alone.
struct ApiChoices {
  std::string model{};  ///< empty: the usual one
  bool only_corners = false;
};

struct ServeChoices {
  bool quiet_log = false;  ///< no line for each request
  std::chrono::milliseconds drain{30'000};
};

struct BenchChoices {
  std::string input_folder{};
  int samples = 10;
  bool save = false;
};

struct ModelsChoices {
  std::vector<std::string> names{};
  bool all = false;
  bool commercial_only = false;
};

}  // namespace peel::options
