#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peel/byte_view.hpp"
#include "peel/export.hpp"

namespace peel {

/// Order and width of the samples of one pixel. 16-bit samples are in the machine's byte order. Alpha is straight,
/// never multiplied into the colours.
enum class PixelFormat { gray8, gray_alpha8, rgb8, bgr8, rgba8, bgra8, gray16, gray_alpha16, rgb16, rgba16 };

PEEL_API int channels(PixelFormat format) noexcept;          ///< 1 to 4
PEEL_API int bytes_per_sample(PixelFormat format) noexcept;  ///< 1 or 2
PEEL_API bool has_alpha(PixelFormat format) noexcept;

/// A look at pixels somebody else owns. `stride` is the distance in bytes from a row to the one below it: less than 0
/// where memory holds the picture from bottom to top.
struct PixelView {
  const void* data = nullptr;  ///< the top row
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;
  PixelFormat format = PixelFormat::rgb8;
};

/// Room for pixels in memory of the caller's, described as a PixelView is.
///
/// What is written there may have another format: grey becomes colours, a missing alpha is opaque, 16 bits are rounded
/// to 8 and 8 spread to 16. Error(usage) where something would be lost that nothing else says what to do with: colours
/// into grey, alpha into a format without one (lay the picture over a background), and for no data, another size than
/// the picture's, or a stride shorter than a row.
struct PixelBuffer {
  void* data = nullptr;  ///< the top row
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;
  PixelFormat format = PixelFormat::rgba8;
};

/// Dots per millimetre; not given by many files.
struct Resolution {
  double x = 0;
  double y = 0;
};

/// An upright picture in memory: pixels, colour profile, resolution. Immutable; a copy shares the pixels and costs
/// nothing; safe to read from many threads.
///
/// Pixels are packed (stride = width * pixel size) in gray8, gray_alpha8, rgb8, rgba8 or one of their 16-bit forms,
/// encoded as the picture's ICC profile says, and as sRGB where there is none.
class PEEL_API Image {
 public:
  Image() = default;  ///< empty: 0 x 0

  /// Copies a caller's pixels; BGR and BGRA become RGB and RGBA. `icc_profile`: what their colours are by; a profile
  /// that is not of these channels (RGB's of a grey picture) is left out.
  /// Throws Error(usage) for no data, a size below 1 or a stride shorter than a row.
  static Image from_pixels(const PixelView& view, ByteView icc_profile = {});
  /// The same without a copy where the view is packed and in one of the formats above: the pixels stay where they are,
  /// and must stay as they are, until the last Image that shares them lets go of `owner`.
  static Image borrow_pixels(const PixelView& view, std::shared_ptr<const void> owner, ByteView icc_profile = {});

  bool empty() const noexcept { return !data_; }
  int width() const noexcept;
  int height() const noexcept;
  PixelFormat format() const noexcept;
  std::ptrdiff_t stride() const noexcept;
  const std::byte* data() const noexcept;   ///< null when empty
  std::size_t size_bytes() const noexcept;  ///< stride * height
  PixelView view() const noexcept;          ///< valid as long as this image or a copy lives
  /// Writes the pixels into the caller's memory, in one pass. Colours stay as the profile has them.
  /// Throws Error(usage) as PixelBuffer says, and for an empty picture.
  void copy_to(const PixelBuffer& to) const;
  /// The pixels, to be changed: where another Image shares them, or they are borrowed, this one gets a copy of its own
  /// first. Valid until the image is assigned to or gone. Throws Error(usage) for an empty picture.
  PixelBuffer edit();
  std::span<const std::byte> icc_profile() const noexcept;  ///< empty: sRGB
  std::optional<Resolution> resolution() const noexcept;
  /// Of the lens in millimetres as if the picture were 35 mm film, by its diagonal (EXIF's FocalLengthIn35mmFilm): the
  /// focal length in pixels is this / 43.27 times the picture's diagonal in pixels. Only of pictures that were decoded.
  std::optional<double> focal_length_35mm() const noexcept;
  std::string_view source_format() const noexcept;  ///< "jpeg", "png", ...: what it was decoded from, or ""
  /// How many pages (TIFF, HEIF) or frames (GIF, WebP, PNG) the file has that it was decoded from; 1 for others.
  int pages() const noexcept;
  /// Whether the file holds more than these, which peel does not read: frames of a JPEG XL, a sequence in HEIF or AVIF.
  bool more_unread() const noexcept;
  /// What of the file did not come into this picture, or was changed, a sentence each: pages nobody asked for, a high
  /// dynamic range. Of pictures that were decoded; valid as long as this image or a copy lives.
  std::span<const std::string> notes() const noexcept;

  struct Data;  // src/image/image_data.hpp
  explicit Image(std::shared_ptr<const Data> data) noexcept : data_(std::move(data)) {}

