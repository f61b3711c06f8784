#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>

#include "peel/error.hpp"
#include "peel/export.hpp"

namespace peel {

/// How far long work has come. What `done` and `total` count is said where the work is; 0: `total` is not known.
struct Progress {
  std::string_view what;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
/// Called from the thread that does the work; must not throw.
using ProgressCallback = std::function<void(const Progress&)>;

/// How long work is watched, and ended early. Copies share the stop.
///
///     std::stop_source source;  // source.request_stop() from any thread
///     remover.remove(picture, options, {source.get_token(), [](const peel::Progress& p) { ... }});
struct Control {
  /// Once it is requested the work throws Cancelled, where nothing else is said: before its next step and out of long
  /// loops, the network's operators and matting's iterations among them. Nothing is half done after that, and what did
  /// the work can be used again. Decoding and encoding end between rows where the format's library lets them; a picture
  /// that it takes in one piece (AVIF, JPEG XL, a JPEG of many scans) is waited for.
  std::stop_token stop = {};
  ProgressCallback progress = {};  ///< at the beginning of every step
};

/// Work was ended by the stop its caller had given it: Error(cancelled).
class PEEL_API Cancelled : public Error {
 public:
  Cancelled();
};

}  // namespace peel
