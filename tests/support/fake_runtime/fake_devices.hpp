#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace peel::fake {

/// The devices a session was told to use, in order: "tensorrt", "cuda", "webgpu", with their options.
struct Device {
  std::string name;
  std::map<std::string, std::string> options;
};
using Devices = std::vector<Device>;

/// What the environment variable PEEL_FAKE says of a device. It is "BEHAVIOUR" for all or "DEVICE=BEHAVIOUR,...": a
/// device that is not named works. Read at every call, so that a test may change it.
///   absent           not compiled in
///   append-fails     create-fails   run-fails: the runtime returns an error there
///   append-crashes   run-crashes: the process is aborted there
///   wrong-output     every result is not a number        constant-output  every result is 0.25
///   takes-all        the profile shows every operator on the device (also where nothing is said)
///   takes-part       the profile shows every second operator on the device
///   takes-nothing    the profile shows every operator on the CPU
bool behaves(std::string_view device, std::string_view behaviour);
/// One of them does.
bool behaves(const Devices& devices, std::string_view behaviour);

/// A line of the file that PEEL_FAKE_LOG names, where it names one.
void note(const std::string& line);
/// Returns when the file that PEEL_FAKE_HOLD names is gone; at once where it names none. Notes "held" first where it is
/// there.
void wait_while_held();
/// "append DEVICE KEY=VALUE ...", keys sorted.
void note_append(const Device& device);

/// Changes the "provider" of operators in a profile the runtime wrote, as the device behaves.
void rewrite_profile(const std::string& file, const Device& device);

/// ONNX Runtime's name of a device, empty where it is none of these.
std::string_view provider_name(std::string_view device);

}  // namespace peel::fake
