#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"
#include "peel/error.hpp"

namespace peel::cli {

/// One picture: where from, where to.
struct Job {
  std::string input;   ///< a path, or "-"
  std::string output;  ///< a path, or "-"
  std::string stem;    ///< of its name in a folder of outputs; empty: the input's
  FileFormat format = FileFormat::png;
  int page = 0;                                         ///< of the input, counted from 1; 0: nobody said which
  int pages = 1;                                        ///< that the input has, where each is a job
  bool animation = false;                               ///< all frames of the input, into one output
  std::shared_ptr<const std::vector<std::byte>> bytes;  ///< of standard input, where it was read already
  std::string drawings;        ///< how the names of its drawings begin, with their folder; empty: none are wanted
  std::optional<Error> error;  ///< what is already known to be wrong with the input
};

/// What a command is to do with pictures, decided before one is decoded or a model fetched.
struct Plan {
  std::vector<Job> jobs;
  bool several = false;               ///< a list or a folder was given: one that fails does not stop the others
  bool pdf = false;                   ///< all go into one PDF, the output of each of them
  std::vector<std::string> warnings;  ///< names that had to be changed
};

/// How standard input and output look; given, so that tests can say.
struct Streams {
  bool input_is_terminal;
  bool output_is_terminal;
};

/// `peel remove` and `peel scan`. Both throw Error: usage (no input, no place for the output, an output that is an
/// input), input (an only input that is not there, a folder without pictures), output (a folder that is not there or
/// cannot be written to). They create the output folder where "FOLDER/" names one that is not there yet, and that of
/// drawings.
Plan plan_removal(const Given& given, bool json, const Streams& streams);
Plan plan_scan(const Given& given, bool json, const Streams& streams);

/// How the names of the drawings of a scan end.
inline constexpr std::array<std::string_view, 4> DRAWING_ENDINGS{"-mask.png", "-candidates.png", "-chosen.png",
                                                                 "-page.png"};

}  // namespace peel::cli
