#include "peel/image.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "image/image_data.hpp"
#include "image/pixel_buffer.hpp"
#include "image/srgb.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr std::size_t ALIGNMENT = 64;  // a cache line, and the widest vector register
// A page of the second size. The kernel clears and enters every page of fresh memory at its first use; of 4 KiB each, a
// cut-out of 12 megapixels has 12,000 of them.
constexpr std::size_t HUGE_PAGE = std::size_t{2} << 20;
constexpr std::size_t WORTH_HUGE_PAGES = 2 * HUGE_PAGE;

// The format Image holds a caller's pixels in.
PixelFormat stored_format(PixelFormat format) {
  if (format == PixelFormat::bgr8) return PixelFormat::rgb8;
  if (format == PixelFormat::bgra8) return PixelFormat::rgba8;
  return format;
}

template <int Channels>
void swap_red_and_blue(const std::uint8_t* from, std::uint8_t* to, int width) {
  for (int x = 0; x < width; ++x, from += Channels, to += Channels) {
    to[0] = from[2];
    to[1] = from[1];
    to[2] = from[0];
    if constexpr (Channels == 4) to[3] = from[3];
  }
}

}  // namespace

int channels(PixelFormat format) noexcept {
  switch (format) {
    case PixelFormat::gray8:
    case PixelFormat::gray16:
      return 1;
    case PixelFormat::gray_alpha8:
    case PixelFormat::gray_alpha16:
      return 2;
    case PixelFormat::rgb8:
    case PixelFormat::bgr8:
    case PixelFormat::rgb16:
      return 3;
    case PixelFormat::rgba8:
    case PixelFormat::bgra8:
    case PixelFormat::rgba16:
      return 4;
  }
  return 0;
}

int bytes_per_sample(PixelFormat format) noexcept {
  switch (format) {
    case PixelFormat::gray16:
    case PixelFormat::gray_alpha16:
    case PixelFormat::rgb16:
    case PixelFormat::rgba16:
      return 2;
    default:
      return 1;
  }
}

bool has_alpha(PixelFormat format) noexcept {
  return channels(format) % 2 == 0;
}

