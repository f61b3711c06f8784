#pragma once

#include <filesystem>

#include "peel/byte_view.hpp"
#include "peel/export.hpp"

namespace peel {

/// Writes bytes to a temporary file in the same folder, syncs, and renames it: `file` is either as before or complete.
/// Throws Error(output), with nothing left behind.
PEEL_API void write_file(const std::filesystem::path& file, ByteView bytes);

/// Removes from a folder what write_file() left there in a process that was killed: its temporary files, if no process
/// has that number any more and they are older than an hour (a folder may be shared with another machine). Never
/// throws.
PEEL_API void remove_abandoned_files(const std::filesystem::path& folder) noexcept;

}  // namespace peel
