#include "peel/quantized_model.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "support/models_test.hpp"

namespace peel {
namespace {

using nlohmann::ordered_json;
using test::write_text;

QuantizedModel example() {
  QuantizedModel model;
  model.source = "u2netp";
  model.source_sha256 = std::string(64, 'a');
  model.sha256 = std::string(64, 'b');
  model.method = "percentile 99.999";
  model.target = "tensorrt";
  model.weight_bits = 7;
  model.calibration_pictures = 48;
  model.calibration_sha256 = std::string(64, 'c');
  model.proof_pictures = 16;
  model.kept_float = {"Conv_1", "a \"quoted\" one"};
  model.measures = {{"fp32", 40.25, 1, 1, 1, 0, 0.0625, 0.9375}, {"entropy", 13.5, 2.875, 0.987, 0.95, 0.3, {}, {}}};
  model.licence = "Apache-2.0";
  model.licence_note = "a note";
  model.made_by = "peel 1, ONNX Runtime 2";
  model.cpu = "a CPU";
  return model;
}

class QuantizedModelFile : public test::ModelsTest {
 protected:
  std::optional<QuantizedModel> read(const std::string& text) {
    write_text(record_, text);
    return read_quantized_model(int8_);
  }
  /// The example's JSON, changed.
  template <typename Change>
  std::string changed(Change&& change) {
    ordered_json object = ordered_json::parse(to_json(example()));
    change(object);
    return object.dump();
  }

  std::filesystem::path model_ = store_folder() / "tiny.onnx";
  std::filesystem::path int8_ = int8_path(model_);
  std::filesystem::path record_ = store_folder() / "tiny_int8.json";
};

TEST_F(QuantizedModelFile, StandsBesideTheModel) {
  EXPECT_EQ(int8_path("/a/u2netp.onnx"), "/a/u2netp_int8.onnx");
  EXPECT_EQ(int8_path("net.v2.onnx"), "net.v2_int8.onnx");
}

TEST_F(QuantizedModelFile, ReadsWhatIsWritten) {
  const std::string text = to_json(example());
  EXPECT_THAT(text, testing::StartsWith("{\n  \"source\": \"u2netp\",\n"));
  EXPECT_THAT(text, testing::EndsWith("}\n"));
  const auto model = read(text);
  ASSERT_TRUE(model);
  EXPECT_EQ(to_json(*model), text);
  EXPECT_EQ(model->source, "u2netp");
  EXPECT_EQ(model->weight_bits, 7);
  EXPECT_EQ(model->kept_float, example().kept_float);
  ASSERT_EQ(model->measures.size(), 2u);
  EXPECT_EQ(model->measures[0].mae, 0.0625);
  EXPECT_EQ(model->measures[0].max_f, 0.9375);
  EXPECT_EQ(model->measures[1].speedup, 2.875);
  EXPECT_EQ(model->measures[1].mean_iou, 0.987);
}

TEST_F(QuantizedModelFile, LeavesOutWhatWasNotMeasured) {
  const ordered_json object = ordered_json::parse(to_json(example()));
  EXPECT_TRUE(object["measures"][0].contains("mae"));
  EXPECT_FALSE(object["measures"][1].contains("mae"));
  EXPECT_FALSE(object["measures"][1].contains("max_f"));
  const auto model = read(object.dump());
  ASSERT_TRUE(model);
  EXPECT_FALSE(model->measures[1].mae);
}

TEST_F(QuantizedModelFile, AnyTextMakesJson) {
  QuantizedModel model = example();
  model.source = "/models/\xff.onnx";
  const auto read_again = read(to_json(model));
  ASSERT_TRUE(read_again);
  EXPECT_EQ(read_again->source, "/models/\xEF\xBF\xBD.onnx");
}

TEST_F(QuantizedModelFile, DamageIsNoRecord) {
  EXPECT_FALSE(read_quantized_model(int8_));
  const std::string good = to_json(example());
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("{}"), std::string("\"text\""),
        good.substr(0, good.size() / 2), good + good, std::string("\xff"), std::string(1 << 19, '[')}) {
    EXPECT_FALSE(read(text)) << text.substr(0, 40);
  }
  const ordered_json fields = ordered_json::parse(good);
  for (const auto& field : fields.items()) {
    const std::string& name = field.key();
    EXPECT_FALSE(read(changed([&](ordered_json& object) { object.erase(name); }))) << name;
    EXPECT_FALSE(read(changed([&](ordered_json& object) { object[name] = true; }))) << name;
    EXPECT_FALSE(read(changed([&](ordered_json& object) { object[name] = ordered_json::object(); }))) << name;
  }
  for (const ordered_json& number : {ordered_json(7.5), ordered_json(-1), ordered_json(std::int64_t{1} << 40)}) {
    EXPECT_FALSE(read(changed([&](ordered_json& object) { object["weight_bits"] = number; }))) << number;
  }
  for (const char* name : {"speedup", "mae"}) {
    EXPECT_FALSE(read(changed([&](ordered_json& object) { object["measures"][0][name] = "fast"; }))) << name;
  }
  EXPECT_FALSE(read(changed([](ordered_json& object) { object["measures"][1] = 3; })));
  EXPECT_FALSE(read(changed([](ordered_json& object) { object["kept_float"] = {1, 2}; })));
  EXPECT_TRUE(read(changed([](ordered_json& object) { object["a field of a later version"] = 1; })));
}

TEST_F(QuantizedModelFile, OverAMebibyteIsNoRecord) {
  const std::string good = to_json(example());
  EXPECT_TRUE(read(good + std::string((1 << 20) - good.size(), ' ')));
  EXPECT_FALSE(read(good + std::string((1 << 20) - good.size() + 1, ' ')));
  std::filesystem::remove(record_);
  std::filesystem::create_directory(record_);
  EXPECT_FALSE(read_quantized_model(int8_));
}

TEST_F(QuantizedModelFile, HasAState) {
  EXPECT_EQ(int8_state(store(), model_), Int8State::missing);
  write_text(model_, "fp32");
  EXPECT_EQ(int8_state(store(), model_), Int8State::missing);
  write_text(int8_, "int8");
  EXPECT_EQ(int8_state(store(), model_), Int8State::unproven);

  QuantizedModel record = example();
  record.source_sha256 = store().sha256(model_);
  record.sha256 = store().sha256(int8_);
  write_text(record_, to_json(record));
  EXPECT_EQ(int8_state(store(), model_), Int8State::ready);

  write_text(model_, "another fp32");
  EXPECT_EQ(int8_state(store(), model_), Int8State::stale);
  // The record speaks of a file that is no longer there.
  write_text(int8_, "another int8");
  EXPECT_EQ(int8_state(store(), model_), Int8State::unproven);
  write_text(int8_, "int8");
  EXPECT_EQ(int8_state(store(), model_), Int8State::stale);
  std::filesystem::remove(model_);
  EXPECT_EQ(int8_state(store(), model_), Int8State::ready);

  std::filesystem::remove(int8_);
  std::filesystem::create_directory(int8_);
  EXPECT_EQ(int8_state(store(), model_), Int8State::missing);
}

}  // namespace
}  // namespace peel