Buffer::Buffer(std::size_t size) : size_(size) {
  if (size > std::numeric_limits<std::size_t>::max() - ALIGNMENT) throw std::bad_alloc();
  const std::size_t alignment = size >= WORTH_HUGE_PAGES ? HUGE_PAGE : ALIGNMENT;
  const std::size_t rounded = std::max(ALIGNMENT, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  void* memory = nullptr;
  if (::posix_memalign(&memory, alignment, rounded) != 0) throw std::bad_alloc();
  bytes_.reset(static_cast<std::byte*>(memory));
  // A wish: where it is not granted pages are small. The rest behind the last whole one has small pages in any case.
  if (alignment == HUGE_PAGE) ::madvise(memory, rounded / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
}

Image::Data::Data(int w, int h, PixelFormat f) : width(w), height(h), format(f) {
  std::size_t size = 0;
  if (__builtin_mul_overflow(row_bytes(), static_cast<std::size_t>(h), &size)) throw std::bad_alloc();
  pixels = Buffer(size);
}

std::size_t Image::Data::row_bytes() const noexcept {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels(format) * bytes_per_sample(format));
}

std::shared_ptr<Image::Data> like(const Image& picture, int width, int height, PixelFormat format) {
  auto data = std::make_shared<Image::Data>(width, height, format);
  const auto profile = picture.icc_profile();
  data->icc_profile.assign(profile.begin(), profile.end());
  data->resolution = picture.resolution();
  data->source_format = picture.source_format();
  return data;
}

namespace {

void check_view(const PixelView& view) {
  if (channels(view.format) == 0) throw Error(ErrorCode::usage, "the pixel format is none of PixelFormat's");
  if (!view.data) throw Error(ErrorCode::usage, "no pixels: the view's data is null");
  if (view.width < 1 || view.height < 1) {
    throw Error(ErrorCode::usage, "a picture of " + std::to_string(view.width) + " x " + std::to_string(view.height) +
                                      " pixels: both sides must be at least 1");
  }
  check_stride(view.stride, view.width, view.format);
}

std::ptrdiff_t row_of(const PixelView& view) {
  return static_cast<std::ptrdiff_t>(view.width) * channels(view.format) * bytes_per_sample(view.format);
}

void set_profile(Image::Data& data, ByteView icc_profile) {
  if (!icc_profile.empty() && profile_fits(icc_profile, data.format))
    data.icc_profile.assign(icc_profile.begin(), icc_profile.end());
}

}  // namespace

Image Image::from_pixels(const PixelView& view, ByteView icc_profile) {
  check_view(view);
  const std::ptrdiff_t row = row_of(view);
  auto data = std::make_shared<Data>(view.width, view.height, stored_format(view.format));
  set_profile(*data, icc_profile);
  const auto* from = static_cast<const std::uint8_t*>(view.data);
  for (int y = 0; y < view.height; ++y, from += view.stride) {
    auto* const to = data->row<std::uint8_t>(y);
    if (view.format == PixelFormat::bgr8) {
      swap_red_and_blue<3>(from, to, view.width);
    } else if (view.format == PixelFormat::bgra8) {
      swap_red_and_blue<4>(from, to, view.width);
    } else {
      std::memcpy(to, from, static_cast<std::size_t>(row));
    }
  }
  return Image(std::move(data));
}

Image Image::borrow_pixels(const PixelView& view, std::shared_ptr<const void> owner, ByteView icc_profile) {
  check_view(view);
  const auto sample = static_cast<std::uintptr_t>(bytes_per_sample(view.format));
  const bool as_it_is = stored_format(view.format) == view.format && view.stride == row_of(view) &&
                        reinterpret_cast<std::uintptr_t>(view.data) % sample == 0;
  if (!as_it_is) return from_pixels(view, icc_profile);
  auto data = std::make_shared<Data>();
  data->width = view.width;
  data->height = view.height;
  data->format = view.format;
  data->borrowed = static_cast<const std::byte*>(view.data);
  data->owner = std::move(owner);
  set_profile(*data, icc_profile);
  return Image(std::move(data));
}

PixelBuffer Image::edit() {
  if (!data_) throw Error(ErrorCode::usage, "the picture is empty");
  if (data_.use_count() > 1 || data_->borrowed) {
    auto own = like(*this, width(), height(), format());
    std::memcpy(own->pixels.data(), data(), size_bytes());
    own->focal_length_35mm = data_->focal_length_35mm;
    own->pages = data_->pages;
    own->more_unread = data_->more_unread;
    own->notes = data_->notes;
    data_ = std::move(own);
  }
  // Made as one that can be changed, and nobody else has it.
  auto& mine = *std::const_pointer_cast<Data>(data_);
  return {.data = mine.pixels.data(), .width = width(), .height = height(), .stride = stride(), .format = format()};
}

int Image::width() const noexcept {
  return data_ ? data_->width : 0;
}
int Image::height() const noexcept {
  return data_ ? data_->height : 0;
}
PixelFormat Image::format() const noexcept {
  return data_ ? data_->format : PixelFormat::rgb8;
}
std::ptrdiff_t Image::stride() const noexcept {
  return data_ ? static_cast<std::ptrdiff_t>(data_->row_bytes()) : 0;
}
const std::byte* Image::data() const noexcept {
  if (!data_) return nullptr;
  return data_->borrowed ? data_->borrowed : data_->pixels.data();
}
std::size_t Image::size_bytes() const noexcept {
  return data_ ? data_->row_bytes() * static_cast<std::size_t>(data_->height) : 0;
}

PixelView Image::view() const noexcept {
  return {.data = data(), .width = width(), .height = height(), .stride = stride(), .format = format()};
}

std::span<const std::byte> Image::icc_profile() const noexcept {
  return data_ ? std::span<const std::byte>(data_->icc_profile) : std::span<const std::byte>();
}

std::optional<Resolution> Image::resolution() const noexcept {
  return data_ ? data_->resolution : std::nullopt;
}

std::optional<double> Image::focal_length_35mm() const noexcept {
  return data_ ? data_->focal_length_35mm : std::nullopt;
}

std::string_view Image::source_format() const noexcept {
  return data_ ? std::string_view(data_->source_format) : std::string_view();
}

int Image::pages() const noexcept {
  return data_ ? data_->pages : 0;
}

bool Image::more_unread() const noexcept {
  return data_ && data_->more_unread;
}

std::span<const std::string> Image::notes() const noexcept {
  return data_ ? std::span<const std::string>(data_->notes) : std::span<const std::string>();
}

std::optional<FileFormat> format_from_word(std::string_view word) {
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "png") return FileFormat::png;
  if (lower == "webp") return FileFormat::webp;
  if (lower == "jpg" || lower == "jpeg") return FileFormat::jpeg;
  if (lower == "tif" || lower == "tiff") return FileFormat::tiff;
  if (lower == "avif") return FileFormat::avif;
  if (lower == "jxl") return FileFormat::jxl;
  return std::nullopt;
}

std::optional<FileFormat> format_from_name(const std::filesystem::path& file) {
  const std::string ending = file.extension().string();
  return ending.empty() ? std::nullopt : format_from_word(std::string_view(ending).substr(1));
}

std::string_view extension(FileFormat format) noexcept {
  switch (format) {
    case FileFormat::png:
      return ".png";
    case FileFormat::webp:
      return ".webp";
    case FileFormat::jpeg:
      return ".jpg";
    case FileFormat::tiff:
      return ".tiff";
    case FileFormat::avif:
      return ".avif";
    case FileFormat::jxl:
      return ".jxl";
  }
  return "";
}

}  // namespace peel
