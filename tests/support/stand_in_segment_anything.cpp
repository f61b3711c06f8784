#include "support/stand_in_segment_anything.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "support/graph_text.hpp"

namespace peel::test {
namespace {

constexpr const char* ENCODER = R"(
<ir_version: 7, opset_import: ["" : 13]>
encoder (float[{input_size}, 3] input_image) => (float[1, 3, {size}] image_embeddings) {{
  planes = Transpose <perm = [2, 0, 1]> (input_image)
  front = Constant <value_ints = [0]> ()
  image_embeddings = Unsqueeze (planes, front)
}})";

constexpr const char* DECODER = R"(
<ir_version: 7, opset_import: ["" : 13]>
decoder (float[1, 3, {size}] image_embeddings, float[1, N, 2] point_coords, float[1, N] point_labels,
         float[1, 1, 256, 256] mask_input, float[1] has_mask_input, float[2] orig_im_size)
    => (float[1, 1, {size}] masks, float[1, 1] iou_predictions, float[1, 1, {size}] low_res_masks) {{
  zero = Constant <value_float = 0.0> ()
  one = Constant <value_float = 1.0> ()
  most = Constant <value_float = 8.0> ()
  minus = Constant <value_float = -1.0> ()
  width = Constant <value_float = {width}.0> ()
  height = Constant <value_float = {height}.0> ()
  reach = Constant <value_float = {reach}.0> ()
  first = Constant <value_int = 0> ()
  second = Constant <value_int = 1> ()
  last = Constant <value_ints = [1]> ()
  on_places = Constant <value_ints = [2, 3]> ()

  columns = Range (zero, width, one)
  row_numbers = Range (zero, height, one)
  rows = Unsqueeze (row_numbers, last)
  x_flat = Gather <axis = 2> (point_coords, first)
  y_flat = Gather <axis = 2> (point_coords, second)
  x = Unsqueeze (x_flat, on_places)
  y = Unsqueeze (y_flat, on_places)
  across_signed = Sub (columns, x)
  down_signed = Sub (rows, y)
  across = Abs (across_signed)
  down = Abs (down_signed)
  distance = Add (across, down)
  near = Sub (reach, distance)
  weight = Clip (near, zero, most)
  is_ground = Equal (point_labels, zero)
  positive = Clip (point_labels, zero, one)
  signs = Where (is_ground, minus, positive)
  sign = Unsqueeze (signs, on_places)
  signed = Mul (sign, weight)
  prompted = ReduceSum <keepdims = 1> (signed, last)

  brightness = ReduceMean <axes = [1], keepdims = 1> (image_embeddings)
  part = Constant <value_float = 0.03137254901960784> ()
  middle = Constant <value_float = 4.0> ()
  scaled = Mul (brightness, part)
  seen = Sub (scaled, middle)
  plain = Add (seen, prompted)

  right_size = Constant <value_floats = [{height}.0, {width}.0]> ()
  size_off = Sub (orig_im_size, right_size)
  size_wrong_each = Abs (size_off)
  size_wrong = ReduceSum <keepdims = 0> (size_wrong_each)
  mask_abs = Abs (mask_input)
  mask_wrong = ReduceSum <keepdims = 0> (mask_abs)
  has_wrong = ReduceSum <keepdims = 0> (has_mask_input)
  wrong_two = Add (size_wrong, mask_wrong)
  wrong = Add (wrong_two, has_wrong)
  thousand = Constant <value_float = 1000.0> ()
  penalty = Mul (wrong, thousand)
  masks = Sub (plain, penalty)
  low_res_masks = Identity (masks)
  iou_predictions = Constant <value = float[1, 1] {{0.9}}> ()
}})";

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << graph_from_text(text);
}

}  // namespace

void write_stand_in(const std::filesystem::path& folder, const char* name, const StandInSegmentAnything& model) {
  const std::string size = fmt::format("{}, {}", model.height, model.width);
  write(folder / fmt::format("{}.encoder.onnx", name),
        fmt::format(ENCODER, fmt::arg("size", model.open_size ? "H, W" : size),
                    fmt::arg("input_size", model.open_size ? "H, W" : size)));
  write(folder / fmt::format("{}.decoder.onnx", name),
        fmt::format(DECODER, fmt::arg("size", size), fmt::arg("width", model.width), fmt::arg("height", model.height),
                    fmt::arg("reach", model.reach)));
}

}  // namespace peel::test
