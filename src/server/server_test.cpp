// What clients ask for, asked for properly.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "models/base64.hpp"
#include "peel/remover.hpp"
#include "support/error_of.hpp"
#include "support/test_server.hpp"

namespace peel::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AnyOf;
using testing::HasSubstr;

std::string in_base64(const std::string& bytes) {
  std::string text(bytes.size() / 3 * 4 + 8, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

class ServerTest : public testing::Test {
 protected:
  httplib::Result remove(const std::vector<std::pair<std::string, std::string>>& fields,
                         const httplib::Headers& headers = {}) const {
    return server_.client().Post("/api/remove", headers, form_of(picture_, fields));
  }
  static int alpha(const Image& image, int x, int y) {
    return std::to_integer<int>(
        image.data()[y * image.stride() + x * channels(image.format()) + channels(image.format()) - 1]);
  }
  static json parsed(const httplib::Result& answer) {
    return answer ? json::parse(answer->body, nullptr, false) : json();
  }

  TestServer server_;
  std::string picture_ = disc_bytes();
};

TEST_F(ServerTest, ACutOutHasThePicturesSizeAndTheSubjectsAlpha) {
  const auto answer = remove({});
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(answer->get_header_value("Content-Type"), "image/png");
  const Image image = decoded(answer->body);
  EXPECT_EQ(image.width(), 64);
  EXPECT_EQ(image.height(), 48);
  ASSERT_EQ(image.format(), PixelFormat::rgba8);
  EXPECT_GE(alpha(image, 32, 24), 250);
  EXPECT_EQ(alpha(image, 1, 1), 0);
  EXPECT_EQ(answer->get_header_value("X-Peel-Model"), "subject");
  EXPECT_EQ(answer->get_header_value("X-Peel-Provider"), "cpu");
  EXPECT_THAT(answer->get_header_value("X-Peel-Engine"), AnyOf("onnxruntime", "openvino"));
  EXPECT_EQ(answer->get_header_value("X-Peel-Precision"), "fp32");
  EXPECT_EQ(answer->get_header_value("X-Peel-Subject"), "true");
  EXPECT_EQ(answer->get_header_value("X-Peel-Size"), "64x48");
  EXPECT_THAT(answer->get_header_value("Server-Timing"), HasSubstr("inference;dur="));
  EXPECT_FALSE(answer->get_header_value("ETag").empty());
  EXPECT_EQ(answer->get_header_value("X-Content-Type-Options"), "nosniff");
}

TEST_F(ServerTest, RembgsCallsAreUnderstood) {
  for (const std::vector<std::pair<std::string, std::string>>& fields :
       {std::vector<std::pair<std::string, std::string>>{{"model", "subject"}},
        {{"a", "true"}, {"af", "240"}, {"ab", "10"}, {"ae", "3"}},
        {{"a", "True"}, {"ae", "auto"}},
        {{"om", "true"}},
        {{"ppm", "true"}},
        {{"bgc", "255,0,0,255"}},
        {{"extras", "{\"putalpha\": true}"}},
        {{"extras", ""}},
        {{"crop", "true"}, {"refine", "1"}, {"decontaminate", "yes"}, {"threshold", "128"}, {"feather", "1.5"}}}) {
    const auto answer = remove(fields);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200) << fields.front().first << ": " << answer->body;
    EXPECT_GT(decoded(answer->body).width(), 0);
  }
  EXPECT_EQ(decoded(remove({{"om", "1"}})->body).format(), PixelFormat::gray8);
  const Image on_red = decoded(remove({{"bgc", "255,0,0,255"}})->body);
  EXPECT_EQ(std::to_integer<int>(on_red.data()[0]), 255);
  const auto cropped = remove({{"crop", "2"}});
  EXPECT_FALSE(cropped->get_header_value("X-Peel-Crop").empty());
  EXPECT_LT(decoded(cropped->body).width(), 64);
}

TEST_F(ServerTest, ParametersMayStandInTheQuery) {
  const auto answer = server_.client().Post("/api/remove?om=true&model=subject", form_of(picture_));
  ASSERT_TRUE(answer);
  EXPECT_EQ(decoded(answer->body).format(), PixelFormat::gray8);
}

TEST_F(ServerTest, APictureMayBeTheBodyItself) {
  const auto answer =
      server_.client().Post("/api/remove?format=png", disc_bytes(64, 48, FileFormat::jpeg), "image/jpeg");
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(decoded(answer->body).width(), 64);
}

TEST_F(ServerTest, TheFormatIsThatOfTheParameterElseWhatIsAccepted) {
  const auto type = [this](const std::vector<std::pair<std::string, std::string>>& fields, const std::string& accept) {
    const auto answer = remove(fields, {{"Accept", accept}});
    return answer ? answer->get_header_value("Content-Type") : "no answer";
  };
  EXPECT_EQ(type({{"format", "webp"}}, "image/png"), "image/webp");
  EXPECT_EQ(type({{"format", "jpeg"}, {"quality", "50"}}, "*/*"), "image/jpeg");
  EXPECT_EQ(type({{"format", "tiff"}}, "*/*"), "image/tiff");
  EXPECT_EQ(type({}, "image/webp"), "image/webp");
  EXPECT_EQ(type({}, "image/jpeg;q=0.5, image/webp;q=0.9"), "image/webp");
  EXPECT_EQ(type({}, "text/html,*/*;q=0.8"), "image/png");
  EXPECT_EQ(type({}, "application/pdf"), "image/png");
  EXPECT_EQ(remove({}, {{"Accept", "image/webp"}})->get_header_value("Vary"), "Accept");
}

TEST_F(ServerTest, AWrongParameterIsToldAsFastApiDoes) {
  const auto without_file =
      server_.client().Post("/api/remove", httplib::MultipartFormDataItems{{"a", "true", "", ""}});
  ASSERT_TRUE(without_file);
  EXPECT_EQ(without_file->status, 422);
  json object = parsed(without_file);
  EXPECT_EQ(object["detail"][0]["loc"], json({"body", "file"}));
  EXPECT_EQ(object["detail"][0]["type"], "value_error");
  EXPECT_FALSE(object["detail"][0]["msg"].get<std::string>().empty());
  EXPECT_EQ(object["code"], "invalid_parameter");
  EXPECT_EQ(object["request_id"], without_file->get_header_value("X-Request-Id"));
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"af", "256"},
                                                                                    {"ab", "-1"},
                                                                                    {"ae", "x"},
                                                                                    {"om", "maybe"},
                                                                                    {"bgc", "no colour"},
                                                                                    {"format", "bmp"},
                                                                                    {"quality", "0"},
                                                                                    {"extras", "{"},
                                                                                    {"extras", "[]"},
                                                                                    {"crop", "x"},
                                                                                    {"feather", "nan"},
                                                                                    {"offset", "1e9"},
                                                                                    {"category", "hat"},
                                                                                    {"min_area", "-1"},
                                                                                    {"model", "u2net"},
                                                                                    {"model", "nonesuch"},
                                                                                    {"effort", "much"},
                                                                                    {"af", "1.5"},
                                                                                    {"af", "1 1"}}) {
    const auto answer = remove({{name, value}});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 422) << name << "=" << value;
    EXPECT_EQ(parsed(answer)["detail"][0]["loc"], json({"body", name}));
  }
}

