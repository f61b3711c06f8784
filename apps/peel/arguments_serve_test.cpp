#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "support/parsed_arguments.hpp"

namespace peel::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

Said serve_of(std::vector<std::string> arguments) {
  return said(std::move(arguments));
}

TEST(ServeArguments, RembgsMeanTheSame) {
  const Said a = serve_of({"s", "-p", "8080", "-h", "0.0.0.0", "-l", "warning", "-t", "3", "--no-ui"});
  EXPECT_EQ(a.server.port, 8080);
  EXPECT_EQ(a.server.host, "0.0.0.0");
  EXPECT_TRUE(a.serve.quiet_log);
  EXPECT_EQ(a.settings.threads, 3);
  EXPECT_FALSE(a.server.page);
  EXPECT_FALSE(serve_of({"s", "--log_level", "debug"}).serve.quiet_log);
  EXPECT_THAT(std::get<std::string>(CommandLine().parse({"s", "-h"})), HasSubstr("peel serve"));
}

TEST(ServeArguments, SizesAndTimesHaveUnits) {
  const Said a = serve_of({"serve", "--max-bytes", "1M", "--max-pixels", "2M", "--timeout", "1.5", "--head-timeout",
                           "250ms", "--body-timeout", "2m", "--drain", "5s"});
  EXPECT_EQ(a.server.max_bytes, 1U << 20);
  EXPECT_EQ(a.server.max_pixels, 2'000'000U);
  EXPECT_EQ(a.server.timeout, 1500ms);
  EXPECT_EQ(a.server.head_timeout, 250ms);
  EXPECT_EQ(a.server.body_timeout, 2min);
  EXPECT_EQ(a.serve.drain, 5s);
  EXPECT_THAT(error_of({"serve", "--timeout", "5 parsecs"}), HasSubstr("write 30, 30s, 500ms or 2m"));
  EXPECT_THAT(error_of({"serve", "--timeout", "s"}), HasSubstr("--timeout"));
  EXPECT_THAT(error_of({"serve", "--port", "65536"}), HasSubstr("--port"));
}

TEST(ServeArguments, SeveralModelsAndOriginsHaveCommas) {
  const Said a = serve_of({"serve", "-m", "silueta,./mine.onnx", "--warm", "--cors", "https://a.example,*"});
  EXPECT_THAT(a.server.models, ElementsAre("silueta", "./mine.onnx"));
  EXPECT_TRUE(a.server.warm);
  EXPECT_THAT(a.server.cors_origins, ElementsAre("https://a.example", "*"));
}

}  // namespace
}  // namespace peel::cli
