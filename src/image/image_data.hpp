#pragma once

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "peel/image.hpp"

namespace peel {

/// Uninitialised, 64-byte aligned, move-only bytes: a picture is written once in full, zeroing it first would cost a
/// pass.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size);
  Buffer(Buffer&&) noexcept = default;
  Buffer& operator=(Buffer&&) noexcept = default;

  std::byte* data() noexcept { return bytes_.get(); }
  const std::byte* data() const noexcept { return bytes_.get(); }
  std::size_t size() const noexcept { return size_; }

 private:
  struct Free {
    void operator()(std::byte* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<std::byte[], Free> bytes_;
  std::size_t size_ = 0;
};

/// What an Image holds. Made in full, then handed to Image as const.
struct Image::Data {
  int width = 0;
  int height = 0;
  PixelFormat format = PixelFormat::rgb8;
  Buffer pixels;  ///< packed, width * height * pixel size
  /// Instead of these, a caller's own: packed too, as long as `owner` is held.
  const std::byte* borrowed = nullptr;
  std::shared_ptr<const void> owner;
  std::vector<std::byte> icc_profile;
  std::optional<Resolution> resolution;
  /// Tells nothing of a picture that was cropped: its centre is no longer where the lens looks.
  std::optional<double> focal_length_35mm;
  std::string source_format;
  int pages = 1;                   ///< of the file it was decoded from
  bool more_unread = false;        ///< as Image::more_unread()
  std::vector<std::string> notes;  ///< as Image::notes()

  Data() = default;
  Data(int w, int h, PixelFormat f);

  std::size_t row_bytes() const noexcept;
  template <typename T>
  T* row(int y) noexcept {
    return reinterpret_cast<T*>(pixels.data() + static_cast<std::size_t>(y) * row_bytes());
  }
};

/// Room for a result, with all of the picture but its pixels.
std::shared_ptr<Image::Data> like(const Image& picture, int width, int height, PixelFormat format);

}  // namespace peel
