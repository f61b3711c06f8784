#include "image/apng.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "image/image_data.hpp"
#include "image/limits.hpp"
#include "image/png_chunks.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

using Bytes = std::vector<std::byte>;

void add(Bytes& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// A chunk fcTL and the pixels behind it.
struct Frame {
  int width = 0, height = 0, left = 0, top = 0;
  int delay = 0;  ///< milliseconds
  enum class Dispose { none, background, previous } dispose = Dispose::none;
  bool over = false;  ///< blended with what is there, instead of replacing it
  Bytes pixels = {};  ///< content of IDAT
};

struct Parsed {
  std::span<const std::byte> header;  ///< content of IHDR
  Bytes common;                       ///< chunks in front of the pixels that count for every frame
  std::vector<Frame> frames;
  int loops = 0;
};

std::optional<Frame> read_control(std::span<const std::byte> content) {
  if (content.size() != 26) return std::nullopt;
  const auto number = [&](std::size_t at) {
    return static_cast<int>(std::min<std::uint32_t>(big_endian(content, at), std::numeric_limits<int>::max()));
  };
  Frame frame{.width = number(4), .height = number(8), .left = number(12), .top = number(16)};
  const std::uint32_t above = big_endian(content, 20, 2);
  const std::uint32_t below = big_endian(content, 22, 2);
  frame.delay = static_cast<int>(above * 1000 / (below == 0 ? 100 : below));
  frame.dispose = static_cast<Frame::Dispose>(std::min(std::to_integer<int>(content[24]), 2));
  frame.over = content[25] == std::byte{1};
  return frame;
}

Parsed parse(std::span<const std::byte> png) {
  Parsed parsed;
  bool counts = false;  // the pixels in IDAT are a frame where a control chunk stands in front of them
  each_png_chunk(png, [&](const PngChunk& chunk) {
    if (chunk.type == "IHDR") {
      parsed.header = chunk.content;
    } else if (chunk.type == "acTL" && chunk.content.size() == 8) {
      parsed.loops = static_cast<int>(std::min<std::uint32_t>(big_endian(chunk.content, 4), 1 << 30));
    } else if (chunk.type == "fcTL") {
      if (auto frame = read_control(chunk.content)) parsed.frames.push_back(std::move(*frame));
      counts = true;
    } else if (chunk.type == "IDAT") {
      if (counts && !parsed.frames.empty()) add(parsed.frames.back().pixels, chunk.content);
    } else if (chunk.type == "fdAT" && chunk.content.size() > 4) {
      if (!parsed.frames.empty()) add(parsed.frames.back().pixels, chunk.content.subspan(4));
    } else if (!chunk.behind_pixels && chunk.type != "eXIf") {
      append_png_chunk(parsed.common, chunk.type, chunk.content);
    }
  });
  std::erase_if(parsed.frames, [](const Frame& frame) { return frame.pixels.empty(); });
  return parsed;
}

Bytes still_of(const Parsed& parsed, const Frame& frame, std::span<const std::byte> signature) {
  Bytes header;
  append_big_endian(header, static_cast<std::uint32_t>(frame.width));
  append_big_endian(header, static_cast<std::uint32_t>(frame.height));
  add(header, parsed.header.subspan(8));
  Bytes out(signature.begin(), signature.end());
  append_png_chunk(out, "IHDR", header);
  add(out, parsed.common);
  append_png_chunk(out, "IDAT", frame.pixels);
  append_png_chunk(out, "IEND", {});
  return out;
}

// Straight alpha over straight alpha, rounded.
template <typename T>
void blend(const T* front, T* back) {
  constexpr std::uint64_t FULL = std::numeric_limits<T>::max();
  const std::uint64_t alpha = front[3];
  const std::uint64_t behind = back[3] * (FULL - alpha);
  const std::uint64_t total = alpha * FULL + behind;
  for (int c = 0; c < 3 && total > 0; ++c) {
    back[c] = static_cast<T>((front[c] * alpha * FULL + back[c] * behind + total / 2) / total);
  }
  back[3] = static_cast<T>((total + FULL / 2) / FULL);
}

template <typename T>
void draw(const Image& picture, const Frame& frame, Image::Data& canvas) {
  const int count = channels(picture.format());
  for (int y = 0; y < frame.height; ++y) {
    const auto* from = reinterpret_cast<const T*>(picture.data() + y * picture.stride());
    T* to = canvas.row<T>(frame.top + y) + 4 * frame.left;
    for (int x = 0; x < frame.width; ++x, from += count, to += 4) {
      const bool gray = count < 3;
      const bool alpha = count % 2 == 0;
      const T pixel[] = {from[0], from[gray ? 0 : 1], from[gray ? 0 : 2],
                         alpha ? from[count - 1] : std::numeric_limits<T>::max()};
      if (frame.over) {
        blend(pixel, to);
      } else {
        std::copy_n(pixel, 4, to);
      }
    }
  }
}

void clear(const Frame& frame, Image::Data& canvas) {
  const std::size_t pixel = canvas.row_bytes() / static_cast<std::size_t>(canvas.width);
  for (int y = 0; y < frame.height; ++y) {
    std::memset(canvas.row<std::byte>(frame.top + y) + pixel * static_cast<std::size_t>(frame.left), 0,
                pixel * static_cast<std::size_t>(frame.width));
  }
}

}  // namespace

