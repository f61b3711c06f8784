#include "peel/matting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/control.hpp"
#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "image/resample.hpp"
#include "matting/closed_form.hpp"
#include "matting/foreground.hpp"
#include "matting/guided_filter.hpp"
#include "matting/trimap.hpp"
#include "options/limits.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr int WINDOW_SIDE = 3;  // of a window of the matting Laplacian

// Where the mask is sure it stays as it is: a guided filter makes a haze around what it sharpens, which costs more in
// SAD than the sharpness gains (docs/edges.md, "What they gain").
constexpr float FROM_SURE = 8;    // the filter's share is this times mask * (1 - mask), at most 1
constexpr float CONTRAST = 1.1f;  // which the filter takes away

std::span<const std::uint8_t> values(const Image& gray) {
  return {reinterpret_cast<const std::uint8_t*>(gray.data()), gray.size_bytes()};
}

Image gray_image(int width, int height, const auto& value, int threads) {
  auto out = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
  parallel_for(0, height, 1 + (1 << 18) / width, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto y = static_cast<int>(begin); y < end; ++y) {
      std::uint8_t* const row = out->row<std::uint8_t>(y);
      const std::size_t first = static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
      for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x) row[x] = value(first + x);
    }
  });
  return Image(std::move(out));
}

void check_gray(const Image& image, const char* what) {
  if (image.empty() || image.format() != PixelFormat::gray8) {
    throw Error(ErrorCode::usage, fmt::format("{} must have one channel of 8 bits", what));
  }
}

void check_size(const Image& picture, const Image& image, const char* what) {
  if (picture.empty()) throw Error(ErrorCode::usage, "the picture is empty");
  if (image.width() != picture.width() || image.height() != picture.height()) {
    throw Error(ErrorCode::usage, fmt::format("{} has {} x {} pixels, the picture {} x {}", what, image.width(),
                                              image.height(), picture.width(), picture.height()));
  }
}

}  // namespace

Image make_trimap(const Image& mask, const MattingOptions& options, int threads) {
  check_gray(mask, "a mask");
  const auto check_range = [](const char* what, int value, int most) {
    if (value >= 0 && value <= most) return;
    throw Error(ErrorCode::usage, fmt::format("{} of {} is outside 0 to {}", what, value, most));
  };
  check_range("a foreground threshold", options.foreground_threshold, 255);
  check_range("a background threshold", options.background_threshold, 255);
  check_range("an erosion", options.erosion.value_or(0), options::MOST_EROSION);
  const Trimap trimap =
      trimap_from_mask(values(mask), mask.width(), mask.height(),
                       {options.foreground_threshold, options.background_threshold, options.erosion}, threads);
  return gray_image(
      mask.width(), mask.height(), [&](std::size_t i) { return trimap.values[i]; }, threads);
}

AlphaEstimate estimate_alpha(const Image& picture, const Image& trimap, bool exact, int threads,
                             const std::stop_token& stop) {
  const StopScope scope(stop);
  check_gray(trimap, "a trimap");
  check_size(picture, trimap, "the trimap");
  const Trimap known = trimap_from_drawing(values(trimap));
  AlphaEstimate result{trimap, false, {}};
  if (!known.has_foreground || !known.has_background) {
    result.note = fmt::format("nothing is certain to be {}", known.has_foreground   ? "background"
                                                             : known.has_background ? "foreground"
                                                                                    : "foreground or background");
    return result;
  }
  if (std::min(picture.width(), picture.height()) < WINDOW_SIDE) {
    result.note = "the picture is too small";
    return result;
  }
  ClosedFormOptions options;
  options.exact = exact;
  options.threads = threads;
  const ClosedFormAlpha solved = closed_form_alpha(picture, known.values, options);
  result.alpha = gray_image(
      picture.width(), picture.height(),
      [&](std::size_t i) { return static_cast<std::uint8_t>(solved.alpha[i] * 255 + 0.5f); }, threads);
  result.solved = true;
  if (!solved.converged) result.note = fmt::format("had not quite settled after {} iterations", solved.iterations);
  return result;
}

Image estimate_foreground(const Image& picture, const Image& alpha, int threads, const std::stop_token& stop) {
  const StopScope scope(stop);
  check_gray(alpha, "an alpha");
  check_size(picture, alpha, "the alpha");
  return foreground_colors(picture, alpha, threads);
}

Image refine_mask(const Image& picture, const Image& mask, int threads) {
  check_gray(mask, "a mask");
  if (picture.empty()) throw Error(ErrorCode::usage, "the picture is empty");
  const Image guided = guided_mask(picture, mask, {}, threads);
  auto plain = std::make_shared<Image::Data>(picture.width(), picture.height(), PixelFormat::gray8);
  resample_gray(values(mask).data(), mask.width(), mask.height(), plain->row<std::uint8_t>(0), picture.width(),
                picture.height(), threads);
  const std::uint8_t* const own = plain->row<std::uint8_t>(0);
  const auto mixed = [&](std::size_t i) {
    if (own[i] == 0 || own[i] == 255) return own[i];
    const float m = static_cast<float>(own[i]) / 255;
    const float drawn = std::clamp((static_cast<float>(values(guided)[i]) / 255 - 0.5f) * CONTRAST + 0.5f, 0.0f, 1.0f);
    const float share = std::min(1.0f, FROM_SURE * m * (1 - m));
    return static_cast<std::uint8_t>((m + share * (drawn - m)) * 255 + 0.5f);
  };
  return gray_image(picture.width(), picture.height(), mixed, threads);
}

}  // namespace peel
