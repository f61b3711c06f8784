// Any bytes are a picture or Error(input); the same rows from the top down are the same picture upside down.

#include "image/bmp.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "fuzz/require.hpp"

namespace {

constexpr peel::DecodeLimits LIMITS{.max_pixels = 1 << 16, .max_bytes = 1 << 20};
constexpr std::size_t HEADER_SIZE_AT = 14;
constexpr std::size_t HEIGHT_AT = 22;

template <typename T>
T field(const std::vector<std::uint8_t>& file, std::size_t at) {
  T value{};
  std::memcpy(&value, &file[at], sizeof(value));
  return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace peel;
  std::vector<std::uint8_t> file(data, data + size);
  std::shared_ptr<Image::Data> image;
  const auto decodes = [&] {
    return fuzz::accepts(ErrorCode::input,
                         [&] { image = decode_bmp(std::as_bytes(std::span(file)), LIMITS, "picture"); });
  };
  if (!decodes()) return 0;
  const auto upright = image;
  if (field<std::uint32_t>(file, HEADER_SIZE_AT) < 16) return 0;  // OS/2's first header holds no sign

  const std::int32_t height = -field<std::int32_t>(file, HEIGHT_AT);
  std::memcpy(&file[HEIGHT_AT], &height, sizeof(height));
  fuzz::require(decodes(), "the other direction is read too");
  fuzz::require(image->width == upright->width && image->height == upright->height, "of the same size");
  if (image->format != upright->format) return 0;
  for (int y = 0; y < image->height; ++y) {
    const auto* const row = image->row<std::uint8_t>(y);
    fuzz::require(std::equal(row, row + image->row_bytes(), upright->row<std::uint8_t>(image->height - 1 - y)),
                  "rows in the other order");
  }
  return 0;
}
