#include "models/manifest.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "support/models_test.hpp"

namespace peel {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST(Manifest, HasEveryModelOfRembgOnce) {
  std::vector<std::string> names;
  for (const auto& model : known_models()) names.push_back(model.name);
  EXPECT_THAT(names,
              UnorderedElementsAre("u2net", "u2netp", "u2net_human_seg", "u2net_cloth_seg", "silueta",
                                   "isnet-general-use", "isnet-anime", "birefnet-general", "birefnet-general-lite",
                                   "birefnet-portrait", "birefnet-dis", "birefnet-hrsod", "birefnet-cod",
                                   "birefnet-massive", "bria-rmbg", "sam", "u2net_custom", "dis_custom", "ben_custom"));
}

TEST(Manifest, EveryEntryIsWellFormed) {
  const auto is_hex = [](const std::string& text, std::size_t digits) {
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  };
  std::set<std::string> files;
  for (const auto& model : known_models()) {
    SCOPED_TRACE(model.name);
    EXPECT_TRUE(files.insert(model.file).second) << "two models share a file";
    EXPECT_EQ(model.file, std::filesystem::path(model.file).filename().string()) << "a file name leaves the store";
    EXPECT_FALSE(model.summary.empty());
    EXPECT_GT(model.input_width, 0);
    EXPECT_GT(model.input_height, 0);
    for (const double value : model.std) EXPECT_GT(value, 0);
    EXPECT_EQ(model.sources.empty(), model.custom);
    EXPECT_EQ(model.licence.empty(), model.custom) << "only a user's own model has a licence nobody knows";
    for (const auto& source : model.sources) {
      SCOPED_TRACE(source.location);
      EXPECT_TRUE(source.md5.empty() || is_hex(source.md5, 32));
      EXPECT_TRUE(source.sha256.empty() || is_hex(source.sha256, 64));
      EXPECT_EQ(source.md5.empty() && source.sha256.empty(), model.output == OutputKind::prompted);
      if (source.kind == ModelSource::Kind::npm) {
        // Base64 of 64 bytes.
        EXPECT_EQ(source.integrity.size(), std::string("sha512-").size() + 88);
        EXPECT_TRUE(source.integrity.starts_with("sha512-"));
        EXPECT_TRUE(source.integrity.ends_with("=="));
        EXPECT_FALSE(source.index.empty());
        EXPECT_FALSE(source.entry.empty());
        EXPECT_GT(source.bytes, 0U);
      } else if (source.kind == ModelSource::Kind::pypi) {
        EXPECT_EQ(std::ranges::count(source.location, '@'), 1);
        EXPECT_TRUE(source.index.ends_with(".whl"));
        EXPECT_TRUE(source.entry.ends_with(".onnx"));
        EXPECT_GT(source.bytes, 0U);
        EXPECT_FALSE(source.sha256.empty()) << "it is all that the package is compared with";
      } else {
        EXPECT_TRUE(source.location.starts_with("https://"));
        EXPECT_TRUE(source.location.ends_with(".onnx"));
      }
    }
  }
}

TEST(Manifest, SaysWhatRembgDoesWithEachModel) {
  EXPECT_EQ(find_model("silueta").input_width, 320);
  EXPECT_EQ(find_model("silueta").std, (std::array{0.229, 0.224, 0.225}));
  EXPECT_EQ(find_model("isnet-general-use").mean, (std::array{0.5, 0.5, 0.5}));
  EXPECT_EQ(find_model("isnet-general-use").sources.size(), 2U);
  // ImageNet's mean with a deviation of 1 is what rembg has.
  EXPECT_EQ(find_model("isnet-anime").mean, (std::array{0.485, 0.456, 0.406}));
  EXPECT_EQ(find_model("isnet-anime").std, (std::array{1.0, 1.0, 1.0}));
  EXPECT_EQ(find_model("birefnet-cod").output, OutputKind::logits);
  EXPECT_EQ(find_model("bria-rmbg").output, OutputKind::probability);
  EXPECT_FALSE(find_model("bria-rmbg").commercial_use);
  EXPECT_EQ(find_model("u2net_cloth_seg").output, OutputKind::classes);
  EXPECT_TRUE(find_model("u2net").clip);
  EXPECT_FALSE(find_model("u2netp").clip);
  EXPECT_EQ(find_model("sam").output, OutputKind::prompted);
  EXPECT_EQ(find_model("sam").sources.at(1).file, "sam_vit_b_01ec64.decoder.onnx");
}

TEST(Manifest, ASourceWithoutHashMustSaySo) {
  const auto manifest = [](const std::string& source) {
    return R"({"models": [{"name": "x", "summary": "s", "upstream": "", "licence": "MIT", "licence_note": "",
      "commercial_use": true, "input": [1, 1], "mean": [0, 0, 0], "std": [1, 1, 1], "output": "probability",
      "sources": [)" +
           source + "]}]}";
  };
  EXPECT_EQ(parse_manifest(manifest(R"({"url": "u", "unchecked": true})")).at(0).sources.size(), 1U);
  const auto error = test::error_of([&] { parse_manifest(manifest(R"({"url": "u"})")); });
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_THAT(error.message(), HasSubstr("x: u has no hash"));
  EXPECT_THAT(test::error_of([&] { parse_manifest(manifest(R"({"npm": "n@1"})")); }).message(), HasSubstr("integrity"));
  EXPECT_THAT(test::error_of([] { parse_manifest("{"); }).message(), HasSubstr("manifest.json"));
}

TEST(FindModel, NamesTheNearestOnes) {
  EXPECT_EQ(find_model("u2netp").name, "u2netp");
  const auto hint = [](std::string_view name) {
    const auto error = test::error_of([&] { find_model(name); });
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.message(), HasSubstr(name));
    EXPECT_THAT(error.hint(), HasSubstr("peel models list"));
    return error.hint();
  };
  EXPECT_THAT(hint("siluetta"), HasSubstr("did you mean silueta?"));
  EXPECT_THAT(hint("isnet"), HasSubstr("did you mean isnet-general-use or isnet-anime"));
  EXPECT_THAT(hint("birefnet_general"), HasSubstr("did you mean birefnet-general"));
  EXPECT_THAT(hint("something else entirely"), ::testing::Not(HasSubstr("did you mean")));
  EXPECT_THAT(hint(""), ::testing::Not(HasSubstr("did you mean")));
}

TEST(CustomModel, IsTheFileWhereverTheStoreIs) {
  const auto model = custom_model("folder/own.onnx");
  EXPECT_TRUE(model.custom);
  EXPECT_EQ(model.name, "own");
  EXPECT_EQ(model.input_width, 0);
  EXPECT_EQ(ModelStore("/elsewhere").path(model), std::filesystem::absolute("folder/own.onnx"));
}

}  // namespace
}  // namespace peel
