#pragma once

#include <functional>
#include <string_view>

#include "peel/export.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"

namespace peel {

/// Puts what `cut_out` makes of each frame in the frame's place; as it is called for one after the other, it may be
/// BackgroundRemover::remove(). Of the result: the first of them as the image, whether any has a subject, what there is
/// to say of them, each thing once, and the time that all took; no mask. `options`: those that `cut_out` goes by;
/// `name`: of the animation, for messages. Throws what `cut_out` throws, and Error(usage) for frames that are each
/// cropped to their own subject, and where there are none.
PEEL_API Result cut_out_frames(Animation& animation, const Finish& options, std::string_view name,
                               const std::function<Result(const Image&)>& cut_out);

}  // namespace peel
