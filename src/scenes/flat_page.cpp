#include "scenes/flat_page.hpp"

#include <algorithm>
#include <cmath>

#include "image/image_data.hpp"
#include "scenes/texture.hpp"

namespace peel::scenes {
namespace {

constexpr Colour BLACK{0.1F, 0.1F, 0.11F};

/// A page and what is left of it to print on.
struct Blank {
  Canvas canvas;
  Random& random;
  Area area;

  double size() { return random.uniform(2, 3.2); }
  void line(double x, double baseline, double width, double size, Colour ink = BLACK) {
    print_line(canvas, random, x, baseline, width, size, ink);
  }
  void text(const Area& place, double size, Colour ink = BLACK) {
    if (place.height > size) print_text(canvas, random, place, size, ink);
  }
  /// Takes so many millimetres off the top.
  Area take(double height) {
    const Area top{area.x, area.y, area.width, std::min(height, area.height)};
    area.y += top.height;
    area.height -= top.height;
    return top;
  }
  void border(const Area& box, double thick, Colour ink = BLACK) {
    canvas.fill(box.x, box.y, box.width, thick, ink);
    canvas.fill(box.x, box.y + box.height - thick, box.width, thick, ink);
    canvas.fill(box.x, box.y, thick, box.height, ink);
    canvas.fill(box.x + box.width - thick, box.y, thick, box.height, ink);
  }
};

Colour strong_colour(Random& random) {
  constexpr Colour COLOURS[] = {{0.1F, 0.1F, 0.1F},  {0.5F, 0.5F, 0.5F},  {0.05F, 0.45F, 0.45F}, {0.12F, 0.25F, 0.55F},
                                {0.75F, 0.1F, 0.1F}, {0.1F, 0.45F, 0.2F}, {0.9F, 0.5F, 0.1F},    {0.4F, 0.6F, 0.85F}};
  return COLOURS[random.below(std::size(COLOURS))];
}

void draw_text(Blank& page) {
  const double size = page.size();
  if (page.random.chance(0.5)) page.line(page.area.x, page.area.y + 6, 0.6 * page.area.width, 5);
  page.take(10);
  if (page.random.chance(0.3)) {
    const double column = 0.47 * page.area.width;
    page.text({page.area.x, page.area.y, column, page.area.height}, size);
    page.text({page.area.x + page.area.width - column, page.area.y, column, page.area.height}, size);
  } else {
    page.text(page.area, size);
  }
}

void draw_sparse(Blank& page) {
  const Area& area = page.area;
  const double size = page.size();
  switch (page.random.below(6)) {
    case 0:
      page.line(area.x, area.y + 4, page.random.uniform(0.3, 1) * area.width, size);
      break;
    case 1:
      page.line(area.x + 0.2 * area.width, area.y + page.random.uniform(0.2, 0.5) * area.height, 0.6 * area.width, 9);
      break;
    case 2:
      page.text({area.x, area.y, area.width, 0.2 * area.height}, size);
      break;
    case 3:
      page.text({area.x, area.y, 0.3 * area.width, 20}, size);
      page.line(area.x + 0.7 * area.width, area.y + 34, 0.25 * area.width, size);
      page.text({area.x, area.y + 45, area.width, 0.15 * area.height}, size);
      page.line(area.x, area.y + 0.6 * area.height, 0.25 * area.width, 1.8 * size, {0.1F, 0.15F, 0.5F});
      break;
    case 4:
      page.line(area.x, area.y + 6, 0.5 * area.width, 5);
      page.line(area.x + 0.48 * area.width, area.y + area.height, 0.03 * area.width, size);
      break;
    default:
      for (int y = 0; y < 5; ++y) {
        page.canvas.fill(area.x, area.y + 9.0 * y, page.random.uniform(0.3, 0.9) * area.width, 3.5, BLACK);
      }
  }
}

void draw_table(Blank& page) {
  const double size = page.size();
  page.line(page.area.x, page.area.y + 6, 0.4 * page.area.width, 5);
  page.take(12);
  page.text(page.take(page.random.uniform(0, 0.4) * page.area.height), size);
  page.take(8);
  const Area grid = page.take(page.random.uniform(0.3, 0.9) * page.area.height);
  print_grid(page.canvas, page.random, grid, page.random.chance(0.7) ? BLACK : strong_colour(page.random));
  page.take(8);
  if (page.random.chance(0.6)) page.text(page.take(page.random.uniform(0.2, 1) * page.area.height), size);
}

void draw_frame(Blank& page) {
  const double size = page.size();
  const double thick = page.random.uniform(0.3, 2);
  if (page.random.chance(0.3)) {  // a certificate
    page.border(page.area, thick);
    const Area in{page.area.x + 4, page.area.y + 4, page.area.width - 8, page.area.height - 8};
    if (page.random.chance(0.5)) page.border(in, 0.5 * thick);
    page.line(in.x + 0.25 * in.width, in.y + 0.2 * in.height, 0.5 * in.width, 7);
    page.text({in.x + 8, in.y + 0.3 * in.height, in.width - 16, 0.3 * in.height}, size);
    // A footer between border and edge.
    page.line(page.area.x, page.area.y + page.area.height + 5, 0.3 * page.area.width, 2);
    return;
  }
  page.text(page.take(page.random.uniform(0.1, 0.4) * page.area.height), size);
  page.take(8);
  Area box = page.take(page.random.uniform(0.3, 0.9) * page.area.height);
  const double narrower = page.random.chance(0.5) ? page.random.uniform(0, 0.4) * box.width : 0;
  box.x += narrower / 2;
  box.width -= narrower;
  page.border(box, thick, page.random.chance(0.7) ? BLACK : strong_colour(page.random));
  if (page.random.chance(0.6)) page.text({box.x + 5, box.y + 5, box.width - 10, 0.6 * box.height}, size);
  if (page.random.chance(0.4)) page.canvas.fill(box.x, box.y + 9, box.width, thick, BLACK);
  page.take(6);
  if (page.random.chance(0.5)) page.text(page.area, size);
}

void draw_photo(Blank& page) {
  const double size = page.size();
  if (page.random.chance(0.7)) page.line(page.area.x, page.area.y + 6, 0.6 * page.area.width, 5);
  page.take(12);
  if (page.random.chance(0.6)) page.text(page.take(page.random.uniform(0.1, 0.3) * page.area.height), size);
  page.take(5);
  const Area row = page.take(page.random.uniform(0.3, 0.7) * page.area.height);
  const std::size_t count = 1 + page.random.below(2);
  const double step = row.width / static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double narrower = page.random.uniform(0.05, 0.4) * step;
    print_photograph(page.canvas, page.random,
                     {row.x + static_cast<double>(i) * step, row.y, step - narrower, row.height});
  }
  page.line(row.x, row.y + row.height + 5, 0.5 * row.width, 2);
  page.take(10);
  if (page.random.chance(0.3)) {
    print_bar_code(page.canvas, page.random, {page.area.x, page.area.y, 0.4 * page.area.width, 14}, BLACK);
    page.take(20);
  }
  if (page.random.chance(0.6)) page.text(page.area, size);
}

void draw_inverse(Blank& page) {
  const double size = page.size();
  const Colour white{0.98F, 0.98F, 0.98F};
  const Colour ground = strong_colour(page.random);
  const bool bleeds = page.random.chance(0.3);  // to the page's edges
  const Area head = page.take(page.random.uniform(0.06, 0.2) * page.area.height);
  if (bleeds) {
    page.canvas.fill(0, 0, page.canvas.width_mm(), head.y + head.height, ground);
  } else {
    page.canvas.fill(head.x, head.y, head.width, head.height, ground);
  }
  page.line(head.x + 4, head.y + 0.6 * head.height, 0.6 * head.width, 0.3 * head.height, white);
  page.take(8);
  page.text(page.take(page.random.uniform(0.2, 0.5) * page.area.height), size);
  page.take(8);
  const double share = page.random.uniform(0.3, 1);
  const Area block{page.area.x, page.area.y, share * page.area.width, page.random.uniform(0.2, 0.8) * page.area.height};
  page.canvas.fill(block.x, block.y, block.width, block.height, ground);
  page.text({block.x + 5, block.y + 5, block.width - 10, block.height - 10}, size, white);
  page.take(block.height + 8);
  if (page.random.chance(0.5)) page.text(page.area, size);
}

/// What a camera, a scanner's lamp and a JPEG encoder leave on a page that was flattened.
Image worn(const Image& page, Random& random) {
  const float tint[] = {1, static_cast<float>(random.uniform(0.96, 1)), static_cast<float>(random.uniform(0.88, 1))};
  const float bright = static_cast<float>(random.uniform(0.75, 1));
  const double across = random.uniform(-0.15, 0.15);
  const double down = random.uniform(-0.15, 0.15);
  const double grain = random.uniform(0.5, 3);
  auto data = std::make_shared<Image::Data>(page.width(), page.height(), PixelFormat::rgb8);
  for (int y = 0; y < page.height(); ++y) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(page.data() + y * page.stride());
    auto* to = data->row<std::uint8_t>(y);
    for (int x = 0; x < page.width(); ++x) {
      const double light =
          bright * (1 + across * (x / double(page.width()) - 0.5) + down * (y / double(page.height()) - 0.5));
      // Grain of two uniform numbers: near enough to a normal distribution.
      const double noise = grain * 1.2 * (random.uniform(-1, 1) + random.uniform(-1, 1));
      for (const float part : tint) {
        *to++ = static_cast<std::uint8_t>(std::clamp(light * part * *from++ + noise + 0.5, 0.0, 255.0));
      }
    }
  }
  const Image flat(std::move(data));
  const int quality = 75 + static_cast<int>(random.below(20));
  return decode(encode(flat, {.format = FileFormat::jpeg, .quality = quality, .effort = Effort::fast, .threads = 1}));
}

}  // namespace

