#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "image/image_data.hpp"
#include "image/pixel_rows.hpp"

namespace peel {

/// Throws Error(usage) for a stride shorter than a row.
void check_stride(std::ptrdiff_t stride, int width, PixelFormat format);

/// Throws Error(usage) where there is no data, another size than that, or a stride shorter than a row.
void check_buffer(const PixelBuffer& buffer, int width, int height);

/// A row of samples in one of Image's formats into row `y` of the buffer, in the buffer's format.
void write_row(const void* row, PixelFormat format, const PixelBuffer& to, int y);

/// Where a picture goes that is made row by row: into an Image, or straight into the caller's memory.
class RowSink {
 public:
  /// For an Image with all of the picture but its pixels; or into `into`, where it is given: throws Error(usage) as
  /// PixelBuffer says.
  RowSink(const Image& picture, PixelFormat format, const PixelBuffer* into);
  /// For an Image that has pixels alone.
  RowSink(int width, int height, PixelFormat format, const PixelBuffer* into);

  /// Calls body(y, row) for every row, on several threads; `row` has room for one of the sink's format.
  template <typename T, typename Body>
  void write(int threads, const Body& body) {
    const std::size_t samples = static_cast<std::size_t>(width_) * static_cast<std::size_t>(channels(format_));
    parallel_for(0, height_, 1 + PIXELS_WORTH_A_THREAD / width_, threads, [&](std::int64_t begin, std::int64_t end) {
      std::vector<T> line(direct_ ? 0 : samples);
      for (auto y = static_cast<int>(begin); y < end; ++y) {
        T* const row = direct_ ? reinterpret_cast<T*>(first_ + y * stride_) : line.data();
        body(y, row);
        if (!direct_) write_row(row, format_, *into_, y);
      }
    });
  }

  /// What was made; empty where it went into the caller's memory.
  Image image() && { return out_ ? Image(std::move(out_)) : Image(); }

 private:
  RowSink(std::shared_ptr<Image::Data> out, int width, int height, PixelFormat format, const PixelBuffer* into);

  std::shared_ptr<Image::Data> out_;
  int width_;
  int height_;
  PixelFormat format_;
  const PixelBuffer* into_;
  bool direct_;  ///< rows are made where they are to be
  std::byte* first_;
  std::ptrdiff_t stride_;
};

}  // namespace peel
