#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "measures/measures.hpp"
#include "peel/peel.hpp"
#include "support/test_data.hpp"

// Real networks on a real NVIDIA GPU, against the CPU in single precision. Where there is no GPU, or a part of what it
// needs is missing, each test says which and is skipped.
namespace peel::test {
namespace {

namespace fs = std::filesystem;

/// Why the device cannot be used on this machine; empty where it can.
std::string missing(const std::string& device) {
  static const std::vector<ProviderStatus> providers = probe_providers();
  for (const ProviderStatus& provider : providers) {
    if (provider.name != device) continue;
    return provider.usable ? "" : device + ": " + provider.reason + "; " + provider.advice;
  }
  return device + " is not known";
}

/// A copy of the model in a folder of its own, so that nothing is kept for it yet; empty where it is not installed.
std::string copy_of_model(const std::string& name, const TemporaryFolder& folder) {
  const ModelStore store;
  fs::path file = store.path(find_model(name));
  if (!fs::exists(file) && !data_folder().empty()) file = data_folder() / "models" / (name + ".onnx");
  if (!fs::exists(file)) return "";
  fs::copy_file(file, folder / (name + ".onnx"));
  return folder / (name + ".onnx");
}

/// Photographs: of the test data, else those that set-up fetches.
std::vector<fs::path> photographs() {
  std::vector<fs::path> files;
  const fs::path folder =
      data_folder().empty() ? fs::path(PEEL_SOURCE_DIR) / "samples" : data_folder() / "data" / "sod" / "images";
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (entry.path().extension() == ".jpg" || entry.path().extension() == ".png") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  files.resize(std::min<std::size_t>(files.size(), 9));  // more than a batch of 8, and no multiple of it
  return files;
}

struct Way {
  const char* name;
  const char* model;
  Device device;
  Precision precision;
  int batch;
  double bar;  ///< mean difference from the CPU's mask, of 255
};

void PrintTo(const Way& way, std::ostream* out) {
  *out << way.name;
}

class Gpu : public ::testing::Test {
 protected:
  void need(const char* device, const std::string& model) {
    pictures_ = photographs();
    if (const std::string reason = missing(device); !reason.empty()) GTEST_SKIP() << reason;
    model_ = copy_of_model(model, folder_);
    if (model_.empty()) GTEST_SKIP() << model << " is not installed: peel models download " << model;
    if (pictures_.empty()) GTEST_SKIP() << "no photographs: scripts/setup.sh fetches some into samples/";
  }
  Settings settings(Device device, Precision precision = Precision::fp32, int batch = 1) const {
    Settings settings;
    settings.model_name = model_;
    settings.device = device;
    settings.require_device = true;
    settings.precision = precision;
    settings.batch = batch;
    return settings;
  }
  std::vector<Image> images() const {
    std::vector<Image> result;
    for (const fs::path& file : pictures_) result.push_back(load_image(file));
    return result;
  }

  TemporaryFolder folder_;
  std::string model_;
  std::vector<fs::path> pictures_;
};

class GpuMasks : public Gpu, public ::testing::WithParamInterface<Way> {};

TEST_P(GpuMasks, AreTheCpus) {
  const Way& way = GetParam();
  need(way.device == Device::cuda ? "cuda" : "tensorrt", way.model);
  if (IsSkipped()) return;
  const BackgroundRemover cpu(settings(Device::cpu));
  const BackgroundRemover gpu(settings(way.device, way.precision, way.batch));
  EXPECT_EQ(gpu.session().batch, way.batch);
  for (const Share& share : gpu.session().shares)
    std::printf("%s: %d operators\n", share.provider.c_str(), share.operators);
  const std::vector<Image> all = images();
  const std::vector<Result> results = gpu.remove(all);
  double total = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    total += peel::difference(results[i].mask, cpu.remove(all[i]).mask).mean;
  }
  const double mean = total / static_cast<double>(all.size());
  std::printf("%s: mean difference from the CPU %.4f of 255\n", way.name, mean);
  EXPECT_LE(mean, way.bar);
}

// FP32 is TF32 in convolutions where the card has it: 10 bits of mantissa, as FP16 has.
INSTANTIATE_TEST_SUITE_P(
    Ways, GpuMasks,
    ::testing::Values(Way{"u2netp_cuda_fp32", "u2netp", Device::cuda, Precision::fp32, 1, 0.3},
                      Way{"u2netp_cuda_fp16", "u2netp", Device::cuda, Precision::fp16, 1, 0.6},
                      Way{"u2netp_cuda_fp16_batch8", "u2netp", Device::cuda, Precision::fp16, 8, 0.6},
                      Way{"u2netp_tensorrt_fp32", "u2netp", Device::tensorrt, Precision::fp32, 1, 0.3},
                      Way{"u2netp_tensorrt_fp16", "u2netp", Device::tensorrt, Precision::fp16, 1, 0.6},
                      Way{"isnet_cuda_fp32", "isnet-general-use", Device::cuda, Precision::fp32, 1, 0.3},
                      Way{"isnet_cuda_fp16", "isnet-general-use", Device::cuda, Precision::fp16, 1, 0.6},
                      Way{"isnet_cuda_fp16_batch8", "isnet-general-use", Device::cuda, Precision::fp16, 8, 0.6},
                      Way{"isnet_tensorrt_fp16", "isnet-general-use", Device::tensorrt, Precision::fp16, 1, 0.6}),
    [](const auto& tested) { return std::string(tested.param.name); });

/// A CUDA graph repeats what was recorded in the first runs, on buffers that stay.
TEST_F(Gpu, RepeatedRunsOnCudaAreTheSame) {
  need("cuda", "u2netp");
  if (IsSkipped()) return;
  const BackgroundRemover gpu(settings(Device::cuda));
  const std::vector<Image> all = images();
  std::vector<Image> first;
  for (const Image& picture : all) first.push_back(gpu.remove(picture).mask);
  for (std::size_t i = all.size(); i-- > 0;) {
    EXPECT_LE(peel::difference(gpu.remove(all[i]).mask, first[i]).largest, 1) << pictures_[i];
  }
}

TEST_F(Gpu, TensorRtBuildsAnEngineOnce) {
  need("tensorrt", "u2netp");
  if (IsSkipped()) return;
  const auto engines = [this] {
    std::map<fs::path, fs::file_time_type> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.path().extension() == ".engine") found[entry.path()] = entry.last_write_time();
    }
    return found;
  };
  const BackgroundRemover first(settings(Device::tensorrt, Precision::fp16));
  const auto built = engines();
  EXPECT_FALSE(built.empty());
  const BackgroundRemover second(settings(Device::tensorrt, Precision::fp16));
  EXPECT_EQ(engines(), built);
}

}  // namespace
}  // namespace peel::test
