#include "pool/memory_need.hpp"

#include <algorithm>

#include "base/memory.hpp"

namespace peel {
namespace {

// Bytes a pixel while edges are solved for, coloured or drawn: alpha, trimap and a copy of half the size are of the
// whole picture; of its pixels a sixth is taken to be unknown, at 150 bytes, or partly transparent, at 60.
std::uint64_t edge_memory(const Finish& options) {
  if (options.alpha_matting) return 10 + 150 / 6;
  if (options.decontaminate) return 3 + 60 / 6;
  return options.refine ? 2 : 0;
}

}  // namespace

std::uint64_t run_memory(const SessionInfo& session, int max_size) {
  constexpr std::uint64_t BYTES_A_PIXEL = 720;
  // Of Segment Anything's encoder, which compares every place with every other: of its smallest published form four
  // such tables of 800 MB. By its structure, not measured.
  constexpr std::uint64_t PROMPTED_RUN = std::uint64_t{4} << 30;
  if (session.output == OutputKind::prompted) return PROMPTED_RUN;
  const auto side = [&](int fixed) { return static_cast<std::uint64_t>(fixed > 0 ? fixed : max_size); };
  return BYTES_A_PIXEL * side(session.input_width) * side(session.input_height);
}

std::uint64_t picture_memory(std::uint64_t file_bytes, const std::optional<PictureHeader>& header,
                             const Finish& options) {
  if (!header) return file_bytes;
  const auto pixel = static_cast<std::uint64_t>(header->pixel_bytes);
  // A byte for the mask; the cut-out has a channel more (of two bytes where there may be two), and half its size goes
  // for its file, which is compressed.
  const std::uint64_t cutout = pixel + 2 - pixel % 2;
  return file_bytes + header->pixels() * (pixel + 1 + cutout + cutout / 2 + edge_memory(options));
}

std::uint64_t scan_memory(std::uint64_t file_bytes, const std::optional<PictureHeader>& header,
                          std::uint64_t page_pixels) {
  if (!header) return file_bytes;
  return file_bytes + (header->pixels() + 3 * page_pixels) * static_cast<std::uint64_t>(header->pixel_bytes);
}

std::uint64_t half_of_free_memory() {
  constexpr std::uint64_t UNKNOWN = std::uint64_t{2} << 30;
  const std::uint64_t free = free_memory();
  constexpr std::uint64_t LEAST = 32 << 20;  // without that no picture goes through at all
  return std::max((free > 0 ? free : UNKNOWN) / 2, LEAST);
}

}  // namespace peel
