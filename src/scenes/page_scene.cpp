#include "scenes/page_scene.hpp"

#include <algorithm>
#include <cmath>

#include "base/geometry.hpp"
#include "image/image_data.hpp"
#include "scenes/texture.hpp"

namespace peel::scenes {
namespace {

constexpr int MASK_SIDE = 320;

/// From a pixel to the place on the table that is seen there.
class TableView {
 public:
  explicit TableView(const Camera& camera) {
    constexpr double SIZE = 20;
    toward_table_ = inverse(from_rectangle(SIZE, SIZE, camera.project(SIZE, SIZE, {SIZE / 2, SIZE / 2})));
    const Point middle{camera.width / 2.0, camera.height / 2.0};
    if (depth(middle) < 0) {
      for (double& m : toward_table_.m) m = -m;
    }
    at_middle_ = depth(middle);
  }
  /// Not on the table, but above its horizon.
  bool misses(Point pixel) const { return depth(pixel) < 0.02 * at_middle_; }
  Point operator()(Point pixel) const { return toward_table_(pixel); }

 private:
  double depth(Point p) const { return toward_table_.m[6] * p.x + toward_table_.m[7] * p.y + toward_table_.m[8]; }

  Homography toward_table_;
  double at_middle_ = 1;
};

struct Placed {
  const Sheet& sheet;
  double cosine;
  double sine;

  explicit Placed(const Sheet& s)
      : sheet(s),
        cosine(std::cos(s.angle * std::numbers::pi / 180)),
        sine(std::sin(s.angle * std::numbers::pi / 180)) {}

  /// From the sheet's centre, along its sides.
  Point local(Point on_table) const {
    const Point p = on_table - sheet.centre;
    return {cosine * p.x + sine * p.y, -sine * p.x + cosine * p.y};
  }
  /// Signed, millimetres; negative inside.
  double outside(Point on_table) const {
    const Point p = local(on_table);
    const double qx = std::abs(p.x) - sheet.width / 2 + sheet.radius;
    const double qy = std::abs(p.y) - sheet.height / 2 + sheet.radius;
    return std::hypot(std::max(qx, 0.0), std::max(qy, 0.0)) + std::min(std::max(qx, qy), 0.0) - sheet.radius;
  }
};

struct PixelRange {
  int left, top, right, bottom;
};

class Painter {
 public:
  explicit Painter(const SyntheticScene& scene)
      : scene_(scene),
        width_(scene.camera.width),
        height_(scene.camera.height),
        view_(scene.camera),
        pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)),
        page_(pixels_.size()) {}

