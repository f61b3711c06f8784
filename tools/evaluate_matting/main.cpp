// peel-evaluate-matting: what the ways of refining an edge make of masks or trimaps, against ground truth.
//
//   peel-evaluate-matting --images DIR --truth DIR --masks DIR [--each] [--sheet FILE]
//   peel-evaluate-matting --images DIR --truth DIR --trimaps DIR [--reference DIR] [--each] [--sheet FILE]
//   peel-evaluate-matting --drawn
//
// Files belong together by their stem; truth is an alpha, masks are a network's. --reference: another program's alphas
// for the same trimaps. Prints the means over all pictures, --each also a line a picture. The sheet (PNG) has a row a
// picture with crops at 100 % of where methods differ most: the picture, the truth, then each method's alpha. --drawn:
// what is left of the old background on new ones, on a picture whose foreground is known.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/stopwatch.hpp"
#include "drawn.hpp"
#include "image/resample.hpp"
#include "matting/closed_form.hpp"
#include "matting/guided_filter.hpp"
#include "matting/trimap.hpp"
#include "peel/file.hpp"
#include "peel/image.hpp"
#include "peel/matting.hpp"
#include "scores.hpp"

namespace {

namespace fs = std::filesystem;
using namespace peel;
using evaluation::Scores;

std::map<std::string, fs::path> by_stem(const std::string& folder) {
  std::map<std::string, fs::path> files;
  if (folder.empty()) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().stem().string()] = entry.path();
  }
  return files;
}

Image gray_of(const std::vector<std::uint8_t>& values, int width, int height) {
  return Image::from_pixels({values.data(), width, height, width, PixelFormat::gray8});
}

Image load_gray(const fs::path& file) {
  const Image image = load_image(file);
  const int count = channels(image.format());
  const int size = bytes_per_sample(image.format());
  std::vector<std::uint8_t> values;
  for (int y = 0; y < image.height(); ++y) {
    const std::byte* const row = image.data() + y * image.stride();
    for (int x = 0; x < image.width(); ++x) {
      const std::byte* const at = row + static_cast<std::ptrdiff_t>(x) * count * size;
      std::uint16_t wide = 0;
      if (size == 2) std::memcpy(&wide, at, 2);
      values.push_back(size == 2 ? static_cast<std::uint8_t>((wide + 128) / 257) : std::to_integer<std::uint8_t>(*at));
    }
  }
  return gray_of(values, image.width(), image.height());
}

std::span<const std::uint8_t> bytes(const Image& gray) {
  return {reinterpret_cast<const std::uint8_t*>(gray.data()), gray.size_bytes()};
}

Image solved(const Image& picture, const std::vector<std::uint8_t>& trimap, const ClosedFormOptions& options) {
  const auto alpha = closed_form_alpha(picture, trimap, options).alpha;
  std::vector<std::uint8_t> values(alpha.size());
  std::ranges::transform(alpha, values.begin(), [](float a) { return static_cast<std::uint8_t>(a * 255 + 0.5f); });
  return gray_of(values, picture.width(), picture.height());
}

struct Method {
  std::string name;
  std::function<Image(const Image&, const Image&)> run;  ///< of a picture and a mask, or a trimap
};

std::vector<Method> methods_for_masks() {
  const auto matting = [](std::optional<int> erosion, int largest) {
    return [=](const Image& picture, const Image& mask) {
      const TrimapRule rule{240, 10, erosion};
      const Trimap trimap = trimap_from_mask(bytes(mask), mask.width(), mask.height(), rule, 0);
      if (!trimap.has_foreground || !trimap.has_background) return mask;
      ClosedFormOptions options;
      options.largest_solved = largest;
      return solved(picture, trimap.values, options);
    };
  };
  const auto guided = [](int radius, double noise) {
    return [=](const Image& picture, const Image& mask) {
      return guided_mask(picture, mask, {1024, radius, noise}, 0);
    };
  };
  return {{"plain", [](const Image&, const Image& mask) { return mask; }},
          {"guided", guided(6, 1e-3)},
          {"refine", [](const Image& picture, const Image& mask) { return refine_mask(picture, mask); }},
          {"matting 512", matting(3, 512)},
          {"matting 3", matting(3, 0)},
          {"matting 10", matting(10, 0)},
          {"matting auto", matting(std::nullopt, 0)}};
}

std::vector<Method> methods_for_trimaps() {
  const auto matting = [](bool exact) {
    return [=](const Image& picture, const Image& drawing) {
      ClosedFormOptions options;
      options.exact = exact;
      return solved(picture, trimap_from_drawing(bytes(drawing)).values, options);
    };
  };
  return {{"matting", matting(false)}, {"exact", matting(true)}};
}

constexpr int CROP = 160;

/// Rows of crops of one size.
class Sheet {
 public:
  void add(const Image& image, int left, int top) {
    const int samples = channels(image.format());
    Cell& cell = cells_.emplace_back();
    for (int y = 0; y < CROP; ++y) {
      for (int x = 0; x < CROP; ++x) {
        const int from_x = std::min(left + x, image.width() - 1);
        const int from_y = std::min(top + y, image.height() - 1);
        const auto* const at = bytes(image).data() + from_y * image.stride() + from_x * samples;
        for (int c = 0; c < 3; ++c) cell.push_back(at[samples >= 3 ? c : 0]);
      }
    }
  }

