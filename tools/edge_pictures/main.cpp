// Draws the pictures of docs/edges.md: a cat that was never photographed, with a mask as untidy as a network's, and
// what each option makes of it. Nothing in them is anyone's but the project's.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "image/image_data.hpp"
#include "peel/file.hpp"
#include "peel/image.hpp"
#include "peel/mask.hpp"
#include "peel/remover.hpp"
#include "scenes/hair_scene.hpp"

namespace {

constexpr int WIDTH = 240;
constexpr int HEIGHT = 200;
constexpr int GAP = 6;  // between the pictures of a sheet

struct Point {
  double x, y;
};

double length(Point p) {
  return std::hypot(p.x, p.y);
}

/// Pixels that a point lies outside of a shape; below 0 inside. Of an ellipse about so.
double outside_ellipse(Point p, Point centre, Point radii) {
  const Point q{(p.x - centre.x) / radii.x, (p.y - centre.y) / radii.y};
  return (length(q) - 1) * std::min(radii.x, radii.y);
}

/// A line from a to b, `radius` to either side of it.
double outside_line(Point p, Point a, Point b, double radius) {
  const Point line{b.x - a.x, b.y - a.y};
  const double along =
      std::clamp(((p.x - a.x) * line.x + (p.y - a.y) * line.y) / (line.x * line.x + line.y * line.y), 0.0, 1.0);
  return length({p.x - a.x - along * line.x, p.y - a.y - along * line.y}) - radius;
}

double outside_cat(Point p) {
  double least = outside_ellipse(p, {105, 135}, {46, 50});           // body
  least = std::min(least, outside_ellipse(p, {105, 66}, {33, 29}));  // head
  for (const double side : {-1.0, 1.0}) {
    for (int i = 0; i <= 8; ++i) {  // an ear: discs that become smaller
      const double step = i / 8.0;
      const Point tip{105 + side * (22 + 8 * step), 50 - 26 * step};
      least = std::min(least, outside_ellipse(p, tip, {12 - 10 * step, 12 - 10 * step}));
    }
    least = std::min(least, outside_line(p, {105 + side * 16, 120}, {105 + side * 18, 182}, 11));  // a leg
  }
  // The tail bows out and comes back to the body: what is between them is background.
  constexpr Point tail[] = {{140, 172}, {170, 168}, {186, 146}, {182, 120}, {166, 106}, {146, 110}};
  for (std::size_t i = 0; i + 1 < std::size(tail); ++i) {
    least = std::min(least, outside_line(p, tail[i], tail[i + 1], 7));
  }
  return least;
}

/// From 0 to 1, the same at each run.
double grain(int x, int y) {
  std::uint32_t seed = static_cast<std::uint32_t>(x) * 73856093u ^ static_cast<std::uint32_t>(y) * 19349663u;
  seed = (seed ^ seed >> 13) * 1274126177u;
  return static_cast<double>(seed >> 16 & 0xff) / 255;
}

struct Scene {
  peel::Image picture;
  peel::Image mask;
};

Scene draw() {
  std::vector<std::uint8_t> rgb;
  std::vector<std::uint8_t> mask;
  for (int y = 0; y < HEIGHT; ++y) {
    for (int x = 0; x < WIDTH; ++x) {
      const Point p{x + 0.5, y + 0.5};
      const double cat = outside_cat(p);
      const double cover = std::clamp(0.5 - cat / 2, 0.0, 1.0);
      // A room with a bright wall and a floor; an orange cat with stripes.
      const double light = 1 - 0.25 * p.x / WIDTH;
      const double floor = std::clamp((p.y - 150) / 4, 0.0, 1.0);
      const double wall[] = {214, 222, 206};
      const double wood[] = {150, 112, 82};
      const double stripe = 0.5 + 0.5 * std::sin(p.y * 0.33 + 2 * std::sin(p.x * 0.06));
      const double fur[] = {218 - 50 * stripe, 128 - 48 * stripe, 54 - 26 * stripe};
      const double shade = std::clamp(0.72 + 0.28 * std::min(1.0, -cat / 16), 0.5, 1.0);
      const bool eye = std::min(length({p.x - 92, p.y - 62}), length({p.x - 118, p.y - 62})) < 5;
      const double nose = outside_ellipse(p, {105, 76}, {4, 3});
      for (std::size_t c = 0; c < 3; ++c) {
        const double room = (wall[c] * (1 - floor) + wood[c] * floor) * light;
        double skin = fur[c] * shade;
        if (eye) skin = c == 1 ? 74 : 34;
        if (nose < 0) skin = c == 0 ? 190 : 110;
        const double value = room * (1 - cover) + skin * cover + 8 * (grain(x, y) - 0.5);
        rgb.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0))));
      }
      // The mask as networks make them: soft, a little too large, with islands, doubts inside, and a haze.
      const auto soft = [](double outside, double softness) { return std::clamp(0.5 - outside / softness, 0.0, 1.0); };
      double alpha = soft(cat - 1.5, 7);
      alpha = std::max(alpha, soft(outside_ellipse(p, {212, 176}, {15, 9}), 7));
      alpha = std::max(alpha, soft(outside_ellipse(p, {30, 40}, {6, 5}), 6));
      alpha = std::max(alpha, 0.7 * soft(outside_ellipse(p, {196, 40}, {5, 8}), 8));
      alpha = std::max(alpha, 0.6 * soft(outside_ellipse(p, {24, 150}, {4, 4}), 5));
      alpha *= 1 - soft(outside_ellipse(p, {92, 118}, {7, 6}), 7);
      alpha *= 1 - 0.9 * soft(outside_ellipse(p, {120, 142}, {4, 5}), 6);
      alpha = std::max(alpha, 0.02 * grain(x / 6, y / 6));
      mask.push_back(static_cast<std::uint8_t>(std::lround(255 * alpha)));
    }
  }
  return {peel::Image::from_pixels({rgb.data(), WIDTH, HEIGHT, 3 * WIDTH, peel::PixelFormat::rgb8}),
          peel::Image::from_pixels({mask.data(), WIDTH, HEIGHT, WIDTH, peel::PixelFormat::gray8})};
}

