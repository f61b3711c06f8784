#include "remover/finish.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/control.hpp"
#include "base/stopwatch.hpp"
#include "image/compose.hpp"
#include "image/pixel_buffer.hpp"
#include "mask/cutout.hpp"
#include "mask/mask.hpp"
#include "mask/stack.hpp"
#include "peel/error.hpp"
#include "peel/matting.hpp"

namespace peel {
namespace {

using Kind = Finish::Kind;

/// A mask that is ready to be laid on a picture.
struct FinalMask {
  Image image;          ///< gray8, as large as the picture
  bool solved = false;  ///< it is an alpha that was solved for
};

// Closed-form matting, or what comes nearest to it where there is nothing to solve.
FinalMask solve_alpha(const Image& picture, const Image& mask, const Finish& options, int threads,
                      std::vector<std::string>& notes) {
  // rembg solves as far as pymatting does.
  const bool exact = options.matting.exact || options.compat;
  AlphaEstimate estimate = estimate_alpha(picture, make_trimap(mask, options.matting, threads), exact, threads);
  if (estimate.solved) {
    if (!estimate.note.empty()) notes.push_back(fmt::format("alpha matting {}", estimate.note));
    return {std::move(estimate.alpha), true};
  }
  // rembg takes the mask as it is then.
  const bool guided = !options.compat && !options.refine;
  notes.push_back(fmt::format("no alpha matting: {}; the mask is {} instead", estimate.note,
                              guided ? "drawn to the picture's edges" : "taken as it is"));
  return {guided ? refine_mask(picture, mask, threads) : mask, false};
}

FinalMask final_mask(const Image& picture, const Image& seen, const Finish& options, int threads,
                     const Control& control, std::vector<std::string>& notes) {
  begin_step(control, "mask", 0, 1);
  Image mask = options.refine ? refine_mask(picture, seen, threads)
                              : full_size_mask(seen, picture.width(), picture.height(), threads);
  if (options.post_process_mask) mask = post_process_mask(mask, threads);
  if (options.cleaning != MaskCleaning{}) mask = clean_mask(mask, options.cleaning, threads);
  if (!options.alpha_matting) return {std::move(mask), false};
  begin_step(control, "matting", 0, 1);
  return solve_alpha(picture, mask, options, threads, notes);
}

Image compose(const Image& picture, const FinalMask& mask, const Finish& options, int threads, const Control& control) {
  const PixelBuffer* const into = options.into ? &*options.into : nullptr;
  if (options.kind == Kind::mask) {
    if (!into) return mask.image;
    mask.image.copy_to(*into);
    return {};
  }
  // With put_alpha every colour is kept, unless it is asked for.
  const bool own_colors = options.kind == Kind::put_alpha || !mask.solved;
  Image colors = picture;
  if (options.decontaminate || !own_colors) {
    begin_step(control, "colors", 0, 1);
    colors = estimate_foreground(picture, mask.image, threads);
  }
  begin_step(control, "composing", 0, 1);
  const auto* const color = std::get_if<Color>(&options.background);
  const auto* const ground = std::get_if<Image>(&options.background);
  const PixelBuffer* const cutout_into = color || ground ? nullptr : into;
  Image result;
  if (options.kind == Kind::put_alpha) {
    result = put_alpha(colors, mask.image, threads, cutout_into);
  } else if (options.compat && !mask.solved) {
    result = compat_cut_out(colors, mask.image, threads, cutout_into);
  } else {
    result = cut_out(colors, mask.image, threads, cutout_into);
  }
  if (color && options.compat && options.kind == Kind::cutout) {
    return compat_over_color(result, *color, threads, into);
  }
  if (color) return over_color(result, *color, threads, into);
  if (ground) return over_picture(result, *ground, threads, into);
  return result;
}

/// A cut-out of each class, one below the other, as rembg makes them of several masks.
void finish_classes(const Image& picture, const Mask& mask, const Finish& options, int threads, const Control& control,
                    Result& result) {
  std::vector<Image> images;
  std::vector<Image> masks;
  for (const Mask::Class& each : mask.classes) {
    FinalMask own = final_mask(picture, each.image, options, threads, control, result.notes);
    images.push_back(compose(picture, own, options, threads, control));
    masks.push_back(std::move(own.image));
  }
  result.mask = stacked_masks(masks);
  result.image = stacked_pictures(images);
}

void finish_one(const Image& picture, const Mask& mask, const Finish& options, int threads, const Control& control,
                Result& result) {
  FinalMask whole = final_mask(picture, mask.image, options, threads, control, result.notes);
  result.mask = whole.image;
  if (options.cleaning != MaskCleaning{}) result.subject = is_subject(result.mask);
  if (options.crop_margin) result.crop = subject_box(result.mask, *options.crop_margin);
  if (result.crop && (result.crop->width != picture.width() || result.crop->height != picture.height())) {
    const FinalMask part{crop(whole.image, *result.crop), whole.solved};
    result.image = compose(crop(picture, *result.crop), part, options, threads, control);
  } else {
    result.image = compose(picture, whole, options, threads, control);
  }
}

}  // namespace

void check_picture(const Image& picture) {
  if (picture.empty()) throw Error(ErrorCode::usage, "the picture is empty");
}

bool sees_several_classes(const SessionInfo& session, const Look& look) {
  return session.output == OutputKind::classes && look.compat && look.category == Category::all;
}

void check_finish(const Finish& options, bool several_classes) {
  if (const auto* ground = std::get_if<Image>(&options.background); ground && ground->empty()) {
    throw Error(ErrorCode::usage, "the background picture is empty");
  }
  if (options.into && (options.crop_margin || several_classes)) {
    throw Error(ErrorCode::usage,
                fmt::format("{} do not go into a buffer as large as the picture",
                            several_classes ? "three cut-outs in one" : "cropped pictures"),
                several_classes ? "choose a category, or leave compat off" : "crop what is in the buffer");
  }
  if (options.crop_margin.value_or(0) < 0) throw Error(ErrorCode::usage, "the crop margin is below 0");
  if (options.crop_margin && several_classes) {
    throw Error(ErrorCode::usage, "three cut-outs in one, as rembg makes them, cannot be cropped",
                "choose a category, or leave compat off");
  }
}

void check_into(const Finish& options, std::span<const Image> pictures) {
  if (!options.into) return;
  if (pictures.size() > 1) {
    throw Error(ErrorCode::usage, "several pictures do not go into one buffer", "take them one by one");
  }
  for (const Image& picture : pictures) check_buffer(*options.into, picture.width(), picture.height());
}

Result finish(const Image& picture, const Mask& mask, const Finish& options, int threads, const Control& control) {
  check_picture(picture);
  check_finish(options, !mask.classes.empty());
  check_into(options, {&picture, 1});
  const StopScope scope(control.stop);
  check_mask(mask.image);
  for (const Mask::Class& each : mask.classes) check_mask(each.image);
  Stopwatch watch;
  Result result;
  result.subject = mask.subject;
  result.notes.assign(picture.notes().begin(), picture.notes().end());
  result.timings = mask.timings;
  if (mask.classes.empty()) {
    finish_one(picture, mask, options, threads, control, result);
  } else {
    finish_classes(picture, mask, options, threads, control, result);
  }
  Timings& t = result.timings;
  t.postprocess += watch.lap();
  t.total = t.preprocess + t.inference + t.postprocess;
  return result;
}

Result finish_trimap(const Image& picture, const Image& trimap, const Finish& options, int threads,
                     const Control& control) {
  check_picture(picture);
  check_finish(options, false);
  check_into(options, {&picture, 1});
  const StopScope scope(control.stop);
  begin_step(control, "matting", 0, 1);
  if (trimap.empty() || trimap.format() != PixelFormat::gray8) {
    throw Error(ErrorCode::usage, "a trimap must have one channel of 8 bits");
  }
  Stopwatch watch;
  const Image full_size = full_size_mask(trimap, picture.width(), picture.height(), threads);
  const bool exact = options.matting.exact || options.compat;
  const AlphaEstimate estimate = estimate_alpha(picture, full_size, exact, threads);
  Mask alpha(estimate.alpha);
  alpha.timings.postprocess = watch.lap();
  Finish rest = options;
  rest.refine = false;
  rest.alpha_matting = false;
  // With put_alpha every colour is kept, unless it is asked for. Alpha is straight, also in rembg.
  rest.decontaminate = options.decontaminate || options.kind == Kind::cutout;
  rest.compat = false;
  Result result = finish(picture, alpha, rest, threads, control);
  if (!estimate.solved) {
    result.notes.push_back(fmt::format("no alpha matting: {}; the trimap is taken as the mask", estimate.note));
  } else if (!estimate.note.empty()) {
    result.notes.push_back(fmt::format("alpha matting {}", estimate.note));
  }
  return result;
}

}  // namespace peel
