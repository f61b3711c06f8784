#include "scenes/texture.hpp"

#include <algorithm>
#include <numbers>

namespace peel::scenes {
namespace {

float lattice(std::int64_t x, std::int64_t y, std::uint64_t seed) {
  std::uint64_t h = static_cast<std::uint64_t>(x) * 0x9e3779b97f4a7c15ULL;
  h ^= static_cast<std::uint64_t>(y) * 0xc2b2ae3d27d4eb4fULL + (h << 6) + (h >> 2);
  h ^= seed * 0xff51afd7ed558ccdULL;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return static_cast<float>(h >> 40) * 0x1p-24F;
}

}  // namespace

void print_line(Canvas& canvas, Random& random, double x, double baseline, double width, double size, Colour ink) {
  const double end = x + width;
  while (x < end) {
    for (std::size_t letters = 2 + random.below(8); letters > 0 && x < end; --letters) {
      const double tall = size * (random.chance(0.25) ? 1.0 : 0.68);
      const double stroke = 0.16 * size;
      canvas.fill(x, baseline - tall, stroke, tall, ink, 0.9F);
      if (random.chance(0.6)) canvas.fill(x + 0.4 * size, baseline - 0.68 * size, stroke, 0.68 * size, ink, 0.9F);
      if (random.chance(0.7)) {
        const double bar = random.chance(0.5) ? 0.68 : stroke / size;
        canvas.fill(x, baseline - bar * size, 0.45 * size, stroke, ink, 0.8F);
      }
      x += 0.68 * size;
    }
    x += 0.45 * size;
  }
}

void print_text(Canvas& canvas, Random& random, const Area& area, double size, Colour ink) {
  const double pitch = 1.9 * size;
  double left = 0;  // of the paragraph, in lines
  double y = area.y + size;
  while (y < area.y + area.height) {
    if (left <= 0) {
      left = static_cast<double>(2 + random.below(8));
      y += 0.6 * pitch;
    }
    left -= 1;
    const double share = left <= 0 ? random.uniform(0.2, 0.9) : random.uniform(0.95, 1);
    if (y < area.y + area.height) print_line(canvas, random, area.x, y, share * area.width, size, ink);
    y += pitch;
  }
}

void print_photograph(Canvas& canvas, Random& random, const Area& area) {
  const std::uint64_t seed = random.bits();
  const Colour a{0.2F, 0.35F, 0.5F};
  const Colour b{0.85F, 0.7F, 0.45F};
  canvas.paint(area.x, area.y, area.width, area.height, [&](double x, double y) {
    const float n = value_noise(x / 14, y / 14, seed) * 0.65F + value_noise(x / 4, y / 4, seed + 1) * 0.35F;
    return mix(a, b, smooth_step(1.4F * n - 0.2F));
  });
}

void print_grid(Canvas& canvas, Random& random, const Area& area, Colour ink) {
  const int columns = 3 + static_cast<int>(random.below(4));
  const int rows = std::max(1, static_cast<int>(area.height / 9));
  const double width = area.width / columns;
  const double height = area.height / rows;
  canvas.fill(area.x, area.y, area.width, height, ink, 0.25F);
  for (int row = 0; row <= rows; ++row) canvas.fill(area.x, area.y + row * height, area.width, 0.4, ink);
  for (int column = 0; column <= columns; ++column) {
    canvas.fill(area.x + column * width, area.y, 0.4, area.height, ink);
    for (int row = 0; row < rows && column < columns; ++row) {
      print_line(canvas, random, area.x + (column + 0.08) * width, area.y + row * height + 6.5,
                 random.uniform(0.2, 0.75) * width, 2.6, ink);
    }
  }
}

void print_bar_code(Canvas& canvas, Random& random, const Area& area, Colour ink) {
  double x = area.x;
  while (x < area.x + area.width) {
    canvas.fill(x, area.y, random.uniform(0.4, 1.1), area.height, ink);
    x += random.uniform(0.9, 2.2);
  }
}

float value_noise(double x, double y, std::uint64_t seed) {
  // Most of the time of drawing is spent here: std::floor() and std::lerp() are calls, and careful where nothing is at
  // stake.
  const auto below = [](double value) {
    const auto whole = static_cast<std::int64_t>(value);
    return whole - (value < static_cast<double>(whole) ? 1 : 0);
  };
  const auto between = [](float a, float b, float share) { return a + share * (b - a); };
  const std::int64_t ix = below(x);
  const std::int64_t iy = below(y);
  const float u = smooth_step(static_cast<float>(x - static_cast<double>(ix)));
  const float v = smooth_step(static_cast<float>(y - static_cast<double>(iy)));
  const float top = between(lattice(ix, iy, seed), lattice(ix + 1, iy, seed), u);
  const float bottom = between(lattice(ix, iy + 1, seed), lattice(ix + 1, iy + 1, seed), u);
  return between(top, bottom, v);
}

std::vector<float> gaussian(double sigma) {
  const int reach = static_cast<int>(std::ceil(3 * sigma));
  std::vector<float> weights;
  weights.reserve(2 * static_cast<std::size_t>(reach) + 1);
  float sum = 0;
  for (int i = -reach; i <= reach; ++i) {
    weights.push_back(static_cast<float>(std::exp(-i * i / (2 * sigma * sigma))));
    sum += weights.back();
  }
  for (float& weight : weights) weight /= sum;
  return weights;
}

Canvas::Canvas(double width_mm, double height_mm, double pixels_per_mm, Colour paper)
    : width_(std::max(2, static_cast<int>(width_mm * pixels_per_mm))),
      height_(std::max(2, static_cast<int>(height_mm * pixels_per_mm))),
      scale_(pixels_per_mm),
      pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_), paper) {}

