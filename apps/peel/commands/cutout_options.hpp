#pragma once

#include "options.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"

namespace peel::cli {

/// What a remover is asked for. `decode`: for the picture laid under the cut-out. Throws Error(usage), also where the
/// model's name tells that it is none for the prompts and the category that were given; Error(input).
RemoveOptions cutout_options(const Given& given, const DecodeOptions& decode);
DecodeOptions removal_decoding(const Given& given);

/// The colour of --background. Throws Error(usage).
Color given_color(const std::string& text, const char* why, const char* hint);

/// JPEG has no transparency: white is laid under what has no background of its own, as a printed page shows there.
void lay_ground_for(FileFormat format, RemoveOptions& options);

}  // namespace peel::cli
