#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "peel/providers.hpp"
#include "peel/remover.hpp"

// Devices and precisions as they are written everywhere: in names, in SessionInfo, on the command line.
namespace peel::benchmark {

inline constexpr std::array<std::pair<std::string_view, Device>, 5> DEVICES{{{"cpu", Device::cpu},
                                                                             {"cuda", Device::cuda},
                                                                             {"tensorrt", Device::tensorrt},
                                                                             {"webgpu", Device::webgpu},
                                                                             {"openvino", Device::openvino}}};
inline constexpr std::array<std::pair<std::string_view, Precision>, 3> PRECISIONS{
    {{"fp32", Precision::fp32}, {"fp16", Precision::fp16}, {"int8", Precision::int8}}};

template <typename Table, typename Value>
constexpr std::string_view word(const Table& table, Value wanted) {
  for (const auto& [text, value] : table) {
    if (value == wanted) return text;
  }
  return "auto";
}
constexpr std::string_view word(Device device) {
  return word(DEVICES, device);
}
constexpr std::string_view word(Precision precision) {
  return word(PRECISIONS, precision);
}

template <typename Table>
constexpr auto from_word(const Table& table, std::string_view wanted) {
  std::optional<typename Table::value_type::second_type> found;
  for (const auto& [text, value] : table) {
    if (text == wanted) found = value;
  }
  return found;
}

}  // namespace peel::benchmark
