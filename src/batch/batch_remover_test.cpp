#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>

#include "base/parallel.hpp"
#include "peel/batch.hpp"
#include "peel/file.hpp"
#include "support/disc_picture.hpp"
#include "support/error_of.hpp"
#include "support/stand_in_model.hpp"
#include "support/stand_in_segment_anything.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class Batch : public testing::Test {
 protected:
  Batch() {
    test::StandIn model;
    model.scale = 12.0F;
    model.shift = -6.0F;
    test::write_stand_in(models_ / "net.onnx", model);
    settings_.remover.model_name = (models_ / "net.onnx").string();
    settings_.remover.model_folder = models_.path();
    settings_.remover.device = Device::cpu;
  }

  /// Pictures of many sizes.
  void make_pictures(int count) {
    for (int i = 0; i < count; ++i) {
      const auto name = fmt::format("p{}.png", i);
      test::write_disc(in_ / name, {40 + 7 * i, 30 + 5 * i});
      jobs_.push_back({in_ / name, out_ / name});
    }
  }

  /// Every job's result, by the name of its input.
  std::map<std::string, BatchResult> run(BatchRemover& remover, const RemoveOptions& options = {}) {
    std::map<std::string, BatchResult> results;
    std::size_t next = 0;
    remover.run([&] { return next < jobs_.size() ? std::optional(jobs_[next++]) : std::nullopt; },
                [&](const BatchResult& result) {
                  const bool fresh = results.emplace(result.job.input.stem().string(), result).second;
                  EXPECT_TRUE(fresh) << result.job.input;
                },
                {options, {}, {}});
    return results;
  }

  /// An animated WebP: equal frames would become one.
  std::filesystem::path make_animation(const std::vector<int>& delays) {
    Animation animation{.delays = delays};
    for (std::size_t i = 0; i < delays.size(); ++i) {
      const auto frame = in_ / fmt::format("frame{}.png", i);
      test::write_disc(frame, {.diameter = 0.4 + 0.2 * static_cast<double>(i)});
      animation.frames.push_back(load_image(frame));
    }
    const auto file = in_ / "a.webp";
    write_file(file, encode_animation(animation, {.format = FileFormat::webp, .quality = 90}));
    return file;
  }

  std::string bytes(const std::filesystem::path& file) const { return test::read_text(file); }

  test::TemporaryFolder models_;
  test::TemporaryFolder in_;
  test::TemporaryFolder out_;
  BatchSettings settings_;
  std::vector<BatchJob> jobs_;
};

TEST_F(Batch, AnOutputThatCameMeanwhileIsKeptWhereThatIsAsked) {
  make_pictures(2);
  for (BatchJob& job : jobs_) job.replace = false;
  test::write_text(jobs_[0].output, "another's");
  BatchRemover remover(settings_);
  const auto results = run(remover);
  ASSERT_TRUE(results.at("p0").error);
  EXPECT_EQ(results.at("p0").error->code(), ErrorCode::output);
  EXPECT_EQ(bytes(jobs_[0].output), "another's");
  EXPECT_FALSE(results.at("p1").error);
}

TEST_F(Batch, PagesAreJobsAndAnAnimationIsOne) {
  const auto file = make_animation({10, 20, 30});
  BatchRemover remover(settings_);
  jobs_ = {{.input = file, .output = out_ / "all.png", .animation = true}};
  BatchResult result = run(remover).at("a");
  ASSERT_FALSE(result.error) << result.error->what();
  EXPECT_EQ(result.frames, 3);
  EXPECT_TRUE(result.subject);
  EXPECT_EQ(load_animation(out_ / "all.png").delays, (std::vector<int>{10, 20, 30}));
  RemoveOptions cropped;
  cropped.crop_margin = 1;
  EXPECT_EQ(run(remover, cropped).at("a").error->code(), ErrorCode::usage);

  jobs_ = {{.input = file, .output = out_ / "last.png", .page = 2, .whole = true}};
  result = run(remover).at("a");
  ASSERT_FALSE(result.error) << result.error->what();
  EXPECT_EQ(result.pages, 3);
  EXPECT_THAT(result.notes, ::testing::IsEmpty());
}

TEST_F(Batch, AnInputThatWillNotBeNeededAnyMoreIsNotTakenInPart) {
  const auto file = make_animation({10, 20});
  BatchRemover remover(settings_);
  jobs_ = {{.input = file, .output = out_ / "first.png", .whole = true}};
  const BatchResult result = run(remover).at("a");
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code(), ErrorCode::input);
  EXPECT_THAT(test::names_in(out_.path()), ::testing::IsEmpty());
}

