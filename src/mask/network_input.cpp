#include "mask/network_input.hpp"

#include <algorithm>
#include <cstddef>

namespace peel {

Tensor network_input(std::span<const std::uint8_t> rgb, int width, int height, const std::array<double, 3>& mean,
                     const std::array<double, 3>& std) {
  const auto plane = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  Tensor tensor;
  tensor.shape = {1, 3, height, width};
  tensor.values.resize(3 * plane);
  // rembg's guard against an all-black picture.
  const double largest = std::max<double>(*std::max_element(rgb.begin(), rgb.end()), 1e-6);
  std::array<std::array<float, 256>, 3> table{};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t v = 0; v < 256; ++v) {
      table[c][v] = static_cast<float>((static_cast<double>(v) / largest - mean[c]) / std[c]);
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    float* const out = tensor.values.data() + c * plane;
    for (std::size_t i = 0; i < plane; ++i) out[i] = table[c][rgb[3 * i + c]];
  }
  return tensor;
}

}  // namespace peel