  void table() {
    const bool flat = scene_.surface != Surface::landscape && scene_.surface != Surface::noise;
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const Point pixel{x + 0.5, y + 0.5};
        Colour& to = pixels_[index(x, y)];
        if (!flat) {
          to = view_at(scene_, (1.0 / height_) * pixel);
        } else {
          to = view_.misses(pixel) ? 0.7F * scene_.table : table_at(scene_, view_(pixel));
        }
      }
    }
  }

  void lay(const Sheet& sheet, std::uint64_t seed) {
    const Placed placed(sheet);
    const double reach = 12 * sheet.thickness;
    const PixelRange box = box_around(sheet, reach);
    const double towards = std::max(length(scene_.light.towards), 1e-9);
    const Point fall = (1.5 * sheet.thickness / towards) * scene_.light.towards;
    const Point seen = scene_.camera.project(sheet.centre);
    const double across = distance(scene_.camera.project(sheet.centre + Point{1, 0}), seen);
    const double along = distance(scene_.camera.project(sheet.centre + Point{0, 1}), seen);
    const Canvas print = printed(sheet, std::clamp(std::max(across, along), 0.3, 8.0), seed);

    for (int y = box.top; y < box.bottom; ++y) {
      for (int x = box.left; x < box.right; ++x) {
        const Point pixel{x + 0.5, y + 0.5};
        if (view_.misses(pixel)) continue;
        const Point place = view_(pixel);
        const double out = placed.outside(place);
        if (out > reach) continue;
        const std::size_t at = index(x, y);
        const double in_shadow = 0.5 - placed.outside(place - fall) / (3.5 * sheet.thickness);
        const auto dark = static_cast<float>(scene_.light.shadow) * smooth_step(static_cast<float>(in_shadow));
        const Colour ground = (1 - dark) * pixels_[at];
        // The share of the pixel that a straight edge covers, from its distance in pixels.
        const double per_pixel =
            std::hypot(placed.outside(view_(pixel + Point{0.5, 0})) - placed.outside(view_(pixel - Point{0.5, 0})),
                       placed.outside(view_(pixel + Point{0, 0.5})) - placed.outside(view_(pixel - Point{0, 0.5})));
        const auto share = static_cast<float>(std::clamp(0.5 - out / std::max(per_pixel, 1e-9), 0.0, 1.0));
        const Point local = placed.local(place);
        pixels_[at] = mix(ground, print.at(local.x + sheet.width / 2, local.y + sheet.height / 2), share);
        page_[at] += share * ((sheet.page ? 1.0F : 0.0F) - page_[at]);
      }
    }
  }

  void light() {
    const Light& light = scene_.light;
    const double angle = light.cast_angle * std::numbers::pi / 180;
    const Point normal{std::cos(angle), std::sin(angle)};
    const Point through{light.cast_through.x * width_, light.cast_through.y * height_};
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const Point place{(x + 0.5) / width_ - 0.5, (y + 0.5) / height_ - 0.5};
        double bright = (1 + dot(light.gradient, place)) * (1 - 2 * light.vignette * dot(place, place));
        const double beyond = dot(Point{x + 0.5, y + 0.5} - through, normal);
        bright *= 1 - light.cast * smooth_step(static_cast<float>(0.5 + beyond / light.cast_softness));
        Colour& to = pixels_[index(x, y)];
        to = static_cast<float>(bright) * to;
      }
    }
  }

  /// A lens that is not quite in focus.
  void blur() {
    const double sigma = scene_.blur;
    if (sigma <= 0) return;
    const std::vector<float> weights = gaussian(sigma);
    const int reach = static_cast<int>(weights.size() / 2);
    // A row at a time, which is the same sums in an order that a compiler makes vectors of.
    const auto add = [this](const Colour* from, float weight, Colour* to) {
      for (int x = 0; x < width_; ++x) {
        to[x] = {to[x].r + weight * from[x].r, to[x].g + weight * from[x].g, to[x].b + weight * from[x].b};
      }
    };
    std::vector<Colour> once(pixels_.size());
    std::vector<Colour> row(static_cast<std::size_t>(width_ + 2 * reach));
    for (int y = 0; y < height_; ++y) {
      int x = -reach;
      for (Colour& colour : row) colour = pixels_[index(std::clamp(x++, 0, width_ - 1), y)];
      for (std::size_t i = 0; i < weights.size(); ++i) add(&row[i], weights[i], &once[index(0, y)]);
    }
    std::fill(pixels_.begin(), pixels_.end(), Colour());
    for (int y = 0; y < height_; ++y) {
      int from = y - reach;
      for (const float weight : weights) {
        add(&once[index(0, std::clamp(from++, 0, height_ - 1))], weight, &pixels_[index(0, y)]);
      }
    }
  }

  Image picture() const {
    Random random(scene_.seed ^ 0x6e6f697365ULL);
    auto data = std::make_shared<Image::Data>(width_, height_, PixelFormat::rgb8);
    auto* to = data->row<std::uint8_t>(0);
    const auto deviation = static_cast<float>(scene_.noise);
    for (const Colour& colour : pixels_) {
      for (const float value : {colour.r, colour.g, colour.b}) {
        // Four 16-bit numbers added are near enough to a normal distribution, and much faster.
        const std::uint64_t bits = random.bits();
        const auto sum =
            static_cast<float>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
        const float normal = (sum / 65535 - 2) * 1.732F;
        *to++ = static_cast<std::uint8_t>(std::clamp(255 * value + deviation * normal + 0.5F, 0.0F, 255.0F));
      }
    }
    return Image(std::move(data));
  }

  Image page_mask() const {
    auto data = std::make_shared<Image::Data>(width_, height_, PixelFormat::gray8);
    auto* to = data->row<std::uint8_t>(0);
    for (const float share : page_) *to++ = static_cast<std::uint8_t>(std::lround(255 * share));
    return Image(std::move(data));
  }

  /// The share of pages in each pixel of a mask that is stretched over the picture.
  std::vector<float> shares(int side) const {
    const auto count = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
    std::vector<float> sum(count);
    std::vector<float> number(count);
    for (int y = 0; y < height_; ++y) {
      const auto row = static_cast<std::size_t>(y * side / height_) * static_cast<std::size_t>(side);
      for (int x = 0; x < width_; ++x) {
        const std::size_t at = row + static_cast<std::size_t>(x * side / width_);
        sum[at] += page_[index(x, y)];
        number[at] += 1;
      }
    }
    for (std::size_t i = 0; i < count; ++i) sum[i] /= std::max(number[i], 1.0F);
    return sum;
  }

 private:
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }

  PixelRange box_around(Sheet sheet, double reach) const {
    sheet.width += 2 * reach;
    sheet.height += 2 * reach;
    PixelRange box{width_, height_, 0, 0};
    for (const Point& corner : sheet.on_table()) {
      const Point p = scene_.camera.project(corner);
      box.left = std::min(box.left, static_cast<int>(std::clamp(p.x - 2, 0.0, double(width_))));
      box.top = std::min(box.top, static_cast<int>(std::clamp(p.y - 2, 0.0, double(height_))));
      box.right = std::max(box.right, static_cast<int>(std::clamp(p.x + 3, 0.0, double(width_))));
      box.bottom = std::max(box.bottom, static_cast<int>(std::clamp(p.y + 3, 0.0, double(height_))));
    }
    return box;
  }

  const SyntheticScene& scene_;
  int width_;
  int height_;
  TableView view_;
  std::vector<Colour> pixels_;
  std::vector<float> page_;  ///< the share of each pixel that pages cover
};

}  // namespace

