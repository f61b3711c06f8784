#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/disc_picture.hpp"
#include "support/process.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::test {

/// Runs the real program in a folder of its own, with a store of its own and no network.
class Cli : public ::testing::Test {
 protected:
  /// `peel ARGUMENTS...`
  Outcome peel(std::vector<std::string> arguments) { return run(command(std::move(arguments))); }

  Command command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), PEEL_PROGRAM);
    return {std::move(arguments),
            folder_.path(),
            {{"U2NET_HOME", store().string()},
             {"PEEL_OFFLINE", "1"},
             {"XDG_CACHE_HOME", cache().string()},
             {"XDG_CONFIG_HOME", (outside_ / "config").string()}},
            "/dev/null",
            {}};
  }

  std::filesystem::path at(const std::string& name) const { return folder_ / name; }
  std::filesystem::path store() const { return outside_ / "store"; }
  std::filesystem::path cache() const { return outside_ / "cache"; }
  std::filesystem::path user_config() const { return outside_ / "config/peel/config.toml"; }

  /// The names in the test's folder.
  std::vector<std::string> files(const std::string& sub = ".") const { return names_in(at(sub)); }

  void write(const std::string& name, const std::string& bytes) const { write_text(at(name), bytes); }

  void write_picture(const std::string& name, int width = 64, int height = 48) const {
    write_disc(at(name), {width, height});
  }

  static std::vector<std::byte> bytes_of(const std::string& text) {
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    return {data, data + text.size()};
  }

  TemporaryFolder folder_;
  TemporaryFolder outside_;  // what is not the test's output
};

/// With a small network under a known model's name, once for all tests of a process: light is the subject to it.
class CliWithModel : public Cli {
 protected:
  static std::string model() {
    static const TemporaryFolder folder;
    const auto file = folder / "u2netp.onnx";
    if (!std::filesystem::exists(file)) {
      write_stand_in(file, {.height = 320, .width = 320, .scale = 12, .shift = -6});
    }
    return file.string();
  }

  Command remove_command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"remove", "-m", model()});
    return command(std::move(arguments));
  }
  Outcome remove(std::vector<std::string> arguments) { return run(remove_command(std::move(arguments))); }
};

/// With that model itself, copied so that its optimised form is kept beside the copy.
class CliWithRealModel : public Cli {
 protected:
  void SetUp() override {
    PEEL_NEEDS_DATA();
    std::filesystem::copy_file(data_folder() / "models" / "u2netp.onnx", outside_ / "u2netp.onnx");
  }
  std::string model() const { return (outside_ / "u2netp.onnx").string(); }
};

}  // namespace peel::test
