#include "peel/quantize.hpp"

#include <gmock/gmock.h>
#include <onnx/checker.h>

#include <cmath>
#include <set>

#include "inference/openvino.hpp"
#include "inference/session.hpp"
#include "inference/warm_up.hpp"
#include "support/error_of.hpp"
#include "support/quantize_test.hpp"

namespace peel::quantization {
namespace {

using peel::test::error_of;
using peel::test::read_text;
using test::names_in;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Quantize : public test::QuantizeTest {
 protected:
  Control control_;

  /// Of the error, which has to be of that kind and leave nothing behind.
  std::string refusal(ErrorCode code) const {
    const bool before = std::filesystem::exists(int8());
    const Error error = error_of([&] { quantize(options_, control_); });
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_EQ(std::filesystem::exists(int8()), before);
    // .peel is where the store remembers hashes.
    EXPECT_THAT(names_in(models()), testing::IsSubsetOf({".peel", "net.onnx", "net_int8.json", "net_int8.onnx"}));
    EXPECT_THAT(temporary_files(), IsEmpty());
    return error.what();
  }

  static onnx::ModelProto read(const std::filesystem::path& file) {
    onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromString(read_text(file)));
    return model;
  }
};

TEST_F(Quantize, WritesAModelAndHowItWasMade) {
  const QuantizeResult result = quantize(options_);
  ASSERT_TRUE(result.accepted) << result.reason;
  EXPECT_EQ(result.file, int8());
  EXPECT_EQ(result.reason, "");
  EXPECT_GT(result.seconds, 0);
  EXPECT_THAT(names_in(models()), testing::IsSupersetOf({"net.onnx", "net_int8.json", "net_int8.onnx"}));
  EXPECT_THAT(temporary_files(), IsEmpty());

  const auto record = read_quantized_model(int8());
  ASSERT_TRUE(record);
  EXPECT_EQ(to_json(*record), to_json(result.model));
  const ModelStore store(models());
  EXPECT_EQ(int8_state(store, model()), Int8State::ready);
  EXPECT_EQ(record->source, model().string());
  EXPECT_EQ(record->source_sha256, store.sha256(model()));
  EXPECT_EQ(record->method, "minmax");
  EXPECT_EQ(record->target, "cpu");
  EXPECT_EQ(record->calibration_pictures, 6);
  EXPECT_EQ(record->proof_pictures, 6);
  EXPECT_THAT(record->kept_float, IsEmpty());
  ASSERT_EQ(record->measures.size(), 2U);
  EXPECT_EQ(record->measures[0].form, "fp32");
  EXPECT_EQ(record->measures[1].form, "minmax");
  EXPECT_GT(record->measures[1].milliseconds, 0);
  EXPECT_GT(record->measures[1].speedup, 0);
  EXPECT_GE(record->measures[1].mean_iou, options_.least_mean_iou);
  EXPECT_GE(record->measures[1].least_iou, options_.least_iou);
  EXPECT_FALSE(record->measures[1].mae);

  onnx::checker::check_model(read(int8()));
  const Session session(int8(), {});
  EXPECT_THAT(session.run({{1, 3, 64, 64}, std::vector<float>(3 * 64 * 64)}).shape, ElementsAre(1, 1, 64, 64));
}

TEST_F(Quantize, BothEnginesComputeWhatItWrote) {
  if (!openvino_file()) GTEST_SKIP() << "OpenVINO is not installed";
  ASSERT_TRUE(quantize(options_).accepted);
  const auto open = [&](Engine engine) {
    SessionOptions wanted;
    wanted.candidates = {{Device::cpu, Arithmetic::int8, engine}};
    return Session(int8(), wanted);
  };
  const Session openvino = open(Engine::openvino);
  const Tensor pattern = test_pattern(openvino.input_shape());
  EXPECT_EQ(openvino.arithmetic(), Arithmetic::int8);
  // A step of the last layer's 255, which a value at a step's edge may fall to either side of.
  EXPECT_LE(difference(openvino.run(pattern), open(Engine::onnxruntime).run(pattern)), 1.01f / 255);
}

TEST_F(Quantize, TriesEveryMethodAndListsItLast) {
  options_.method = CalibrationMethod::automatic;
  const QuantizeResult result = quantize(options_);
  ASSERT_TRUE(result.accepted) << result.reason;
  std::set<std::string> forms;
  for (const FormMeasures& measures : result.model.measures) forms.insert(measures.form);
  EXPECT_THAT(forms,
              ElementsAre("entropy", "fp32", "minmax", "percentile 99.99", "percentile 99.999", "percentile 99.9999"));
  EXPECT_EQ(result.model.measures.back().form, result.model.method);
}

TEST_F(Quantize, GivesTheSameBytesAgain) {
  take_small_network();
  ASSERT_TRUE(quantize(options_).accepted);
  const std::string first = read_text(int8());
  ASSERT_TRUE(quantize(options_).accepted);
  EXPECT_EQ(read_text(int8()), first);
}

TEST_F(Quantize, ForTensorRtBytesAreSignedAndSymmetricAndSpeedHereIsNotAskedFor) {
  take_small_network();
  options_.target = QuantizationTarget::tensorrt;
  options_.least_speedup = 1e9;
  options_.output = folder_ / "for_tensorrt.onnx";
  const QuantizeResult result = quantize(options_);
  ASSERT_TRUE(result.accepted) << result.reason;
  EXPECT_EQ(result.file, *options_.output);
  EXPECT_EQ(result.model.weight_bits, 8);
  EXPECT_FALSE(std::filesystem::exists(int8()));
  const auto written = read(result.file);
  onnx::checker::check_model(written);
  std::set<std::string> zeros;
  for (const auto& node : written.graph().node()) {
    if (node.op_type() == "QuantizeLinear") zeros.insert(node.input(2));
  }
  EXPECT_FALSE(zeros.empty());
  for (const auto& tensor : written.graph().initializer()) {
    if (!zeros.contains(tensor.name())) continue;
    EXPECT_EQ(tensor.data_type(), onnx::TensorProto::INT8);
    EXPECT_EQ(tensor.raw_data(), std::string(1, '\0'));
  }
  const Session session(result.file, {});
  EXPECT_EQ(session.run(test::SmallNetwork::input()).values.size(), 16U * 16);
}

TEST_F(Quantize, WhatDoesNotMeetTheBarLeavesAllAsItWas) {
  ASSERT_TRUE(quantize(options_).accepted);
  const std::string model = read_text(int8());
  const std::string record = read_text(models() / "net_int8.json");
  const QuantizeOptions good = options_;
  const auto reason = [&](const auto& change) {
    options_ = good;
    change(options_);
    const QuantizeResult result = quantize(options_);
    EXPECT_FALSE(result.accepted);
    EXPECT_EQ(result.file, "");
    EXPECT_EQ(read_text(int8()), model);
    EXPECT_EQ(read_text(models() / "net_int8.json"), record);
    EXPECT_THAT(temporary_files(), IsEmpty());
    return result.reason;
  };
  EXPECT_THAT(reason([](auto& options) { options.least_speedup = 1e9; }), HasSubstr("not faster"));
  EXPECT_THAT(reason([](auto& options) { options.least_mean_iou = 1.5; }), HasSubstr("the mean IoU"));
  EXPECT_THAT(reason([](auto& options) { options.least_iou = 1.5; }), HasSubstr("is sure about"));
  peel::test::write_disc_mask(folder_ / "truth" / name(3, ".png"), disc(3));
  EXPECT_THAT(reason([&](auto& options) {
                options.truth = folder_ / "truth";
                options.most_mae = -2;
              }),
              HasSubstr("ground truth"));
}

TEST_F(Quantize, GroundTruthIsFoundByNameAndSize) {
  options_.truth = folder_ / "truth";
  for (int i = 0; i < 12; ++i) peel::test::write_disc_mask(options_.truth / name(i, ".png"), disc(i));
  QuantizeResult result = quantize(options_);
  ASSERT_TRUE(result.model.measures.at(0).mae);
  EXPECT_LT(*result.model.measures[0].mae, 0.1);
  EXPECT_GT(*result.model.measures[1].max_f, 0.9);
  EXPECT_THAT(result.notes, Not(Contains(HasSubstr("ground truth"))));

  for (int i = 0; i < 12; ++i) peel::test::write_disc_mask(options_.truth / name(i, ".png"), {32, 32});
  result = quantize(options_);
  EXPECT_FALSE(result.model.measures.at(1).mae);
  EXPECT_THAT(result.notes, Contains(HasSubstr("no ground truth was used")));
  EXPECT_TRUE(read_quantized_model(int8()));
}

TEST_F(Quantize, MasksWithoutASubjectProveNothing) {
  write_network({.shift = -40});
  const QuantizeResult result = quantize(options_);
  EXPECT_FALSE(result.accepted);
  EXPECT_EQ(result.reason, "FP32 sees a subject in none of the 6 pictures to judge by");
  EXPECT_THAT(names_in(models()), Not(Contains("net_int8.onnx")));
}

TEST_F(Quantize, TellsWhereFp32IsSureOfNothing) {
  // A few pixels: less than one in a hundred.
  for (int i = 0; i < 12; ++i) peel::test::write_disc(pictures() / name(i, ".png"), {64, 64, 0.05});
  options_.least_mean_iou = 0;
  const QuantizeResult result = quantize(options_);
  EXPECT_THAT(result.notes, Contains(HasSubstr("sure about none")));
  EXPECT_EQ(result.model.measures.back().least_iou, 1);
}

TEST_F(Quantize, ANetworkThatGivesNoNumbersIsRefused) {
  peel::test::StandIn broken;
  broken.shift = NAN;
  write_network(broken);
  EXPECT_THAT(refusal(ErrorCode::model), HasSubstr("no numbers"));
}

TEST_F(Quantize, StopsAnywhereAndLeavesNothing) {
  take_small_network();
  options_.least_mean_iou = 1.5;  // so that the search for costly layers is gone through too
  int stops = 0;
  for (int wanted = 1;; wanted += wanted < 4 ? 1 : 7) {
    int steps = 0;
    std::stop_source source;
    control_.stop = source.get_token();
    control_.progress = [&](const Progress& /*progress*/) {
      if (++steps == wanted) source.request_stop();
    };
    bool stopped = false;
    try {
      EXPECT_FALSE(quantize(options_, control_).accepted);
    } catch (const Cancelled& error) {
      EXPECT_EQ(error.code(), ErrorCode::cancelled);
      stopped = true;
    }
    EXPECT_THAT(temporary_files(), IsEmpty());
    EXPECT_THAT(names_in(models()), Not(Contains(HasSubstr("int8"))));
    if (!stopped) break;
    EXPECT_EQ(steps, wanted) << "it went on";
    ++stops;
  }
  EXPECT_GT(stops, 8);
}

TEST_F(Quantize, OperatorsStayInFloatByNameOrKind) {
  take_small_network();
  options_.keep_float = {"sec*", "Resize"};
  ASSERT_TRUE(quantize(options_).accepted);
  std::set<std::string> convolutions;  // with weights in bytes
  const auto written = read(int8());
  for (const auto& node : written.graph().node()) {
    if (node.op_type() == "Conv" && node.input(1) == node.name() + "_weight") convolutions.insert(node.name());
  }
  EXPECT_THAT(convolutions, ElementsAre("first", "last"));
  // What the user keeps is no finding of ours.
  EXPECT_THAT(read_quantized_model(int8())->kept_float, IsEmpty());
}

TEST_F(Quantize, RefusesPatternsThatFitNothing) {
  for (const char* pattern : {"Convolution", "", "[", "CON*"}) {
    options_.keep_float = {pattern};
    EXPECT_THAT(refusal(ErrorCode::usage), HasSubstr("fits '" + std::string(pattern) + "'"));
  }
  options_.keep_float = {"*"};
  EXPECT_THAT(refusal(ErrorCode::model), HasSubstr("no convolution"));
}

TEST_F(Quantize, RefusesWhatIsNoConvolutionalNetwork) {
  auto network = test::SmallNetwork().model();
  network.mutable_graph()->clear_node();
  auto* const node = network.mutable_graph()->add_node();
  node->set_op_type("Sigmoid");
  node->add_input("picture");
  node->add_output("saliency");
  network.mutable_graph()->mutable_output(0)->CopyFrom(network.graph().input(0));
  network.mutable_graph()->mutable_output(0)->set_name("saliency");
  std::ofstream(model(), std::ios::binary) << network.SerializeAsString();
  EXPECT_THAT(refusal(ErrorCode::model), HasSubstr("no convolution"));
}

TEST_F(Quantize, RefusesWhatIsQuantisedAlready) {
  ASSERT_TRUE(quantize(options_).accepted);
  options_.model = int8().string();
  EXPECT_THAT(refusal(ErrorCode::model), HasSubstr("quantised already (its operator "));
}

TEST_F(Quantize, RefusesWhatHasNoSaliencyBeforeFetchingIt) {
  for (const char* name : {"sam", "u2net_cloth_seg"}) {
    options_.model = name;
    EXPECT_THAT(refusal(ErrorCode::model), HasSubstr(std::string(name) + " cannot be quantised"));
  }
}

TEST_F(Quantize, RefusesDamagedFiles) {
  const std::string good = read_text(model());
  for (const std::string& bytes : {std::string(), std::string("no model"), good.substr(0, good.size() / 2)}) {
    peel::test::write_text(model(), bytes);
    refusal(ErrorCode::model);
  }
  options_.model = (folder_ / "none.onnx").string();
  EXPECT_THAT(refusal(ErrorCode::model), HasSubstr("no such model file"));
}

TEST_F(Quantize, RefusesFoldersWithoutEnoughPictures) {
  options_.samples = 7;
  EXPECT_THAT(refusal(ErrorCode::usage), HasSubstr("7 samples"));
  options_.samples = 64;
  options_.truth = folder_ / "no truth";
  EXPECT_THAT(refusal(ErrorCode::input), HasSubstr("no truth: No such file"));
  options_.truth.clear();
  for (int i = 7; i < 12; ++i) peel::test::write_text(pictures() / name(i, ".png"), "no picture");
  EXPECT_THAT(refusal(ErrorCode::input), HasSubstr("7 pictures that can be read, of 12 files looked at; 8 are needed"));
  options_.calibration = folder_ / "empty";
  std::filesystem::create_directory(options_.calibration);
  EXPECT_THAT(refusal(ErrorCode::input), HasSubstr("0 pictures"));
  // Before a model is looked for.
  options_.model = "none.onnx";
  options_.calibration = model();
  EXPECT_THAT(refusal(ErrorCode::input), HasSubstr("Not a directory"));
  options_.calibration = folder_ / "none";
  EXPECT_THAT(refusal(ErrorCode::input), HasSubstr("none: No such file"));
}

TEST_F(Quantize, RefusesOutputsBeforeTheWork) {
  bool worked = false;
  control_.progress = [&](const Progress& /*progress*/) { worked = true; };
  options_.output = folder_ / "none" / "out.onnx";
  refusal(ErrorCode::output);
  options_.output = "/proc/out.onnx";
  refusal(ErrorCode::output);
  options_.output = folder_ / "folder.onnx";
  std::filesystem::create_directory(*options_.output);
  refusal(ErrorCode::output);
  std::filesystem::create_directory(folder_ / "record.json");
  options_.output = folder_ / "record.onnx";
  refusal(ErrorCode::output);
  options_.output = folder_ / "out.json";
  EXPECT_THAT(refusal(ErrorCode::usage), HasSubstr("is an .onnx file"));
  options_.output = models() / ".." / "models" / "net.onnx";
  EXPECT_THAT(refusal(ErrorCode::usage), HasSubstr("is the model itself"));
  EXPECT_FALSE(worked);
}

}  // namespace
}  // namespace peel::quantization
