#include "inference/warm_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <system_error>

#include "inference/profile.hpp"
#include "peel/error.hpp"

namespace peel {

Tensor test_pattern(const std::vector<std::int64_t>& input_shape) {
  Tensor pattern;
  pattern.shape = input_shape;
  for (auto& size : pattern.shape) size = size > 0 ? size : 320;
  const std::int64_t height = pattern.shape[2];
  const std::int64_t width = pattern.shape[3];
  const std::int64_t planes = pattern.shape[0] * pattern.shape[1];
  pattern.values.reserve(static_cast<std::size_t>(planes * height * width));
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        const double dx = 2.0 * static_cast<double>(x) / static_cast<double>(width) - 1;
        const double dy = 2.0 * static_cast<double>(y) / static_cast<double>(height) - 1;
        // About what a normalised picture spans: -2 to 2.
        pattern.values.push_back(dx * dx + dy * dy < 0.25 ? 1.5f - 0.25f * static_cast<float>(plane % 3)
                                                          : -1.5f + 0.5f * static_cast<float>(dx));
      }
    }
  }
  return pattern;
}

void check_result(const Tensor& output, const SaneRange& range) {
  const auto fail = [](const std::string& reason) {
    throw Error(ErrorCode::device, fmt::format("its first result is wrong: {}", reason),
                "update the driver; `peel info` tries every device");
  };
  const auto [least, greatest] = std::ranges::minmax(output.values);
  if (!std::ranges::all_of(output.values, [](float value) { return std::isfinite(value); })) fail("no numbers");
  if (least < range.least || greatest > range.greatest) {
    fail(fmt::format("values from {:.3g} to {:.3g} instead of {:.3g} to {:.3g}", least, greatest, range.least,
                     range.greatest));
  }
  if (output.values.size() > 1 && least == greatest) fail("the same value everywhere");
  const auto pictures = static_cast<std::size_t>(output.shape.empty() ? 1 : std::max<std::int64_t>(output.shape[0], 1));
  const std::size_t size = output.values.size() / pictures;
  for (std::size_t i = 1; i < pictures; ++i) {
    for (std::size_t k = 0; k < size; ++k) {
      if (std::abs(output.values[i * size + k] - output.values[k]) > 0.02f * (greatest - least)) {
        fail("equal pictures of a batch have different results");
      }
    }
  }
}

float difference(const Tensor& a, const Tensor& b) {
  if (a.values.size() != b.values.size()) return INFINITY;
  float largest = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const float d = std::abs(a.values[i] - b.values[i]);
    if (!(d <= largest)) largest = d;  // not a number counts too
  }
  return largest;
}

ProfileFolder::ProfileFolder() {
  std::error_code error;
  std::string name = (std::filesystem::temp_directory_path(error) / "peel-profile-XXXXXX").string();
  if (!error && ::mkdtemp(name.data())) folder_ = name;
}

ProfileFolder::~ProfileFolder() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::optional<std::string> ProfileFolder::prefix() const {
  if (folder_.empty()) return std::nullopt;
  return (folder_ / "run").string();
}

std::vector<Share> ProfileFolder::shares(const Network& network, Device device) const {
  if (folder_.empty()) return {};
  const Ort::AllocatorWithDefaultOptions allocator;
  const auto file = network.session().EndProfilingAllocated(allocator);
  const Provider& wanted = provider(device);
  auto counts = count_operators(file.get(), wanted.runtime_name);
  if (!counts.empty() && counts.front().provider != wanted.name) {
    int all = 0;
    for (const auto& count : counts) all += count.operators;
    throw Error(ErrorCode::device, fmt::format("it takes none of the network's {} operators", all));
  }
  return counts;
}

}  // namespace peel
