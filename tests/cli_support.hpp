#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "peel/image.hpp"
#include "support/process.hpp"
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

  /// The names in the test's folder, sorted: what was made, and that nothing temporary was left.
  std::vector<std::string> files(const std::string& sub = ".") const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(at(sub)))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  void write(const std::string& name, const std::string& bytes) const { write_text(at(name), bytes); }

  /// A small photograph-like picture: a bright disc on a dark ground, which every model sees as a subject.
  void write_picture(const std::string& name, int width = 64, int height = 48) const {
    std::vector<unsigned char> pixels;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const int dx = 2 * x - width, dy = 2 * y - height;
        const bool inside = dx * dx + dy * dy < height * height / 2;
        for (const int value : inside ? std::array{230, 160 + x % 40, 40} : std::array{30, 40, 50 + y % 20}) {
          pixels.push_back(static_cast<unsigned char>(value));
        }
      }
    }
    const Image image = Image::from_pixels({pixels.data(), width, height, 3 * width, PixelFormat::rgb8});
    std::filesystem::create_directories(at(name).parent_path());
    EncodeOptions options;
    options.format = format_from_name(name).value_or(FileFormat::png);
    write_file(at(name), encode(image, options));
  }

  static std::vector<std::byte> bytes_of(const std::string& text) {
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    return {data, data + text.size()};
  }

  TemporaryFolder folder_;
  TemporaryFolder outside_;  // what is not the test's output
};

/// With the small model, copied so that its optimised form is kept beside the copy, once for all tests of a process.
class CliWithModel : public Cli {
 protected:
  void SetUp() override { PEEL_NEEDS_DATA(); }

  static std::string model() {
    static const TemporaryFolder folder;
    const auto file = folder / "u2netp.onnx";
    if (!std::filesystem::exists(file)) std::filesystem::copy_file(data_folder() / "models" / "u2netp.onnx", file);
    return file.string();
  }

  Command remove_command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"remove", "-m", model()});
    return command(std::move(arguments));
  }
  Outcome remove(std::vector<std::string> arguments) { return run(remove_command(std::move(arguments))); }
};

}  // namespace peel::test
