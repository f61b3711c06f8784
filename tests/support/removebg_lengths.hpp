#pragma once

#include "server/removebg_request.hpp"

namespace peel::test {

inline server::Length px(double amount) {
  return {amount, false};
}

inline server::Length percent(double amount) {
  return {amount, true};
}

}  // namespace peel::test
