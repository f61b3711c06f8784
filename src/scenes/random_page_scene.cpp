#include <algorithm>
#include <array>
#include <cmath>

#include "base/geometry.hpp"
#include "scenes/page_scene.hpp"

namespace peel::scenes {
namespace {

template <typename T, std::size_t N>
T one_of(Random& random, const T (&choices)[N]) {
  return choices[random.below(N)];
}

Colour coloured(Random& random, double least, double most) {
  const auto part = [&] { return static_cast<float>(random.uniform(least, most)); };
  return {part(), part(), part()};
}

Camera random_camera(Random& random) {
  Camera camera;
  const int longer = 1200 + 16 * static_cast<int>(random.below(26));
  const double aspect = one_of(random, {4.0 / 3, 4.0 / 3, 3.0 / 2, 16.0 / 9});
  const int shorter = static_cast<int>(std::lround(longer / aspect));
  const bool upright = random.chance(0.5);
  camera.width = upright ? shorter : longer;
  camera.height = upright ? longer : shorter;
  const double film_mm = random.chance(0.8) ? random.uniform(24, 30) : random.uniform(30, 45);
  camera.focal_length = film_mm / 43.27 * camera.diagonal();
  const double towards = random.uniform(0, 6.2832);
  const double tilt = std::min(40.0, random.chance(0.15) ? 1.5 : std::abs(16 * random.normal()));
  camera.tilt_x = tilt * std::cos(towards);
  camera.tilt_y = tilt * std::sin(towards);
  return camera;
}

Sheet random_page(Random& random) {
  struct Paper {
    double width, height, radius;
    Print print;
  };
  const Paper paper = one_of<Paper>(random, {{210, 297, 0, Print::text},
                                             {210, 297, 0, Print::form},
                                             {210, 297, 0, Print::brochure},
                                             {215.9, 279.4, 0, Print::text},
                                             {215.9, 279.4, 0, Print::form},
                                             {215.9, 355.6, 0, Print::text},
                                             {85.6, 53.98, 3.18, Print::card},
                                             {80, 160, 0, Print::receipt},
                                             {80, 230, 0, Print::receipt},
                                             {100, 150, 0, Print::brochure}});
  Sheet sheet;
  sheet.width = paper.width;
  sheet.height = paper.height;
  sheet.radius = paper.radius;
  sheet.print = paper.print;
  sheet.page = true;
  sheet.thickness = paper.print == Print::card ? 0.4 : random.uniform(0.4, 1.6);
  sheet.angle = (random.chance(0.2) ? 90 : 0) + (random.chance(0.8) ? 7 * random.normal() : random.uniform(-44, 44));
  const float white = static_cast<float>(random.uniform(0.84, 0.98));
  sheet.colour = {white, white * static_cast<float>(random.uniform(0.96, 1)),
                  white * static_cast<float>(random.uniform(0.9, 1))};
  if (random.chance(0.12) || paper.print == Print::card) sheet.colour = coloured(random, 0.6, 0.95);
  return sheet;
}

/// A table, its light and what the camera makes of it.
void set_surroundings(Random& random, SyntheticScene& scene) {
  scene.surface = one_of(random, {Surface::plain, Surface::plain, Surface::wood, Surface::wood, Surface::wood,
                                  Surface::tiles, Surface::checkers, Surface::granite, Surface::cloth});
  scene.table = one_of<Colour>(random, {{0.45F, 0.32F, 0.22F},
                                        {0.62F, 0.46F, 0.3F},
                                        {0.28F, 0.2F, 0.16F},
                                        {0.5F, 0.5F, 0.52F},
                                        {0.2F, 0.22F, 0.25F},
                                        {0.3F, 0.42F, 0.35F},
                                        {0.7F, 0.66F, 0.6F}});
  scene.texture = random.uniform(0.5, 1.2);
  Light& light = scene.light;
  light.towards = {random.normal(), random.normal()};
  light.shadow = random.uniform(0.15, 0.45);
  light.gradient = {random.uniform(-0.25, 0.25), random.uniform(-0.25, 0.25)};
  light.vignette = random.uniform(0, 0.3);
  if (random.chance(0.35)) {
    light.cast = random.uniform(0.15, 0.4);
    light.cast_angle = random.uniform(0, 360);
    light.cast_through = {random.uniform(0.2, 0.8), random.uniform(0.2, 0.8)};
    light.cast_softness = random.uniform(10, 90);
  }
  scene.blur = random.uniform(0.5, 1.8);
  scene.noise = random.uniform(1, 6);
  if (random.chance(0.7)) scene.jpeg_quality = 70 + static_cast<int>(random.below(26));
  scene.faults.wobble = random.uniform(0.3, 2);
  scene.faults.blur = random.uniform(0.6, 1.8);
  scene.faults.hole = random.chance(0.15);
  scene.faults.bite = random.chance(0.15);
  scene.faults.island = random.chance(0.15);
}

/// Light paper on a light table: told by its shadow on one side or two and by little else.
void lower_contrast(Random& random, SyntheticScene& scene) {
  scene.surface = random.chance(0.7) ? Surface::plain : Surface::granite;
  scene.texture = random.uniform(0.1, 0.3);
  for (Sheet& sheet : scene.sheets) {
    if (sheet.print == Print::card) continue;
    const float below = static_cast<float>(random.uniform(0.03, 0.08));
    scene.table = {sheet.colour.r - below, sheet.colour.g - below, sheet.colour.b - below};
  }
  scene.light.shadow = random.uniform(0.2, 0.4);
  scene.noise = std::min(scene.noise, 3.0);
}

Corners frame_of(const Camera& camera) {
  const double w = camera.width;
  const double h = camera.height;
  return {{{0, 0}, {w, 0}, {w, h}, {0, h}}};
}

/// How far inside the picture, as a share of its diagonal; negative outside.
double margin(const Camera& camera, Point p) {
  return std::min({p.x, p.y, camera.width - p.x, camera.height - p.y}) / camera.diagonal();
}

struct Standing {
  double seen = 0;  ///< area inside the picture, a share of the picture's
  double part = 0;  ///< of the page's own area
  std::array<double, 4> margins{};
  int outside = 0;
  bool same_border = false;  ///< the corners outside are two, next to each other, across one border
};

Standing standing_of(const Camera& camera, const Corners& page) {
  Standing result;
  std::array<bool, 4> left{}, right{}, above{}, below{};
  for (std::size_t i = 0; i < 4; ++i) {
    result.margins[i] = margin(camera, page[i]);
    result.outside += result.margins[i] < 0;
    left[i] = page[i].x < 0;
    right[i] = page[i].x > camera.width;
    above[i] = page[i].y < 0;
    below[i] = page[i].y > camera.height;
  }
  const auto two_neighbours = [](const std::array<bool, 4>& out) {
    const auto count = std::count(out.begin(), out.end(), true);
    return count == 2 && out[0] != out[2];
  };
  result.same_border = two_neighbours(left) || two_neighbours(right) || two_neighbours(above) || two_neighbours(below);
  const double inside = area(clip(page, frame_of(camera)));
  result.seen = inside / (static_cast<double>(camera.width) * camera.height);
  result.part = inside / area(page);
  return result;
}

bool fits(SceneKind kind, const Standing& s) {
  constexpr double CLEARLY = 0.012;
  for (const double margin : s.margins) {
    if (margin < CLEARLY && margin > (kind == SceneKind::whole || kind == SceneKind::several ? -1 : -CLEARLY))
      return false;
    if (margin < -0.15 && kind != SceneKind::filling) return false;
  }
  switch (kind) {
    case SceneKind::corner_outside:
      return s.outside == 1 && s.seen >= 0.15;
    case SceneKind::side_outside:
      return s.outside == 2 && s.same_border && s.seen >= 0.15 && s.part >= 0.65;
    default:
      return s.outside == 0 && s.seen >= (kind == SceneKind::several ? 0.06 : 0.12);
  }
}

Corners seen_by(const Camera& camera, const Sheet& sheet) {
  Corners corners = sheet.on_table();
  for (Point& corner : corners) corner = camera.project(corner);
  return in_order(corners);
}

Sheet random_thing(Random& random, bool paper_too) {
  struct Kind {
    double width, height, radius, thickness, darkest, brightest;
    Print print;
  };
  constexpr Kind PEN{140, 9, 4.4, 3, 0.05, 0.7, Print::bare};
  constexpr Kind CUP{84, 84, 42, 5, 0.3, 0.95, Print::bare};
  constexpr Kind NOTE{76, 76, 0, 1, 0.7, 0.95, Print::bare};
  constexpr Kind BOOK{150, 220, 1, 5, 0.1, 0.6, Print::cover};
  const Kind kind = paper_too ? one_of(random, {PEN, CUP, NOTE, BOOK}) : one_of(random, {PEN, CUP});
  Sheet thing;
  thing.width = kind.width;
  thing.height = kind.height;
  thing.radius = kind.radius;
  thing.thickness = kind.thickness;
  thing.colour = coloured(random, kind.darkest, kind.brightest);
  thing.print = kind.print;
  return thing;
}

/// Pens, cups, notes and books beside the pages; none of them as large as a page is.
void clutter(Random& random, SyntheticScene& scene, bool paper_too) {
  const double reach = 0.6 * scene.camera.distance;
  const std::size_t pages = scene.sheets.size();
  double smallest = 0.05;
  for (std::size_t i = 0; i < pages; ++i) {
    const double seen = standing_of(scene.camera, seen_by(scene.camera, scene.sheets[i])).seen;
    smallest = i == 0 ? seen : std::min(smallest, seen);
  }
  for (std::size_t wanted = 1 + random.below(4); wanted > 0; --wanted) {
    Sheet thing = random_thing(random, paper_too);
    for (int attempt = 0; attempt < 40; ++attempt) {
      thing.centre = {random.uniform(-reach, reach), random.uniform(-reach, reach)};
      thing.angle = random.uniform(0, 180);
      Sheet around = thing;
      around.width += 14 + 2 * thing.thickness;
      around.height += 14 + 2 * thing.thickness;
      const bool free = std::none_of(scene.sheets.begin(), scene.sheets.end(),
                                     [&](const Sheet& other) { return iou(around.on_table(), other.on_table()) > 0; });
      const bool in_front = std::ranges::all_of(
          around.on_table(), [&](Point p) { return margin(scene.camera, scene.camera.project(p)) > -0.4; });
      if (!free || !in_front) continue;
      const double seen = standing_of(scene.camera, seen_by(scene.camera, thing)).seen;
      if (seen > 0.002 && (!paper_too || seen < 0.45 * smallest)) {
        scene.sheets.push_back(thing);
        break;
      }
    }
  }
}

/// A page that covers all of the picture and a little more.
void fill_frame(Random& random, SyntheticScene& scene) {
  Camera& camera = scene.camera;
  Sheet page = random_page(random);
  page.angle = 0;
  page.radius = 0;
  const double longer = std::max(camera.width, camera.height);
  const double scale = longer / std::max(page.width, page.height);
  camera.width = static_cast<int>(scale * page.width);
  camera.height = static_cast<int>(scale * page.height);
  camera.tilt_x = random.uniform(-1, 1);
  camera.tilt_y = random.uniform(-1, 1);
  camera.distance = camera.focal_length / (scale * random.uniform(1.03, 1.07));
  scene.sheets = {page};
}

bool place_pages(Random& random, SyntheticScene& scene, SceneKind kind) {
  Camera& camera = scene.camera;
  camera = random_camera(random);
  Sheet page = random_page(random);
  const double share = kind == SceneKind::several ? random.uniform(0.3, 0.5) : random.uniform(0.45, 1);
  const double longer = std::max(camera.width, camera.height);
  camera.distance = camera.focal_length * std::max(page.width, page.height) / (share * longer);
  const double wide = longer / camera.focal_length * camera.distance;
  page.centre = {wide * random.uniform(-0.4, 0.4), wide * random.uniform(-0.4, 0.4)};
  scene.sheets = {page};
  if (kind == SceneKind::several) {
    const double radians = page.angle * std::numbers::pi / 180;
    double step = 0;
    for (std::size_t more = 1 + random.below(2); more > 0; --more) {
      step += page.width + random.uniform(20, 45);
      Sheet next = page;
      next.centre = page.centre + step * Point{std::cos(radians), std::sin(radians)};
      next.angle += random.uniform(-1, 1);
      scene.sheets.push_back(next);
    }
  }
  return std::all_of(scene.sheets.begin(), scene.sheets.end(), [&](const Sheet& sheet) {
    const Corners seen = seen_by(camera, sheet);
    return is_convex(seen) && fits(kind, standing_of(camera, seen));
  });
}

}  // namespace

SyntheticScene random_scene(SceneKind kind, std::uint64_t seed) {
  Random random(seed * 8 + static_cast<std::uint64_t>(kind));
  SyntheticScene scene;
  scene.seed = random.bits();
  set_surroundings(random, scene);
  if (kind == SceneKind::no_page) {
    scene.camera = random_camera(random);
    scene.camera.distance = random.uniform(300, 700);
    scene.camera.roll = random.uniform(-45, 45);
    if (random.chance(0.25)) scene.surface = random.chance(0.7) ? Surface::landscape : Surface::noise;
    if (scene.surface != Surface::landscape && scene.surface != Surface::noise && random.chance(0.5))
      clutter(random, scene, false);
    scene.faults.junk = one_of(
        random, {MaskFaults::Junk::empty, MaskFaults::Junk::full, MaskFaults::Junk::blobs, MaskFaults::Junk::blobs});
    return scene;
  }
  if (kind == SceneKind::filling) {
    scene.camera = random_camera(random);
    fill_frame(random, scene);
    return scene;
  }
  while (!place_pages(random, scene, kind)) {
  }
  if (random.chance(0.15)) lower_contrast(random, scene);
  if (random.chance(0.5)) clutter(random, scene, true);
  return scene;
}

}  // namespace peel::scenes