/// Pictures of one size (RGB or grey) beside and below each other, on white.
class Sheet {
 public:
  Sheet(int columns, int rows)
      : width_(columns * (WIDTH + GAP) - GAP),
        height_(rows * (HEIGHT + GAP) - GAP),
        rgb_(3 * static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_), 255) {}

  void put(const peel::Image& image, int column, int row) {
    const int samples = peel::channels(image.format());
    for (int y = 0; y < HEIGHT; ++y) {
      for (int x = 0; x < WIDTH; ++x) {
        const auto* const from = reinterpret_cast<const std::uint8_t*>(image.data()) + y * image.stride() + x * samples;
        const int pixel = (row * (HEIGHT + GAP) + y) * width_ + column * (WIDTH + GAP) + x;
        std::uint8_t* const to = rgb_.data() + std::ptrdiff_t{3} * pixel;
        for (int c = 0; c < 3; ++c) to[c] = from[samples == 1 ? 0 : c];
      }
    }
  }

  void write(const std::filesystem::path& file) const {
    peel::EncodeOptions options;
    options.format = peel::FileFormat::webp;
    options.quality = 85;
    peel::write_file(
        file,
        peel::encode(peel::Image::from_pixels({rgb_.data(), width_, height_, 3 * width_, peel::PixelFormat::rgb8}),
                     options));
  }

 private:
  int width_;
  int height_;
  std::vector<std::uint8_t> rgb_;
};

/// The mask above, what it cuts out below; a column for each way of cleaning.
void write_sheet(const std::filesystem::path& file, const Scene& scene, const std::vector<peel::Finish>& columns) {
  Sheet sheet(static_cast<int>(columns.size()), 2);
  for (int column = 0; const peel::Finish& each : columns) {
    peel::Finish options = each;
    options.background = peel::Color{32, 92, 120, 255};
    const peel::Result result = peel::finish(scene.picture, peel::Mask(scene.mask), options);
    sheet.put(result.mask, column, 0);
    sheet.put(result.image, column, 1);
    ++column;
  }
  sheet.write(file);
}

