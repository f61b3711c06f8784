#include "inference/probe.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <system_error>
#include <vector>

#include "base/child.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "inference/runtime.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

using Json = nlohmann::json;

// TensorRT takes half a minute to build even a small engine on a slow machine.
constexpr std::chrono::seconds PATIENCE{120};

// A provider being tried by peel-probe.
class Probe {
 public:
  explicit Probe(const Provider& wanted) {
    answer_.name = wanted.name;
    answer_.compiled = compiled(wanted);
    if (!answer_.compiled) {
      attempt([&] { check_requirements(wanted, true); });
    } else {
      attempt([&] {
        child_ = std::make_unique<Child>(std::vector<std::string>{helper_program("peel-probe").string(), answer_.name,
                                                                  open_runtime().library.string()});
      });
    }
  }

  ProviderStatus finish() {
    if (!child_) return answer_;
    const auto begin = std::chrono::steady_clock::now();
    while (const auto line = child_->read_line(PATIENCE)) {
      if (line->starts_with('{') && parse(*line)) return answer_;
    }
    const bool hangs = std::chrono::steady_clock::now() - begin >= PATIENCE;
    const std::string how = child_->finish(std::chrono::milliseconds(200));
    answer_.reason = fmt::format("trying it failed: {}", hangs ? fmt::format("no answer within {} s", PATIENCE.count())
                                                         : how.empty() ? std::string("no answer from peel-probe")
                                                                       : how);
    answer_.advice = "update its driver";
    return answer_;
  }

 private:
  template <typename Action>
  void attempt(const Action& action) {
    try {
      action();
    } catch (const Error& error) {
      answer_.reason = error.message();
      answer_.advice = error.hint();
    }
  }

  bool parse(const std::string& line) {
    try {
      const Json object = Json::parse(line);
      ProviderStatus status{answer_.name, true, object.at("usable"), object.at("reason"), object.at("advice"), {}};
      for (const auto& item : object.at("hardware")) {
        status.hardware.push_back({item.at("name"), item.at("memory_bytes"), item.at("compute_capability"),
                                   item.at("driver"), item.at("software")});
      }
      answer_ = std::move(status);
      return true;
    } catch (const Json::exception&) {
      return false;  // a driver's own chatter
    }
  }

  ProviderStatus answer_;
  std::unique_ptr<Child> child_;
};

std::string text_of(const char* file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// The file whose being there says: this provider worked with these files, this driver, this choice of hardware.
std::optional<std::filesystem::path> record_of(const Provider& wanted) {
  const auto cache = user_cache_folder();
  if (!cache) return std::nullopt;
  const auto& library = open_runtime().library;
  std::string facts = fmt::format("{}\n{}\n", wanted.name, file_stamp(library));
  if (!wanted.library.empty()) facts += file_stamp(library.parent_path() / wanted.library) + "\n";
  facts += text_of("/proc/driver/nvidia/version") + text_of("/proc/sys/kernel/osrelease");
  for (const char* name : {"CUDA_VISIBLE_DEVICES", "VK_ICD_FILENAMES", "VK_DRIVER_FILES", "LD_LIBRARY_PATH"}) {
    const char* const value = std::getenv(name);
    facts += fmt::format("{}={}\n", name, value ? value : "");
  }
  return *cache / "devices" / fmt::format("{}-{:016x}", wanted.name, short_hash(facts));
}

void remember(const std::filesystem::path& record) {
  std::error_code error;
  std::filesystem::create_directories(record.parent_path(), error);
  std::ofstream(record) << "tried and found good\n";
}

}  // namespace

void check_apart(const Provider& wanted, bool software) {
  const auto record = record_of(wanted);
  if (std::error_code none; record && std::filesystem::exists(*record, none)) return;
  const ProviderStatus answer = Probe(wanted).finish();
  if (!answer.usable) throw Error(ErrorCode::device, answer.reason, answer.advice);
  if (!answer.hardware.empty() && answer.hardware.front().software) {
    const std::string& name = answer.hardware.front().name;
    if (!software)
      throw Error(ErrorCode::device, fmt::format("there is no GPU, only a processor that plays one ({})", name));
    log(LogLevel::warning, "WebGPU runs on a processor that plays a GPU ({}): right, but slower than the CPU", name);
    return;  // not remembered, or it would be taken for a GPU
  }
  if (record) remember(*record);
}

std::vector<ProviderStatus> probe_providers() {
  std::vector<ProviderStatus> result;
  try {
    open_runtime();
  } catch (const Error& error) {
    for (const Provider& candidate : providers()) {
      result.push_back({std::string(candidate.name), false, false, error.message(), error.hint(), {}});
    }
    return result;
  }
  // All at once: most of the time is spent loading libraries.
  std::vector<std::unique_ptr<Probe>> probes;
  for (const Provider& candidate : providers()) {
    probes.push_back(candidate.device == Device::cpu ? nullptr : std::make_unique<Probe>(candidate));
  }
  for (const auto& probe : probes) {
    result.push_back(probe ? probe->finish() : ProviderStatus{"cpu", true, true, {}, {}, {}});
  }
  return result;
}

}  // namespace peel
