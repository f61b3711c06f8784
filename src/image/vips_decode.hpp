#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "image/image_data.hpp"
#include "image/sniff.hpp"
#include "image/source_facts.hpp"
#include "image/tiff_file.hpp"
#include "image/vips.hpp"

namespace peel {

/// One picture of a file as libvips finds it.
struct PictureSource {
  SourceFormat format = SourceFormat::none;
  std::span<const std::byte> bytes;
  std::optional<int> page =
      std::nullopt;  ///< as libvips counts; unset: the first, of a HEIF the one it calls its primary
  int count = 1;     ///< that many from there, one below the other; -1: all there are
};

/// Throws Error(input) with what libvips last said; std::bad_alloc where that is that there is no memory, Cancelled
/// where the stop of this thread's StopScope is requested.
[[noreturn]] void cannot_decode(std::string_view name);

/// Reads the header. Throws Error(input).
VipsImagePointer open_with_vips(const PictureSource& from, std::string_view name);

/// A whole number among what libvips keeps with a picture.
int number_of(const VipsImage* image, const char* field, int otherwise);

/// Whether a profile is worth keeping with pixels of that format.
bool may_keep(SourceFormat source, std::span<const std::byte> profile, PixelFormat format);

/// The upright picture. `facts` go before what libvips finds; of extra bands those that are given stay. The profile
/// that numbers stand for is not made here; pages are counted as libvips does. Throws Error(input).
std::shared_ptr<Image::Data> decode_with_vips(const PictureSource& from, const SourceFacts& facts,
                                              const std::optional<ExtraBands>& extra, const DecodeOptions& options,
                                              std::string_view name);

}  // namespace peel
