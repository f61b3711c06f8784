#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "peel/quantize.hpp"
#include "support/calibration_network.hpp"
#include "support/disc_picture.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::quantization::test {

using peel::test::Disc;
using peel::test::names_in;

/// A network of one convolution and pictures of discs, each in a folder; temporary files go to a third.
class QuantizeTest : public testing::Test {
 protected:
  QuantizeTest() {
    std::filesystem::create_directories(temporary_);
    ::setenv("TMPDIR", temporary_.c_str(), 1);
    write_network({});
    write_pictures(12);
    options_.model = model().string();
    options_.calibration = pictures();
    options_.model_folder = models();
    options_.method = CalibrationMethod::minmax;
    options_.least_speedup = 0;
    options_.threads = 1;
  }
  ~QuantizeTest() override { before_ ? ::setenv("TMPDIR", before_->c_str(), 1) : ::unsetenv("TMPDIR"); }

  static Disc disc(int index) { return {64, 64, 0.4 + 0.03 * (index % 10), -index % 20}; }
  static std::string name(int index, const char* ending) { return fmt::format("{:02}{}", index, ending); }
  void write_pictures(int count) const {
    for (int i = 0; i < count; ++i) peel::test::write_disc(pictures() / name(i, ".png"), disc(i));
  }
  /// Sure of itself: saliency goes from 0 to 1 within a few levels.
  void write_network(peel::test::StandIn network) const {
    network.height = network.width = 64;
    if (network.scale == 1) network.scale = 12;
    std::filesystem::create_directories(models());
    write_stand_in(model(), network);
  }
  /// Every operator the quantiser knows, masks without meaning: the bars are to be taken away.
  void take_small_network() {
    std::filesystem::create_directories(models());
    std::ofstream(model(), std::ios::binary) << SmallNetwork().model().SerializeAsString();
    options_.least_mean_iou = options_.least_iou = 0;
  }

  std::filesystem::path models() const { return folder_ / "models"; }
  std::filesystem::path model() const { return models() / "net.onnx"; }
  std::filesystem::path int8() const { return models() / "net_int8.onnx"; }
  std::filesystem::path pictures() const { return folder_ / "pictures"; }
  std::vector<std::string> temporary_files() const { return names_in(temporary_); }

  peel::test::TemporaryFolder folder_;
  QuantizeOptions options_;

 private:
  std::filesystem::path temporary_ = folder_ / "tmp";
  std::optional<std::string> before_ =
      std::getenv("TMPDIR") ? std::optional<std::string>(std::getenv("TMPDIR")) : std::nullopt;
};

}  // namespace peel::quantization::test