  void write(const std::string& file, std::size_t columns) const {
    const std::size_t rows = cells_.size() / columns;
    const std::size_t stride = 3 * CROP * columns;
    std::vector<std::uint8_t> rgb(stride * CROP * rows);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      for (std::size_t y = 0; y < CROP; ++y) {
        std::copy_n(cells_[i].data() + 3 * CROP * y, 3 * CROP,
                    rgb.data() + (i / columns * CROP + y) * stride + i % columns * 3 * CROP);
      }
    }
    write_file(file,
               encode(Image::from_pixels({rgb.data(), CROP * static_cast<int>(columns), CROP * static_cast<int>(rows),
                                          static_cast<std::ptrdiff_t>(stride), PixelFormat::rgb8})));
  }

 private:
  using Cell = std::vector<std::uint8_t>;
  std::vector<Cell> cells_;
};

// The crop in which two alphas differ most.
std::pair<int, int> most_different(const Image& a, const Image& b) {
  std::pair<int, int> best{0, 0};
  long most = -1;
  for (int top = 0; top < std::max(1, a.height() - CROP + 1); top += CROP / 4) {
    for (int left = 0; left < std::max(1, a.width() - CROP + 1); left += CROP / 4) {
      long sum = 0;
      for (int y = top; y < std::min(a.height(), top + CROP); ++y) {
        for (int x = left; x < std::min(a.width(), left + CROP); ++x) {
          const auto i = static_cast<std::size_t>(y * a.width() + x);
          sum += std::abs(bytes(a)[i] - bytes(b)[i]);
        }
      }
      if (sum > most) {
        most = sum;
        best = {left, top};
      }
    }
  }
  return best;
}

int evaluate(std::map<std::string, std::string>& options) {
  const bool from_masks = options.contains("masks");
  const auto methods = from_masks ? methods_for_masks() : methods_for_trimaps();
  const auto truths = by_stem(options["truth"]);
  const auto inputs = by_stem(options[from_masks ? "masks" : "trimaps"]);
  const auto references = by_stem(options["reference"]);
  std::vector<Scores> sums(methods.size() + 1);
  std::vector<double> differences(methods.size());
  std::vector<double> times(methods.size());
  std::vector<int> better(methods.size());
  int count = 0;
  Sheet sheet;
  for (const auto& [stem, file] : by_stem(options["images"])) {
    if (!truths.contains(stem) || !inputs.contains(stem)) continue;
    const Image picture = load_image(file);
    const Image truth = load_gray(truths.at(stem));
    const Image input = load_gray(inputs.at(stem));
    if (truth.width() != picture.width() || input.width() != picture.width()) continue;
    ++count;
    const bool each = options.contains("each");
    if (each) std::printf("%-24s", stem.c_str());
    double plain = 0;
    std::vector<Image> alphas;
    for (std::size_t i = 0; i < methods.size(); ++i) {
      Stopwatch watch;
      const Image alpha = methods[i].run(picture, input);
      times[i] += watch.lap();
      alphas.push_back(alpha);
      const Scores scores = evaluation::compare(alpha, truth);
      sums[i] += scores;
      if (i == 0) plain = scores.absolute;
      if (scores.absolute < plain) ++better[i];
      if (each) std::printf(" %8.2f", scores.absolute);
      if (references.contains(stem)) {
        const Image other = load_gray(references.at(stem));
        double sum = 0;
        for (std::size_t k = 0; k < alpha.size_bytes(); ++k) sum += std::abs(bytes(alpha)[k] - bytes(other)[k]);
        differences[i] += sum / 255 / static_cast<double>(alpha.size_bytes());
        if (i == 0) sums.back() += evaluation::compare(other, truth);
      }
    }
    if (each) std::printf("\n");
    const auto [left, top] = most_different(alphas.front(), alphas.back());
    sheet.add(picture, left, top);
    sheet.add(truth, left, top);
    for (const Image& alpha : alphas) sheet.add(alpha, left, top);
  }
  if (count == 0) {
    std::fprintf(stderr, "no picture has both truth and a mask or trimap of its size\n");
    return 1;
  }
  if (options.contains("sheet")) sheet.write(options["sheet"], methods.size() + 2);
  std::printf("%d pictures\n%-14s %10s %10s %10s %10s %8s %8s\n", count, "", "SAD/1000", "MSE*1000", "grad/1000",
              "boundary F", "ms", "better");
  for (std::size_t i = 0; i < methods.size(); ++i) {
    const Scores mean = sums[i] / count;
    std::printf("%-14s %10.3f %10.3f %10.3f %10.4f %8.0f %8d", methods[i].name.c_str(), mean.absolute, mean.square,
                mean.gradient, mean.boundary_f, times[i] / count, better[i]);
    if (!references.empty()) std::printf("  mean difference from the reference %.5f", differences[i] / count);
    std::printf("\n");
  }
  if (!references.empty()) {
    const Scores mean = sums.back() / count;
    std::printf("%-14s %10.3f %10.3f %10.3f %10.4f\n", "reference", mean.absolute, mean.square, mean.gradient,
                mean.boundary_f);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("--")) options[word.substr(2)] = i + 1 < argc && argv[i + 1][0] != '-' ? argv[++i] : "";
  }
  if (options.contains("drawn")) return evaluation::print_fringes(), 0;
  if (!options.contains("images") || !options.contains("truth") ||
      options.contains("masks") == options.contains("trimaps")) {
    std::fprintf(stderr,
                 "usage: peel-evaluate-matting --images DIR --truth DIR (--masks DIR | --trimaps DIR)\n"
                 "       [--reference DIR] [--each] [--sheet FILE], or --drawn\n");
    return 2;
  }
  try {
    return evaluate(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
