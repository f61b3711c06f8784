#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"
#include "peel/image.hpp"

// Pictures in and out as commands name them: "-" is standard input or output.
namespace peel::cli {

EncodeOptions encode_options(const Given& given, FileFormat format, int threads);

/// How messages name it.
inline constexpr std::string_view STANDARD_INPUT = "standard input";

/// All of it. Throws Error(input) where that is more than so many bytes.
std::vector<std::byte> read_standard_input(std::uint64_t max_bytes);

/// Throws Error(input).
Image read_picture(const std::string& input, const DecodeOptions& options);

/// Whole or not at all, as far as that can be. Throws Error(output).
void write_output(const std::string& output, std::span<const std::byte> bytes);

/// Throws Error(output).
void write_standard_output(std::span<const std::byte> bytes);

}  // namespace peel::cli
