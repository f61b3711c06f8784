#include "image/pixel_buffer.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <type_traits>
#include <utility>

#include "peel/error.hpp"

namespace peel {
namespace {

bool blue_first(PixelFormat format) {
  return format == PixelFormat::bgr8 || format == PixelFormat::bgra8;
}

std::ptrdiff_t packed_row(int width, PixelFormat format) {
  return static_cast<std::ptrdiff_t>(width) * channels(format) * bytes_per_sample(format);
}

template <typename To, typename From>
To converted(From value) {
  if constexpr (sizeof(To) == sizeof(From)) {
    return value;
  } else if constexpr (sizeof(To) == 1) {
    return narrowed(value);
  } else {
    return widened<To>(value);
  }
}

// A caller's rows may stand at any address.
template <typename To>
void put(To value, std::byte*& to) {
  std::memcpy(to, &value, sizeof value);
  to += sizeof value;
}

template <typename To, typename From, int colors>
void write_pixels(const From* from, bool with_alpha, const PixelBuffer& buffer, std::byte* to) {
  const int wanted = colors_of(buffer.format);
  const bool swapped = blue_first(buffer.format);
  const bool alpha = has_alpha(buffer.format);
  const int step = colors + (with_alpha ? 1 : 0);
  for (int x = 0; x < buffer.width; ++x, from += step) {
    for (int c = 0; c < wanted; ++c) {
      const int at = swapped ? 2 - c : c;
      put(converted<To>(from[colors == 1 ? 0 : at]), to);
    }
    if (alpha) put(with_alpha ? converted<To>(from[colors]) : static_cast<To>(MAX<To>), to);
  }
}

void check_formats(PixelFormat from, PixelFormat to) {
  if (channels(to) == 0) throw Error(ErrorCode::usage, "the buffer's pixel format is none of PixelFormat's");
  if (colors_of(from) > colors_of(to)) {
    throw Error(ErrorCode::usage, "a picture in colour does not go into a grey buffer", "give one in colour");
  }
  if (has_alpha(from) && !has_alpha(to)) {
    throw Error(ErrorCode::usage, "a picture with alpha does not go into a buffer without",
                "give one with alpha, or lay the picture over an opaque background");
  }
}

}  // namespace

void check_stride(std::ptrdiff_t stride, int width, PixelFormat format) {
  if (const auto row = packed_row(width, format); std::abs(stride) < row) {
    throw Error(ErrorCode::usage, fmt::format("a stride of {} bytes is shorter than a row of {}", stride, row),
                "the stride is the distance of two rows in bytes, below 0 where they stand from bottom to top");
  }
}

void check_buffer(const PixelBuffer& buffer, int width, int height) {
  if (!buffer.data) throw Error(ErrorCode::usage, "no room for pixels: the buffer's data is null");
  if (buffer.width != width || buffer.height != height) {
    throw Error(ErrorCode::usage, fmt::format("a buffer of {} x {} pixels for a picture of {} x {}", buffer.width,
                                              buffer.height, width, height));
  }
  check_stride(buffer.stride, width, buffer.format);
}

void write_row(const void* row, PixelFormat format, const PixelBuffer& to, int y) {
  auto* const out = static_cast<std::byte*>(to.data) + y * to.stride;
  if (format == to.format) {
    std::memcpy(out, row, static_cast<std::size_t>(packed_row(to.width, format)));
    return;
  }
  with_layout(format, [&]<typename From, int colors>(From, std::integral_constant<int, colors>) {
    const auto* const from = static_cast<const From*>(row);
    if (bytes_per_sample(to.format) == 2) {
      write_pixels<std::uint16_t, From, colors>(from, has_alpha(format), to, out);
    } else {
      write_pixels<std::uint8_t, From, colors>(from, has_alpha(format), to, out);
    }
  });
}

RowSink::RowSink(std::shared_ptr<Image::Data> out, int width, int height, PixelFormat format, const PixelBuffer* into)
    : out_(std::move(out)), width_(width), height_(height), format_(format), into_(into) {
  if (out_) {
    direct_ = true;
    first_ = out_->pixels.data();
    stride_ = packed_row(width, format);
    return;
  }
  check_buffer(*into, width, height);
  check_formats(format, into->format);
  first_ = static_cast<std::byte*>(into->data);
  stride_ = into->stride;
  const auto sample = static_cast<std::uintptr_t>(bytes_per_sample(format));
  direct_ = format == into->format && reinterpret_cast<std::uintptr_t>(first_) % sample == 0 &&
            static_cast<std::uintptr_t>(std::abs(stride_)) % sample == 0;
}

RowSink::RowSink(const Image& picture, PixelFormat format, const PixelBuffer* into)
    : RowSink(into ? nullptr : like(picture, format), picture.width(), picture.height(), format, into) {}

RowSink::RowSink(int width, int height, PixelFormat format, const PixelBuffer* into)
    : RowSink(into ? nullptr : std::make_shared<Image::Data>(width, height, format), width, height, format, into) {}

void Image::copy_to(const PixelBuffer& to) const {
  if (empty()) throw Error(ErrorCode::usage, "the picture is empty");
  check_buffer(to, width(), height());
  check_formats(format(), to.format);
  for (int y = 0; y < height(); ++y) write_row(data() + y * stride(), format(), to, y);
}

}  // namespace peel
