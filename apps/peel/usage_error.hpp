#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace peel::cli {

/// Arguments that make no sense. The program's own, as peel::Error lives in the library, which it does not load to say
/// so.
class UsageError : public std::runtime_error {
 public:
  explicit UsageError(const std::string& message, std::string hint = {})
      : std::runtime_error(message), hint_(std::move(hint)) {}
  const std::string& hint() const noexcept { return hint_; }

 private:
  std::string hint_;
};

}  // namespace peel::cli
