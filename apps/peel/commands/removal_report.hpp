#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "peel/remover.hpp"

namespace peel::cli {

/// A picture whose background was taken off, as commands tell of it.
struct Removed {
  std::string input;
  std::string output;
  int width = 0;  ///< of the output
  int height = 0;
  bool subject = false;
  int page = 0;            ///< of the input, counted from 1; 0: nobody said which
  std::size_t frames = 0;  ///< of an animation
  std::string mask{};      ///< the file it is from; empty: the model
  std::string trimap{};    ///< the same
  std::optional<Box> crop;
  std::vector<std::string> notes{};  ///< Result::notes
  Timings timings;
  double write = 0;  ///< milliseconds
};

/// `session`: null where no model ran.
nlohmann::ordered_json removal_json(const Removed& removed, const SessionInfo* session);

/// "  decode 70.1, preprocess ... total 300.2 ms"
std::string timings_line(const Timings& timings);

}  // namespace peel::cli
