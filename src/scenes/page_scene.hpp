#pragma once

#include <cstdint>
#include <vector>

#include "peel/geometry.hpp"
#include "peel/image.hpp"
#include "scenes/camera.hpp"

namespace peel::scenes {

/// 0 to 1, in sRGB's own encoding.
struct Colour {
  float r = 0, g = 0, b = 0;
};

enum class Print {
  text,      ///< lines of words
  form,      ///< ruled tables and some text
  brochure,  ///< a dark head, a photograph, columns
  receipt,   ///< short lines and a bar code
  card,      ///< a portrait, a chip, a few lines
  cover,     ///< a book's: a title in a frame
  bare,      ///< nothing: a pen, a plate, a note
};

/// A thin rectangle that lies on the table.
struct Sheet {
  Point centre;        ///< millimetres on the table
  double angle = 0;    ///< degrees
  double width = 210;  ///< millimetres
  double height = 297;
  double radius = 0;     ///< of its corners
  double thickness = 1;  ///< how far its shadow reaches
  Colour colour{0.96F, 0.95F, 0.93F};
  Print print = Print::text;
  bool page = false;  ///< what is looked for

  Corners on_table() const;
};

enum class Surface { plain, wood, tiles, checkers, granite, cloth, landscape, noise };

struct Light {
  Point towards{1, 1};  ///< where shadows fall on the table
  double shadow = 0.3;  ///< how dark they are
  Point gradient;       ///< change of brightness across the picture
  double vignette = 0.1;
  double cast = 0;            ///< how dark the shadow is that a hand or a phone throws over a part of everything
  double cast_angle = 0;      ///< degrees
  Point cast_through;         ///< share of the picture
  double cast_softness = 30;  ///< pixels
};

/// What is wrong with a mask that a network of 320 x 320 made.
struct MaskFaults {
  double wobble = 1;    ///< pixels of the mask by which its outline errs
  double blur = 1;      ///< pixels of the mask
  bool hole = false;    ///< a part of the page is missing inside
  bool bite = false;    ///< at its edge
  bool island = false;  ///< something else was marked too
  /// Where there is no page: nothing, all of it, or some blobs.
  enum class Junk { none, empty, full, blobs } junk = Junk::none;
};

struct SyntheticScene {
  Camera camera;
  Surface surface = Surface::plain;
  Colour table{0.45F, 0.33F, 0.24F};
  double texture = 1;         ///< strength
  std::vector<Sheet> sheets;  ///< from the lowest to the uppermost
  Light light;
  double blur = 0.8;     ///< standard deviation, pixels
  double noise = 2;      ///< standard deviation, of 255
  int jpeg_quality = 0;  ///< 0: not compressed
  MaskFaults faults;
  std::uint64_t seed = 1;
};

struct TruePage {
  Corners corners{};        ///< may lie outside the picture
  double aspect_ratio = 1;  ///< width over height, as Corners have them
};

struct SyntheticPhoto {
  Image picture;                ///< rgb8
  Image page_mask;              ///< gray8, as large as the picture: what is seen of pages
  Image mask;                   ///< gray8, 320 x 320: as a network makes it
  std::vector<TruePage> pages;  ///< in the order of the scene's sheets
};

/// The same scene always gives the same photograph (but for what a JPEG encoder's version changes).
SyntheticPhoto render_page(const SyntheticScene& scene);

std::vector<TruePage> true_pages(const SyntheticScene& scene);

enum class SceneKind {
  whole,           ///< one page, all of it inside
  corner_outside,  ///< one corner leaves the picture
  side_outside,    ///< two corners leave it across the same border
  filling,         ///< the page is larger than the picture
  no_page,         ///< tables, clutter without rectangles of paper, landscapes, noise
  several,         ///< two or three pages side by side
};
SyntheticScene random_scene(SceneKind kind, std::uint64_t seed);

}  // namespace peel::scenes
