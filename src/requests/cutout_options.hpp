#pragma once

#include <string>

#include "options/option.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"

namespace peel::requests {

/// What a remover is asked for. `decode`: for the picture laid under the cut-out. Throws Error(usage), also where the
/// model's name tells that it is none for the prompts and the category that were given; Error(input).
RemoveOptions cutout_options(const options::Given& given, const DecodeOptions& decode);
/// The same whatever the model: what there may be no name of.
RemoveOptions picture_options(const options::Given& given, const DecodeOptions& decode);
DecodeOptions decode_options(const options::Given& given);
DecodeOptions removal_decoding(const options::Given& given);

/// The colour of --background. Throws Error(usage).
Color given_color(const std::string& text, const char* why, const char* hint);

/// JPEG has no transparency: white is laid under what has no background of its own, as a printed page shows there.
void lay_ground_for(FileFormat format, RemoveOptions& options);

}  // namespace peel::requests
