#include "drawn.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "peel/remover.hpp"
#include "scenes/hair_scene.hpp"

namespace peel::evaluation {
namespace {

// Mean difference of colours, in levels of 255, from what the foreground would look like on that ground: at pixels that
// are truly neither foreground nor background, and within two pixels of one.
double fringe(const scenes::HairScene& scene, const Image& cutout, const std::array<int, 3>& ground) {
  const auto* const truth = reinterpret_cast<const std::uint8_t*>(scene.alpha.data());
  const int width = scene.alpha.width();
  const int height = scene.alpha.height();
  const auto partly = [&](int x, int y) {
    const std::uint8_t a = truth[y * width + x];
    return a > 0 && a < 255;
  };
  double sum = 0;
  double count = 0;
  for (int y = 2; y < height - 2; ++y) {
    for (int x = 2; x < width - 2; ++x) {
      bool near = false;
      for (int dy = -2; dy <= 2 && !near; ++dy) {
        for (int dx = -2; dx <= 2 && !near; ++dx) near = partly(x + dx, y + dy);
      }
      if (!near) continue;
      const auto* const ours = reinterpret_cast<const std::uint8_t*>(cutout.data()) + y * cutout.stride() + 4 * x;
      const auto* const front =
          reinterpret_cast<const std::uint8_t*>(scene.foreground.data()) + y * scene.foreground.stride() + 3 * x;
      const double a = ours[3] / 255.0;
      const double true_a = truth[y * width + x] / 255.0;
      for (std::size_t c = 0; c < 3; ++c) {
        sum += std::abs(a * ours[c] + (1 - a) * ground[c] - true_a * front[c] - (1 - true_a) * ground[c]);
      }
      count += 3;
    }
  }
  return sum / count;
}

}  // namespace

void print_fringes() {
  const scenes::HairScene scene = scenes::hair_scene(1200, 1000, 260);
  Finish plain;
  Finish rembg;
  rembg.compat = true;
  Finish refine;
  refine.refine = true;
  Finish both = refine;
  both.decontaminate = true;
  Finish matting;
  matting.alpha_matting = true;
  Finish colors;
  colors.decontaminate = true;
  struct Way {
    const char* name;
    const Image& mask;
    const Finish& options;
  };
  const std::vector<Way> ways{{"mask, rembg's colours", scene.mask, rembg},
                              {"mask", scene.mask, plain},
                              {"refine", scene.mask, refine},
                              {"refine, decontaminate", scene.mask, both},
                              {"matting", scene.mask, matting},
                              {"true alpha", scene.alpha, plain},
                              {"true alpha, decontaminate", scene.alpha, colors}};
  std::printf("%-26s %8s %8s %8s %8s\n", "levels of 255", "black", "white", "red", "blue");
  for (const Way& way : ways) {
    const Image cutout = finish(scene.picture, Mask(way.mask), way.options).image;
    std::printf("%-26s", way.name);
    for (const std::array<int, 3>& ground : {std::array{0, 0, 0}, {255, 255, 255}, {220, 30, 30}, {30, 60, 200}}) {
      std::printf(" %8.2f", fringe(scene, cutout, ground));
    }
    std::printf("\n");
  }
}

}  // namespace peel::evaluation