Animation decode_apng(std::span<const std::byte> png, const DecodeOptions& options, std::string_view name) {
  const Parsed parsed = parse(png);
  if (parsed.header.size() != 13 || parsed.frames.empty()) {
    throw Error(ErrorCode::input, fmt::format("{}: the PNG has no frames", name));
  }
  const std::int64_t width = big_endian(parsed.header, 0);
  const std::int64_t height = big_endian(parsed.header, 4);
  check_size(width, height * static_cast<std::int64_t>(parsed.frames.size()), options.limits, name);
  const bool wide = parsed.header[8] == std::byte{16};
  Image::Data canvas(static_cast<int>(width), static_cast<int>(height),
                     wide ? PixelFormat::rgba16 : PixelFormat::rgba8);
  std::memset(canvas.pixels.data(), 0, canvas.pixels.size());
  Animation animation{.loops = parsed.loops};
  for (const Frame& frame : parsed.frames) {
    if (frame.width < 1 || frame.height < 1 || frame.width > width - frame.left || frame.height > height - frame.top) {
      throw Error(ErrorCode::input, fmt::format("{}: a frame of the PNG is outside the picture", name));
    }
    DecodeOptions still = options;
    still.page.reset();
    const Image picture = decode(still_of(parsed, frame, png.first(PNG_SIGNATURE_BYTES)), still, name);
    std::optional<Bytes> before;
    if (frame.dispose == Frame::Dispose::previous)
      before.emplace(canvas.pixels.data(), canvas.pixels.data() + canvas.pixels.size());
    wide ? draw<std::uint16_t>(picture, frame, canvas) : draw<std::uint8_t>(picture, frame, canvas);
    auto shown = std::make_shared<Image::Data>(canvas.width, canvas.height, canvas.format);
    std::memcpy(shown->pixels.data(), canvas.pixels.data(), canvas.pixels.size());
    const auto profile = picture.icc_profile();
    if (channels(picture.format()) > 2) shown->icc_profile.assign(profile.begin(), profile.end());
    shown->resolution = picture.resolution();
    shown->source_format = "png";
    shown->pages = static_cast<int>(parsed.frames.size());
    animation.frames.emplace_back(std::move(shown));
    animation.delays.push_back(frame.delay);
    if (before) std::memcpy(canvas.pixels.data(), before->data(), before->size());
    if (frame.dispose == Frame::Dispose::background) clear(frame, canvas);
  }
  return animation;
}

std::vector<std::byte> join_apng(std::span<const std::vector<std::byte>> frames, std::span<const int> delays,
                                 int loops) {
  Bytes out(frames[0].begin(), frames[0].begin() + PNG_SIGNATURE_BYTES);
  std::uint32_t sequence = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    std::span<const std::byte> size;
    Bytes pixels;
    each_png_chunk(frames[i], [&](const PngChunk& chunk) {
      if (chunk.type == "IHDR") size = chunk.content.first(8);
      if (chunk.type == "IDAT") {
        add(pixels, chunk.content);
      } else if (i == 0 && chunk.type != "IEND") {
        append_png_chunk(out, chunk.type, chunk.content);
      }
      if (i == 0 && chunk.type == "IHDR") {
        Bytes control;
        append_big_endian(control, static_cast<std::uint32_t>(frames.size()));
        append_big_endian(control, static_cast<std::uint32_t>(loops));
        append_png_chunk(out, "acTL", control);
      }
    });
    Bytes control;
    append_big_endian(control, sequence++);
    add(control, size);
    append_big_endian(control, 0);
    append_big_endian(control, 0);
    append_big_endian(control, static_cast<std::uint32_t>(std::clamp(delays[i], 0, 65535)), 2);
    append_big_endian(control, 1000, 2);
    append_big_endian(control, 0, 2);  // neither disposed of nor blended: frames are whole pictures
    append_png_chunk(out, "fcTL", control);
    if (i == 0) {
      append_png_chunk(out, "IDAT", pixels);
      continue;
    }
    Bytes numbered;
    append_big_endian(numbered, sequence++);
    add(numbered, pixels);
    append_png_chunk(out, "fdAT", numbered);
  }
  append_png_chunk(out, "IEND", {});
  return out;
}

}  // namespace peel
