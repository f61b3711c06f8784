#include "remover/edges.hpp"

#include <utility>

#include "peel/matting.hpp"

namespace peel {

Edges edges(const Image& picture, const Image& mask, const RemoveOptions& options, int threads) {
  Edges result{mask, picture, false, {}};
  if (options.alpha_matting) {
    // rembg solves as far as pymatting does; its bytes are asked for.
    const bool exact = options.matting.exact || options.compat;
    AlphaEstimate estimate = estimate_alpha(picture, make_trimap(mask, options.matting, threads), exact, threads);
    result.matted = estimate.solved;
    if (estimate.solved) {
      result.mask = std::move(estimate.alpha);
      if (!estimate.note.empty()) result.notes.push_back("alpha matting: " + estimate.note);
    } else {
      // rembg takes the plain mask then.
      if (!options.compat && !options.refine) result.mask = refine_mask(picture, mask, threads);
      result.notes.push_back(
          "alpha matting: " + estimate.note + "; " +
          (options.compat ? "the mask is taken as it is" : "the mask was drawn to the picture's edges instead"));
    }
  }
  const bool colors = options.decontaminate || result.matted;
  // Of a mask alone no colour is seen, and with put_alpha every one is to be kept.
  const bool seen = options.kind == RemoveOptions::Kind::cutout ||
                    (options.kind == RemoveOptions::Kind::put_alpha && options.decontaminate);
  if (colors && seen) result.picture = estimate_foreground(picture, result.mask, threads);
  return result;
}

}  // namespace peel
