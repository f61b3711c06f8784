#include "remover/picture_input.hpp"

#include <algorithm>
#include <cmath>

#include "image/resample.hpp"
#include "image/srgb.hpp"
#include "mask/network_input.hpp"

namespace peel {
namespace {

struct Size {
  int width;
  int height;
};

// A network that leaves its size open gets the picture's proportions, at most max_size long, in multiples of 32: by
// that much the networks of this kind halve their maps five times.
Size input_size(const std::vector<std::int64_t>& shape, const ModelInfo& model, const Image& picture, int max_size) {
  const double scale = std::min(1.0, static_cast<double>(max_size) / std::max(picture.width(), picture.height()));
  const auto side = [&](std::int64_t fixed, int given, int size) {
    if (fixed > 0) return static_cast<int>(fixed);
    if (given > 0) return given;
    return std::max(32, static_cast<int>(std::lround(size * scale / 32.0)) * 32);
  };
  return {side(shape[3], model.input_width, picture.width()), side(shape[2], model.input_height, picture.height())};
}

}  // namespace

Tensor picture_input(const Image& picture, const ModelInfo& model, const std::vector<std::int64_t>& shape, int max_size,
                     int threads, bool compat) {
  const Size size = input_size(shape, model, picture, max_size);
  auto small = resample_rgb(picture.view(), size.width, size.height, threads);
  // On the small copy, since it is a thousandth of the work; filtering and converting all but commute.
  if (!compat && !reads_like_srgb(picture.icc_profile())) profile_to_srgb(small, picture.icc_profile());
  return network_input(small, size.width, size.height, model.mean, model.std);
}

}  // namespace peel
