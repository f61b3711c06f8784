#include "measures/measures.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <vector>

namespace peel {
namespace {

std::span<const std::uint8_t> samples(const Image& mask) {
  if (mask.format() != PixelFormat::gray8) throw std::invalid_argument("a mask must be 8-bit grey");
  return {reinterpret_cast<const std::uint8_t*>(mask.data()), mask.size_bytes()};
}

void check_sizes(const Image& a, const Image& b) {
  if (a.width() != b.width() || a.height() != b.height()) throw std::invalid_argument("masks of different sizes");
}

}  // namespace

Difference difference(const Image& a, const Image& b) {
  check_sizes(a, b);
  const auto first = samples(a);
  const auto second = samples(b);
  Difference result;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const int d = std::abs(first[i] - second[i]);
    total += static_cast<std::uint64_t>(d);
    result.largest = std::max(result.largest, d);
  }
  result.mean = static_cast<double>(total) / static_cast<double>(first.size());
  return result;
}

MaskAgreement agreement(const Image& a, const Image& b) {
  check_sizes(a, b);
  const auto first = samples(a);
  const auto second = samples(b);
  std::uint64_t both = 0;
  std::uint64_t either = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    both += first[i] >= 128 && second[i] >= 128 ? 1 : 0;
    either += first[i] >= 128 || second[i] >= 128 ? 1 : 0;
  }
  return {difference(a, b).mean / 255.0, either ? static_cast<double>(both) / static_cast<double>(either) : 1.0};
}

Image gray(const Image& picture) {
  const auto count = static_cast<std::size_t>(picture.width()) * static_cast<std::size_t>(picture.height());
  const auto step = static_cast<std::size_t>(channels(picture.format()));
  std::vector<std::uint8_t> levels(count);
  if (bytes_per_sample(picture.format()) == 2) {
    const auto* const in = reinterpret_cast<const std::uint16_t*>(picture.data());
    for (std::size_t i = 0; i < count; ++i) levels[i] = static_cast<std::uint8_t>(in[i * step] / 257);
  } else {
    const auto* const in = reinterpret_cast<const std::uint8_t*>(picture.data());
    for (std::size_t i = 0; i < count; ++i) levels[i] = in[i * step];
  }
  return Image::from_pixels({levels.data(), picture.width(), picture.height(), picture.width(), PixelFormat::gray8});
}

void Salience::add(const Image& mask, const Image& truth) {
  check_sizes(mask, truth);
  const auto predicted = samples(mask);
  const auto actual = samples(truth);
  std::array<std::uint64_t, 256> subject{};  // pixels of each level, by what they really are
  std::array<std::uint64_t, 256> ground{};
  std::uint64_t error = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    ++(actual[i] >= 128 ? subject : ground)[predicted[i]];
    error += static_cast<std::uint64_t>(std::abs(predicted[i] - actual[i]));
  }
  mae_ += static_cast<double>(error) / 255.0 / static_cast<double>(predicted.size());
  double positives = 0;
  for (const auto pixels : subject) positives += static_cast<double>(pixels);
  double hits = 0;
  double alarms = 0;
  for (std::size_t t = 256; t-- > 0;) {  // everything of at least this level is called subject
    hits += static_cast<double>(subject[t]);
    alarms += static_cast<double>(ground[t]);
    precision_[t] += hits + alarms > 0 ? hits / (hits + alarms) : 1.0;
    recall_[t] += positives > 0 ? hits / positives : 1.0;
  }
  ++count_;
}

double Salience::mae() const {
  return count_ ? mae_ / static_cast<double>(count_) : 0.0;
}

double Salience::max_f() const {
  constexpr double beta2 = 0.3;
  double best = 0;
  for (std::size_t t = 0; t < 256 && count_; ++t) {
    const double p = precision_[t] / static_cast<double>(count_);
    const double r = recall_[t] / static_cast<double>(count_);
    if (p + r > 0) best = std::max(best, (1 + beta2) * p * r / (beta2 * p + r));
  }
  return best;
}

}  // namespace peel