TEST_F(Batch, OneThatWasMovedFromSaysSo) {
  BatchRemover remover(settings_);
  const BatchRemover other = std::move(remover);
  // NOLINTNEXTLINE(bugprone-use-after-move): that is what is tried
  EXPECT_EQ(test::error_of([&] { run(remover); }).code(), ErrorCode::usage);
  EXPECT_EQ(remover.session().provider, "");
  EXPECT_EQ(remover.plan().memory_bytes, 0U);
}

TEST_F(Batch, MakesTheFilesThatOneByOneAreMade) {
  make_pictures(9);
  RemoveOptions options;
  options.crop_margin = 2;
  const BackgroundRemover one(settings_.remover);
  for (const auto& [jobs, threads, batch] : {std::array{1, 1, 1}, {3, 1, 1}, {2, 2, 1}, {1, 1, 4}}) {
    settings_.jobs = jobs;
    settings_.remover.threads = threads;
    settings_.remover.batch = batch;
    BatchRemover remover(settings_);
    EXPECT_EQ(remover.plan().jobs, jobs);
    EXPECT_EQ(remover.plan().threads, checked_threads(threads));  // no more than there are cores
    const auto results = run(remover, options);
    ASSERT_EQ(results.size(), jobs_.size());
    for (const auto& [name, result] : results) {
      ASSERT_FALSE(result.error) << result.error->what();
      const Result wanted = one.remove(result.job.input, options);
      const std::vector<std::byte> png = encode(wanted.image);
      EXPECT_EQ(bytes(result.job.output), std::string(reinterpret_cast<const char*>(png.data()), png.size())) << name;
      EXPECT_EQ(result.width, wanted.image.width());
      EXPECT_EQ(result.subject, wanted.subject);
      EXPECT_EQ(result.crop.has_value(), wanted.crop.has_value());
      EXPECT_EQ(result.bytes, png.size());
      EXPECT_GT(result.timings.total, result.timings.inference);
    }
    EXPECT_EQ(test::names_in(out_.path()).size(), jobs_.size()) << "something temporary was left";
  }
}

TEST_F(Batch, MattingAndWhatItHasToSay) {
  make_pictures(3);
  test::write_disc(in_ / "p2.png", {.width = 60, .height = 40, .diameter = 0});  // nothing to solve for
  RemoveOptions options;
  options.alpha_matting = true;
  options.matting.erosion = 4;
  const BackgroundRemover one(settings_.remover);
  BatchRemover remover(settings_);
  const auto results = run(remover, options);
  ASSERT_EQ(results.size(), 3U);
  for (const auto& [name, result] : results) {
    ASSERT_FALSE(result.error) << result.error->what();
    const Result wanted = one.remove(result.job.input, options);
    const std::vector<std::byte> png = encode(wanted.image);
    EXPECT_EQ(bytes(result.job.output), std::string(reinterpret_cast<const char*>(png.data()), png.size())) << name;
    EXPECT_EQ(result.notes, wanted.notes) << name;
    EXPECT_EQ(result.notes.empty(), name != "p2");
  }
}

TEST_F(Batch, TheSubjectIsThatOfTheCleanedMask) {
  make_pictures(2);
  BatchRemover remover(settings_);
  RemoveOptions options;
  for (const auto& [name, result] : run(remover, options)) EXPECT_TRUE(result.subject) << name;
  options.cleaning.least_area = {90, true};
  for (const auto& [name, result] : run(remover, options)) EXPECT_FALSE(result.subject) << name;
}

TEST_F(Batch, PromptsAreForEveryPicture) {
  test::write_stand_in(models_.path(), "small", test::StandInSegmentAnything{});
  settings_.remover.model_name = (models_ / "small.encoder.onnx").string();
  make_pictures(3);
  RemoveOptions options;
  options.prompts = {{Prompt::Kind::subject, 30, 20}};
  const BackgroundRemover one(settings_.remover);
  BatchRemover remover(settings_);
  const auto results = run(remover, options);
  ASSERT_EQ(results.size(), 3U);
  for (const auto& [name, result] : results) {
    ASSERT_FALSE(result.error) << result.error->what();
    EXPECT_TRUE(result.subject);
    const Result alone = one.remove(result.job.input, options);
    const Image made = load_image(result.job.output);
    EXPECT_EQ(std::memcmp(made.data(), alone.image.data(), alone.image.size_bytes()), 0) << name;
  }

  options.prompts = {{Prompt::Kind::subject, 42, 31}};  // outside the first picture of 40 x 30
  const auto others = run(remover, options);
  ASSERT_TRUE(others.at("p0").error);
  EXPECT_EQ(others.at("p0").error->code(), ErrorCode::usage);
  EXPECT_FALSE(others.at("p1").error);
}

