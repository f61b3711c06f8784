#pragma once

#include <string>

#include "models/fetch.hpp"
#include "support/http_server.hpp"
#include "support/models_test.hpp"

namespace peel::test {

/// A model of 300 kB that a test's server holds, to be fetched into a store of its own.
class DownloadTest : public ModelsTest {
 protected:
  ModelInfo model(const HttpTestServer& server, const std::string& path = "/release/tiny.onnx") const {
    return tiny_model(content_, server.address() + path);
  }
  std::filesystem::path ensure(const ModelInfo& wanted) { return ensure_model(store(), wanted, options_, limits_); }
  void expect_installed() {
    EXPECT_EQ(read_text(store_folder() / "tiny.onnx"), content_);
    EXPECT_FALSE(std::filesystem::exists(part()));
    EXPECT_FALSE(std::filesystem::exists(store_folder() / ".peel" / "tiny.onnx.part.json"));
  }
  static std::string range(const HttpRequest& request) {
    const auto found = request.headers.find("range");
    return found == request.headers.end() ? "" : found->second;
  }

  const std::string content_ = noise_text(300'000);
  FetchOptions options_;
};

}  // namespace peel::test
