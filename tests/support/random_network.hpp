#pragma once

#include <functional>
#include <string>

namespace peel::test {

/// A small network of the operators that real ones are made of: convolutions (dilated, strided), batch normalisation,
/// ReLU, pooling, resizing, concatenation and sums, with a sigmoid at its end. `choose(n)`: a number from 0 to n - 1.
std::string random_network(const std::function<int(int)>& choose);

}  // namespace peel::test
