#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "inference/session.hpp"

namespace peel {

/// Packed 8-bit RGB to a network's input, 1 x 3 x height x width, as rembg's BaseSession.normalize does it: every
/// sample is divided by the largest of the whole picture (not by 255; a dark picture is stretched), then less `mean`
/// and divided by `std`, red first. In doubles, rounded to float32 once: bit for bit rembg's.
Tensor network_input(std::span<const std::uint8_t> rgb, int width, int height, const std::array<double, 3>& mean,
                     const std::array<double, 3>& std);

}  // namespace peel
