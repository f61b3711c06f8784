#pragma once

#include "options.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"

namespace peel::cli {

/// What a remover is asked for. `decode`: for the picture laid under the cut-out. Throws Error(usage), Error(input).
RemoveOptions cutout_options(const CutoutArguments& arguments, const DecodeOptions& decode);

/// That the model is one for the prompts and the category that were given, as far as its name tells: before it is
/// fetched. Throws Error(usage).
void check_selection(const CutoutArguments& cutout, const NetworkArguments& network);

/// The same with what `remove` and `folder` know besides.
RemoveOptions removal_options(const RemoveArguments& arguments);
DecodeOptions removal_decoding(const RemoveArguments& arguments);

/// JPEG has no transparency: white is laid under what has no background of its own, as a printed page shows there.
void lay_ground_for(FileFormat format, RemoveOptions& options);

}  // namespace peel::cli