Corners Sheet::on_table() const {
  const double cosine = std::cos(angle * std::numbers::pi / 180);
  const double sine = std::sin(angle * std::numbers::pi / 180);
  Corners corners{
      {{-width / 2, -height / 2}, {width / 2, -height / 2}, {width / 2, height / 2}, {-width / 2, height / 2}}};
  for (Point& p : corners) p = centre + Point{cosine * p.x - sine * p.y, sine * p.x + cosine * p.y};
  return corners;
}

std::vector<TruePage> true_pages(const SyntheticScene& scene) {
  std::vector<TruePage> pages;
  for (const Sheet& sheet : scene.sheets) {
    if (!sheet.page) continue;
    Corners seen = sheet.on_table();
    for (Point& corner : seen) corner = scene.camera.project(corner);
    const Corners ordered = in_order(seen);
    const bool turned = distance(ordered[0], seen[1]) < 1e-9 || distance(ordered[0], seen[3]) < 1e-9;
    pages.push_back({ordered, turned ? sheet.height / sheet.width : sheet.width / sheet.height});
  }
  return pages;
}

SyntheticPhoto render_page(const SyntheticScene& scene) {
  Painter painter(scene);
  painter.table();
  for (std::size_t i = 0; i < scene.sheets.size(); ++i) painter.lay(scene.sheets[i], scene.seed + 100 + i);
  painter.light();
  painter.blur();
  SyntheticPhoto photo;
  photo.picture = painter.picture();
  if (scene.jpeg_quality > 0) {
    photo.picture = decode(
        encode(photo.picture,
               {.format = FileFormat::jpeg, .quality = scene.jpeg_quality, .effort = Effort::fast, .threads = 1}));
  }
  photo.page_mask = painter.page_mask();
  photo.mask = faulty_mask(painter.shares(MASK_SIDE), MASK_SIDE, scene.faults, scene.seed);
  photo.pages = true_pages(scene);
  return photo;
}

}  // namespace peel::scenes
