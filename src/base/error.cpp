#include "peel/error.hpp"

#include <utility>

namespace peel {

Error::Error(ErrorCode code, std::string message, std::string hint)
    : std::runtime_error(hint.empty() ? message : message + "; " + hint),
      code_(code),
      message_(std::move(message)),
      hint_(std::move(hint)) {}

}  // namespace peel
