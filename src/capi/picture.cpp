#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "capi/handles.hpp"
#include "options/choices.hpp"
#include "options/result_json.hpp"
#include "peel/file.hpp"

static_assert(PEEL_GRAY8 == static_cast<int>(peel::PixelFormat::gray8) &&
              PEEL_GRAY_ALPHA8 == static_cast<int>(peel::PixelFormat::gray_alpha8) &&
              PEEL_RGB8 == static_cast<int>(peel::PixelFormat::rgb8) &&
              PEEL_BGR8 == static_cast<int>(peel::PixelFormat::bgr8) &&
              PEEL_RGBA8 == static_cast<int>(peel::PixelFormat::rgba8) &&
              PEEL_BGRA8 == static_cast<int>(peel::PixelFormat::bgra8) &&
              PEEL_GRAY16 == static_cast<int>(peel::PixelFormat::gray16) &&
              PEEL_GRAY_ALPHA16 == static_cast<int>(peel::PixelFormat::gray_alpha16) &&
              PEEL_RGB16 == static_cast<int>(peel::PixelFormat::rgb16) &&
              PEEL_RGBA16 == static_cast<int>(peel::PixelFormat::rgba16));

namespace peel::capi {
namespace {

constexpr peel_picture* NO_PICTURE = nullptr;
constexpr peel_bytes* NO_BYTES = nullptr;

ByteView bytes_at(const void* data, std::size_t size) {
  return std::span(static_cast<const std::byte*>(data), size);
}

std::string_view word(PixelFormat format) {
  switch (format) {
    case PixelFormat::gray8:
      return "gray8";
    case PixelFormat::gray_alpha8:
      return "gray_alpha8";
    case PixelFormat::rgb8:
      return "rgb8";
    case PixelFormat::bgr8:
      return "bgr8";
    case PixelFormat::rgba8:
      return "rgba8";
    case PixelFormat::bgra8:
      return "bgra8";
    case PixelFormat::gray16:
      return "gray16";
    case PixelFormat::gray_alpha16:
      return "gray_alpha16";
    case PixelFormat::rgb16:
      return "rgb16";
    case PixelFormat::rgba16:
      break;
  }
  return "rgba16";
}

EncodeOptions encoding_of(const peel_settings* settings, std::optional<FileFormat> by_name) {
  EncodeOptions options;
  if (settings) options = settings->given.make<EncodeOptions>();
  std::optional<FileFormat> asked;
  if (settings) asked = settings->given.make<options::Files>().format;
  options.format = asked ? *asked : by_name.value_or(FileFormat::png);
  return options;
}

}  // namespace

PixelView view_of(const peel_pixels& pixels) {
  return {pixels.data, pixels.width, pixels.height, pixels.stride, static_cast<PixelFormat>(pixels.format)};
}

PixelBuffer buffer_of(const peel_room& room) {
  return {room.data, room.width, room.height, room.stride, static_cast<PixelFormat>(room.format)};
}

ByteView profile_of(const peel_pixels& pixels) {
  return pixels.icc_profile ? bytes_at(pixels.icc_profile, pixels.icc_profile_size) : ByteView();
}

peel_picture* new_picture(Image image) {
  return image.empty() ? nullptr : new peel_picture{std::move(image)};
}

}  // namespace peel::capi

using peel::Image;
using namespace peel::capi;  // NOLINT(google-build-using-namespace): of this file alone

peel_picture* peel_picture_from_pixels(const peel_pixels* pixels, peel_error** error) {
  return guarded(error, NO_PICTURE, [&] {
    const peel_pixels& given = needed(pixels, "pixels");
    return new_picture(Image::from_pixels(view_of(given), profile_of(given)));
  });
}

peel_picture* peel_picture_borrow_pixels(const peel_pixels* pixels, void (*release)(void*), void* user,
                                         peel_error** error) {
  return guarded(error, NO_PICTURE, [&] {
    // Whatever comes of it, the last that lets go of this releases the pixels.
    const std::shared_ptr<void> owner(user, [release](void* given) {
      if (release) release(given);
    });
    const peel_pixels& given = needed(pixels, "pixels");
    return new_picture(Image::borrow_pixels(view_of(given), owner, profile_of(given)));
  });
}

peel_picture* peel_picture_decode(const void* data, size_t size, const peel_settings* settings, peel_error** error) {
  return guarded(error, NO_PICTURE, [&] {
    const auto* const first = static_cast<const std::byte*>(data);
    return new_picture(peel::decode(bytes_at(size > 0 ? &needed(first, "bytes") : first, size), decoding_of(settings)));
  });
}

peel_picture* peel_picture_load(const char* file, const peel_settings* settings, peel_error** error) {
  return guarded(error, NO_PICTURE, [&] {
    return new_picture(peel::load_image(needed_text(file, "name of a file"), decoding_of(settings)));
  });
}

peel_picture* peel_picture_share(const peel_picture* picture, peel_error** error) {
  return guarded(error, NO_PICTURE, [&] { return new peel_picture(needed(picture, "picture")); });
}

peel_code peel_picture_pixels(const peel_picture* picture, peel_pixels* pixels, peel_error** error) {
  return guarded_code(error, [&] {
    const Image& image = needed(picture, "picture").image;
    const auto profile = image.icc_profile();
    needed(pixels, "place for pixels") = {image.data(),
                                          image.width(),
                                          image.height(),
                                          image.stride(),
                                          static_cast<peel_format>(image.format()),
                                          profile.empty() ? nullptr : profile.data(),
                                          profile.size()};
  });
}

peel_code peel_picture_edit(peel_picture* picture, peel_room* room, peel_error** error) {
  return guarded_code(error, [&] {
    const peel::PixelBuffer pixels = needed(picture, "picture").image.edit();
    needed(room, "room") = {pixels.data, pixels.width, pixels.height, pixels.stride,
                            static_cast<peel_format>(pixels.format)};
  });
}

peel_code peel_picture_copy_to(const peel_picture* picture, const peel_room* room, peel_error** error) {
  return guarded_code(error,
                      [&] { needed(picture, "picture").image.copy_to(buffer_of(needed(room, "room for pixels"))); });
}

peel_bytes* peel_picture_describe(const peel_picture* picture, peel_error** error) {
  return guarded(error, NO_BYTES, [&] {
    const Image& image = needed(picture, "picture").image;
    nlohmann::ordered_json json = {
        {"width", image.width()},         {"height", image.height()},
        {"format", word(image.format())}, {"source_format", peel::text_or_null(std::string(image.source_format()))},
        {"pages", image.pages()},         {"icc_profile", !image.icc_profile().empty()},
        {"resolution", nullptr},          {"notes", image.notes()}};
    if (const auto resolution = image.resolution()) json["resolution"] = {resolution->x, resolution->y};
    return new_text(json);
  });
}

peel_bytes* peel_picture_encode(const peel_picture* picture, const peel_settings* settings, peel_error** error) {
  return guarded(error, NO_BYTES, [&] {
    return new peel_bytes{peel::encode(needed(picture, "picture").image, encoding_of(settings, {})), {}};
  });
}

peel_code peel_picture_save(const peel_picture* picture, const char* file, const peel_settings* settings,
                            peel_error** error) {
  return guarded_code(error, [&] {
    const std::string name = needed_text(file, "name of a file");
    peel::write_file(
        name, peel::encode(needed(picture, "picture").image, encoding_of(settings, peel::format_from_name(name))));
  });
}

void peel_picture_free(peel_picture* picture) {
  delete picture;
}
