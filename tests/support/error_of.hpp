#pragma once

#include <gtest/gtest.h>

#include "peel/error.hpp"

namespace peel::test {

/// The Error a call throws; a failure where it throws none.
template <typename Call>
Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return {ErrorCode::internal, "none"};
}

/// The code of the Error that a call throws; 0 when it throws none.
template <typename Call>
int error_code(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return static_cast<int>(error.code());
  }
  return 0;
}

}  // namespace peel::test
