#include <jxl/decode.h>

#include <memory>

#include "image/source_facts.hpp"

namespace peel {
namespace {

std::optional<ColorNumbers> color_of(const JxlColorEncoding& color) {
  ColorNumbers numbers;
  switch (color.transfer_function) {
    case JXL_TRANSFER_FUNCTION_PQ:
      numbers.curve = ColorNumbers::Curve::pq;
      break;
    case JXL_TRANSFER_FUNCTION_HLG:
      numbers.curve = ColorNumbers::Curve::hlg;
      break;
    default:
      return std::nullopt;  // libjxl's own profile says the same
  }
  if (color.color_space == JXL_COLOR_SPACE_RGB) {
    const auto place = [](const double* xy) { return Chromaticity{xy[0], xy[1]}; };
    numbers.primaries = {place(color.primaries_red_xy), place(color.primaries_green_xy),
                         place(color.primaries_blue_xy)};
    numbers.white = place(color.white_point_xy);
  }
  return numbers;
}

}  // namespace

SourceFacts jxl_facts(std::span<const std::byte> jxl) {
  SourceFacts facts;
  struct Destroy {
    void operator()(JxlDecoder* decoder) const noexcept { JxlDecoderDestroy(decoder); }
  };
  const std::unique_ptr<JxlDecoder, Destroy> decoder(JxlDecoderCreate(nullptr));
  if (!decoder ||
      JxlDecoderSubscribeEvents(decoder.get(), JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FRAME) !=
          JXL_DEC_SUCCESS ||
      JxlDecoderSetInput(decoder.get(), reinterpret_cast<const std::uint8_t*>(jxl.data()), jxl.size()) !=
          JXL_DEC_SUCCESS) {
    return facts;
  }
  JxlDecoderCloseInput(decoder.get());
  JxlBasicInfo info{};
  int frames = 0;
  for (;;) {
    switch (JxlDecoderProcessInput(decoder.get())) {
      case JXL_DEC_BASIC_INFO:
        if (JxlDecoderGetBasicInfo(decoder.get(), &info) != JXL_DEC_SUCCESS) return facts;
        facts.premultiplied = info.alpha_bits > 0 && info.alpha_premultiplied != 0;
        break;
      case JXL_DEC_COLOR_ENCODING: {
        const JxlPixelFormat format{3, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
        JxlColorEncoding color{};
        if (JxlDecoderGetColorAsEncodedProfile(decoder.get(), &format, JXL_COLOR_PROFILE_TARGET_DATA, &color) ==
            JXL_DEC_SUCCESS) {
          facts.color = color_of(color);
        }
        // Others are looked for only then: it goes through the whole file.
        if (info.have_animation == 0) return facts;
        break;
      }
      case JXL_DEC_FRAME:
        // libvips reads the first.
        if (++frames < 2) break;
        facts.unread = "the further frames of its animation";
        return facts;
      default:
        return facts;
    }
  }
}

}  // namespace peel