TEST_F(Batch, WhatFailsDoesNotStopTheOthers) {
  make_pictures(4);
  test::write_text(in_ / "broken.png", "\x89PNG\r\n\x1a\n no picture");
  jobs_.insert(jobs_.begin() + 1, {in_ / "broken.png", out_ / "broken.png"});
  jobs_.insert(jobs_.begin(), {in_ / "missing.png", out_ / "missing.png"});
  jobs_.push_back({in_ / "p0.png", out_ / "no-folder/p0.png"});
  jobs_.back().input = in_ / "p00.png";
  test::write_disc(in_ / "p00.png", {});
  for (const int batch : {1, 3}) {
    settings_.remover.batch = batch;
    BatchRemover remover(settings_);
    const auto results = run(remover);
    ASSERT_EQ(results.size(), 7U);
    EXPECT_EQ(results.at("broken").error.value().code(), ErrorCode::input);
    EXPECT_THAT(results.at("missing").error.value().message(), HasSubstr("missing.png"));
    EXPECT_EQ(results.at("p00").error.value().code(), ErrorCode::output);
    EXPECT_THAT(test::names_in(out_.path()), ElementsAre("p0.png", "p1.png", "p2.png", "p3.png"));
  }
}

TEST_F(Batch, ABoundTooSmallForAnyPictureLetsThemThroughOneByOne) {
  make_pictures(6);
  settings_.memory_bytes = 1;
  settings_.jobs = 3;
  BatchRemover remover(settings_);
  EXPECT_EQ(remover.plan().memory_bytes, 0U);
  for (const auto& [name, result] : run(remover)) EXPECT_FALSE(result.error) << name;
}

TEST_F(Batch, WithoutMemoryForManyJobsThereAreFewer) {
  settings_.memory_bytes = 1;
  const BatchRemover remover(settings_);
  EXPECT_EQ(remover.plan().jobs, 1);
}

TEST_F(Batch, AStopEndsItAndThoseInHandSaySo) {
  make_pictures(8);
  settings_.jobs = 1;
  BatchRemover remover(settings_);
  std::stop_source source;
  std::size_t next = 0;
  std::size_t cancelled = 0;
  std::size_t written = 0;
  const auto take = [&]() -> std::optional<BatchJob> {
    if (next == 3) source.request_stop();
    return next < jobs_.size() ? std::optional(jobs_[next++]) : std::nullopt;
  };
  const auto done = [&](const BatchResult& result) {
    if (!result.error) {
      ++written;
    } else if (result.error->code() == ErrorCode::cancelled) {
      ++cancelled;
    }
  };
  EXPECT_THROW(remover.run(take, done, {}, source.get_token()), Cancelled);
  EXPECT_EQ(next, 4U) << "none is taken after it";
  EXPECT_GE(cancelled, 1U);
  EXPECT_EQ(cancelled + written, next);
  EXPECT_EQ(test::names_in(out_.path()).size(), written);
}

TEST_F(Batch, WhatTheCallersFunctionsThrowEndsItAfterThoseInHand) {
  make_pictures(8);
  settings_.jobs = 2;
  BatchRemover remover(settings_);
  std::size_t next = 0;
  std::set<std::string> ended;
  const auto run_with = [&](auto take, auto done) {
    next = 0;
    ended.clear();
    remover.run(take, done);
  };
  const auto jobs = [&]() -> std::optional<BatchJob> {
    return next < jobs_.size() ? std::optional(jobs_[next++]) : std::nullopt;
  };
  EXPECT_THROW(run_with(
                   [&] {
                     if (next == 3) throw std::runtime_error("no more");
                     return jobs();
                   },
                   [&](const BatchResult& result) { ended.insert(result.job.input.stem().string()); }),
               std::runtime_error);
  EXPECT_THAT(ended, UnorderedElementsAre("p0", "p1", "p2"));
  EXPECT_THROW(run_with(jobs, [&](const BatchResult&) { throw std::runtime_error("enough"); }), std::runtime_error);
  EXPECT_LT(next, jobs_.size());
}

TEST_F(Batch, TheSearchFindsASplitAndRemembersIt) {
  const test::TemporaryFolder cache;
  setenv("XDG_CACHE_HOME", cache.path().c_str(), 1);
  settings_.search = true;
  const BatchPlan found = BatchRemover(settings_).plan();
  settings_.search = false;
  const BatchPlan again = BatchRemover(settings_).plan();
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(again.jobs, found.jobs);
  EXPECT_EQ(again.threads, found.threads);
  EXPECT_EQ(again.measured, found.measured);
  EXPECT_EQ(found.measured, found.jobs * found.threads > 1) << "one core leaves no choice";
}

TEST_F(Batch, MistakesAreRefused) {
  settings_.jobs = -1;
  EXPECT_EQ(test::error_of([&] { BatchRemover{settings_}; }).code(), ErrorCode::usage);
  settings_.jobs = 0;
  settings_.remover.model_name = (models_ / "none.onnx").string();
  EXPECT_EQ(test::error_of([&] { BatchRemover{settings_}; }).code(), ErrorCode::model);
}

}  // namespace
}  // namespace peel
