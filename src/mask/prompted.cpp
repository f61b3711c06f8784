#include "mask/prompted.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <utility>

#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "image/resample.hpp"
#include "image/srgb.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// Of the pictures it was trained on, by Segment Anything's makers: what is 0 in the network.
constexpr std::array<float, 3> MEAN_COLOUR{123.675f, 116.28f, 103.53f};

/// Between four samples of a map, as SciPy's map_coordinates has it with order 1: 0 outside the outermost samples.
class Bilinear {
 public:
  Bilinear(double x, double y, int width, int height)
      : outside_(x < 0 || y < 0 || x > width - 1 || y > height - 1),
        left_(outside_ ? 0 : static_cast<int>(x)),
        top_(outside_ ? 0 : static_cast<int>(y)),
        right_(std::min(left_ + 1, width - 1)),
        below_(std::min(top_ + 1, height - 1)),
        across_(x - left_),
        down_(y - top_) {}

  /// `at(x, y)` gives a sample.
  template <typename At>
  double value(const At& at) const {
    if (outside_) return 0;
    const double above = at(left_, top_) * (1 - across_) + at(right_, top_) * across_;
    const double below = at(left_, below_) * (1 - across_) + at(right_, below_) * across_;
    return above * (1 - down_) + below * down_;
  }

 private:
  bool outside_;
  int left_, top_, right_, below_;
  double across_, down_;
};

void draw_sampled(const std::vector<std::uint8_t>& rgb, const PromptedLayout& layout, int threads, Tensor& input) {
  const auto width = static_cast<std::size_t>(layout.picture_width);
  parallel_for(0, layout.input_height, 16, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto y = static_cast<int>(begin); y < end; ++y) {
      float* to = input.values.data() + 3 * static_cast<std::size_t>(y) * static_cast<std::size_t>(layout.input_width);
      for (int x = 0; x < layout.input_width; ++x) {
        const Bilinear place(x / layout.scale, y / layout.scale, layout.picture_width, layout.picture_height);
        for (std::size_t c = 0; c < 3; ++c) {
          const double value = place.value([&](int i, int j) {
            return static_cast<double>(
                rgb[3 * (static_cast<std::size_t>(j) * width + static_cast<std::size_t>(i)) + c]);
          });
          *to++ = static_cast<float>(std::floor(value + 0.5));  // 8 bits in between
        }
      }
    }
  });
}

void draw_antialiased(const Image& picture, const PromptedLayout& layout, int threads, Tensor& input) {
  auto small = resample_rgb(picture.view(), layout.used_width, layout.used_height, threads);
  if (!reads_like_srgb(picture.icc_profile())) profile_to_srgb(small, picture.icc_profile());
  const std::size_t row = 3 * static_cast<std::size_t>(layout.used_width);
  const std::size_t input_row = 3 * static_cast<std::size_t>(layout.input_width);
  for (std::size_t i = 0; i < input.values.size(); ++i) input.values[i] = MEAN_COLOUR[i % 3];
  for (std::size_t y = 0; y < static_cast<std::size_t>(layout.used_height); ++y) {
    for (std::size_t i = 0; i < row; ++i) input.values[y * input_row + i] = small[y * row + i];
  }
}

bool is_box(const Prompt& prompt) {
  return prompt.kind == Prompt::Kind::box;
}

bool holds(const Prompt& box, const Prompt& point) {
  return point.x >= box.x && point.x <= box.right && point.y >= box.y && point.y <= box.bottom;
}

double area(const Prompt& box) {
  return (box.right - box.x) * (box.bottom - box.y);
}

/// One of the N maps of a decoder's output.
struct Map {
  const float* values;
  float at(int x, int y, int width) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
};

std::vector<Map> maps_of(const DecodedMasks& group, const PromptedLayout& layout) {
  const auto& shape = group.logits.shape;
  const std::size_t size = static_cast<std::size_t>(layout.input_width) * static_cast<std::size_t>(layout.input_height);
  const std::size_t count = shape.size() == 4 && shape[1] > 0 ? static_cast<std::size_t>(shape[1]) : 0;
  if (count == 0 || shape[0] != 1 || shape[2] != layout.input_height || shape[3] != layout.input_width ||
      group.logits.values.size() / size < count) {
    throw Error(ErrorCode::model, fmt::format("the decoder's masks have shape {} instead of 1 x N x {} x {}",
                                              fmt::join(shape, " x "), layout.input_height, layout.input_width));
  }
  std::vector<Map> maps;
  for (std::size_t i = 0; i < count; ++i) maps.push_back({group.logits.values.data() + i * size});
  return maps;
}

