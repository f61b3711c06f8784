#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "base/parallel.hpp"
#include "peel/error.hpp"
#include "peel/pool.hpp"
#include "support/disc_picture.hpp"
#include "support/error_of.hpp"
#include "support/levels.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

class RemoverPoolTest : public testing::Test {
 protected:
  RemoverPoolTest() {
    test::StandIn model;
    model.scale = 12.0F;
    model.shift = -6.0F;
    test::write_stand_in(folder_ / "net.onnx", model);
    settings_.remover.model_name = (folder_ / "net.onnx").string();
    settings_.remover.model_folder = folder_.path();
    settings_.remover.device = Device::cpu;
  }

  test::TemporaryFolder folder_;
  PoolSettings settings_;
};

TEST_F(RemoverPoolTest, SeesWhatARemoverSeesFromManyThreads) {
  std::vector<Image> pictures;
  for (int i = 0; i < 6; ++i) {
    test::write_disc(folder_ / "disc.png", {40 + 7 * i, 30 + 5 * i});
    pictures.push_back(load_image(folder_ / "disc.png"));
  }
  const BackgroundRemover remover(settings_.remover);
  for (const auto& [jobs, threads, batch] : {std::array{1, 1, 1}, {3, 1, 1}, {2, 2, 1}, {1, 1, 4}}) {
    settings_.jobs = jobs;
    settings_.remover.threads = threads;
    settings_.remover.batch = batch;
    const RemoverPool pool(settings_);
    EXPECT_EQ(pool.split(), (CoreSplit{jobs, checked_threads(threads)}));  // no more than there are cores
    EXPECT_FALSE(pool.measured());
    std::vector<std::jthread> clients;
    for (const Image& picture : pictures) {
      clients.emplace_back([&] {
        RemoverPool::Expected expected(pool);
        const Mask mask = pool.see(picture, {}, expected);
        EXPECT_EQ(test::levels(mask.image), test::levels(remover.see(picture).image));
        EXPECT_TRUE(mask.subject);
      });
    }
  }
}

TEST_F(RemoverPoolTest, OneSessionOfOpenVinoIsEnough) {
  settings_.remover.engine = Engine::openvino;
  const BackgroundRemover remover(settings_.remover);
  if (remover.session().engine != "openvino") GTEST_SKIP() << "OpenVINO is not installed";
  test::write_disc(folder_ / "disc.png", {40, 30});
  const Image picture = load_image(folder_ / "disc.png");
  for (const auto& [jobs, threads] : {CoreSplit{1, 1}, {2, 1}, {2, 2}}) {
    settings_.jobs = jobs;
    settings_.remover.threads = threads;
    const RemoverPool pool(settings_);
    EXPECT_EQ(pool.session().engine, "openvino");
    std::vector<std::jthread> clients;
    for (int client = 0; client < 4; ++client) {
      clients.emplace_back([&] {
        RemoverPool::Expected expected(pool);
        EXPECT_EQ(test::levels(pool.see(picture, {}, expected).image), test::levels(remover.see(picture).image));
      });
    }
  }
}

TEST_F(RemoverPoolTest, WithoutMemoryForManyRunsThereAreFewer) {
  settings_.memory_bytes = 1;
  EXPECT_EQ(RemoverPool(settings_).split(), (CoreSplit{1, physical_cores()}));
}

TEST_F(RemoverPoolTest, APictureThatDoesNotComeIsNotWaitedFor) {
  settings_.remover.batch = 2;
  settings_.jobs = 1;
  const RemoverPool pool(settings_);
  test::write_disc(folder_ / "disc.png", {40, 30});
  const Image picture = load_image(folder_ / "disc.png");
  { const RemoverPool::Expected damaged(pool); }
  RemoverPool::Expected expected(pool);
  EXPECT_TRUE(pool.see(picture, {}, expected).subject);
}

TEST_F(RemoverPoolTest, MistakesAreRefused) {
  for (const int jobs : {-1, 1025}) {
    settings_.jobs = jobs;
    EXPECT_EQ(test::error_of([&] { RemoverPool{settings_}; }).code(), ErrorCode::usage);
  }
}

}  // namespace
}  // namespace peel
