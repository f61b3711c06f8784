#include <libheif/heif.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "image/big_endian.hpp"
#include "image/source_facts.hpp"

namespace peel {
namespace {

struct FreeContext {
  void operator()(heif_context* context) const noexcept { heif_context_free(context); }
};
struct ReleaseHandle {
  void operator()(heif_image_handle* handle) const noexcept { heif_image_handle_release(handle); }
};
struct FreeColor {
  void operator()(heif_color_profile_nclx* color) const noexcept { heif_nclx_color_profile_free(color); }
};

std::uint32_t u32(std::span<const std::byte> bytes, std::size_t at) {
  return at + 4 <= bytes.size() ? big_endian(bytes, at) : 0;
}

/// The content of a box of the file itself; empty where there is none.
std::span<const std::byte> top_box(std::span<const std::byte> heif, std::string_view type) {
  for (std::size_t at = 0; at + 8 <= heif.size();) {
    const std::size_t length = u32(heif, at);
    if (length < 8 || length > heif.size() - at) break;
    if (std::string_view(reinterpret_cast<const char*>(heif.data()) + at + 4, 4) == type) {
      return heif.subspan(at + 8, length - 8);
    }
    at += length;
  }
  return {};
}

// The largest of the boxes that tell a picture's size: a grid's is larger than those of its tiles.
void read_declared_size(std::span<const std::byte> meta, SourceFacts& facts) {
  constexpr std::string_view TYPE = "ispe";
  const std::string_view text(reinterpret_cast<const char*>(meta.data()), meta.size());
  for (std::size_t at = text.find(TYPE); at != std::string_view::npos; at = text.find(TYPE, at + 1)) {
    constexpr std::uint32_t MOST = 0x7fffffff;
    const std::int64_t width = std::min(u32(meta, at + 8), MOST);  // behind type, version and flags
    const std::int64_t height = std::min(u32(meta, at + 12), MOST);
    if (width * height <= facts.declared_width * facts.declared_height) continue;
    facts.declared_width = width;
    facts.declared_height = height;
  }
}

using Handle = std::unique_ptr<heif_image_handle, ReleaseHandle>;

Handle handle_of(heif_context* context, std::optional<int> page) {
  heif_image_handle* handle = nullptr;
  if (!page) {
    heif_context_get_primary_image_handle(context, &handle);
    return Handle(handle);
  }
  std::vector<heif_item_id> pictures(static_cast<std::size_t>(heif_context_get_number_of_top_level_images(context)));
  heif_context_get_list_of_top_level_image_IDs(context, pictures.data(), static_cast<int>(pictures.size()));
  const auto index = static_cast<std::size_t>(*page);
  if (index < pictures.size()) heif_context_get_image_handle(context, pictures[index], &handle);
  return Handle(handle);
}

}  // namespace

SourceFacts heif_facts(std::span<const std::byte> heif, std::optional<int> page) {
  SourceFacts facts;
  read_declared_size(top_box(heif, "meta"), facts);
  // Sequences lie in such a box, like a video; libheif 1.15 reads the still picture beside them.
  if (!top_box(heif, "moov").empty()) facts.unread = "the frames of its image sequence";
  const std::unique_ptr<heif_context, FreeContext> context(heif_context_alloc());
  if (!context) return facts;
  if (heif_context_read_from_memory_without_copy(context.get(), heif.data(), heif.size(), nullptr).code !=
      heif_error_Ok) {
    return facts;
  }
  const auto handle = handle_of(context.get(), page);
  if (!handle) return facts;
  facts.premultiplied = heif_image_handle_has_alpha_channel(handle.get()) != 0 &&
                        heif_image_handle_is_premultiplied_alpha(handle.get()) != 0;
  // With both, the ICC profile counts.
  if (heif_image_handle_get_color_profile_type(handle.get()) != heif_color_profile_type_nclx) return facts;
  heif_color_profile_nclx* numbers = nullptr;
  if (heif_image_handle_get_nclx_color_profile(handle.get(), &numbers).code != heif_error_Ok) return facts;
  const std::unique_ptr<heif_color_profile_nclx, FreeColor> owner(numbers);
  facts.color = color_of_code_points(numbers->color_primaries, numbers->transfer_characteristics);
  return facts;
}

}  // namespace peel
