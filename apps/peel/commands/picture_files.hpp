#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "options.hpp"
#include "peel/image.hpp"

// Pictures in and out as commands name them: "-" is standard input or output.
namespace peel::cli {

DecodeOptions decode_options(const Given& given);
EncodeOptions encode_options(const Given& given, FileFormat format, int threads);

/// Throws Error(input).
Image read_picture(const std::string& input, const DecodeOptions& options);

/// Whole or not at all, as far as that can be. Throws Error(output).
void write_output(const std::string& output, std::span<const std::byte> bytes);

/// Throws Error(output).
void write_standard_output(std::span<const std::byte> bytes);

}  // namespace peel::cli
