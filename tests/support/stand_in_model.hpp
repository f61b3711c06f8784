#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace peel::test {

/// A small network with the interface of a real one, so that tests need no weights. Its saliency is the mean of the
/// three input channels, scaled and shifted: a bright thing on a dark ground is the subject.
struct StandIn {
  int height = 32;
  int width = 32;      ///< 0 for both: left open
  float scale = 1.0f;  ///< saliency = sigmoid?(scale * mean(channels) + shift)
  float shift = 0.0f;
  bool sigmoid = true;
  int side_outputs = 0;   ///< further outputs, each with a node and a weight of its own
  int channels = 1;       ///< of the output: channel k is the saliency times (k + 1)
  bool half = false;      ///< weights and arithmetic in float16 between Casts, as IS-Net's npm file is written
  bool resize = false;    ///< halved and doubled again in between, by scales and by written sizes, as these networks do
  bool unsorted = false;  ///< nodes in an order that is not topological
  std::string input_name = "input.1";
};

std::string stand_in_model(const StandIn& model);
void write_stand_in(const std::filesystem::path& file, const StandIn& model);

}  // namespace peel::test
