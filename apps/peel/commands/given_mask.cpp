#include "commands/given_mask.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "peel/mask.hpp"

namespace peel::cli {

GivenMask::GivenMask(const std::string& file, const DecodeOptions& decode)
    : file_(file), mask_(mask_from_picture(load_image(file, decode))) {}

void GivenMask::check_proportions(const std::string& input, const Image& picture, Console& console) const {
  const std::int64_t width = picture.width();
  const std::int64_t height = picture.height();
  // Sides are whole numbers: proportions that were the same are off by one pixel of the smaller of the two at most.
  const std::int64_t difference = std::abs(width * mask_.height() - height * mask_.width());
  if (difference <= std::max<std::int64_t>({width, height, mask_.width(), mask_.height()})) return;
  console.warn(fmt::format("{}: {} is stretched from {} x {} to {} x {}, which changes its proportions", input, file_,
                           mask_.width(), mask_.height(), width, height));
}

}  // namespace peel::cli