peel::Finish with(const peel::MaskCleaning& cleaning) {
  peel::Finish options;
  options.cleaning = cleaning;
  return options;
}

/// A part of a picture of one sheet's size, at 100 %.
peel::Image part(const peel::Image& image, int left, int top) {
  const int pixel = peel::channels(image.format());
  const auto* const first =
      reinterpret_cast<const std::uint8_t*>(image.data()) + top * image.stride() + std::ptrdiff_t{left} * pixel;
  return peel::Image::from_pixels({first, WIDTH, HEIGHT, image.stride(), image.format()});
}

/// Hair, whose edge no cleaning finds: alpha above, the cut-out below; a column for each way to it.
void write_hair(const std::filesystem::path& folder) {
  constexpr int LEFT = 470;
  constexpr int TOP = 150;
  const peel::scenes::HairScene scene = peel::scenes::hair_scene(1200, 1000, 260);
  Sheet whole(3, 1);
  whole.put(part(scene.picture, LEFT, TOP), 0, 0);
  whole.put(part(scene.mask, LEFT, TOP), 1, 0);
  whole.put(part(scene.alpha, LEFT, TOP), 2, 0);
  whole.write(folder / "edges-hair.webp");

  const auto sheet = [&](const char* name, const peel::Image& mask, const peel::Color& ground,
                         const std::vector<peel::Finish>& columns) {
    Sheet made(static_cast<int>(columns.size()), 2);
    for (int column = 0; const peel::Finish& each : columns) {
      peel::Finish options = each;
      options.background = ground;
      const peel::Result result = peel::finish(scene.picture, peel::Mask(mask), options);
      made.put(part(result.mask, LEFT, TOP), column, 0);
      made.put(part(result.image, LEFT, TOP), column, 1);
      ++column;
    }
    made.write(folder / (std::string("edges-") + name + ".webp"));
  };
  peel::Finish refined;
  refined.refine = true;
  peel::Finish matted;
  matted.alpha_matting = true;
  sheet("matting", scene.mask, {240, 240, 236, 255}, {{}, refined, matted});
  peel::Finish cleaned;
  cleaned.decontaminate = true;
  sheet("decontaminate", scene.alpha, {70, 26, 30, 255}, {{}, cleaned});
}

void write_all(const std::filesystem::path& folder) {
  using peel::MaskArea;
  write_hair(folder);
  const Scene scene = draw();
  Sheet whole(2, 1);
  whole.put(scene.picture, 0, 0);
  whole.put(scene.mask, 1, 0);
  whole.write(folder / "edges-scene.webp");

  const auto sheet = [&](const char* name, const std::vector<peel::Finish>& columns) {
    write_sheet(folder / (std::string("edges-") + name + ".webp"), scene, columns);
  };
  peel::Finish post_processed;
  post_processed.post_process_mask = true;
  sheet("post-process", {with({}), post_processed});
  sheet("threshold", {with({}), with({.threshold = 128})});
  sheet("min-area", {with({}), with({.least_area = {200}})});
  sheet("largest", {with({}), with({.largest = true})});
  sheet("fill-holes", {with({}), with({.fill_holes = MaskArea{300}}), with({.fill_holes = MaskArea{100, true}})});
  sheet("offset", {with({}), with({.offset = -3}), with({.offset = 8})});
  const MaskArea doubts{300};
  sheet("feather",
        {with({.largest = true, .fill_holes = doubts}), with({.largest = true, .fill_holes = doubts, .feather = 8}),
         with({.largest = true, .fill_holes = doubts, .offset = -4, .feather = 4})});
  sheet("invert", {with({}), with({.invert = true})});
  sheet("together", {with({}), with({.largest = true, .fill_holes = doubts, .offset = -3})});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "peel-edge-pictures FOLDER\n";
    return 2;
  }
  try {
    write_all(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "peel-edge-pictures: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
