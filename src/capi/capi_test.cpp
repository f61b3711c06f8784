#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "capi/c11.h"
#include "peel/peel.h"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr int SIDE = 64;

/// A bright square on black, the subject as the stand-in network sees it.
std::vector<unsigned char> square(int channels) {
  std::vector<unsigned char> pixels(static_cast<std::size_t>(SIDE * SIDE * channels), 0);
  for (int y = 16; y < 48; ++y) {
    for (int x = 16; x < 48; ++x) {
      for (int c = 0; c < channels; ++c) pixels[static_cast<std::size_t>((y * SIDE + x) * channels + c)] = 200;
    }
  }
  return pixels;
}

template <auto Free>
struct Freed {
  template <typename Handle>
  void operator()(Handle* handle) const {
    Free(handle);
  }
};
using Settings = std::unique_ptr<peel_settings, Freed<peel_settings_free>>;
using Picture = std::unique_ptr<peel_picture, Freed<peel_picture_free>>;
using Bytes = std::unique_ptr<peel_bytes, Freed<peel_bytes_free>>;
using Outcome = std::unique_ptr<peel_result, Freed<peel_result_free>>;
using Remover = std::unique_ptr<peel_remover, Freed<peel_remover_free>>;
using Scanner = std::unique_ptr<peel_scanner, Freed<peel_scanner_free>>;
using Batch = std::unique_ptr<peel_batch, Freed<peel_batch_free>>;
using Watch = std::unique_ptr<peel_control, Freed<peel_control_free>>;

/// Collects an error; at its end there must be none that nobody asked about.
class Told {
 public:
  Told() = default;
  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;
  ~Told() {
    if (!asked_ && error_) ADD_FAILURE() << peel_error_message(error_) << "; " << peel_error_hint(error_);
    peel_error_free(error_);
  }
  operator peel_error**() { return &error_; }  // NOLINT(google-explicit-constructor): it stands for the argument
  peel_code code() {
    asked_ = true;
    return peel_error_code(error_);
  }
  std::string message() const { return peel_error_message(error_); }
  std::string hint() const { return peel_error_hint(error_); }

 private:
  peel_error* error_ = nullptr;
  bool asked_ = false;
};

std::string text_of(const Bytes& bytes) {
  return {static_cast<const char*>(peel_bytes_data(bytes.get())), peel_bytes_size(bytes.get())};
}
json json_of(peel_bytes* bytes) {
  return json::parse(text_of(Bytes(bytes)));
}

Settings settings_of(const char* task, const std::vector<std::pair<std::string, std::string>>& values) {
  Told error;
  Settings settings(peel_settings_new(task, error));
  for (const auto& [name, value] : values) peel_settings_set(settings.get(), name.c_str(), value.c_str(), error);
  return settings;
}

/// The error of setting one.
std::pair<std::string, std::string> refusal(const char* task, const char* name, const char* value) {
  Told error;
  const Settings settings(peel_settings_new(task, error));
  EXPECT_EQ(peel_settings_set(settings.get(), name, value, error), PEEL_USAGE) << name << "=" << value;
  EXPECT_EQ(error.code(), PEEL_USAGE);
  return {error.message(), error.hint()};
}

class CapiTest : public testing::Test {
 protected:
  CapiTest() {
    test::StandIn model;
    model.scale = 12.0f;
    model.shift = -6.0f;
    test::write_stand_in(model_, model);
  }