TEST_F(ServerTest, AddressesAreNotFetchedUnlessAllowed) {
  const auto got = server_.client().Get("/api/remove?url=http://127.0.0.1/x?y");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 403);
  EXPECT_EQ(parsed(got)["code"], "url_fetch_off");
  const auto nothing = server_.client().Get("/api/remove");
  EXPECT_EQ(nothing->status, 422);
  TestServer allowed([](ServerSettings& settings) { settings.allow_url_fetch = true; });
  // Its own address is none of the Internet.
  const auto own = allowed.client().Get(
      ("/api/remove?url=http://127.0.0.1:" + std::to_string(allowed.port()) + "/icon.svg").c_str());
  ASSERT_TRUE(own);
  EXPECT_GE(own->status, 400);
  EXPECT_LT(own->status, 500);
}

TEST_F(ServerTest, APostWithoutABodyLacksItsFile) {
  RawClient client(server_.port());
  client.send("POST /api/remove HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(client.read_answer()), 422);
}

TEST_F(ServerTest, APageIsFoundAndMadeFlat) {
  const std::string page = page_bytes();
  const auto corners = server_.client().Post("/api/scan", form_of(page, {{"only", "corners"}, {"model", "none"}}));
  ASSERT_TRUE(corners);
  ASSERT_EQ(corners->status, 200) << corners->body;
  const json about = parsed(corners);
  EXPECT_EQ(about["status"], "found") << about.dump();
  ASSERT_EQ(about["corners"].size(), 4u);
  EXPECT_NEAR(about["corners"][0][0].get<double>(), 40, 3);
  EXPECT_NEAR(about["corners"][2][1].get<double>(), 260, 3);
  EXPECT_EQ(about["picture_width"], 240);
  EXPECT_EQ(about["width"], 0);
  const auto flat =
      server_.client().Post("/api/scan", form_of(page, {{"corners", about["corners"].dump()}, {"format", "jpeg"}}));
  ASSERT_TRUE(flat);
  ASSERT_EQ(flat->status, 200) << flat->body;
  EXPECT_EQ(flat->get_header_value("Content-Type"), "image/jpeg");
  const json told = json::parse(flat->get_header_value("X-Peel-Scan"));
  EXPECT_NEAR(decoded(flat->body).width(), 160, 6);
  EXPECT_EQ(told["width"], decoded(flat->body).width());
  const auto with_model = server_.client().Post("/api/scan", form_of(page));
  ASSERT_TRUE(with_model);
  EXPECT_EQ(with_model->status, 200) << with_model->body;
  EXPECT_EQ(with_model->get_header_value("X-Peel-Model"), "subject");
}

TEST_F(ServerTest, WhereThereIsNoPageThatIsSaid) {
  const std::string empty = [] {
    const std::vector<unsigned char> pixels(3 * 100 * 100, 40);
    const auto bytes = encode(Image::from_pixels({pixels.data(), 100, 100, 300, PixelFormat::rgb8}), {});
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }();
  const auto answer = server_.client().Post("/api/scan", form_of(empty, {{"model", "none"}}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 422);
  EXPECT_EQ(parsed(answer)["code"], "no_page");
  EXPECT_EQ(parsed(answer)["scan"]["status"], "not_found");
  for (const std::string corners :
       {"[]", "[[0,0],[1,0],[1,1]]", "x", "[[0,0],[1,0],[1,1],[0,\"1\"]]", "[[900,900],[990,900],[990,990],[900,990]]",
        "[[1e300,0],[1e308,0],[1e308,1e308],[0,1e308]]", "[[0,0],[0,0],[0,0],[0,0]]"}) {
    const auto wrong = server_.client().Post("/api/scan", form_of(page_bytes(), {{"corners", corners}}));
    ASSERT_TRUE(wrong);
    EXPECT_EQ(wrong->status, 422) << corners << wrong->body.substr(0, 200);
  }
}

TEST_F(ServerTest, RemoveBgsCallsAreAnsweredItsWay) {
  const auto ask = [this](const httplib::MultipartFormDataItems& items, const httplib::Headers& headers = {}) {
    return server_.client().Post("/v1.0/removebg", headers, items);
  };
  const auto file = ask({{"image_file", picture_, "a.png", "image/png"}, {"size", "auto", "", ""}});
  ASSERT_TRUE(file);
  ASSERT_EQ(file->status, 200) << file->body;
  EXPECT_EQ(decoded(file->body).width(), 64);
  EXPECT_EQ(file->get_header_value("X-Width"), "64");
  const auto b64 =
      ask({{"image_file_b64", in_base64(picture_), "", ""}, {"bg_color", "ff0000", "", ""}, {"format", "jpg", "", ""}});
  ASSERT_TRUE(b64);
  ASSERT_EQ(b64->status, 200) << b64->body;
  EXPECT_EQ(b64->get_header_value("Content-Type"), "image/jpeg");
  const auto crop =
      ask({{"image_file", picture_, "a.png", "image/png"}, {"crop", "true", "", ""}}, {{"Accept", "application/json"}});
  ASSERT_TRUE(crop);
  ASSERT_EQ(crop->status, 200) << crop->body;
  const auto bytes = decode_base64(parsed(crop)["data"]["result_b64"].get<std::string>());
  ASSERT_TRUE(bytes);
  EXPECT_LT(decoded(*bytes).width(), 64);
  const auto none = ask({{"size", "auto", "", ""}});
  EXPECT_EQ(none->status, 400);
  EXPECT_EQ(parsed(none)["errors"][0]["code"], "missing_source");
  EXPECT_EQ(parsed(ask({{"image_file", "x", "a.png", ""}}))["errors"][0]["code"], "invalid_file_type");
  // This server fetches nothing: of which picture that is, the client is told.
  const auto refused = [&](const char* name) {
    return parsed(ask({{name, "http://example.com/a.png", "", ""}}))["errors"][0]["code"].get<std::string>();
  };
  EXPECT_EQ(refused("image_url"), "failed_image_download");
  const auto ground =
      ask({{"image_file", picture_, "a.png", "image/png"}, {"bg_image_url", "http://example.com/", "", ""}});
  EXPECT_EQ(parsed(ground)["errors"][0]["code"], "failed_bg_download");
  EXPECT_EQ(server_.client().Get("/v1.0/account")->status, 200);
}

TEST_F(ServerTest, StartsOnce) {
  const Error again = error_of([&] { server_->start(); });
  EXPECT_EQ(again.code(), ErrorCode::usage);
  EXPECT_THAT(again.what(), HasSubstr("started before"));
  EXPECT_TRUE(server_.answers());
  server_->stop(10s);
  const Error late = error_of([&] { server_->start(); });
  EXPECT_EQ(late.code(), ErrorCode::usage);
  EXPECT_THAT(late.what(), HasSubstr("stopped"));
  Server moved = std::move(*server_.operator->());
  EXPECT_EQ(error_of([&] { server_->start(); }).code(), ErrorCode::usage);
  EXPECT_EQ(server_->port(), 0);
  EXPECT_GT(moved.port(), 0);
}

TEST(ServerSettings, ThatMakeNoSenseAreRefused) {
  const std::vector<std::function<void(ServerSettings&)>> mistakes{
      [](ServerSettings& settings) { settings.port = 70'000; },
      [](ServerSettings& settings) { settings.port = -1; },
      [](ServerSettings& settings) { settings.connections = 0; },
      [](ServerSettings& settings) { settings.together = -1; },
      [](ServerSettings& settings) { settings.max_bytes = 0; },
      [](ServerSettings& settings) { settings.head_timeout = 0ms; },
      [](ServerSettings& settings) { settings.remover.threads = 100'000; }};
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    EXPECT_EQ(error_of([&] { TestServer server(mistakes[i]); }).code(), ErrorCode::usage) << i;
  }
}

TEST_F(ServerTest, ManyAtATimeGetWhatTheLibraryMakes) {
  Settings settings;
  settings.model_name = (server_.folder() / "subject.onnx").string();
  settings.device = Device::cpu;
  settings.threads = 2;
  const BackgroundRemover remover(settings);
  std::vector<std::string> pictures;
  std::vector<Image> wanted;
  for (int i = 0; i < 4; ++i) {
    pictures.push_back(disc_bytes(40 + 20 * i, 48 + i));
    wanted.push_back(remover.remove(std::as_bytes(std::span(pictures.back()))).image);
  }
  std::atomic<int> same = 0;
  std::vector<std::thread> clients;
  for (std::size_t t = 0; t < 16; ++t) {
    clients.emplace_back([&, t] {
      httplib::Client client = server_.client();
      client.set_keep_alive(true);
      for (std::size_t n = 0; n < 4; ++n) {
        const std::size_t which = (t + n) % pictures.size();
        const auto answer = client.Post("/api/remove", form_of(pictures[which]));
        if (!answer || answer->status != 200) continue;
        const Image image = decoded(answer->body);
        if (image.size_bytes() == wanted[which].size_bytes() &&
            std::memcmp(image.data(), wanted[which].data(), image.size_bytes()) == 0) {
          ++same;
        }
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(same, 64);
}

}  // namespace
}  // namespace peel::test
