#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peel::cli {

/// One picture of a list of pictures.
struct ManifestLine {
  std::string input;
  std::string output;  ///< empty: not given
};

/// The list in a file ("-": standard input), a picture a line: IN, or IN, a tab and OUT, or a JSON object with "in" and
/// perhaps "out". Lines may end as on Windows, empty ones are none. Throws Error(input) where it cannot be read, holds
/// no picture, or a line makes no sense, with its number.
std::vector<ManifestLine> read_manifest(const std::string& file);

/// One of several parts of the same list or folder. The parts have no picture in common and leave none out.
struct Shard {
  std::uint64_t index = 0;  ///< counted from 0
  std::uint64_t count = 1;

  bool is_all() const { return count == 1; }
  /// Of a list, by its place there: what is appended later changes nothing.
  bool takes_line(std::uint64_t line) const { return line % count == index; }
  /// Of a folder, by the way to it from there: what is put there later changes nothing. The same on every machine.
  bool takes_name(std::string_view name) const;
};

using Environment = std::function<std::optional<std::string>(const char*)>;

/// The process's own environment.
std::optional<std::string> environment_variable(const char* name);

/// From "I/N", "auto" or "auto/N"; all of it from "". For auto an element of a job array says which part it is: Slurm's
/// (SLURM_ARRAY_TASK_ID, with _MIN, _STEP and _COUNT), Kubernetes' (JOB_COMPLETION_INDEX, which does not tell N) or AWS
/// Batch's (AWS_BATCH_JOB_ARRAY_INDEX, and _SIZE). A given N has to be the array's. Throws Error(usage).
Shard shard_from(const std::string& words, const Environment& environment = environment_variable);

}  // namespace peel::cli