  std::vector<std::pair<std::string, std::string>> with_model(
      std::vector<std::pair<std::string, std::string>> more = {}) const {
    more.emplace_back("model", model_.string());
    more.emplace_back("device", "cpu");
    return more;
  }
  Remover remover(const std::vector<std::pair<std::string, std::string>>& more = {}) const {
    Told error;
    return Remover(peel_remover_new(settings_of("remove", with_model(more)).get(), nullptr, error));
  }
  static Picture picture(int channels = 3) {
    const auto pixels = square(channels);
    const peel_pixels view{pixels.data(), SIDE, SIDE, SIDE * channels, channels == 1 ? PEEL_GRAY8 : PEEL_RGB8,
                           nullptr,       0};
    Told error;
    return Picture(peel_picture_from_pixels(&view, error));
  }
  static peel_pixels pixels_of(const Picture& picture) {
    Told error;
    peel_pixels view{};
    peel_picture_pixels(picture.get(), &view, error);
    return view;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path model_ = folder_ / "stand-in.onnx";
};

TEST_F(CapiTest, RunsFromC) {
  const auto rgb = square(3);
  std::vector<unsigned char> rgba(SIDE * SIDE * 4, 7);
  ASSERT_EQ(cut_out_in_c(model_.c_str(), rgb.data(), SIDE, rgba.data()), 0);
  EXPECT_EQ(rgba[3], 0);
  EXPECT_EQ(rgba[(32 * SIDE + 32) * 4], 200);
  EXPECT_GT(rgba[(32 * SIDE + 32) * 4 + 3], 250);
}

TEST_F(CapiTest, OfTwoErrorsTheFirstStays) {
  char message[200] = "";
  EXPECT_EQ(first_error_stays_in_c(message, sizeof message), PEEL_USAGE);
  EXPECT_THAT(message, HasSubstr("feather soft"));
}

TEST_F(CapiTest, TellsItsVersion) {
  EXPECT_THAT(peel_version(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_EQ(peel_abi(), PEEL_ABI);
}

TEST_F(CapiTest, SettingsAreRefusedWithAHint) {
  EXPECT_THAT(refusal("remove", "fether", "2").second, HasSubstr("feather"));
  EXPECT_THAT(refusal("remove", "output", "x.png").first, HasSubstr("no setting \"output\""));
  EXPECT_THAT(refusal("remove", "json", "true").first, HasSubstr("json"));
  const auto [message, hint] = refusal("remove", "quality", "200");
  EXPECT_THAT(message, HasSubstr("quality 200: not a whole number from 1 to 100"));
  EXPECT_THAT(hint, HasSubstr("quality"));
  EXPECT_THAT(refusal("remove", "device", "cpuu").second, HasSubstr("cpu"));
  EXPECT_THAT(refusal("scan", "only-mask", "true").first, HasSubstr("of scan"));
  Told error;
  EXPECT_EQ(peel_settings_new("cut", error), nullptr);
  EXPECT_EQ(error.code(), PEEL_USAGE);
  EXPECT_THAT(error.hint(), HasSubstr("remove, folder, scan, quantize"));
}

TEST_F(CapiTest, SettingsHaveSeveralSpellings) {
  Told error;
  const auto settings = settings_of("remove", {});
  for (const char* name : {"only-mask", "only_mask", "--only-mask", "ALPHA_MATTING", "alpha-matting-erode-size"}) {
    const char* const value = std::string_view(name).ends_with("size") ? "12" : "true";
    EXPECT_EQ(peel_settings_set(settings.get(), name, value, error), PEEL_OK) << name;
  }
}

TEST_F(CapiTest, EveryOptionThatIsListedCanBeSet) {
  for (const char* task : {"remove", "folder", "scan", "quantize"}) {
    Told error;
    const json options = json_of(peel_options(task, error));
    EXPECT_GT(options.size(), 8u) << task;
    for (const json& option : options) {
      const std::string kind = option["kind"];
      std::string value = option["default"].is_string() ? option["default"].get<std::string>() : "";
      if (option.contains("words")) value = option["words"][0];
      if (kind == "flag") value = "true";
      if (option.contains("count")) value.clear();
      if (value.empty() && kind != "numbers" && option.contains("least"))
        value = std::to_string(option["least"].get<int>());
      if (value.empty()) continue;  // a text with a meaning of its own
      const auto settings = settings_of(task, {});
      peel_settings_set(settings.get(), option["name"].get<std::string>().c_str(), value.c_str(), error);
    }
  }
}

TEST_F(CapiTest, CallsGoByTheRemoversSettingsOrTheirOwn) {
  const Remover masks = remover({{"only-mask", "true"}});
  Told error;
  const Outcome of_remover(peel_remove(masks.get(), picture().get(), nullptr, nullptr, error));
  EXPECT_EQ(pixels_of(Picture(peel_result_picture(of_remover.get()))).format, PEEL_GRAY8);
  const Outcome of_call(peel_remove(masks.get(), picture().get(), settings_of("remove", {}).get(), nullptr, error));
  EXPECT_EQ(pixels_of(Picture(peel_result_picture(of_call.get()))).format, PEEL_RGBA8);
  const json told = json_of(peel_result_describe(of_call.get(), error));
  EXPECT_EQ(told["subject"], true);
  EXPECT_GT(told["timings_ms"]["total"], 0);
  const json session = json_of(peel_remover_describe(masks.get(), error));
  EXPECT_EQ(session["provider"], "cpu");
  EXPECT_EQ(session["input"], json({32, 32}));
}

TEST_F(CapiTest, WhatMayStandWithoutAValueTakesTrueAndFalse) {
  const Remover own = remover();
  const auto width = [&](const char* crop) {
    Told error;
    const auto settings = settings_of("remove", {{"crop", "5"}, {"crop", crop}});
    const Outcome result(peel_remove(own.get(), picture().get(), settings.get(), nullptr, error));
    return pixels_of(Picture(peel_result_picture(result.get()))).width;
  };
  EXPECT_EQ(width("false"), SIDE);
  EXPECT_EQ(width("1") - width("true"), 2);
}

TEST_F(CapiTest, BorrowsPixelsUntilNothingNeedsThem) {
  const auto pixels = square(3);
  int released = 0;
  const auto release = [](void* user) { ++*static_cast<int*>(user); };
  Told error;
  peel_pixels view{pixels.data(), SIDE, SIDE, SIDE * 3, PEEL_RGB8, nullptr, 0};
  Picture first(peel_picture_borrow_pixels(&view, release, &released, error));
  EXPECT_EQ(pixels_of(first).data, pixels.data());
  const Picture second(peel_picture_share(first.get(), error));
  first.reset();
  EXPECT_EQ(released, 0);
  peel_room room{};
  peel_picture_edit(second.get(), &room, error);
  EXPECT_NE(room.data, pixels.data());
  EXPECT_EQ(released, 1) << "its own copy needs them no more";
  // What cannot be used as it is lies in memory is copied.
  view.format = PEEL_BGR8;
  const Picture turned(peel_picture_borrow_pixels(&view, release, &released, error));
  EXPECT_EQ(pixels_of(turned).format, PEEL_RGB8);
  EXPECT_EQ(released, 2);
  view.width = 0;
  EXPECT_EQ(peel_picture_borrow_pixels(&view, release, &released, error), nullptr);
  EXPECT_EQ(error.code(), PEEL_USAGE);
  EXPECT_EQ(released, 3);
}

TEST_F(CapiTest, EditingChangesOneHandleAlone) {
  const Picture first = picture();
  Told error;
  const Picture second(peel_picture_share(first.get(), error));
  peel_room room{};
  peel_picture_edit(second.get(), &room, error);
  static_cast<unsigned char*>(room.data)[0] = 99;
  EXPECT_EQ(static_cast<const unsigned char*>(pixels_of(first).data)[0], 0);
  EXPECT_EQ(static_cast<const unsigned char*>(pixels_of(second).data)[0], 99);
  const void* const before = pixels_of(second).data;
  peel_picture_edit(second.get(), &room, error);
  EXPECT_EQ(room.data, before) << "it is nobody else's";
}

TEST_F(CapiTest, CutsIntoTheCallersMemory) {
  const Remover own = remover();
  std::vector<unsigned char> bgra(SIDE * (SIDE * 4 + 8), 7);
  const peel_room room{bgra.data(), SIDE, SIDE, SIDE * 4 + 8, PEEL_BGRA8};
  Told error;
  EXPECT_EQ(peel_remove_into(own.get(), picture().get(), nullptr, &room, error), PEEL_OK);
  EXPECT_EQ(bgra[3], 0);
  EXPECT_EQ(bgra[SIDE * 4], 7) << "nothing is written behind a row";
  peel_room small = room;
  small.width = 10;
  EXPECT_EQ(peel_remove_into(own.get(), picture().get(), nullptr, &small, error), PEEL_USAGE);
  EXPECT_EQ(error.code(), PEEL_USAGE);
}

TEST_F(CapiTest, EncodesAndDecodes) {
  Told error;
  const auto as = [&](const char* format) {
    return Bytes(peel_picture_encode(picture().get(), settings_of("remove", {{"format", format}}).get(), error));
  };
  for (const char* format : {"png", "webp", "jpeg", "tiff"}) {
    const Bytes file = as(format);
    const Picture again(peel_picture_decode(peel_bytes_data(file.get()), peel_bytes_size(file.get()), nullptr, error));
    const json told = json_of(peel_picture_describe(again.get(), error));
    EXPECT_EQ(told["source_format"], format);
    EXPECT_EQ(told["width"], SIDE);
  }
  const auto file = folder_ / "picture.webp";
  EXPECT_EQ(peel_picture_save(picture().get(), file.c_str(), nullptr, error), PEEL_OK);
  const Picture loaded(peel_picture_load(file.c_str(), nullptr, error));
  EXPECT_EQ(json_of(peel_picture_describe(loaded.get(), error))["source_format"], "webp");
  Told refused;
  EXPECT_EQ(peel_picture_decode("no picture", 10, nullptr, refused), nullptr);
  EXPECT_EQ(refused.code(), PEEL_INPUT);
  Told limited;
  const Bytes png = as("png");
  EXPECT_EQ(peel_picture_decode(peel_bytes_data(png.get()), peel_bytes_size(png.get()),
                                settings_of("remove", {{"max-pixels", "100"}}).get(), limited),
            nullptr);
  EXPECT_EQ(limited.code(), PEEL_INPUT);
}

TEST_F(CapiTest, AppliesAMaskAndAPictureAsBackground) {
  const Picture mask = picture(1);
  const auto settings = settings_of("remove", {});
  Told error;
  peel_settings_set_picture(settings.get(), "background", picture(1).get(), error);
  const Outcome plain(peel_apply_mask(picture().get(), mask.get(), nullptr, nullptr, error));
  EXPECT_EQ(pixels_of(Picture(peel_result_picture(plain.get()))).format, PEEL_RGBA8);
  const Outcome laid(peel_apply_mask(picture().get(), mask.get(), settings.get(), nullptr, error));
  EXPECT_EQ(pixels_of(Picture(peel_result_picture(laid.get()))).format, PEEL_RGB8) << "the background is opaque";
  Told refused;
  EXPECT_EQ(peel_settings_set_picture(settings.get(), "mask", mask.get(), refused), PEEL_USAGE);
  EXPECT_EQ(refused.code(), PEEL_USAGE);
}

TEST_F(CapiTest, AnEmptySceneHoldsNoPage) {
  Told error;
  const Scanner scanner(peel_scanner_new(settings_of("scan", {{"model", "none"}}).get(), nullptr, error));
  const std::vector<unsigned char> gray(SIDE * SIDE, 90);
  const peel_pixels view{gray.data(), SIDE, SIDE, SIDE, PEEL_GRAY8, nullptr, 0};
  const Picture scene(peel_picture_from_pixels(&view, error));
  const Outcome none(peel_scan(scanner.get(), scene.get(), nullptr, nullptr, error));
  EXPECT_EQ(json_of(peel_result_describe(none.get(), error))["status"], "not_found");
  EXPECT_EQ(peel_result_picture(none.get()), nullptr);
  const auto by_hand = settings_of("scan", {{"corners", "10,10,50,10,50,50,10,50"}, {"page", "none"}});
  const Outcome page(peel_scan(scanner.get(), scene.get(), by_hand.get(), nullptr, error));
  EXPECT_EQ(json_of(peel_result_describe(page.get(), error))["status"], "found");
  EXPECT_EQ(pixels_of(Picture(peel_result_picture(page.get()))).width, 40);
}

TEST_F(CapiTest, StoppedWorkIsCancelled) {
  const Remover own = remover();
  Told error;
  const Watch watch(peel_control_new(error));
  std::vector<std::string> steps;
  peel_control_on_progress(
      watch.get(),
      [](void* user, const char* what, std::uint64_t, std::uint64_t) {
        static_cast<std::vector<std::string>*>(user)->emplace_back(what);
      },
      &steps);
  const Outcome done(peel_remove(own.get(), picture().get(), nullptr, watch.get(), error));
  EXPECT_THAT(steps, testing::ElementsAre("network", "mask", "composing"));
  peel_control_stop(watch.get());
  Told stopped;
  EXPECT_EQ(peel_remove(own.get(), picture().get(), nullptr, watch.get(), stopped), nullptr);
  EXPECT_EQ(stopped.code(), PEEL_CANCELLED);
}

TEST_F(CapiTest, MessagesGoToTheLog) {
  std::vector<std::string> messages;
  peel_set_log([](void* user, peel_level,
                  const char* message) { static_cast<std::vector<std::string>*>(user)->emplace_back(message); },
               &messages);
  remover();
  peel_set_log(nullptr, nullptr);
  EXPECT_THAT(messages, testing::Contains(HasSubstr("stand-in.onnx")));
}

struct Jobs {
  std::vector<std::string> inputs;
  std::string output;  ///< of the first; the others are handed over
  std::size_t taken = 0;
  std::set<std::uint64_t> failed;
  std::set<std::uint64_t> with_picture;

  static int next(void* user, peel_job* job) {
    auto& own = *static_cast<Jobs*>(user);
    if (own.taken == own.inputs.size()) return 0;
    *job = {own.inputs[own.taken].c_str(), own.taken == 0 ? own.output.c_str() : nullptr, own.taken};
    ++own.taken;
    return 1;
  }
  static void done(void* user, const peel_done* done) {
    auto& own = *static_cast<Jobs*>(user);
    if (done->error) own.failed.insert(done->tag);
    if (const Picture made(peel_result_picture(done->result)); made) own.with_picture.insert(done->tag);
    peel_result_free(done->result);
  }
};

TEST_F(CapiTest, ABatchWritesOrHandsOver) {
  Told error;
  Jobs jobs;
  for (const char* name : {"a.png", "b.png", "broken.png", "c.png"}) {
    jobs.inputs.push_back(folder_ / name);
    peel_picture_save(picture().get(), jobs.inputs.back().c_str(), nullptr, error);
  }
  std::filesystem::resize_file(jobs.inputs[2], 20);
  jobs.output = folder_ / "a-cutout.png";
  const Batch batch(peel_batch_new(settings_of("folder", with_model()).get(), nullptr, error));
  EXPECT_GT(json_of(peel_batch_describe(batch.get(), error))["workers"], 0);
  const peel_batch_calls calls{Jobs::next, Jobs::done, &jobs};
  EXPECT_EQ(peel_batch_run(batch.get(), &calls, nullptr, nullptr, error), PEEL_OK);
  EXPECT_THAT(jobs.failed, testing::ElementsAre(2));
  EXPECT_THAT(jobs.with_picture, testing::ElementsAre(1, 3));
  EXPECT_TRUE(std::filesystem::exists(jobs.output));
}

TEST_F(CapiTest, TellsOfModelsAndTheMachine) {
  Told error;
  const json models = json_of(peel_models(error));
  EXPECT_GT(models["models"].size(), 10u);
  const json machine = json_of(peel_info(error));
  EXPECT_EQ(machine["version"], peel_version());
  EXPECT_FALSE(machine["providers"].empty());
  Told unknown;
  EXPECT_EQ(peel_models_download("u2nett", nullptr, unknown), nullptr);
  EXPECT_EQ(unknown.code(), PEEL_MODEL);
  EXPECT_THAT(unknown.hint(), HasSubstr("u2net"));
}

TEST_F(CapiTest, QuantizesWithSettingsOfItsOwn) {
  Told error;
  EXPECT_EQ(peel_quantize(settings_of("remove", {}).get(), nullptr, error), nullptr);
  EXPECT_EQ(error.code(), PEEL_USAGE);
  Told nothing;
  const auto settings = settings_of("quantize", {{"model", model_.string()}, {"calibration", folder_.path().string()}});
  EXPECT_EQ(peel_quantize(settings.get(), nullptr, nothing), nullptr);
  EXPECT_NE(nothing.code(), PEEL_OK) << "a folder without pictures";
}

}  // namespace
}  // namespace peel
