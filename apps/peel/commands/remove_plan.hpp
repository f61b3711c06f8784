#pragma once

#include <optional>
#include <string>
#include <vector>

#include "options.hpp"
#include "peel/error.hpp"

namespace peel::cli {

/// One picture: where from, where to.
struct Job {
  std::string input;   ///< a path, or "-"
  std::string output;  ///< a path, or "-"
  FileFormat format = FileFormat::png;
  std::optional<Error> error;  ///< what is already known to be wrong with the input
};

/// What `peel remove` is to do, decided before a picture is decoded or a model fetched.
struct Plan {
  std::vector<Job> jobs;
  bool several = false;               ///< a list or a folder was given: one that fails does not stop the others
  std::vector<std::string> warnings;  ///< names that had to be changed
};

/// How standard input and output look; given, so that tests can say.
struct Streams {
  bool input_is_terminal;
  bool output_is_terminal;
};

/// Throws Error: usage (no input, no place for the output, an output that is an input), input (an only input that is
/// not there, a folder without pictures), output (a folder that is not there or cannot be written to). Creates the
/// output folder where "FOLDER/" names one that is not there yet.
Plan plan_removal(const RemoveArguments& arguments, bool json, const Streams& streams);

}  // namespace peel::cli