void Canvas::fill(double x, double y, double width_mm, double height_mm, Colour ink, float opacity) {
  const double x0 = std::clamp(x * scale_, 0.0, static_cast<double>(width_));
  const double x1 = std::clamp((x + width_mm) * scale_, 0.0, static_cast<double>(width_));
  const double y0 = std::clamp(y * scale_, 0.0, static_cast<double>(height_));
  const double y1 = std::clamp((y + height_mm) * scale_, 0.0, static_cast<double>(height_));
  for (int row = static_cast<int>(y0); row < y1; ++row) {
    const double down = std::min(y1, row + 1.0) - std::max(y0, static_cast<double>(row));
    for (int column = static_cast<int>(x0); column < x1; ++column) {
      const double across = std::min(x1, column + 1.0) - std::max(x0, static_cast<double>(column));
      pixel(column, row) = mix(pixel(column, row), ink, opacity * static_cast<float>(down * across));
    }
  }
}

Colour Canvas::at(double x_mm, double y_mm) const {
  const double x = std::clamp(x_mm * scale_ - 0.5, 0.0, width_ - 1.001);
  const double y = std::clamp(y_mm * scale_ - 0.5, 0.0, height_ - 1.001);
  const int column = static_cast<int>(x);
  const int row = static_cast<int>(y);
  const auto u = static_cast<float>(x - column);
  const auto v = static_cast<float>(y - row);
  return mix(mix(pixel(column, row), pixel(column + 1, row), u),
             mix(pixel(column, row + 1), pixel(column + 1, row + 1), u), v);
}

Canvas printed(const Sheet& sheet, double pixels_per_mm, std::uint64_t seed) {
  Random random(seed);
  Canvas canvas(sheet.width, sheet.height, pixels_per_mm, sheet.colour);
  const double w = sheet.width;
  const double h = sheet.height;
  const double margin = random.uniform(0.07, 0.13) * std::min(w, h);
  const double inner = w - 2 * margin;
  const Colour ink = random.chance(0.75) ? Colour{0.13F, 0.13F, 0.15F} : Colour{0.12F, 0.16F, 0.36F};
  const double size = random.uniform(2.2, 3.2);
  switch (sheet.print) {
    case Print::text:
      print_line(canvas, random, margin, margin + 7, 0.6 * inner, 6, ink);
      print_text(canvas, random, {margin, margin + 14, inner, h - 2 * margin - 14}, size, ink);
      break;
    case Print::form:
      print_line(canvas, random, margin, margin + 6, 0.4 * inner, 5, ink);
      print_text(canvas, random, {margin, margin + 14, 0.5 * inner, 0.14 * h}, size, ink);
      print_grid(canvas, random, {margin, margin + 20 + 0.14 * h, inner, 0.45 * h}, ink);
      print_text(canvas, random, {margin, margin + 30 + 0.6 * h, inner, 0.1 * h}, size, ink);
      break;
    case Print::brochure: {
      const double head = random.uniform(0.1, 0.22) * h;
      canvas.fill(0, 0, w, head, {0.12F, 0.2F, 0.34F});
      print_line(canvas, random, margin, 0.6 * head, 0.6 * inner, 0.2 * head, {0.95F, 0.95F, 0.95F});
      print_photograph(canvas, random, {margin, head + 10, 0.55 * inner, 0.3 * h});
      print_text(canvas, random, {margin + 0.6 * inner, head + 8, 0.4 * inner, 0.3 * h}, size, ink);
      print_text(canvas, random, {margin, head + 0.3 * h + 15, inner, 0.6 * h - head}, size, ink);
      break;
    }
    case Print::receipt:
      print_line(canvas, random, 0.25 * w, margin + 6, 0.5 * w, 5, ink);
      print_text(canvas, random, {margin, margin + 12, 0.55 * inner, h - 4 * margin - 30}, 2.6, ink);
      print_text(canvas, random, {margin + 0.75 * inner, margin + 12, 0.25 * inner, h - 4 * margin - 30}, 2.6, ink);
      print_bar_code(canvas, random, {margin, h - margin - 14, inner, 11}, ink);
      break;
    case Print::card:
      canvas.paint(0, 0, w, h, [&](double x, double y) {
        const float share = value_noise(x / 30, y / 30, seed) + 0.3F * static_cast<float>(std::sin(0.9 * (x + y)));
        return mix(sheet.colour, 0.82F * sheet.colour, smooth_step(share));
      });
      print_photograph(canvas, random, {0.07 * w, 0.2 * h, 0.3 * w, 0.5 * h});
      canvas.fill(0.7 * w, 0.15 * h, 0.16 * w, 0.13 * h, {0.8F, 0.68F, 0.35F});
      print_text(canvas, random, {0.43 * w, 0.35 * h, 0.5 * w, 0.4 * h}, 2, ink);
      break;
    case Print::cover:
      canvas.fill(0.12 * w, 0.15 * h, 0.76 * w, 0.2 * h, 1.5F * sheet.colour);
      print_line(canvas, random, 0.18 * w, 0.28 * h, 0.6 * w, 0.06 * h, 0.4F * sheet.colour);
      break;
    case Print::bare:
      break;
  }
  return canvas;
}

