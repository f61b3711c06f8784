#pragma once

#include <cstdint>
#include <optional>

#include "image/header.hpp"
#include "peel/remover.hpp"

namespace peel {

/// What a run of the network takes, about: of the networks of the manifest the hungriest, IS-Net, takes 720 bytes a
/// pixel of its input. `max_size`: Settings::max_size, for networks that leave their input's size open.
std::uint64_t run_memory(const SessionInfo& session, int max_size);

/// What a picture takes at the most while it is in hand: its file, its pixels, its mask, the cut-out and the cut-out's
/// file, and what its edges take. Of a picture whose header cannot be read, its file.
std::uint64_t picture_memory(std::uint64_t file_bytes, const std::optional<PictureHeader>& header,
                             const Finish& options);

/// What a scan takes at the most: the file, the picture's pixels, and of the flat page, of so many pixels at the most,
/// what is enhanced, encoded and the file.
std::uint64_t scan_memory(std::uint64_t file_bytes, const std::optional<PictureHeader>& header,
                          std::uint64_t page_pixels);

/// Half of what this process may still take; where the machine does not tell, 1 GiB.
std::uint64_t half_of_free_memory();

}  // namespace peel
