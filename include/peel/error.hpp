#pragma once

#include <stdexcept>
#include <string>

#include "peel/export.hpp"

namespace peel {

/// What kind of thing went wrong. The values are the exit statuses of the `peel` program.
enum class ErrorCode {
  usage = 2,     ///< an argument or a setting makes no sense
  input = 3,     ///< a picture cannot be read, or is over a limit
  model = 4,     ///< a model is missing, damaged or not the kind of network expected
  device = 5,    ///< a device that was required cannot be used
  output = 6,    ///< a result could not be written
  internal = 7,  ///< a defect in peel or in a library below it
  /// The caller's own stop ended it (Control::stop). The program, which answers an interrupt so, ends by its signal.
  cancelled = 8,
};

/// The only exception libpeel throws on purpose (std::bad_alloc may pass through it).
///
/// `message` says what went wrong and where (it names the file), `hint` what to do about it; both are one line without
/// a final full stop. what() is both, joined: "MESSAGE; HINT".
class PEEL_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string message, std::string hint = {});

  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorCode code_;
  std::string message_;
  std::string hint_;
};

}  // namespace peel