std::vector<Map> best_maps(const DecodedMasks& group, const PromptedLayout& layout) {
  std::vector<Map> maps = maps_of(group, layout);
  if (group.quality.size() != maps.size()) return maps;
  const auto best = std::ranges::max_element(group.quality) - group.quality.begin();
  return {maps[static_cast<std::size_t>(best)]};
}

Mask soft_mask(const std::vector<Map>& maps, const PromptedLayout& layout) {
  Mask mask;
  auto data = std::make_shared<Image::Data>(layout.used_width, layout.used_height, PixelFormat::gray8);
  auto* to = data->row<std::uint8_t>(0);
  for (int y = 0; y < data->height; ++y) {
    for (int x = 0; x < data->width; ++x) {
      float logit = -std::numeric_limits<float>::infinity();
      for (const Map& map : maps)
        logit = std::fmax(logit, map.at(x, y, layout.input_width));  // never what is no number
      mask.subject = mask.subject || logit > 0;
      *to++ = static_cast<std::uint8_t>(std::lround(255.0f / (1.0f + std::exp(-logit))));
    }
  }
  mask.image = Image(std::move(data));
  return mask;
}

Mask hard_mask(const std::vector<Map>& maps, const PromptedLayout& layout, int threads) {
  auto data = std::make_shared<Image::Data>(layout.picture_width, layout.picture_height, PixelFormat::gray8);
  parallel_for(0, data->height, 1 + (1 << 16) / data->width, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto y = static_cast<int>(begin); y < end; ++y) {
      auto* to = data->row<std::uint8_t>(y);
      for (int x = 0; x < data->width; ++x) {
        const Bilinear place(x * layout.scale, y * layout.scale, layout.input_width, layout.input_height);
        const bool inside = std::ranges::any_of(maps, [&](const Map& map) {
          return place.value([&](int i, int j) { return static_cast<double>(map.at(i, j, layout.input_width)); }) > 0;
        });
        *to++ = inside ? 255 : 0;
      }
    }
  });
  Mask mask;
  const std::span values(data->row<std::uint8_t>(0), data->pixels.size());
  mask.subject = std::ranges::find(values, 255) != values.end();
  mask.image = Image(std::move(data));
  return mask;
}

}  // namespace

PromptedLayout prompted_layout(int picture_width, int picture_height, int input_width, int input_height) {
  PromptedLayout layout{picture_width, picture_height, input_width, input_height};
  layout.scale =
      std::min(static_cast<double>(input_width) / picture_width, static_cast<double>(input_height) / picture_height);
  const auto used = [&](int side, int most) {
    return std::clamp(static_cast<int>(std::lround(side * layout.scale)), 1, most);
  };
  layout.used_width = used(picture_width, input_width);
  layout.used_height = used(picture_height, input_height);
  return layout;
}

Tensor prompted_input(const Image& picture, const PromptedLayout& layout, bool compat, int threads) {
  Tensor input;
  input.shape = {layout.input_height, layout.input_width, 3};
  input.values.resize(3 * static_cast<std::size_t>(layout.input_width) * static_cast<std::size_t>(layout.input_height));
  if (compat) {
    draw_sampled(resample_rgb(picture.view(), picture.width(), picture.height(), threads), layout, threads, input);
  } else {
    draw_antialiased(picture, layout, threads, input);
  }
  return input;
}

