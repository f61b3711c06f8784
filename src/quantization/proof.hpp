#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "inference/session.hpp"
#include "peel/image.hpp"
#include "peel/models.hpp"
#include "peel/quantized_model.hpp"

namespace peel::quantization {

/// A session on the CPU whose graph is not kept in the cache: forms come and go. Throws Error(model).
Session open_on_cpu(const std::filesystem::path& file, Arithmetic arithmetic, int threads);

/// A picture to judge by.
struct ProofPicture {
  std::filesystem::path file;
  std::optional<std::filesystem::path> truth;
};

/// Compares forms of a network with FP32's masks, which are made once.
class Proof {
 public:
  /// `model`: the network's layout. Throws Error(model), also where FP32 gives values that are no numbers,
  /// Error(input).
  Proof(std::filesystem::path float_model, ModelInfo model, std::vector<ProofPicture> pictures, int threads,
        const std::function<void(std::size_t)>& done);

  /// FP32 against itself: its MAE and F-measure, and the time of its first runs.
  const FormMeasures& baseline() const noexcept { return baseline_; }

  /// Pictures in which FP32 sees a subject (0.5 and more), and those of them it is sure about.
  std::size_t subjects() const noexcept { return subjects_; }
  std::size_t sure() const noexcept { return static_cast<std::size_t>(std::ranges::count(sure_, true)); }

  /// A form of the network in a file. A mask with a value that is no number agrees with none. The first `timed`
  /// pictures are run through both networks in turns, so that a moment in which the machine was slow counts for both;
  /// 0: no times.
  FormMeasures measure(const std::filesystem::path& file, const std::string& form, std::size_t timed,
                       const std::function<void(std::size_t)>& done) const;

  std::size_t size() const noexcept { return pictures_.size(); }

 private:
  Tensor input(const Image& picture) const;

  std::filesystem::path float_model_;
  ModelInfo model_;
  std::vector<ProofPicture> pictures_;
  int threads_;
  std::vector<std::int64_t> shape_;
  std::vector<Image> masks_;
  std::vector<bool> sure_;
  std::size_t subjects_ = 0;
  FormMeasures baseline_;
};

/// Whether a mask (gray8) shows a subject beyond doubt: see QuantizeOptions::least_iou.
bool is_sure(const Image& mask);

}  // namespace peel::quantization
