#pragma once

#include <filesystem>
#include <span>

#include "inference/named_network.hpp"
#include "mask/mask.hpp"
#include "peel/remover.hpp"

namespace peel {

/// Segment Anything: an encoder that looks at a picture, once and slowly, and a decoder that finds what prompts ask for
/// in what the encoder saw, quickly. On the CPU: rembg's files of it are exported for that. Thread-safe.
class SegmentAnything {
 public:
  /// Throws Error(model) where the files are not such a pair, Error(device) without ONNX Runtime. `model`'s input size
  /// is used where the encoder leaves its own open.
  SegmentAnything(const std::filesystem::path& encoder, const std::filesystem::path& decoder, const ModelInfo& model,
                  int threads);

  int input_width() const { return input_width_; }
  int input_height() const { return input_height_; }

  /// Throws Error(usage) for prompts that make no sense for the picture.
  Mask mask(const Image& picture, std::span<const Prompt> prompts, bool compat, int threads) const;

 private:
  NamedNetwork encoder_;
  NamedNetwork decoder_;
  int input_width_;
  int input_height_;
};

/// The decoder that belongs to an encoder's file: NAME.decoder.onnx beside NAME.encoder.onnx, NAME.decoder.quant.onnx
/// beside NAME.encoder.quant.onnx. Throws Error(model) for a file of another name.
std::filesystem::path decoder_of(const std::filesystem::path& encoder);
bool is_encoder(const std::filesystem::path& file);

}  // namespace peel
