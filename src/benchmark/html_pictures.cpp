#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "benchmark/html.hpp"
#include "benchmark/results.hpp"
#include "image/resample.hpp"
#include "image/srgb.hpp"
#include "measures/measures.hpp"
#include "models/base64.hpp"

namespace peel::benchmark {
namespace {

// The page is to stay below ten megabytes, base64 adds a third to every picture, and a small WebP takes about a bit a
// pixel.
constexpr double BUDGET_BYTES = 6e6;
constexpr double BYTES_PER_PIXEL = 0.12;
constexpr double LARGEST_SIDE = 360;
constexpr double LEAST_SIDE = 96;
// Differences of a few levels are there with every change of arithmetic; eight times as bright they can be seen.
constexpr int AMPLIFICATION = 8;

struct Size {
  int width;
  int height;
};

Size fit(int width, int height, double side) {
  const double scale = std::min(1.0, side / std::max(width, height));
  const auto shrink = [&](int value) { return std::max(1, static_cast<int>(std::lround(value * scale))); };
  return {shrink(width), shrink(height)};
}

std::string data_uri(const Image& image, int quality) {
  EncodeOptions options;
  options.format = FileFormat::webp;
  options.quality = quality;
  const auto bytes = encode(image, options);
  return "data:image/webp;base64," + encode_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::vector<std::uint8_t> small_gray(const std::uint8_t* levels, int width, int height, Size size) {
  std::vector<std::uint8_t> small(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
  resample_gray(levels, width, height, small.data(), size.width, size.height, 0);
  return small;
}

const std::uint8_t* levels_of(const Image& mask) {
  return reinterpret_cast<const std::uint8_t*>(mask.data());
}

/// The small picture under the small mask: what the cut-out looks like, without reading it.
std::string cutout_uri(const std::vector<std::uint8_t>& rgb, Size size, const Image& mask) {
  const auto alpha = small_gray(levels_of(mask), mask.width(), mask.height(), size);
  std::vector<std::uint8_t> rgba;
  rgba.reserve(alpha.size() * 4);
  for (std::size_t i = 0; i < alpha.size(); ++i) {
    rgba.insert(rgba.end(), {rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], alpha[i]});
  }
  return data_uri(Image::from_pixels({rgba.data(), size.width, size.height, 4 * size.width, PixelFormat::rgba8}), 75);
}

/// Where masks differ: blue where this one sees less, orange where it sees more, eight times amplified.
std::string difference_uri(const Image& mask, const Image& baseline, Size size) {
  const auto count = mask.size_bytes();
  std::vector<std::uint8_t> more(count);
  std::vector<std::uint8_t> less(count);
  for (std::size_t i = 0; i < count; ++i) {
    const int d = AMPLIFICATION * (levels_of(mask)[i] - levels_of(baseline)[i]);
    (d > 0 ? more : less)[i] = static_cast<std::uint8_t>(std::min(std::abs(d), 255));
  }
  const auto small_more = small_gray(more.data(), mask.width(), mask.height(), size);
  const auto small_less = small_gray(less.data(), mask.width(), mask.height(), size);
  std::vector<std::uint8_t> rgb;
  rgb.reserve(small_more.size() * 3);
  for (std::size_t i = 0; i < small_more.size(); ++i) {
    const int m = small_more[i];
    const int l = small_less[i];
    const auto mix = [&](int of_more, int of_less) {
      return static_cast<std::uint8_t>(std::min(255, 24 + (m * of_more + l * of_less) / 255));
    };
    rgb.insert(rgb.end(), {mix(231, 60), mix(130, 150), mix(20, 231)});
  }
  return data_uri(Image::from_pixels({rgb.data(), size.width, size.height, 3 * size.width, PixelFormat::rgb8}), 60);
}

std::optional<Image> load(const std::filesystem::path& file) {
  try {
    return load_image(file);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string img(const std::string& uri, Size size, const std::string& alt, const char* kind) {
  return fmt::format(R"(<img class="{}" src="{}" width="{}" height="{}" alt="{}" loading="lazy">)", kind, uri,
                     size.width, size.height, alt);
}

const PictureAgreement* agreement_on(const BenchmarkMeasurement& m, std::size_t picture) {
  if (!m.fidelity) return nullptr;
  const auto found = std::ranges::find(m.fidelity->pictures, picture, &PictureAgreement::picture);
  return found == m.fidelity->pictures.end() ? nullptr : &*found;
}

class PictureRow {
 public:
  PictureRow(const BenchmarkSummary& summary, std::size_t picture, double side)
      : summary_(summary), picture_(picture), name_(escape(summary.pictures[picture].name)) {
    const auto original = load(summary.pictures[picture].file);
    if (!original) return;
    size_ = fit(original->width(), original->height(), side);
    rgb_ = resample_rgb(original->view(), size_.width, size_.height, 0);
    profile_to_srgb(rgb_, original->icc_profile());
  }

  std::string html() {
    if (rgb_.empty()) return "";
    const BenchmarkPicture& picture = summary_.pictures[picture_];
    const Image small =
        Image::from_pixels({rgb_.data(), size_.width, size_.height, 3 * size_.width, PixelFormat::rgb8});
    std::string text = fmt::format(
        R"(<section class="picture"><h3>{}<small>{} x {}</small></h3><div class="figures"><figure><div class="pair">{}</div><figcaption>the picture</figcaption></figure>)",
        name_, picture.width, picture.height, img(data_uri(small, 75), size_, name_ + ", as it is", "plain"));
    for (const BenchmarkMeasurement& m : summary_.measurements) text += figure(m);
    return text + "</div></section>";
  }

 private:
  std::string figure(const BenchmarkMeasurement& m) {
    if (!std::ranges::binary_search(pictures_done(m), picture_)) return "";
    const auto mask = load(mask_file(summary_, m.configuration, picture_));
    if (!mask || mask->format() != PixelFormat::gray8) return "";
    const std::string name = escape(m.configuration.name);
    std::string images = img(cutout_uri(rgb_, size_, *mask), size_, name_ + " cut out by " + name, "cutout");
    std::string caption = fmt::format(R"(<span class="name">{}</span>)", name);
    const char* kind = "";
    auto& baseline = baselines_[m.configuration.model];
    if (is_baseline(summary_, m)) {
      baseline = mask;
      caption += "<small>baseline</small>";
    } else if (baseline && baseline->width() == mask->width() && baseline->height() == mask->height()) {
      kind = " class=\"two\"";
      images += img(difference_uri(*mask, *baseline, size_), size_,
                    "where the mask of " + name + " differs from the baseline's", "difference");
      if (const PictureAgreement* likeness = agreement_on(m, picture_)) {
        caption +=
            fmt::format("<small>IoU {:.4f}, MAE {:.5f}</small>", likeness->agreement.iou, likeness->agreement.mae);
      }
    }
    return fmt::format(R"(<figure{}><div class="pair">{}</div><figcaption>{}</figcaption></figure>)", kind, images,
                       caption);
  }

  const BenchmarkSummary& summary_;
  std::size_t picture_;
  std::string name_;
  Size size_{};
  std::vector<std::uint8_t> rgb_;
  std::map<std::string, std::optional<Image>> baselines_;  // masks, by model
};

}  // namespace

std::string picture_rows(const BenchmarkSummary& summary) {
  std::size_t images = 1;
  for (const BenchmarkMeasurement& m : summary.measurements) images += 2 * pictures_done(m).size();
  const double side =
      std::clamp(std::sqrt(BUDGET_BYTES / (BYTES_PER_PIXEL * static_cast<double>(images))), LEAST_SIDE, LARGEST_SIDE);
  std::string rows;
  for (std::size_t picture = 0; picture < summary.pictures.size(); ++picture) {
    const auto done = [&](const BenchmarkMeasurement& m) {
      return std::ranges::binary_search(pictures_done(m), picture);
    };
    if (std::ranges::any_of(summary.measurements, done)) rows += PictureRow(summary, picture, side).html();
  }
  if (rows.empty()) return "";
  return fmt::format(
      R"(<p class="note">Beside each cut-out: where its mask differs from the baseline's, {} times amplified (full colour from {} levels of 255 on). <span class="more">Orange</span>: it keeps more; <span class="less">blue</span>: it keeps less.</p>{})",
      AMPLIFICATION, (255 + AMPLIFICATION - 1) / AMPLIFICATION, rows);
}

}  // namespace peel::benchmark
