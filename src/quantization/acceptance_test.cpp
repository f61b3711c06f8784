#include "quantization/acceptance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace peel::quantization {
namespace {

using testing::HasSubstr;

FormMeasures good() {
  FormMeasures measures;
  measures.mean_iou = 0.99;
  measures.least_iou = 0.95;
  measures.speedup = 2.5;
  measures.mae = 0.05;
  return measures;
}

TEST(Acceptance, EachPartOfTheBarRefusesAlone) {
  const QuantizeOptions options;
  FormMeasures fp32;
  fp32.mae = 0.049;
  EXPECT_EQ(why_refused(good(), fp32, options), "");
  FormMeasures measures = good();
  measures.mean_iou = 0.9849;
  EXPECT_THAT(why_refused(measures, fp32, options), HasSubstr("mean IoU"));
  measures = good();
  measures.least_iou = 0.92;
  EXPECT_THAT(why_refused(measures, fp32, options), HasSubstr("sure about is 0.9200, below 0.9300"));
  measures = good();
  measures.mae = 0.0515;
  EXPECT_THAT(why_refused(measures, fp32, options), HasSubstr("ground truth is 0.0515"));
  measures = good();
  measures.speedup = 1;
  EXPECT_THAT(why_refused(measures, fp32, options), HasSubstr("not faster here"));
}

TEST(Acceptance, WithoutGroundTruthOrForAnotherMachineLessIsAsked) {
  QuantizeOptions options;
  FormMeasures fp32;
  fp32.mae = 0.01;
  FormMeasures measures = good();
  measures.mae.reset();
  EXPECT_EQ(why_refused(measures, fp32, options), "");
  options.target = QuantizationTarget::tensorrt;
  measures.speedup = 0.8;
  EXPECT_EQ(why_refused(measures, fp32, options), "");
}

TEST(Acceptance, LayersAreGivenBackUntilTheMasksAreNearerThanTheBarAsks) {
  const QuantizeOptions options;
  FormMeasures measures = good();
  EXPECT_FALSE(is_clearly_near(measures, options));
  measures.mean_iou = 0.992;
  EXPECT_FALSE(is_clearly_near(measures, options));
  measures.least_iou = 0.96;
  EXPECT_TRUE(is_clearly_near(measures, options));
}

}  // namespace
}  // namespace peel::quantization
