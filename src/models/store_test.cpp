#include <gmock/gmock.h>
#include <pwd.h>

#include "models/fetch.hpp"
#include "support/models_test.hpp"

namespace peel {
namespace {

using test::error_of;
using test::write_text;
using ::testing::HasSubstr;

class Store : public test::ModelsTest {};

TEST_F(Store, IsWhereRembgHasIt) {
  EXPECT_EQ(ModelStore().folder(), home() / ".u2net");
  set("XDG_DATA_HOME", "/data");
  EXPECT_EQ(ModelStore().folder(), "/data/.u2net");
  set("U2NET_HOME", "~/models");
  EXPECT_EQ(ModelStore().folder(), home() / "models");
  set("U2NET_HOME", "~root/models");
  EXPECT_EQ(ModelStore().folder(), std::filesystem::path(::getpwuid(0)->pw_dir) / "models");
  set("U2NET_HOME", "~nobody-of-that-name/models");
  EXPECT_EQ(ModelStore().folder(), std::filesystem::current_path() / "~nobody-of-that-name/models");
  set("U2NET_HOME", "/some/where/../models/.");
  EXPECT_EQ(ModelStore().folder(), "/some/models");
  EXPECT_FALSE(std::filesystem::exists(home()));
}

TEST_F(Store, KnowsTheStateOfAFile) {
  const auto model = test::ModelsTest::tiny_model("content");
  EXPECT_EQ(store().state(model), ModelState::missing);
  EXPECT_FALSE(store().present(model));
  write_text(store_folder() / "tiny.onnx", "content");
  EXPECT_TRUE(store().present(model));
  EXPECT_EQ(store().state(model), ModelState::verified);
  write_text(store_folder() / "tiny.onnx", "something else");
  EXPECT_EQ(store().state(model), ModelState::damaged);
  EXPECT_EQ(store().state(model, true), ModelState::damaged);
  set("MODEL_CHECKSUM_DISABLED", "");
  EXPECT_EQ(store().state(model), ModelState::unverified);
}

TEST_F(Store, AnySourcesHashWillDo) {
  auto model = tiny_model("content");
  ModelSource npm;
  npm.kind = ModelSource::Kind::npm;
  npm.sha256 = test::hex_hash(HashAlgorithm::sha256, "the other edition");
  npm.md5 = "not looked at beside the stronger hash";
  model.sources.push_back(npm);
  write_text(store_folder() / "tiny.onnx", "the other edition");
  EXPECT_EQ(store().state(model), ModelState::verified);
}

TEST_F(Store, AFolderIsNoModel) {
  std::filesystem::create_directories(store_folder() / "tiny.onnx");
  EXPECT_EQ(store().state(tiny_model("content")), ModelState::missing);
}

TEST_F(Store, OfflineSaysWhatToDo) {
  FetchOptions offline;
  offline.offline = true;
  const auto model = tiny_model("content");
  const auto missing = error_of([&] { store().ensure(model, offline); });
  EXPECT_EQ(missing.code(), ErrorCode::model);
  EXPECT_EQ(missing.message(),
            "tiny: not installed (" + (store_folder() / "tiny.onnx").string() + "), and the network is not to be used");
  EXPECT_THAT(missing.hint(), HasSubstr("`peel models download tiny`"));
  EXPECT_FALSE(std::filesystem::exists(store_folder()));

  write_text(store_folder() / "tiny.onnx", "damaged");
  const auto damaged = error_of([&] { store().ensure(model, offline); });
  EXPECT_THAT(damaged.message(), HasSubstr("is damaged or another version"));
  EXPECT_THAT(damaged.hint(), HasSubstr("MODEL_CHECKSUM_DISABLED=1"));

  set("MODEL_CHECKSUM_DISABLED", "1");
  EXPECT_EQ(store().ensure(model, offline), store_folder() / "tiny.onnx");
}

TEST_F(Store, TakesACustomFileUnchecked) {
  const auto model = custom_model(folder_ / "own.onnx");
  const auto error = error_of([&] { store().ensure(model, {}); });
  EXPECT_EQ(error.code(), ErrorCode::model);
  EXPECT_THAT(error.message(), HasSubstr("own.onnx: no such model file"));
  write_text(folder_ / "own.onnx", "a network");
  EXPECT_EQ(store().state(model), ModelState::unverified);
  EXPECT_EQ(store().ensure(model, {}), folder_ / "own.onnx");
}

TEST_F(Store, AModelOfTwoFilesIsThereWhenBothAre) {
  const ModelInfo& sam = find_model("sam");
  const auto encoder = store_folder() / "sam_vit_b_01ec64.encoder.onnx";
  const auto decoder = store_folder() / "sam_vit_b_01ec64.decoder.onnx";
  EXPECT_THAT(store().files(sam), ::testing::ElementsAre(encoder, decoder));
  EXPECT_EQ(store().path(sam), encoder);
  EXPECT_THAT(store().files(find_model("u2netp")), ::testing::ElementsAre(store_folder() / "u2netp.onnx"));
  EXPECT_EQ(store().state(sam), ModelState::missing);
  write_text(encoder, "one");
  EXPECT_EQ(store().state(sam), ModelState::missing);
  FetchOptions offline;
  offline.offline = true;
  EXPECT_THAT(error_of([&] { store().ensure(sam, offline); }).message(), HasSubstr(decoder.string()));
  write_text(decoder, "two");
  EXPECT_EQ(store().state(sam), ModelState::unverified);
  EXPECT_EQ(store().ensure(sam, offline), encoder);
}

TEST_F(Store, OfSeveralFilesTheWorstOffCounts) {
  ModelInfo model = tiny_model("content");
  model.sources[0].file = "tiny.onnx";
  model.sources.push_back(model.sources[0]);
  model.sources[1].file = "second.onnx";
  write_text(store_folder() / "tiny.onnx", "content");
  write_text(store_folder() / "second.onnx", "content");
  EXPECT_EQ(store().state(model), ModelState::verified);
  write_text(store_folder() / "second.onnx", "other content");
  EXPECT_EQ(store().state(model), ModelState::damaged);
  model.sources[1].md5.clear();
  EXPECT_EQ(store().state(model), ModelState::unverified);
  write_text(store_folder() / "tiny.onnx", "other content");
  EXPECT_EQ(store().state(model), ModelState::damaged);
}

TEST_F(Store, DefaultModelIsTheFirstInstalled) {
  EXPECT_EQ(default_model(store()).name, "silueta");
  write_text(store_folder() / "u2netp.onnx", "");
  EXPECT_EQ(default_model(store()).name, "u2netp");
  write_text(store_folder() / "isnet-general-use.onnx", "");
  EXPECT_EQ(default_model(store()).name, "isnet-general-use");
  write_text(store_folder() / "silueta.onnx", "");
  EXPECT_EQ(default_model(store()).name, "silueta");
}

TEST_F(Store, FetchOptionsComeFromTheEnvironment) {
  EXPECT_FALSE(fetch_options_from_environment().offline);
  EXPECT_EQ(fetch_options_from_environment().mirror, "");
  set("PEEL_MODEL_MIRROR", "http://mirror/models");
  EXPECT_EQ(fetch_options_from_environment().mirror, "http://mirror/models");
  for (const char* yes : {"1", "true", "Yes", "ON"}) {
    set("PEEL_OFFLINE", yes);
    EXPECT_TRUE(fetch_options_from_environment().offline) << yes;
  }
  for (const char* no : {"", "0", "false", "no"}) {
    set("PEEL_OFFLINE", no);
    EXPECT_FALSE(fetch_options_from_environment().offline) << no;
  }
}

}  // namespace
}  // namespace peel
