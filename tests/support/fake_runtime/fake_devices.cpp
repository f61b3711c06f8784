#include "fake_devices.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

namespace peel::fake {

bool behaves(std::string_view device, std::string_view behaviour) {
  const char* const set = std::getenv("PEEL_FAKE");
  std::string_view rest = set ? set : "";
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    const auto equals = entry.find('=');
    if (equals == entry.npos ? entry == behaviour
                             : entry.substr(0, equals) == device && entry.substr(equals + 1) == behaviour) {
      return true;
    }
  }
  return false;
}

bool behaves(const Devices& devices, std::string_view behaviour) {
  return std::ranges::any_of(devices, [&](const Device& device) { return behaves(device.name, behaviour); });
}

void note(const std::string& line) {
  const char* const file = std::getenv("PEEL_FAKE_LOG");
  if (!file) return;
  const int log = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return;
  const std::string text = line + '\n';
  // One call, so that lines of several processes do not mix. What is lost is missed by the test that reads it.
  [[maybe_unused]] const auto written = write(log, text.data(), text.size());
  close(log);
}

void wait_while_held() {
  const char* const file = std::getenv("PEEL_FAKE_HOLD");
  if (!file || access(file, F_OK) != 0) return;
  note("held");
  while (access(file, F_OK) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

void note_append(const Device& device) {
  std::string line = "append " + device.name;
  for (const auto& [key, value] : device.options) line += ' ' + key + '=' + value;
  note(line);
}

std::string_view provider_name(std::string_view device) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> NAMES{{
      {"tensorrt", "TensorrtExecutionProvider"},
      {"cuda", "CUDAExecutionProvider"},
      {"webgpu", "WebGpuExecutionProvider"},
  }};
  const auto* const found = std::ranges::find(NAMES, device, [](const auto& name) { return name.first; });
  return found == NAMES.end() ? std::string_view() : found->second;
}

}  // namespace peel::fake
