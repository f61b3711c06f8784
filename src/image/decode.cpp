#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/control.hpp"
#include "base/file.hpp"
#include "image/apng.hpp"
#include "image/bmp.hpp"
#include "image/header.hpp"
#include "image/image_data.hpp"
#include "image/limits.hpp"
#include "image/orient.hpp"
#include "image/sniff.hpp"
#include "image/source_facts.hpp"
#include "image/tiff_file.hpp"
#include "image/vips_decode.hpp"
#include "peel/error.hpp"
#include "peel/picture_kinds.hpp"

namespace peel {
namespace {

void turn(std::shared_ptr<Image::Data>& data, int tag) {
  const Orientation orientation(tag, data->width, data->height);
  if (orientation.upright()) return;
  auto turned = std::make_shared<Image::Data>(orientation.width(), orientation.height(), data->format);
  const auto pixel =
      static_cast<std::size_t>(channels(data->format)) * static_cast<std::size_t>(bytes_per_sample(data->format));
  for (int y = 0; y < data->height; ++y) {
    check_stopped();
    orientation.place(data->row<std::byte>(y), 0, y, data->width, pixel, turned->pixels.data());
  }
  data = std::move(turned);
}

std::shared_ptr<Image::Data> decode_unusual_tiff(TiffFile& tiff, int page, const DecodeOptions& options,
                                                 std::string_view name) {
  auto data = tiff.decode_unusual(page, options.limits, name);
  if (!data) return nullptr;
  const int tag = tiff.orientation(page);
  turn(data, tag);
  data->resolution = tiff.resolution(page);
  if (data->resolution && tag >= 5) std::swap(data->resolution->x, data->resolution->y);
  data->source_format = "tiff";
  const auto profile = tiff.profile(page);
  if (may_keep(SourceFormat::tiff, profile, data->format)) data->icc_profile = profile;
  return data;
}

int vips_pages(SourceFormat format, std::span<const std::byte> bytes, std::string_view name) {
  return number_of(open_with_vips({.format = format, .bytes = bytes}, name).get(), VIPS_META_N_PAGES, 1);
}

SourceFacts facts_of(SourceFormat format, std::span<const std::byte> bytes, std::optional<int> page,
                     const DecodeLimits& limits, std::string_view name) {
  SourceFacts facts;
  switch (format) {
    case SourceFormat::png: {
      // libpng takes (and clears) as much memory as a chunk claims to need, up to 2 GB, before it looks for its
      // content.
      const auto found = png_facts(bytes);
      if (!found) cannot_decode(name);
      facts = *found;
      break;
    }
    case SourceFormat::jpeg:
      check_jpeg(bytes, name);
      break;
    case SourceFormat::heif:
      facts = heif_facts(bytes, page);
      // libheif tells nothing of a picture that it finds too large.
      if (facts.declared_width > 0) check_size(facts.declared_width, facts.declared_height, limits, name);
      break;
    case SourceFormat::jxl:
      facts = jxl_facts(bytes);
      break;
    default:
      break;
  }
  return facts;
}

void check_page(int page, int pages, std::string_view name) {
  if (page < 0) throw Error(ErrorCode::usage, fmt::format("page {} is below 0", page));
  if (page >= pages) {
    throw Error(ErrorCode::input, fmt::format("{}: there is no page {}, it has {}", name, page + 1, pages),
                "count from 1");
  }
}

void add_notes(Image::Data& data, const SourceFacts& facts, bool page_named) {
  if (facts.pages > 1 && !page_named) {
    data.notes.push_back(fmt::format("the first of its {} pages or frames is taken, {} left out", facts.pages,
                                     facts.pages == 2 ? "the other is" : "the others are"));
  }
  if (!facts.unread.empty()) data.notes.push_back(fmt::format("{} are left out", facts.unread));
  if (facts.color && facts.color->high_dynamic_range()) {
    data.notes.emplace_back("its high dynamic range is brought to a screen's by a profile");
  }
}

// Pixels whose chunks' checksums are wrong are checked by one of zlib's as well, and most programs look at that alone.
// Found before libvips reads them: an error of its in the last rows gets lost between its threads now and then.
std::shared_ptr<Image::Data> decode_png(PictureSource from, const SourceFacts& facts, const DecodeOptions& options,
                                        std::string_view name) {
  const auto bare = without_large_texts(from.bytes);
  if (!bare.empty()) from.bytes = bare;
  const auto mended = with_right_checksums(from.bytes);
  if (!mended.empty()) from.bytes = mended;
  auto data = decode_with_vips(from, facts, std::nullopt, options, name);
  if (!mended.empty()) data->notes.emplace_back("checksums in the file are wrong, parts of the picture may be damaged");
  return data;
}

bool counted_by_vips(SourceFormat format) {
  return format == SourceFormat::gif || format == SourceFormat::webp || format == SourceFormat::heif;
}

std::shared_ptr<Image::Data> decode_known(SourceFormat format, std::span<const std::byte> bytes,
                                          const DecodeOptions& options, std::string_view name) {
  start_vips();
  const int page = options.page.value_or(0);
  PictureSource from{.format = format, .bytes = bytes, .page = options.page};
  std::shared_ptr<Image::Data> data;
  std::optional<ExtraBands> extra;
  SourceFacts facts = facts_of(format, bytes, options.page, options.limits, name);
  if (counted_by_vips(format) && page > 0) facts.pages = vips_pages(format, bytes, name);
  if (format == SourceFormat::tiff) {
    TiffFile tiff(bytes);
    facts.pages = tiff.pages();
    check_page(page, facts.pages, name);
    from.page = tiff.directory(page);
    extra = tiff.extra_bands(page);
    data = decode_unusual_tiff(tiff, page, options, name);
  }
  check_page(page, facts.pages, name);
  if (!data && format == SourceFormat::png) {
    data = decode_png(from, facts, options, name);
  } else if (!data) {
    data = decode_with_vips(from, facts, extra, options, name);
  }
  if (counted_by_vips(format)) facts.pages = data->pages;
  if (facts.color) data->icc_profile = profile_for(*facts.color, channels(data->format) < 3);
  data->pages = facts.pages;
  data->more_unread = !facts.unread.empty();
  add_notes(*data, facts, options.page.has_value());
  return data;
}

SourceFormat known_format(std::span<const std::byte> bytes, std::string_view name) {
  const Sniffed kind = sniff(bytes);
  if (kind.format != SourceFormat::none) return kind.format;
  throw Error(ErrorCode::input,
              kind.description.empty() ? fmt::format("{}: not a picture of a kind peel knows", name)
                                       : fmt::format("{}: this is {}", name, kind.description),
              fmt::format("peel reads {}; other pictures have to be converted first", picture_kinds("and")));
}

}  // namespace

void check_size(std::int64_t width, std::int64_t height, const DecodeLimits& limits, std::string_view name) {
  if (width < 1 || height < 1) {
    throw Error(ErrorCode::input, fmt::format("{}: a size of {} x {} pixels is not a picture", name, width, height));
  }
  if (static_cast<std::uint64_t>(height) > limits.max_pixels / static_cast<std::uint64_t>(width)) {
    throw Error(ErrorCode::input,
                fmt::format("{}: {} x {} pixels are over the limit of {}", name, width, height, limits.max_pixels),
                "raise the limit on pixels if you trust the file and have the memory");
  }
}

Image decode(ByteView bytes, const DecodeOptions& options, std::string_view name) {
  if (bytes.size() > options.limits.max_bytes) {
    throw Error(ErrorCode::input,
                fmt::format("{}: {} bytes is over the limit of {}", name, bytes.size(), options.limits.max_bytes),
                "raise the limit on bytes if you trust the file");
  }
  check_stopped();
  const SourceFormat format = known_format(bytes, name);
  // libvips reads the picture that programs show which know no animations, nothing else.
  if (format == SourceFormat::png && options.page && pages_in(bytes, name).count > 1) {
    const Animation animation = decode_apng(bytes, options, name);
    check_page(*options.page, static_cast<int>(animation.frames.size()), name);
    return animation.frames[static_cast<std::size_t>(*options.page)];
  }
  if (format != SourceFormat::bmp) return Image(decode_known(format, bytes, options, name));
  check_page(options.page.value_or(0), 1, name);
  return Image(decode_bmp(bytes, options.limits, name));
}

Pages pages_in(ByteView bytes, std::string_view name) {
  const SourceFormat format = known_format(bytes, name);
  switch (format) {
    case SourceFormat::jpeg:
    case SourceFormat::bmp:
    case SourceFormat::netpbm:
    case SourceFormat::jp2k:
      return {};
    case SourceFormat::tiff:
      return {TiffFile(bytes).pages(), false};
    default:
      break;
  }
  start_vips();
  const int count =
      counted_by_vips(format) ? vips_pages(format, bytes, name) : facts_of(format, bytes, std::nullopt, {}, name).pages;
  return {count, count > 1 && format != SourceFormat::heif};
}

Pages pages_in(const std::filesystem::path& file, const DecodeLimits& limits) {
  return pages_in(read_file(file, limits.max_bytes, ErrorCode::input), file.string());
}

std::optional<PictureHeader> read_header(std::span<const std::byte> bytes) {
  const SourceFormat format = sniff(bytes).format;
  if (format == SourceFormat::none) return std::nullopt;
  try {
    if (format == SourceFormat::bmp) return bmp_header(bytes);
    if (format == SourceFormat::png) return png_header(bytes);
    start_vips();
    if (format == SourceFormat::tiff) {
      if (const auto header = TiffFile(bytes).unusual_header(0)) return header;
    }
    const VipsImagePointer image = open_with_vips({.format = format, .bytes = bytes}, "picture");
    const int samples = std::min(vips_image_get_bands(image.get()), 4);
    const int sample_bytes = vips_image_get_format(image.get()) == VIPS_FORMAT_UCHAR ? 1 : 2;
    return PictureHeader{vips_image_get_width(image.get()), vips_image_get_height(image.get()), samples * sample_bytes};
  } catch (const Error&) {
    return std::nullopt;
  }
}

Image load_image(const std::filesystem::path& file, const DecodeOptions& options) {
  const std::vector<std::byte> bytes = read_file(file, options.limits.max_bytes, ErrorCode::input);
  return decode(bytes, options, file.string());
}

}  // namespace peel
