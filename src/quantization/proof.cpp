#include "quantization/proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include "mask/mask.hpp"
#include "measures/measures.hpp"
#include "measures/statistics.hpp"
#include "peel/error.hpp"
#include "remover/picture_input.hpp"

namespace peel::quantization {
namespace {

using peel::Salience;

constexpr int MAX_SIZE = 640;  // Settings::max_size: for networks that leave their size open

double milliseconds_of(const Session& session, const Tensor& input, Tensor& output) {
  const auto begin = std::chrono::steady_clock::now();
  output = session.run(input);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

bool is_finite(const Tensor& tensor) {
  return std::ranges::all_of(tensor.values, [](float value) { return std::isfinite(value); });
}

std::span<const std::uint8_t> row_of(const PixelView& gray, int y) {
  return {reinterpret_cast<const std::uint8_t*>(gray.data) + y * gray.stride, static_cast<std::size_t>(gray.width)};
}

void add_truth(Salience& salience, const ProofPicture& picture, const Image& mask) {
  if (!picture.truth) return;
  const Image truth = peel::gray(load_image(*picture.truth));
  if (truth.width() == mask.width() && truth.height() == mask.height()) salience.add(mask, truth);
}

void put(const Salience& salience, FormMeasures& measures) {
  if (salience.count() == 0) return;
  measures.mae = salience.mae();
  measures.max_f = salience.max_f();
}

}  // namespace

Session open_on_cpu(const std::filesystem::path& file, Arithmetic arithmetic, int threads) {
  SessionOptions options;
  options.candidates = {{Device::cpu, arithmetic}};
  options.threads = threads;
  options.cache_graph = false;
  return {file, options};
}

bool is_sure(const Image& mask) {
  const PixelView view = mask.view();
  std::uint64_t subject = 0;
  std::uint64_t between = 0;
  for (int y = 0; y < view.height; ++y) {
    for (const std::uint8_t level : row_of(view, y)) {
      subject += level >= 128 ? 1 : 0;
      between += level > 25 && level < 230 ? 1 : 0;
    }
  }
  const auto all = static_cast<std::uint64_t>(view.width) * static_cast<std::uint64_t>(view.height);
  return subject * 100 >= all && between * 2 < subject;
}

Proof::Proof(std::filesystem::path float_model, ModelInfo model, std::vector<ProofPicture> pictures, int threads,
             const std::function<void(std::size_t)>& done)
    : float_model_(std::move(float_model)),
      model_(std::move(model)),
      pictures_(std::move(pictures)),
      threads_(threads) {
  const Session session = open_on_cpu(float_model_, Arithmetic::fp32, threads_);
  shape_ = session.input_shape();
  Salience salience;
  std::vector<double> times;
  masks_.reserve(pictures_.size());
  sure_.reserve(pictures_.size());
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    const Image picture = load_image(pictures_[i].file);
    Tensor output;
    times.push_back(milliseconds_of(session, input(picture), output));
    if (!is_finite(output)) {
      throw Error(
          ErrorCode::model,
          fmt::format("{} gives values that are no numbers for {}", float_model_.string(), pictures_[i].file.string()),
          "a network that fails in float cannot be judged in INT8");
    }
    masks_.push_back(full_size_mask(saliency_to_mask(output, model_.output, false).image, picture.width(),
                                    picture.height(), threads_));
    subjects_ += is_subject(masks_.back()) ? 1 : 0;
    sure_.push_back(is_sure(masks_.back()));
    add_truth(salience, pictures_[i], masks_.back());
    done(i + 1);
  }
  baseline_.form = "fp32";
  baseline_.milliseconds = peel::median(times);
  put(salience, baseline_);
}

Tensor Proof::input(const Image& picture) const {
  return picture_input(picture, model_, shape_, MAX_SIZE, threads_);
}

FormMeasures Proof::measure(const std::filesystem::path& file, const std::string& form, std::size_t timed,
                            const std::function<void(std::size_t)>& done) const {
  const Session session = open_on_cpu(file, Arithmetic::int8, threads_);
  std::optional<Session> plain;
  if (timed > 0) plain.emplace(open_on_cpu(float_model_, Arithmetic::fp32, threads_));
  FormMeasures measures;
  measures.form = form;
  Salience salience;
  std::vector<double> times;
  std::vector<double> plain_times;
  double sum_iou = 0;
  double sum_difference = 0;
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    const Image picture = load_image(pictures_[i].file);
    const Tensor seen = input(picture);
    Tensor output;
    const double time = milliseconds_of(session, seen, output);
    if (i < timed) {
      Tensor ignored;
      times.push_back(time);
      plain_times.push_back(milliseconds_of(*plain, seen, ignored));
    }
    const Image mask = full_size_mask(saliency_to_mask(output, model_.output, false).image, picture.width(),
                                      picture.height(), threads_);
    const double iou = is_finite(output) ? peel::agreement(masks_[i], mask).iou : 0;
    sum_iou += iou;
    sum_difference += peel::difference(masks_[i], mask).mean;
    if (sure_[i]) measures.least_iou = std::min(measures.least_iou, iou);
    add_truth(salience, pictures_[i], mask);
    done(i + 1);
  }
  const auto count = static_cast<double>(pictures_.size());
  measures.mean_iou = sum_iou / count;
  measures.mean_difference = sum_difference / count;
  put(salience, measures);
  if (timed > 0) {
    measures.milliseconds = peel::median(times);
    // A clock that stood still has measured nothing.
    if (measures.milliseconds > 0) measures.speedup = peel::median(plain_times) / measures.milliseconds;
  }
  return measures;
}

}  // namespace peel::quantization
