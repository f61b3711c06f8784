#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/parsed_arguments.hpp"

namespace peel::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ModelsArguments, ModelsCommandsAndRembgsDownload) {
  const auto command = [](std::vector<std::string> arguments) { return invocation_of(std::move(arguments)).command; };
  EXPECT_EQ(command({"models"}), options::MODELS_LIST);
  EXPECT_TRUE(said({"models", "--commercial-only"}).models.commercial_only);
  EXPECT_EQ(command({"models", "verify"}), options::MODELS_VERIFY);
  EXPECT_EQ(command({"d", "list"}), options::MODELS_LIST);
  EXPECT_EQ(command({"d", "u2netp", "silueta"}), options::MODELS_DOWNLOAD);
  EXPECT_THAT(said({"d", "u2netp", "silueta"}).models.names, ElementsAre("u2netp", "silueta"));
  EXPECT_TRUE(said({"models", "download", "--all"}).models.all);
  const std::vector<std::string> warm{"models",   "warm",        "u2netp", "./mine.onnx", "--device",
                                      "tensorrt", "--precision", "fp16",   "--batch",     "8"};
  EXPECT_EQ(command(warm), options::MODELS_WARM);
  const Said a = said(warm);
  EXPECT_THAT(a.models.names, ElementsAre("u2netp", "./mine.onnx"));
  EXPECT_EQ(a.settings.device, Device::tensorrt);
  EXPECT_EQ(a.settings.precision, Precision::fp16);
  EXPECT_EQ(a.settings.batch, 8);
}

TEST(ModelsArguments, QuantizeReadsEveryOption) {
  const Invocation invocation = invocation_of({"quantize",
                                               "--keep-float",
                                               "Resize",
                                               "u2netp",
                                               "--calibration",
                                               "photos",
                                               "--truth",
                                               "masks",
                                               "--samples",
                                               "200",
                                               "-o",
                                               "out.onnx",
                                               "--method",
                                               "entropy",
                                               "--target",
                                               "tensorrt",
                                               "--threads=3",
                                               "--keep-float=head*",
                                               "--offline",
                                               "--json"});
  EXPECT_TRUE(invocation.common.json);
  const Said a(invocation.given);
  EXPECT_EQ(a.quantize.model, "u2netp");
  EXPECT_EQ(a.quantize.calibration, "photos");
  EXPECT_EQ(a.quantize.truth, "masks");
  EXPECT_EQ(a.quantize.samples, 200);
  EXPECT_EQ(a.quantize.output, "out.onnx");
  EXPECT_EQ(a.quantize.method, CalibrationMethod::entropy);
  EXPECT_EQ(a.quantize.target, QuantizationTarget::tensorrt);
  EXPECT_EQ(a.quantize.threads, 3);
  EXPECT_THAT(a.quantize.keep_float, ElementsAre("Resize", "head*"));
  EXPECT_TRUE(a.quantize.fetch.offline);

  const auto usual = said({"quantize", "./mine.onnx", "--calibration", "photos"});
  EXPECT_EQ(usual.quantize.model, "./mine.onnx");
  EXPECT_EQ(usual.quantize.samples, 64);
  EXPECT_EQ(usual.quantize.method, CalibrationMethod::automatic);
  EXPECT_EQ(usual.quantize.target, QuantizationTarget::cpu);
  EXPECT_THAT(usual.quantize.keep_float, IsEmpty());
}

TEST(ModelsArguments, QuantizeNeedsModelAndPictures) {
  EXPECT_EQ(error_of({"quantize", "u2netp"}),
            "no folder of pictures to calibrate with given; name it with --calibration FOLDER");
  EXPECT_THAT(error_of({"quantize", "--calibration", "photos"}), HasSubstr("MODEL is required"));
  const auto with = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"quantize", "u2netp", "--calibration", "photos"});
    return error_of(std::move(more));
  };
  EXPECT_THAT(with({"u2net"}), HasSubstr("unexpected argument u2net"));
  EXPECT_THAT(with({"--samples", "7"}), HasSubstr("not a whole number from 8 to 100000"));
  EXPECT_THAT(with({"--method", "entrpy"}), HasSubstr("did you mean entropy?"));
  EXPECT_THAT(with({"--target", "gpu"}), HasSubstr("not one of cpu, tensorrt"));
  EXPECT_EQ(with({"--keep-float"}), "--keep-float needs a value: PATTERN; ");
  EXPECT_THAT(with({"-o", ""}), HasSubstr("name is empty"));
}

}  // namespace
}  // namespace peel::cli