 private:
  std::shared_ptr<const Data> data_;
};

/// What is refused before memory is taken for it: Error(input).
struct DecodeLimits {
  /// Width times height. The default is sharp's (0x3FFF squared), 268 megapixels: 2 GiB as 16-bit RGBA.
  std::uint64_t max_pixels = 0x3FFFull * 0x3FFFull;
  /// Size of the file.
  std::uint64_t max_bytes = 1ull << 30;
};

struct DecodeOptions {
  DecodeLimits limits = {};
  /// CMYK pictures become RGB as Pillow does it (R = (255-C)*(255-K)/255, profile ignored) instead of through their
  /// profile. For comparisons with rembg.
  bool pillow_cmyk = false;
  /// Which page or frame of the file, counted from 0. Unset: the first, and Image::notes() tells of others.
  std::optional<int> page = std::nullopt;
};

/// Decodes JPEG, PNG, WebP, TIFF, GIF, HEIC, AVIF, JPEG XL, JPEG 2000, BMP or Netpbm (PBM, PGM, PPM): told by content,
/// never by name. EXIF's orientation is applied, else XMP's. Palettes, 1-bit, CMYK, YCbCr, Lab and float pictures come
/// out as one of Image's pixel formats; 16 bits stay 16 bits, and 9 to 15 become 16. Alpha that colours were multiplied
/// by becomes straight; of TIFF's extra samples the one marked as alpha is. A profile is kept where it fits the pixels
/// that come out (RGB or grey), and so is the resolution. Colours that a file describes by numbers (PNG's cICP, or gAMA
/// with cHRM; AVIF's and HEIF's nclx) get the profile that says the same; one of high dynamic range (PQ, HLG) rolls
/// light off to a screen's. Throws Error(input): unreadable, not a picture, of a kind that is not accepted, damaged,
/// cut short, over a limit, or without the page that is asked for.
PEEL_API Image decode(ByteView bytes, const DecodeOptions& options = {}, std::string_view name = "picture");
/// The same from a file; `-` is not special here.
PEEL_API Image load_image(const std::filesystem::path& file, const DecodeOptions& options = {});

/// How many pictures a file holds.
struct Pages {
  int count = 1;
  bool animated = false;  ///< they are the frames of an animation (GIF, WebP, PNG), not pages (TIFF, HEIF)
};
/// Of an encoded picture, without decoding it. Reduced copies and masks in a TIFF are no pages. Throws Error(input)
/// where it is no picture that decode() takes. Frames of JPEG XL and sequences in HEIF and AVIF are not read:
/// Image::notes() tells of them.
PEEL_API Pages pages_in(ByteView bytes, std::string_view name = "picture");
/// The same of a file.
PEEL_API Pages pages_in(const std::filesystem::path& file, const DecodeLimits& limits = {});

enum class FileFormat { png, webp, jpeg, tiff, avif, jxl };

/// How much time to spend on a smaller file. For the PNG of a cut-out of 12 megapixels, on one thread, against libpng
/// with zlib's level 6: fast takes a fifteenth of the time for 8-10 % more bytes, balanced a quarter for 3-5 % more,
/// small up to half as long again for 0-2 % less; all three share the work among threads. TIFF has one way only.
enum class Effort { fast, balanced, small };

struct EncodeOptions {
  FileFormat format = FileFormat::png;
  /// 1..100 for JPEG, WebP, AVIF and JPEG XL; 100 means lossless in WebP and JPEG XL and nearly so in AVIF. Unset: 90,
  /// for AVIF 65, which looks about the same. PNG and TIFF are lossless and do not use it.
  std::optional<int> quality;
  Effort effort = Effort::balanced;
  /// Threads for formats that can use more than one; 0: all cores.
  int threads = 0;
};

/// The format a file name's ending stands for (png, webp, jpg, jpeg, tif, tiff, avif, jxl; any case).
PEEL_API std::optional<FileFormat> format_from_name(const std::filesystem::path& file);
PEEL_API std::optional<FileFormat> format_from_word(std::string_view word);  ///< "png", "jpeg", "jpg", ...
PEEL_API std::string_view extension(FileFormat format) noexcept;             ///< ".png", ".jpg", ...

/// Encodes with profile and resolution (JPEG XL has no place for the latter). JPEG holds no alpha: pictures with alpha
/// are refused with Error(usage), lay them over a background first. 16 bits stay in PNG, TIFF and JPEG XL; AVIF gets
/// 12, JPEG and WebP 8. WebP and AVIF hold no grey: it becomes RGB. Throws Error(output) when the encoder fails or the
/// picture is too large for the format (JPEG: 65500, WebP: 16383, AVIF: 16384 a side).
PEEL_API std::vector<std::byte> encode(const Image& image, const EncodeOptions& options = {});

/// An animation: whole frames of one size and pixel format.
struct Animation {
  std::vector<Image> frames = {};
  std::vector<int> delays = {};  ///< how long each is shown, in milliseconds
  int loops = 0;                 ///< how often all are shown; 0: for ever
};

/// All frames of a GIF, WebP or PNG, composed; of any other picture one frame. Throws what decode() throws;
/// DecodeLimits::max_pixels holds for all of them together. `page` has no part in it.
PEEL_API Animation decode_animation(ByteView bytes, const DecodeOptions& options = {},
                                    std::string_view name = "picture");
/// The same from a file.
PEEL_API Animation load_animation(const std::filesystem::path& file, const DecodeOptions& options = {});

/// As an animated WebP or PNG; other formats are Error(usage), and so are frames of several sizes. WebP has 8 bits.
PEEL_API std::vector<std::byte> encode_animation(const Animation& animation, const EncodeOptions& options = {});

}  // namespace peel
