#pragma once

#include <filesystem>

namespace peel::test {

/// Segment Anything's two graphs with the inputs and outputs of rembg's files and none of the weights, as
/// NAME.encoder.onnx and NAME.decoder.onnx. What the encoder saw is the picture. The decoder's logits are at each
/// place:
///
///     brightness / 255 * 8 - 4  +  for each point: sign * min(8, max(0, reach - |dx| - |dy|))
///
/// where sign is -1 for points on the background (label 0), 0 for padding (-1), else 1. Where the sizes or the first
/// mask are not what the real decoder needs they are far below 0 everywhere.
struct StandInSegmentAnything {
  int width = 96;
  int height = 64;
  int reach = 12;
  bool open_size = false;  ///< of the encoder's input
};
void write_stand_in(const std::filesystem::path& folder, const char* name, const StandInSegmentAnything& model);

}  // namespace peel::test