std::vector<Prompt> prompts_for(std::span<const Prompt> prompts, int width, int height) {
  const int middle_x = width / 2;
  const int middle_y = height / 2;
  if (prompts.empty()) return {{Prompt::Kind::subject, static_cast<double>(middle_x), static_cast<double>(middle_y)}};
  std::vector<Prompt> result;
  for (Prompt prompt : prompts) {
    const auto refuse = [&](const char* why) {
      const std::string what = is_box(prompt)
                                   ? fmt::format("the box {},{},{},{}", prompt.x, prompt.y, prompt.right, prompt.bottom)
                                   : fmt::format("the point {},{}", prompt.x, prompt.y);
      throw Error(ErrorCode::usage, fmt::format("{} {}", what, why),
                  fmt::format("the picture, upright, has {} x {} pixels", width, height));
    };
    const bool numbers = std::isfinite(prompt.x) && std::isfinite(prompt.y) &&
                         (!is_box(prompt) || (std::isfinite(prompt.right) && std::isfinite(prompt.bottom)));
    if (!numbers) refuse("is no place");
    if (is_box(prompt)) {
      const auto [left, right] = std::minmax(prompt.x, prompt.right);
      const auto [top, bottom] = std::minmax(prompt.y, prompt.bottom);
      const Prompt cut{Prompt::Kind::box, std::max(left, 0.0), std::max(top, 0.0), std::min(right, double(width)),
                       std::min(bottom, double(height))};
      if (!(cut.x < cut.right && cut.y < cut.bottom)) refuse("holds nothing of the picture");
      prompt = cut;
    } else if (prompt.x < 0 || prompt.y < 0 || prompt.x > width || prompt.y > height) {
      refuse("lies outside the picture");
    }
    result.push_back(prompt);
  }
  const auto is_background = [](const Prompt& prompt) { return prompt.kind == Prompt::Kind::background; };
  if (std::ranges::all_of(result, is_background)) {
    throw Error(ErrorCode::usage, "the prompts say only what is background", "add a point on the subject or a box");
  }
  return result;
}

std::vector<std::vector<Prompt>> prompt_groups(const std::vector<Prompt>& prompts) {
  std::vector<std::vector<Prompt>> groups;
  for (const Prompt& prompt : prompts) {
    if (is_box(prompt)) groups.push_back({prompt});
  }
  const std::size_t boxes = groups.size();
  std::vector<Prompt> free;
  std::vector<Prompt> for_all;
  for (const Prompt& prompt : prompts) {
    if (is_box(prompt)) continue;
    std::vector<Prompt>* own = nullptr;
    for (std::size_t i = 0; i < boxes; ++i) {
      if (holds(groups[i].front(), prompt) && (!own || area(groups[i].front()) < area(own->front()))) own = &groups[i];
    }
    if (!own) own = prompt.kind == Prompt::Kind::subject ? &free : &for_all;
    own->push_back(prompt);
  }
  if (!free.empty()) groups.push_back(std::move(free));
  for (auto& group : groups) group.insert(group.end(), for_all.begin(), for_all.end());
  return groups;
}

PromptTensors prompt_tensors(std::span<const Prompt> group, const PromptedLayout& layout, bool compat) {
  PromptTensors tensors;
  const auto add = [&](double x, double y, float label) {
    tensors.coordinates.values.push_back(static_cast<float>(x * layout.scale));
    tensors.coordinates.values.push_back(static_cast<float>(y * layout.scale));
    tensors.labels.values.push_back(label);
  };
  for (const Prompt& prompt : group) {
    if (is_box(prompt)) {
      add(prompt.x, prompt.y, 2);
      add(prompt.right, prompt.bottom, 3);
    } else {
      add(prompt.x, prompt.y, prompt.kind == Prompt::Kind::subject ? 1 : 0);
    }
  }
  if (compat || std::ranges::none_of(group, is_box)) add(0, 0, -1);
  const auto count = static_cast<std::int64_t>(tensors.labels.values.size());
  tensors.coordinates.shape = {1, count, 2};
  tensors.labels.shape = {1, count};
  return tensors;
}

Mask prompted_mask(std::span<const DecodedMasks> groups, const PromptedLayout& layout, bool compat, int threads) {
  std::vector<Map> maps;
  for (const DecodedMasks& group : groups) {
    const std::vector<Map> own = compat ? maps_of(group, layout) : best_maps(group, layout);
    maps.insert(maps.end(), own.begin(), own.end());
  }
  return compat ? hard_mask(maps, layout, threads) : soft_mask(maps, layout);
}

}  // namespace peel
