#include "quantization/proof.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "support/error_of.hpp"
#include "support/quantize_test.hpp"

namespace peel::quantization {
namespace {

/// 10 x 10 pixels: `subject` of 255, `between` of 128, the rest 0.
Image mask_of(int subject, int between) {
  std::vector<std::uint8_t> levels(100);
  std::fill_n(levels.begin(), subject, std::uint8_t{255});
  std::fill_n(levels.begin() + subject, between, std::uint8_t{128});
  return Image::from_pixels({levels.data(), 10, 10, 10, PixelFormat::gray8});
}

TEST(IsSure, ASubjectOfOnePercentWithLessThanHalfInDoubt) {
  EXPECT_TRUE(is_sure(mask_of(1, 0)));
  EXPECT_TRUE(is_sure(mask_of(100, 0)));
  EXPECT_FALSE(is_sure(mask_of(0, 0)));
  // What is in doubt counts as subject as well where it is 0.5 and more: 21 of 20 + 21 are more than half.
  EXPECT_TRUE(is_sure(mask_of(20, 19)));
  EXPECT_FALSE(is_sure(mask_of(20, 20)));
  EXPECT_FALSE(is_sure(mask_of(0, 100)));
}

class ProofTest : public test::QuantizeTest {
 protected:
  std::vector<ProofPicture> proof_pictures(bool truth = false) {
    std::vector<ProofPicture> list;
    for (int i = 0; i < 3; ++i) {
      list.push_back({pictures() / name(i, ".png"), {}});
      if (!truth) continue;
      list.back().truth = folder_ / "truth" / name(i, ".png");
      peel::test::write_disc_mask(*list.back().truth, disc(i));
    }
    return list;
  }
  Proof proof(bool truth = false) {
    return {model(), custom_model("net.onnx"), proof_pictures(truth), 1, [](std::size_t /*done*/) {}};
  }
  std::filesystem::path form(peel::test::StandIn network) {
    network.height = network.width = 64;
    write_stand_in(folder_ / "form.onnx", network);
    return folder_ / "form.onnx";
  }
  static void expect_finite(const FormMeasures& measures) {
    for (const double value : {measures.milliseconds, measures.speedup, measures.mean_iou, measures.least_iou,
                               measures.mean_difference, measures.mae.value_or(0), measures.max_f.value_or(0)}) {
      EXPECT_TRUE(std::isfinite(value)) << measures.form;
    }
  }
};

TEST_F(ProofTest, TheSameNetworkAgreesWithItself) {
  const Proof made = proof(true);
  EXPECT_EQ(made.subjects(), 3U);
  EXPECT_EQ(made.sure(), 3U);
  std::size_t done = 0;
  const FormMeasures measures = made.measure(model(), "itself", 2, [&](std::size_t number) { done = number; });
  EXPECT_EQ(done, 3U);
  EXPECT_EQ(measures.form, "itself");
  EXPECT_EQ(measures.mean_iou, 1);
  EXPECT_EQ(measures.least_iou, 1);
  EXPECT_EQ(measures.mean_difference, 0);
  EXPECT_EQ(measures.mae, made.baseline().mae);
  EXPECT_EQ(measures.max_f, made.baseline().max_f);
  EXPECT_GT(measures.milliseconds, 0);
  expect_finite(measures);
}

TEST_F(ProofTest, NoTimesWhereNoneAreAskedFor) {
  const FormMeasures measures = proof().measure(model(), "itself", 0, [](std::size_t /*done*/) {});
  EXPECT_EQ(measures.milliseconds, 0);
  EXPECT_EQ(measures.speedup, 1);
  EXPECT_FALSE(measures.mae);
  EXPECT_FALSE(measures.max_f);
}

TEST_F(ProofTest, ADifferentNetworkDoesNot) {
  const FormMeasures inverse = proof().measure(form({.scale = -12}), "inverse", 1, [](std::size_t /*done*/) {});
  EXPECT_LT(inverse.mean_iou, 0.1);
  EXPECT_LT(inverse.least_iou, 0.1);
  EXPECT_GT(inverse.mean_difference, 200);
  expect_finite(inverse);
}

TEST_F(ProofTest, ValuesThatAreNoNumbersAgreeWithNothing) {
  for (const float broken : {NAN, INFINITY, -INFINITY}) {
    const FormMeasures measures =
        proof(true).measure(form({.scale = 12, .shift = broken, .sigmoid = false}), "broken", 1, [](std::size_t) {});
    EXPECT_EQ(measures.mean_iou, 0);
    EXPECT_EQ(measures.least_iou, 0);
    expect_finite(measures);
    // Not in float either.
    write_network({.scale = 12, .shift = broken, .sigmoid = false});
    EXPECT_THAT(peel::test::error_of([&] { proof(); }).what(), testing::HasSubstr("00.png"));
    write_network({});
  }
}

TEST_F(ProofTest, EmptyMasksAgreeButShowNoSubject) {
  write_network({.shift = -40});
  const Proof made = proof();
  EXPECT_EQ(made.subjects(), 0U);
  EXPECT_EQ(made.sure(), 0U);
  const FormMeasures measures = made.measure(model(), "itself", 1, [](std::size_t /*done*/) {});
  EXPECT_EQ(measures.mean_iou, 1);
  EXPECT_EQ(measures.least_iou, 1);
  expect_finite(measures);
}

TEST_F(ProofTest, AMaskWhereFp32SeesNothingAgreesWithNothing) {
  write_network({.shift = -40});
  const FormMeasures measures =
      proof(true).measure(form({.scale = 1, .shift = 40}), "all", 1, [](std::size_t /*done*/) {});
  EXPECT_EQ(measures.mean_iou, 0);
  EXPECT_EQ(measures.least_iou, 1);  // FP32 is sure about none of them
  expect_finite(measures);
}

}  // namespace
}  // namespace peel::quantization
