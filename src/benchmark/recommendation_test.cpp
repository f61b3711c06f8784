#include "benchmark/recommendation.hpp"

#include <gmock/gmock.h>

#include "support/benchmark_summary.hpp"

namespace peel::benchmark {
namespace {

using test::measured;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Recommendation, IsTheFastestAsGoodAsTheBaseline) {
  const Recommendation r = recommend(test::summary());
  EXPECT_EQ(r.configuration, "net-cpu-int8-2t");
  EXPECT_EQ(r.model, "net");
  EXPECT_THAT(r.sentence,
              HasSubstr("--model net --precision int8 --threads 2: 2.5x faster than CPU FP32 with 2 threads"));
  EXPECT_THAT(r.sentence, HasSubstr("IoU 0.990"));
  EXPECT_THAT(r.config, HasSubstr("[remove]\nmodel = \"net\"\nprecision = \"int8\"\nthreads = 2\n"));
  EXPECT_THAT(r.remarks, IsEmpty());
}

TEST(Recommendation, PinsNothingThatIsChosenAnyway) {
  auto summary = test::summary();
  summary.machine.cpu.physical_cores = 2;
  EXPECT_THAT(recommend(summary).config, Not(HasSubstr("threads")));
  EXPECT_THAT(recommend(summary).config, Not(HasSubstr("device")));
  summary.measurements[1].configuration.device = Device::cuda;
  EXPECT_THAT(recommend(summary).config, HasSubstr("device = \"cuda\"\n"));
}

TEST(Recommendation, OfABusyMachineOrFewSamplesSaysSoAndPinsNoThreads) {
  auto summary = test::summary();
  summary.machine.busy = true;
  summary.machine.load = 7.5;
  Recommendation r = recommend(summary);
  EXPECT_THAT(r.remarks, ElementsAre(HasSubstr("busy before it began (load 7.5)")));
  EXPECT_THAT(r.config, Not(HasSubstr("threads")));
  summary.machine.busy = false;
  for (auto& m : summary.measurements) m.samples.resize(3);
  r = recommend(summary);
  EXPECT_THAT(r.remarks, ElementsAre(HasSubstr("3 samples of each configuration tell little")));
  EXPECT_THAT(r.config, Not(HasSubstr("threads")));
}

TEST(Recommendation, MasksThatDifferArePassedOverAndSaid) {
  auto summary = test::summary();
  summary.measurements.push_back(measured("net", "net-cuda-fp16-2t", Device::cuda, Precision::fp16, 10, 10, 0.97));
  const Recommendation r = recommend(summary);
  EXPECT_EQ(r.configuration, "net-cpu-int8-2t");
  EXPECT_THAT(r.remarks, ElementsAre(HasSubstr("net-cuda-fp16-2t is 10.0x as fast as CPU FP32, but its masks differ")));
  summary.measurements.back().fidelity->mean.iou = 0.985;
  EXPECT_EQ(recommend(summary).configuration, "net-cuda-fp16-2t");  // one picture of 0.97 is no disaster
}

TEST(Recommendation, OnePictureGoneWrongIsEnough) {
  auto summary = test::summary();
  auto& pictures = summary.measurements[1].fidelity->pictures;
  pictures.push_back({0, {0.03, 0.85}});
  EXPECT_EQ(recommend(summary).configuration, "net-cpu-fp32-2t");
  // An IoU of a few pixels says nothing where the masks hardly differ.
  pictures.back().agreement.mae = 0.001;
  EXPECT_EQ(recommend(summary).configuration, "net-cpu-int8-2t");
}

TEST(Recommendation, ASpeedupThatMayBeChanceIsNone) {
  auto summary = test::summary();
  summary.measurements[1].speedup_interval = {1.04, 3};
  const Recommendation r = recommend(summary);
  EXPECT_EQ(r.configuration, "net-cpu-fp32-2t");
  EXPECT_THAT(r.sentence, HasSubstr("nothing that ran here is clearly faster"));
  EXPECT_THAT(r.config, HasSubstr("precision = \"fp32\""));
}

TEST(Recommendation, AHandfulOfSamplesShowsNothing) {
  auto summary = test::summary();
  summary.measurements[1].samples.resize(5);
  EXPECT_EQ(recommend(summary).configuration, "net-cpu-fp32-2t");
  summary.measurements[1].samples.resize(6);
  EXPECT_EQ(recommend(summary).configuration, "net-cpu-int8-2t");
}

TEST(Recommendation, BatchesAreForManyPicturesAndNoUsersDefault) {
  auto summary = test::summary();
  summary.measurements.push_back(measured("net", "net-cpu-int8-2t-b8", Device::cpu, Precision::int8, 10, 10, 1));
  summary.measurements.back().configuration.batch = 8;
  EXPECT_EQ(recommend(summary).configuration, "net-cpu-int8-2t");
}

TEST(Recommendation, AnotherModelIsNeverRecommendedForItsSpeed) {
  auto summary = test::summary();
  summary.measurements.push_back(measured("tiny", "tiny-cpu-fp32-2t", Device::cpu, Precision::fp32, 5, 1, 1));
  Recommendation r = recommend(summary);
  EXPECT_EQ(r.configuration, "net-cpu-int8-2t");
  EXPECT_THAT(r.remarks, ElementsAre(AllOf(HasSubstr("With tiny"), HasSubstr("only ground truth"))));
  summary.measurements.back().truth = {12, {0.05, 0.9}, 0.95};
  r = recommend(summary);
  EXPECT_THAT(r.remarks, ElementsAre(AllOf(HasSubstr("ground truth of 12 pictures"), HasSubstr("IoU 0.900"))));
}

TEST(Recommendation, OfAModelByItsFileIsOfAnAbsolutePath) {
  auto summary = test::summary();
  for (auto& m : summary.measurements) m.configuration.model = "sub/my \"net\".onnx";
  const std::string config = recommend(summary).config;
  EXPECT_THAT(config, HasSubstr("model = \"/"));
  EXPECT_THAT(config, HasSubstr("sub/my \\\"net\\\".onnx\""));
}

TEST(Recommendation, OfNothingIsNone) {
  EXPECT_EQ(recommend({}).configuration, "");
  EXPECT_EQ(recommend({}).config, "");
}

}  // namespace
}  // namespace peel::benchmark
