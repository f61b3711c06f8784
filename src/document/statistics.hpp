#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace peel::document {

/// The upper median; 0 for no values.
template <typename T>
T median(std::vector<T> values) {
  if (values.empty()) return T{};
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace peel::document
