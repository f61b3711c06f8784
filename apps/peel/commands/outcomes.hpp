#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "commands/console.hpp"
#include "peel/error.hpp"

namespace peel::cli {

/// What became of a picture.
struct Outcome {
  nlohmann::ordered_json description;  ///< its part of the answer; null where nothing can be told
  std::optional<Error> error;          ///< why it failed
};

/// What the action throws about one picture, so that the others can go on.
template <typename Action>
std::optional<Error> guarded(const std::string& input, const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::internal, input + ": not enough memory", "set --max-pixels to what this machine can hold");
  }
  return std::nullopt;
}

/// What became of a command's pictures: errors are told as they come, the answer in the end.
class Outcomes {
 public:
  /// `several`: the answer is a list.
  Outcomes(bool several, Console& console) : several_(several), console_(console) {}

  void add(const std::string& input, const Outcome& outcome);

  /// Gives the answer. Returns the exit status.
  int finish();

 private:
  bool several_;
  Console& console_;
  nlohmann::ordered_json results_ = nlohmann::ordered_json::array();
  std::size_t failed_ = 0;
  int status_ = 0;  ///< of the last that failed
};

}  // namespace peel::cli