std::string_view word_for(FlatKind kind) noexcept {
  switch (kind) {
    case FlatKind::text:
      return "text";
    case FlatKind::sparse:
      return "sparse";
    case FlatKind::table:
      return "table";
    case FlatKind::frame:
      return "frame";
    case FlatKind::photo:
      return "photo";
    case FlatKind::inverse:
      return "inverse";
  }
  return "";
}

Image flat_page(FlatKind kind, std::uint64_t seed) {
  Random random(seed * 16 + static_cast<std::uint64_t>(kind));
  struct Paper {
    double width, height;
  };
  constexpr Paper PAPERS[] = {{210, 297}, {210, 297}, {215.9, 279.4}, {297, 210}, {148, 210}};
  const Paper paper = PAPERS[random.below(std::size(PAPERS))];
  const double per_mm = random.uniform(75, 150) / 25.4;
  const double margin = random.uniform(0.05, 0.12) * std::min(paper.width, paper.height);
  const bool clean = random.chance(0.5);
  Blank page{Canvas(paper.width, paper.height, per_mm, clean ? Colour{1, 1, 1} : Colour{0.97F, 0.97F, 0.97F}),
             random,
             {margin, margin, paper.width - 2 * margin, paper.height - 2 * margin}};
  switch (kind) {
    case FlatKind::text:
      draw_text(page);
      break;
    case FlatKind::sparse:
      draw_sparse(page);
      break;
    case FlatKind::table:
      draw_table(page);
      break;
    case FlatKind::frame:
      draw_frame(page);
      break;
    case FlatKind::photo:
      draw_photo(page);
      break;
    case FlatKind::inverse:
      draw_inverse(page);
      break;
  }
  const auto width = static_cast<int>(paper.width * per_mm);
  const auto height = static_cast<int>(paper.height * per_mm);
  auto data = std::make_shared<Image::Data>(width, height, PixelFormat::rgb8);
  for (int y = 0; y < height; ++y) {
    auto* to = data->row<std::uint8_t>(y);
    for (int x = 0; x < width; ++x) {
      const Colour colour = page.canvas.at((x + 0.5) / per_mm, (y + 0.5) / per_mm);
      for (const float part : {colour.r, colour.g, colour.b}) {
        *to++ = static_cast<std::uint8_t>(std::clamp(255 * part + 0.5F, 0.0F, 255.0F));
      }
    }
  }
  const Image flat(std::move(data));
  return clean ? flat : worn(flat, random);
}

}  // namespace peel::scenes
