#include "remover/segment_anything.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "base/stopwatch.hpp"
#include "mask/prompted.hpp"
#include "options/limits.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr std::string_view ENCODER = ".encoder.";
constexpr const char* MASKS = "masks";
constexpr const char* QUALITY = "iou_predictions";
// A mask to begin with, which nobody gives: of this size, and a word that it is none.
constexpr std::int64_t FIRST_MASK = 256;

Error not_a_pair(const std::filesystem::path& file, const std::string& why) {
  return {
      ErrorCode::model, fmt::format("{}: not a part of Segment Anything as peel runs it: {}", file.string(), why),
      "give the files rembg takes, NAME.encoder.onnx and NAME.decoder.onnx; `peel models download sam` fetches them"};
}

int side(std::int64_t fixed, int of_model) {
  return fixed > 0 ? static_cast<int>(fixed) : of_model;
}

}  // namespace

SegmentAnything::SegmentAnything(const std::filesystem::path& encoder, const std::filesystem::path& decoder,
                                 const ModelInfo& model, int threads)
    : encoder_(encoder, threads), decoder_(decoder, threads) {
  const auto& inputs = encoder_.inputs();
  if (inputs.size() != 1 || encoder_.outputs().empty()) throw not_a_pair(encoder, "an encoder has one input");
  const auto& shape = inputs.front().shape;
  if (shape.size() != 3 || (shape[2] != 3 && shape[2] > 0) || shape[0] > options::LARGEST_INPUT_SIDE ||
      shape[1] > options::LARGEST_INPUT_SIDE) {
    throw not_a_pair(encoder,
                     fmt::format("its input has shape {} instead of height x width x 3", fmt::join(shape, " x ")));
  }
  input_height_ = side(shape[0], model.input_height);
  input_width_ = side(shape[1], model.input_width);
  if (input_height_ < 1 || input_width_ < 1) throw not_a_pair(encoder, "it leaves the size of its input open");
  if (!decoder_.has_output(MASKS)) throw not_a_pair(decoder, fmt::format("it has no output \"{}\"", MASKS));
}

Mask SegmentAnything::mask(const Image& picture, std::span<const Prompt> prompts, bool compat, int threads) const {
  Stopwatch watch;
  Timings timings;
  const PromptedLayout layout = prompted_layout(picture.width(), picture.height(), input_width_, input_height_);
  const std::vector<Prompt> wanted = prompts_for(prompts, picture.width(), picture.height());
  const auto groups = compat ? std::vector<std::vector<Prompt>>{wanted} : prompt_groups(wanted);
  const Tensor input = prompted_input(picture, layout, compat, threads);
  timings.preprocess = watch.lap();

  const Tensor seen =
      std::move(encoder_.run({{encoder_.inputs().front().name, &input}}, {encoder_.outputs().front().name}).front());
  const Tensor first_mask{{1, 1, FIRST_MASK, FIRST_MASK}, std::vector<float>(FIRST_MASK * FIRST_MASK)};
  const Tensor has_first_mask{{1}, {0.0f}};
  const Tensor size{{2}, {static_cast<float>(input_height_), static_cast<float>(input_width_)}};
  std::vector<std::string> outputs{MASKS};
  if (decoder_.has_output(QUALITY)) outputs.emplace_back(QUALITY);
  std::vector<DecodedMasks> decoded;
  for (const auto& group : groups) {
    const PromptTensors asked = prompt_tensors(group, layout, compat);
    auto answer = decoder_.run({{"image_embeddings", &seen},
                                {"point_coords", &asked.coordinates},
                                {"point_labels", &asked.labels},
                                {"mask_input", &first_mask},
                                {"has_mask_input", &has_first_mask},
                                {"orig_im_size", &size}},
                               outputs);
    decoded.push_back({std::move(answer[0]), answer.size() > 1 ? std::move(answer[1].values) : std::vector<float>()});
  }
  timings.inference = watch.lap();
  Mask mask = prompted_mask(decoded, layout, compat, threads);
  timings.postprocess = watch.lap();
  mask.timings = timings;
  return mask;
}

bool is_encoder(const std::filesystem::path& file) {
  return file.filename().string().find(ENCODER) != std::string::npos;
}

std::filesystem::path decoder_of(const std::filesystem::path& encoder) {
  std::string name = encoder.filename().string();
  const std::size_t place = name.rfind(ENCODER);
  if (place == std::string::npos) {
    throw Error(ErrorCode::model, fmt::format("{}: not named as an encoder of Segment Anything", encoder.string()),
                "name it NAME.encoder.onnx, and beside it NAME.decoder.onnx");
  }
  return encoder.parent_path() / name.replace(place, ENCODER.size(), ".decoder.");
}

}  // namespace peel
