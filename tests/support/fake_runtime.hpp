#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// A machine with an NVIDIA GPU that does as it is told: see support/fake_runtime/. A test that includes this links
// peel_fake_runtime.
namespace peel::test {

inline std::filesystem::path fake_runtime_folder() {
  return PEEL_FAKE_RUNTIME_FOLDER;
}

/// For a process that is to be on such a machine. Vulkan is kept out of it, so that it has no other GPU.
inline std::vector<std::pair<std::string, std::string>> fake_runtime_environment() {
  const std::string no_driver = (fake_runtime_folder() / "no-vulkan-driver.json").string();
  return {{"PEEL_ONNXRUNTIME", (fake_runtime_folder() / "libonnxruntime_fake.so").string()},
          {"LD_LIBRARY_PATH", fake_runtime_folder().string()},
          {"VK_DRIVER_FILES", no_driver},
          {"VK_ICD_FILENAMES", no_driver}};
}

/// A machine without such a GPU, whose networks stand still while `hold` is there, so that the test says how long work
/// takes; each run that is held adds a line to `log`.
inline std::vector<std::pair<std::string, std::string>> held_runtime_environment(const std::filesystem::path& hold,
                                                                                 const std::filesystem::path& log) {
  return {{"PEEL_ONNXRUNTIME", (fake_runtime_folder() / "libonnxruntime_fake.so").string()},
          {"PEEL_FAKE", "absent"},
          {"PEEL_FAKE_HOLD", hold.string()},
          {"PEEL_FAKE_LOG", log.string()}};
}

/// Puts the test's own process on such a machine, before it first asks for the runtime. The loader read its path when
/// the process began, so what is opened by name is opened here, and found again by that name.
inline void enter_fake_machine() {
  for (const auto& [name, value] : fake_runtime_environment()) setenv(name.c_str(), value.c_str(), 1);
  for (const char* library : {"libcuda.so.1", "libcudart.so.13", "libcudnn.so.9", "libnvinfer.so.10"}) {
    const auto file = fake_runtime_folder() / library;
    if (!dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) throw std::runtime_error(dlerror());
  }
}

}  // namespace peel::test
