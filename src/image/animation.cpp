#include <fmt/format.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "base/file.hpp"
#include "image/apng.hpp"
#include "image/image_data.hpp"
#include "image/sniff.hpp"
#include "image/vips_decode.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// The frames of a picture in which they stand one below the other.
std::vector<Image> cut_apart(const Image::Data& strip, int count) {
  const int height = strip.height / count;
  std::vector<Image> frames;
  for (int i = 0; i < count; ++i) {
    auto frame = std::make_shared<Image::Data>(strip.width, height, strip.format);
    std::memcpy(frame->pixels.data(), strip.pixels.data() + frame->pixels.size() * static_cast<std::size_t>(i),
                frame->pixels.size());
    frame->icc_profile = strip.icc_profile;
    frame->resolution = strip.resolution;
    frame->source_format = strip.source_format;
    frame->pages = count;
    frames.emplace_back(std::move(frame));
  }
  return frames;
}

// libvips composes the frames of GIF and WebP, and tells how long each is shown.
Animation decode_with_vips(SourceFormat format, std::span<const std::byte> bytes, const DecodeOptions& options,
                           std::string_view name) {
  start_vips();
  const PictureSource all{.format = format, .bytes = bytes, .page = std::nullopt, .count = -1};
  const VipsImagePointer header = open_with_vips(all, name);
  const int count = std::max(1, number_of(header.get(), VIPS_META_N_PAGES, 1));
  SourceFacts facts;
  facts.orientation = 1;  // turned, they would stand side by side
  const auto strip = peel::decode_with_vips(all, facts, std::nullopt, options, name);
  if (strip->height % count != 0) cannot_decode(name);
  Animation animation{.frames = cut_apart(*strip, count), .loops = std::max(0, number_of(header.get(), "loop", 0))};
  int* delays = nullptr;
  int given = 0;
  if (!vips_image_get_typeof(header.get(), "delay") ||
      vips_image_get_array_int(header.get(), "delay", &delays, &given) != 0) {
    given = 0;
  }
  for (int i = 0; i < count; ++i) animation.delays.push_back(i < given ? std::max(0, delays[i]) : 100);
  return animation;
}

void check(const Animation& animation) {
  if (animation.frames.empty() || animation.delays.size() != animation.frames.size()) {
    throw Error(ErrorCode::usage, "an animation needs frames, and a delay for each");
  }
  const Image& first = animation.frames.front();
  for (const Image& frame : animation.frames) {
    if (frame.empty() || frame.width() != first.width() || frame.height() != first.height() ||
        frame.format() != first.format()) {
      throw Error(ErrorCode::usage, "the frames of an animation have one size and pixel format");
    }
  }
  if (animation.loops < 0) throw Error(ErrorCode::usage, fmt::format("loops {} is below 0", animation.loops));
}

std::vector<std::uint8_t> rgba_bytes(const Image& image) {
  const auto count = static_cast<std::size_t>(channels(image.format()));
  const auto bytes = static_cast<std::size_t>(bytes_per_sample(image.format()));
  std::vector<std::uint8_t> rgba(4 * static_cast<std::size_t>(image.width()) *
                                 static_cast<std::size_t>(image.height()));
  const std::byte* from = image.data();
  for (std::size_t i = 0; i < rgba.size(); i += 4, from += count * bytes) {
    const auto sample = [&](std::size_t c) {
      // The higher of two bytes, in the order of the machines this runs on.
      return std::to_integer<std::uint8_t>(from[c * bytes + bytes - 1]);
    };
    for (std::size_t c = 0; c < 3; ++c) rgba[i + c] = sample(count < 3 ? 0 : c);
    rgba[i + 3] = count % 2 == 0 ? sample(count - 1) : std::uint8_t{255};
  }
  return rgba;
}

[[noreturn]] void webp_failed(std::string_view reason) {
  throw Error(ErrorCode::output, fmt::format("cannot encode WebP: {}", reason));
}

/// Bytes that libwebp made.
struct WebpBytes : WebPData {
  WebpBytes() : WebPData{} { WebPDataInit(this); }
  WebpBytes(const WebpBytes&) = delete;
  WebpBytes& operator=(const WebpBytes&) = delete;
  ~WebpBytes() { WebPDataClear(this); }
};

