#pragma once

#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "peel/image.hpp"
#include "peel/models.hpp"
#include "peel/providers.hpp"
#include "peel/remover.hpp"

// Values as they are written everywhere: on the command line, in forms, in names and in results.
namespace peel::options {

/// What a word of a whole number stands for that leaves the number open.
inline constexpr std::int64_t OPEN = std::numeric_limits<std::int64_t>::min();

struct Word {
  const char* text;
  std::int64_t value = 0;
  bool unlisted = false;  ///< understood, but not told of: another spelling
};

inline constexpr Word DEVICES[] = {{"auto", std::int64_t(Device::automatic)},
                                   {"cpu", std::int64_t(Device::cpu)},
                                   {"cuda", std::int64_t(Device::cuda)},
                                   {"tensorrt", std::int64_t(Device::tensorrt)},
                                   {"webgpu", std::int64_t(Device::webgpu)}};
inline constexpr Word ENGINES[] = {{"auto", std::int64_t(Engine::automatic)},
                                   {"openvino", std::int64_t(Engine::openvino)},
                                   {"onnxruntime", std::int64_t(Engine::onnxruntime)}};
inline constexpr Word PRECISIONS[] = {{"auto", std::int64_t(Precision::automatic)},
                                      {"fp32", std::int64_t(Precision::fp32)},
                                      {"fp16", std::int64_t(Precision::fp16)},
                                      {"int8", std::int64_t(Precision::int8)}};
inline constexpr Word OUTPUT_KINDS[] = {{"probability", std::int64_t(OutputKind::probability)},
                                        {"logits", std::int64_t(OutputKind::logits)},
                                        {"classes", std::int64_t(OutputKind::classes)},
                                        {"prompted", std::int64_t(OutputKind::prompted)}};
inline constexpr Word FORMATS[] = {{"png", std::int64_t(FileFormat::png)},   {"webp", std::int64_t(FileFormat::webp)},
                                   {"jpeg", std::int64_t(FileFormat::jpeg)}, {"tiff", std::int64_t(FileFormat::tiff)},
                                   {"avif", std::int64_t(FileFormat::avif)}, {"jxl", std::int64_t(FileFormat::jxl)}};

/// But for "auto".
constexpr std::span<const Word> without_auto(std::span<const Word> words) {
  return words.subspan(1);
}

template <typename Value>
constexpr std::string_view word_for(std::span<const Word> words, Value wanted) {
  for (const Word& word : words) {
    if (word.value == static_cast<std::int64_t>(wanted)) return word.text;
  }
  return "";
}
constexpr std::string_view word(Device device) {
  return word_for(DEVICES, device);
}
constexpr std::string_view word(Engine engine) {
  return word_for(ENGINES, engine);
}
constexpr std::string_view word(Precision precision) {
  return word_for(PRECISIONS, precision);
}
constexpr std::string_view word(OutputKind kind) {
  return word_for(OUTPUT_KINDS, kind);
}

template <typename Value>
constexpr std::optional<Value> from_word(std::span<const Word> words, std::string_view wanted) {
  for (const Word& word : words) {
    if (word.text == wanted) return static_cast<Value>(word.value);
  }
  return std::nullopt;
}

}  // namespace peel::options