Colour table_at(const SyntheticScene& scene, Point p) {
  const std::uint64_t seed = scene.seed;
  const auto strength = static_cast<float>(scene.texture);
  const auto noise = [&](double x, double y, unsigned layer) { return value_noise(x, y, seed + layer) - 0.5F; };
  float light = 0.08F * noise(p.x / 150, p.y / 150, 1) + 0.03F * noise(p.x / 1.5, p.y / 1.5, 2);
  switch (scene.surface) {
    case Surface::wood: {
      const double plank = std::floor(p.y / 140);
      const double seam = p.y - 140 * plank;
      const double x = p.x + 370 * plank;
      const double bent = p.y + 14 * noise(x / 160, p.y / 60, 3);
      light += 0.30F * noise(x / 60, bent / 3.0, 4) + 0.22F * noise(x / 18, bent / 1.1, 5) +
               0.07F * static_cast<float>(std::sin(2 * std::numbers::pi * bent / 17)) + 0.16F * noise(plank, 0.5, 6);
      if (seam < 1.6) light -= 0.45F;
      break;
    }
    case Surface::tiles: {
      const double size = 70 + 60 * value_noise(0, 0, seed);
      const double column = std::floor(p.x / size);
      const double row = std::floor(p.y / size);
      const bool grout = p.x - column * size < 3 || p.y - row * size < 3;
      light += grout ? -0.28F : 0.18F * noise(column + 0.5, row + 0.5, 7) + 0.08F * noise(p.x / 12, p.y / 12, 8);
      break;
    }
    case Surface::checkers: {
      const double size = 22 + 30 * value_noise(0, 0, seed);
      const auto parity = static_cast<std::int64_t>(std::floor(p.x / size) + std::floor(p.y / size)) & 1;
      light += parity != 0 ? 0.22F : -0.22F;
      break;
    }
    case Surface::granite:
      light += 0.4F * noise(p.x / 2.2, p.y / 2.2, 9) + 0.3F * noise(p.x / 7, p.y / 7, 10) +
               0.2F * noise(p.x / 30, p.y / 30, 11);
      break;
    case Surface::cloth:
      light += 0.1F * static_cast<float>(std::sin(2 * std::numbers::pi * p.x / 4.1) *
                                         std::sin(2 * std::numbers::pi * p.y / 4.1)) +
               0.14F * smooth_step(static_cast<float>(3 * std::sin(2 * std::numbers::pi * p.x / 48))) +
               0.12F * noise(p.x / 80, p.y / 30, 12);
      break;
    default:
      break;
  }
  return (1 + strength * light) * scene.table;
}

Colour view_at(const SyntheticScene& scene, Point p) {
  if (scene.surface == Surface::noise) {
    const float coarse = value_noise(40 * p.x, 40 * p.y, scene.seed);
    return {0.5F * coarse + 0.5F * value_noise(400 * p.x, 400 * p.y, scene.seed + 1), coarse,
            value_noise(90 * p.x, 90 * p.y, scene.seed + 2)};
  }
  Colour seen = mix({0.35F, 0.55F, 0.85F}, {0.85F, 0.88F, 0.9F}, smooth_step(static_cast<float>(2 * p.y)));
  const float cloud =
      value_noise(4 * p.x, 9 * p.y, scene.seed) * 0.6F + value_noise(11 * p.x, 22 * p.y, scene.seed + 1) * 0.4F;
  seen = mix(seen, {0.97F, 0.97F, 0.97F}, smooth_step(3 * cloud - 1.5F));
  for (unsigned hill = 0; hill < 4; ++hill) {
    const double foot = 0.4 + 0.14 * hill;
    const double ridge = foot + 0.16 * (value_noise(2.5 * p.x + 10 * hill, hill, scene.seed) - 0.5) +
                         0.03 * value_noise(20 * p.x, hill, scene.seed + 2);
    const float depth = 0.25F * static_cast<float>(hill);
    const float leaves = value_noise(120 * p.x, 120 * p.y, scene.seed + hill);
    if (p.y > ridge) seen = (0.75F + 0.4F * depth * leaves) * mix({0.45F, 0.55F, 0.62F}, {0.22F, 0.33F, 0.12F}, depth);
  }
  return seen;
}

}  // namespace peel::scenes