std::vector<std::byte> with_profile(const WebpBytes& webp, std::span<const std::byte> profile) {
  const auto* bytes = reinterpret_cast<const std::byte*>(webp.bytes);
  if (profile.empty()) return {bytes, bytes + webp.size};
  const std::unique_ptr<WebPMux, void (*)(WebPMux*)> mux(WebPMuxCreate(&webp, 0), WebPMuxDelete);
  const WebPData chunk{reinterpret_cast<const std::uint8_t*>(profile.data()), profile.size()};
  WebpBytes whole;
  if (!mux || WebPMuxSetChunk(mux.get(), "ICCP", &chunk, 0) != WEBP_MUX_OK ||
      WebPMuxAssemble(mux.get(), &whole) != WEBP_MUX_OK) {
    webp_failed("its profile cannot be added");
  }
  bytes = reinterpret_cast<const std::byte*>(whole.bytes);
  return {bytes, bytes + whole.size};
}

std::vector<std::byte> encode_webp(const Animation& animation, const EncodeOptions& options) {
  const Image& first = animation.frames.front();
  WebPAnimEncoderOptions how;
  if (WebPAnimEncoderOptionsInit(&how) == 0) webp_failed("another version of libwebp");
  how.anim_params.loop_count = animation.loops;
  const std::unique_ptr<WebPAnimEncoder, void (*)(WebPAnimEncoder*)> encoder(
      WebPAnimEncoderNew(first.width(), first.height(), &how), WebPAnimEncoderDelete);
  WebPConfig config;
  if (!encoder || WebPConfigInit(&config) == 0) webp_failed("out of memory, or too large");
  const int quality = options.quality.value_or(90);
  config.quality = static_cast<float>(quality);
  config.lossless = quality == 100 ? 1 : 0;
  config.method = options.effort == Effort::fast ? 1 : options.effort == Effort::balanced ? 4 : 6;
  int time = 0;
  for (std::size_t i = 0; i < animation.frames.size(); ++i) {
    WebPPicture picture;
    if (WebPPictureInit(&picture) == 0) webp_failed("another version of libwebp");
    const std::unique_ptr<WebPPicture, void (*)(WebPPicture*)> owner(&picture, WebPPictureFree);
    picture.width = first.width();
    picture.height = first.height();
    picture.use_argb = 1;
    const auto rgba = rgba_bytes(animation.frames[i]);
    if (WebPPictureImportRGBA(&picture, rgba.data(), 4 * picture.width) == 0 ||
        WebPAnimEncoderAdd(encoder.get(), &picture, time, &config) == 0) {
      webp_failed(WebPAnimEncoderGetError(encoder.get()));
    }
    time += animation.delays[i];
  }
  WebpBytes webp;
  if (WebPAnimEncoderAdd(encoder.get(), nullptr, time, nullptr) == 0 ||
      WebPAnimEncoderAssemble(encoder.get(), &webp) == 0) {
    webp_failed(WebPAnimEncoderGetError(encoder.get()));
  }
  // Of a grey picture the profile would be one of grey.
  return with_profile(webp, channels(first.format()) < 3 ? std::span<const std::byte>() : first.icc_profile());
}

}  // namespace

Animation decode_animation(ByteView bytes, const DecodeOptions& options, std::string_view name) {
  const SourceFormat format = sniff(bytes).format;
  if (format == SourceFormat::gif || format == SourceFormat::webp)
    return decode_with_vips(format, bytes, options, name);
  if (format == SourceFormat::png && pages_in(bytes, name).count > 1) return decode_apng(bytes, options, name);
  return {.frames = {decode(bytes, options, name)}, .delays = {0}};
}

Animation load_animation(const std::filesystem::path& file, const DecodeOptions& options) {
  return decode_animation(read_file(file, options.limits.max_bytes, ErrorCode::input), options, file.string());
}

std::vector<std::byte> encode_animation(const Animation& animation, const EncodeOptions& options) {
  check(animation);
  if (options.format == FileFormat::webp) return encode_webp(animation, options);
  if (options.format != FileFormat::png) {
    throw Error(ErrorCode::usage, "the format holds no animation", "choose WebP or PNG");
  }
  std::vector<std::vector<std::byte>> frames;
  for (const Image& frame : animation.frames) frames.push_back(encode(frame, options));
  return join_apng(frames, animation.delays, animation.loops);
}

}  // namespace peel
