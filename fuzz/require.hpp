#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "peel/error.hpp"

namespace peel::fuzz {

/// Ends the fuzzer, which then keeps the input, where `holds` is false.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  fmt::print(stderr, "violated: {}\n", what);
  std::abort();
}

/// Whether the call took its input. To foreign bytes an Error of that code, in one line, is a right answer too; any
/// other exception ends the fuzzer.
template <typename Call>
bool accepts(ErrorCode refusal, Call&& call) {
  try {
    call();
    return true;
  } catch (const Error& error) {
    require(error.code() == refusal, error.what());
    require(!error.message().empty() && error.message().find('\n') == std::string_view::npos, "a message is one line");
    return false;
  }
}

}  // namespace peel::fuzz
