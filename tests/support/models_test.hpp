#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "models/checksum.hpp"
#include "models/download.hpp"
#include "peel/log.hpp"
#include "peel/models.hpp"
#include "support/comes_about.hpp"
#include "support/error_of.hpp"
#include "support/noise.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::test {

inline std::string hex_hash(HashAlgorithm algorithm, const std::string& text) {
  Hasher hasher(algorithm);
  hasher.update(std::as_bytes(std::span(text)));
  return to_hex(hasher.finish());
}

/// A store of its own in a folder of its own, an environment that says nothing, and a log.
class ModelsTest : public ::testing::Test {
 public:
  ModelsTest() {
    for (const char* name : {"U2NET_HOME",
                             "XDG_DATA_HOME",
                             "MODEL_CHECKSUM_DISABLED",
                             "PEEL_MODEL_MIRROR",
                             "PEEL_OFFLINE",
                             "http_proxy",
                             "https_proxy",
                             "HTTPS_PROXY",
                             "all_proxy",
                             "ALL_PROXY",
                             "SSL_CERT_FILE",
                             "npm_config_registry",
                             "NPM_CONFIG_REGISTRY",
                             "npm_config_userconfig",
                             "NPM_CONFIG_USERCONFIG",
                             "npm_config_globalconfig",
                             "NPM_CONFIG_GLOBALCONFIG",
                             "npm_config_cafile",
                             "NPM_CONFIG_CAFILE",
                             "PIP_INDEX_URL",
                             "PIP_CERT"}) {
      set(name, nullptr);
    }
    set("HOME", home().c_str());
    set("XDG_CACHE_HOME", (folder_ / "cache").c_str());
    set("no_proxy", "127.0.0.1");
    set("npm_config_globalconfig", (folder_ / "no-npmrc").c_str());
    set_log_sink([this](LogLevel, std::string_view text) {
      const std::scoped_lock lock(mutex_);
      log_.emplace_back(text);
    });
  }
  ~ModelsTest() override {
    set_log_sink({});
    for (const auto& [name, value] : saved_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }

 protected:
  /// Sets a variable of the environment until the test's end; nullptr removes it.
  void set(const std::string& name, const char* value) {
    const char* const before = std::getenv(name.c_str());
    saved_.emplace(name, before ? std::optional<std::string>(before) : std::nullopt);
    value ? ::setenv(name.c_str(), value, 1) : ::unsetenv(name.c_str());
  }

  /// How many messages contain the text.
  std::size_t logged(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    std::size_t count = 0;
    for (const auto& message : log_) count += message.find(text) != std::string::npos;
    return count;
  }

  std::filesystem::path home() const { return folder_ / "home"; }
  std::filesystem::path store_folder() const { return folder_ / "store"; }
  ModelStore store() const { return ModelStore(store_folder()); }
  std::filesystem::path part() const { return store_folder() / ".tiny.onnx.part"; }

  /// A model with that content, fetched from that address.
  static ModelInfo tiny_model(const std::string& content, const std::string& url = {}) {
    ModelInfo model;
    model.name = "tiny";
    model.file = "tiny.onnx";
    ModelSource source;
    source.location = url;
    source.md5 = hex_hash(HashAlgorithm::md5, content);
    model.sources.push_back(source);
    return model;
  }

  test::TemporaryFolder folder_;
  /// To wait for what comes, however busy the machine; a test of what never does makes one of them short.
  DownloadLimits limits_{PATIENCE, PATIENCE, 3, std::chrono::milliseconds(1)};
  static constexpr std::chrono::milliseconds SHORT{500};

 private:
  std::map<std::string, std::optional<std::string>> saved_;
  std::mutex mutex_;
  std::vector<std::string> log_;
};

}  // namespace peel::test
