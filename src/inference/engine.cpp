#include "inference/engine.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/lock.hpp"
#include "base/log.hpp"
#include "inference/cuda_driver.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// "10.11.0", by the library itself; its number is 10000 major + 100 minor + patch since version 10.
std::string tensorrt_version() {
  void* const library = dlopen("libnvinfer.so.10", RTLD_LAZY | RTLD_LOCAL);
  const auto get = library ? reinterpret_cast<int (*)()>(dlsym(library, "getInferLibVersion")) : nullptr;
  if (!get) return "unknown";
  const int version = get();
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

// Says every quarter of a minute that the building goes on.
class BuildNotice {
 public:
  explicit BuildNotice(const std::filesystem::path& model)
      : thread_([this, name = model.filename().string()](const std::stop_token& stop) {
          log(LogLevel::notice, "building the TensorRT engine for {}: this takes minutes, once", name);
          const auto start = std::chrono::steady_clock::now();
          std::unique_lock lock(mutex_);
          while (!wake_.wait_for(lock, stop, std::chrono::seconds(15), [] { return false; }) &&
                 !stop.stop_requested()) {
            const auto passed = std::chrono::steady_clock::now() - start;
            log(LogLevel::notice, "building the TensorRT engine for {}: {} s so far", name,
                std::chrono::duration_cast<std::chrono::seconds>(passed).count());
          }
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace

std::string engine_machine(Arithmetic arithmetic, int batch) {
  const CudaDriver& driver = CudaDriver::open();
  const Hardware& gpu = driver.hardware().front();
  return fmt::format("{}, compute capability {}, driver for CUDA {}, TensorRT {}, ONNX Runtime {}, {}, batch {}",
                     gpu.name, gpu.compute_capability, gpu.driver, tensorrt_version(), open_runtime().version,
                     name_of(arithmetic), batch);
}

void with_engine(const std::filesystem::path& model, const std::optional<std::filesystem::path>& folder,
                 const std::function<void(const std::optional<std::filesystem::path>&)>& create) {
  std::error_code ignored;
  if (!folder) {
    const BuildNotice notice(model);
    return create(std::nullopt);
  }
  if (std::filesystem::exists(*folder, ignored)) {
    try {
      return create(folder);
    } catch (const Ort::Exception& error) {
      log(LogLevel::info, "{} cannot be used and is built again: {}", folder->string(), readable(error));
    }
    std::filesystem::remove_all(*folder, ignored);
  }
  const FileLock lock(folder->parent_path() / "engine.lock", [&] {
    log(LogLevel::notice, "another process is building a TensorRT engine; waiting for that");
  });
  if (std::filesystem::exists(*folder, ignored)) return create(folder);
  const BuildNotice notice(model);
  const std::filesystem::path building = folder->parent_path() / "engine.tmp";
  std::filesystem::remove_all(building, ignored);  // of a process that was killed
  std::filesystem::create_directories(building);
  try {
    create(building);
  } catch (...) {
    std::filesystem::remove_all(building, ignored);
    throw;
  }
  std::filesystem::rename(building, *folder, ignored);
}

}  // namespace peel
