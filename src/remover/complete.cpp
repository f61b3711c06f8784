#include "remover/complete.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "base/stopwatch.hpp"
#include "image/compose.hpp"
#include "mask/cutout.hpp"
#include "mask/stack.hpp"
#include "peel/error.hpp"
#include "peel/matting.hpp"

namespace peel {
namespace {

using Kind = RemoveOptions::Kind;

/// A mask that is ready to be laid on a picture.
struct Prepared {
  Image mask;           ///< gray8, as large as the picture
  bool matted = false;  ///< it is an alpha that was solved for
};

Image as_image(const SmallMask& small) {
  return Image::from_pixels({small.values.data(), small.width, small.height, small.width, PixelFormat::gray8});
}

// Closed-form matting, or what comes nearest to it where there is nothing to solve.
Prepared matted(const Image& picture, const Image& mask, const RemoveOptions& options, int threads, Result& result) {
  // rembg solves as far as pymatting does.
  const bool exact = options.matting.exact || options.compat;
  AlphaEstimate estimate = estimate_alpha(picture, make_trimap(mask, options.matting, threads), exact, threads);
  if (estimate.solved) {
    if (!estimate.note.empty()) result.notes.push_back(fmt::format("alpha matting {}", estimate.note));
    return {std::move(estimate.alpha), true};
  }
  // rembg takes the mask as it is then.
  const bool guided = !options.compat && !options.refine;
  result.notes.push_back(fmt::format("no alpha matting: {}; the mask is {} instead", estimate.note,
                                     guided ? "drawn to the picture's edges" : "taken as it is"));
  return {guided ? refine_mask(picture, mask, threads) : mask, false};
}

Prepared prepared(const Image& picture, const SmallMask& small, const RemoveOptions& options, int threads,
                  Result& result) {
  Image mask = options.refine ? refine_mask(picture, as_image(small), threads)
                              : full_size_mask(small, picture.width(), picture.height(), threads);
  if (options.post_process_mask) mask = post_process_mask(mask, threads);
  if (options.cleaning != MaskCleaning{}) mask = clean_mask(mask, options.cleaning, threads);
  if (options.alpha_matting) return matted(picture, mask, options, threads, result);
  return {std::move(mask), false};
}

Image composed(const Image& picture, const Image& mask, bool matted, const RemoveOptions& options, int threads) {
  if (options.kind == Kind::mask) return mask;
  // With put_alpha every colour is kept, unless it is asked for.
  const bool own_colors = options.kind == Kind::put_alpha || !matted;
  const Image colors = options.decontaminate || !own_colors ? estimate_foreground(picture, mask, threads) : picture;
  const auto* const color = std::get_if<Color>(&options.background);
  const auto* const ground = std::get_if<Image>(&options.background);
  Image result;
  if (options.kind == Kind::put_alpha) {
    result = put_alpha(colors, mask, threads);
  } else if (options.compat && !matted) {
    result = compat_cut_out(colors, mask, threads);
  } else {
    result = cut_out(colors, mask, threads);
  }
  if (color && options.compat && options.kind == Kind::cutout) return compat_over_color(result, *color, threads);
  if (color) return over_color(result, *color, threads);
  if (ground) return over_picture(result, *ground, threads);
  return result;
}

/// Several cut-outs, one below the other, as rembg makes them of several masks.
void complete_parts(const Image& picture, const SmallMask& small, const RemoveOptions& options, int threads,
                    Result& result) {
  std::vector<Image> images;
  std::vector<Image> masks;
  for (int i = 0; i < small.parts; ++i) {
    Prepared part = prepared(picture, part_of(small, i), options, threads, result);
    images.push_back(composed(picture, part.mask, part.matted, options, threads));
    masks.push_back(std::move(part.mask));
  }
  result.mask = stacked_masks(masks);
  result.image = stacked_pictures(images);
}

void complete_one(const Image& picture, const SmallMask& small, const RemoveOptions& options, int threads,
                  Result& result) {
  Prepared made = prepared(picture, small, options, threads, result);
  result.mask = std::move(made.mask);
  if (options.cleaning != MaskCleaning{}) result.subject = holds_subject(result.mask);
  if (options.crop_margin) result.crop = subject_box(result.mask, *options.crop_margin);
  if (result.crop && (result.crop->width != picture.width() || result.crop->height != picture.height())) {
    result.image =
        composed(crop(picture, *result.crop), crop(result.mask, *result.crop), made.matted, options, threads);
  } else {
    result.image = composed(picture, result.mask, made.matted, options, threads);
  }
}

}  // namespace

void check(std::span<const Image> pictures, const RemoveOptions& options) {
  for (const Image& picture : pictures) {
    if (picture.empty()) throw Error(ErrorCode::usage, "the picture is empty");
  }
  if (const auto* ground = std::get_if<Image>(&options.background); ground && ground->empty()) {
    throw Error(ErrorCode::usage, "the background picture is empty");
  }
  if (options.crop_margin.value_or(0) < 0) throw Error(ErrorCode::usage, "the crop margin is below 0");
}

void complete(const Image& picture, const SmallMask& small, const RemoveOptions& options, int threads, Result& result) {
  Stopwatch watch;
  result.subject = small.subject;
  result.notes.assign(picture.notes().begin(), picture.notes().end());
  if (options.kind == Kind::network_mask) {
    result.mask = as_image(small);
    result.image = result.mask;
  } else if (small.parts > 1) {
    complete_parts(picture, small, options, threads, result);
  } else {
    complete_one(picture, small, options, threads, result);
  }
  result.timings.postprocess += watch.lap();
  result.timings.total = result.timings.preprocess + result.timings.inference + result.timings.postprocess;
}

bool holds_subject(const Image& mask) {
  return is_subject({reinterpret_cast<const std::uint8_t*>(mask.data()), mask.size_bytes()});
}

}  // namespace peel
