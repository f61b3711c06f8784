#pragma once

#include <memory>

#include "peel/error.hpp"

namespace peel {

/// What an object that can be moved holds. Throws Error(usage) for one that was moved from.
template <typename Held>
Held& held(const std::unique_ptr<Held>& content) {
  if (!content) throw Error(ErrorCode::usage, "used after it was moved from", "use what it was moved to");
  return *content;
}

}  // namespace peel
