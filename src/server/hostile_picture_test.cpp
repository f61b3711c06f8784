// Pictures and parameters that would have the server take more time or memory than they seem to.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/test_server.hpp"

namespace peel::test {
namespace {

using namespace std::chrono_literals;

struct Refusal {
  int status = 0;
  std::string code;
  bool operator==(const Refusal&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
  return out << refusal.status << " " << refusal.code;
}

/// Of a page of 240 x 300 pixels with these corners, cut out without a model.
Refusal scanned(const TestServer& server, const std::string& corners) {
  const auto answer = server.client().Post("/api/scan", form_of(page_bytes(), {{"corners", corners}}));
  if (!answer) return {};
  if (answer->status == 200) return {200, ""};
  return {answer->status, nlohmann::json::parse(answer->body).value("code", "")};
}

TEST(HostilePicture, CornersLieOutsideByNoMoreThanASideOfThePicture) {
  const TestServer server;
  EXPECT_EQ(scanned(server, "[[-299,-299],[599,-299],[599,599],[-299,599]]"), (Refusal{200, ""}));
  EXPECT_EQ(scanned(server, "[[-1,-1],[16383,-1],[16383,16383],[-1,16383]]"), (Refusal{422, "invalid_parameter"}));
  EXPECT_EQ(scanned(server, "[[-301,0],[240,0],[240,300],[0,300]]"), (Refusal{422, "invalid_parameter"}));
}

TEST(HostilePicture, APageOfGivenCornersKeepsToTheLimitOfPixels) {
  const TestServer server([](ServerSettings& settings) { settings.max_pixels = 100'000; });
  EXPECT_EQ(scanned(server, "[[0,0],[240,0],[240,300],[0,300]]"), (Refusal{200, ""}));
  EXPECT_EQ(scanned(server, "[[-200,-200],[440,-200],[440,500],[-200,500]]"), (Refusal{413, "too_many_pixels"}));
}

TEST(HostilePicture, APageOfGivenCornersIsCountedBeforeItIsMade) {
  const TestServer server([](ServerSettings& settings) { settings.picture_bytes = 5 * MEGABYTE; });
  EXPECT_EQ(scanned(server, "[[0,0],[240,0],[240,300],[0,300]]"), (Refusal{200, ""}));
  EXPECT_EQ(scanned(server, "[[-200,-200],[440,-200],[440,500],[-200,500]]"), (Refusal{413, "too_many_pixels"}));
}

TEST(HostilePicture, OneThatTakesTooLongToDecodeIsGivenUp) {
  const TestServer server([](ServerSettings& settings) { settings.decode_timeout = 1ms; });
  const std::string slow = noise_bytes(2000);
  EXPECT_TRUE(comes_about([&] {
    const auto answer = server.client().Post("/api/remove", form_of(slow));
    return answer && answer->status == 422 && answer->body.find("too_slow_to_read") != std::string::npos;
  }));
}

}  // namespace
}  // namespace peel::test
