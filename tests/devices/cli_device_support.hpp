#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli_support.hpp"
#include "support/stand_in_model.hpp"

namespace peel::test {

/// The program with a network of three operators, in a process whose environment says what machine it is on.
class CliOnDevice : public Cli {
 protected:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  void SetUp() override {
    write_stand_in(at("net.onnx"), {.height = 32, .width = 32, .scale = 8.0f, .shift = -4.0f});
    write_picture("in.png");
  }

  Outcome on(const Environment& machine, std::vector<std::string> arguments) {
    Command command = this->command(std::move(arguments));
    command.environment.insert(command.environment.end(), machine.begin(), machine.end());
    return run(command);
  }

  /// `peel remove -m net.onnx in.png -o NAME.png ARGUMENTS...`
  Outcome remove_on(const Environment& machine, const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"remove", "-m", "./net.onnx", "in.png", "-o", name + ".png"});
    return on(machine, std::move(arguments));
  }

  static nlohmann::json provider_of(const nlohmann::json& info, const std::string& name) {
    for (const auto& provider : info["providers"]) {
      if (provider["name"] == name) return provider;
    }
    ADD_FAILURE() << "no provider " << name << " in " << info;
    return nlohmann::json::object();
  }

  static std::string pixels_of(const std::filesystem::path& picture) {
    const Image image = load_image(picture);
    const auto size = static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height()) *
                      static_cast<std::size_t>(channels(image.format()));
    return {reinterpret_cast<const char*>(image.data()), size};
  }
};

}  // namespace peel::test
