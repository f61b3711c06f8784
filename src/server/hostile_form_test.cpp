// Bodies that are no form, or one that is meant to harm.

#include <gtest/gtest.h>

#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/memory.hpp"
#include "support/test_server.hpp"

namespace peel::test {
namespace {

using nlohmann::json;

class HostileForm : public testing::Test {
 protected:
  HostileForm()
      : server_([](ServerSettings& settings) {
          settings.max_bytes = 8 * MEGABYTE;
          settings.max_pixels = 20'000'000;
        }) {
    EXPECT_TRUE(server_.answers());
    files_ = open_files();
  }
  void TearDown() override {
    EXPECT_TRUE(server_.answers());
    EXPECT_TRUE(files_settle(files_)) << open_files() << " files are open, there were " << files_;
  }
  /// "STATUS code" of what a body of that type is answered.
  std::string outcome(const std::string& body, const std::string& type, const std::string& path = "/api/remove") const {
    httplib::Client client = server_.client();
    const auto answer = client.Post(path, body, type);
    if (!answer) return "no answer";
    const json object = json::parse(answer->body, nullptr, false);
    return std::to_string(answer->status) + (object.is_object() ? " " + object.value("code", "") : "");
  }
  std::string of_parts(const std::string& body) const { return outcome(body, "multipart/form-data; boundary=b"); }
  std::string of_picture(const std::string& bytes) const { return outcome(bytes, "image/png"); }

  TestServer server_;
  std::size_t files_ = 0;
};

std::string part(const std::string& disposition, const std::string& value) {
  return "--b\r\nContent-Disposition: " + disposition + "\r\n\r\n" + value + "\r\n";
}

TEST_F(HostileForm, ADamagedFormIsRefused) {
  const std::string picture = disc_bytes();
  const std::string good = multipart_text(picture);
  const std::string field = part("form-data; name=\"om\"", "true");
  EXPECT_EQ(of_parts(good), "200");
  EXPECT_EQ(of_parts("before it\r\n" + field + good + "after it"), "200");
  EXPECT_EQ(outcome(good, "Multipart/Form-Data; charset=x; Boundary=\"b\""), "200");
  const std::vector<std::pair<std::string, std::string>> cases{
      {"cut short", good.substr(0, good.size() / 2)},
      {"without its end", good.substr(0, good.size() - 4)},
      {"nothing", ""},
      {"another boundary", "--c\r\n\r\n\r\n--c--\r\n"},
      {"no head", "--b\r\nhello"},
      {"no name", part("form-data", "x") + good},
      {"not form-data", part("attachment; name=\"a\"", "x") + good},
      {"an open quote", part("form-data; name=\"a", "x") + good},
      {"no disposition", "--b\r\nContent-Type: image/png\r\n\r\nx\r\n" + good},
      {"two dispositions", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n" + good.substr(5)},
      {"NUL in a name", part(std::string("form-data; name=\"a\0b\"", 21), "x") + good},
      {"CR in a name", part("form-data; name=\"a\rb\"", "x") + good},
      {"LF in a name", part("form-data; name=\"a\nb\"", "x") + good},
      {"a name of 20 kB", part("form-data; name=\"" + std::string(20'000, 'a') + "\"", "x") + good},
      {"a head of 2 MB", "--b\r\nX-A: " + std::string(2 * MEGABYTE, 'a') + "\r\n" + good},
  };
  for (const auto& [name, body] : cases) EXPECT_EQ(of_parts(body), "400 bad_form") << name;
  // The inner one has the outer one's boundary, so what is left of the first part is a head without a picture.
  const std::string nested =
      part("form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: multipart/mixed; boundary=b", good);
  EXPECT_EQ(of_parts(nested), "400 not_a_picture");
}

TEST_F(HostileForm, ATypeWithoutBoundaryIsRefused) {
  const std::string good = multipart_text(disc_bytes());
  for (const std::string type :
       {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"b", "multipart/form-data;;;"}) {
    EXPECT_EQ(outcome(good, type), "400 bad_form") << type;
  }
  EXPECT_EQ(outcome(good, "multipart/form-data; boundary=" + std::string(5000, 'b')), "400 bad_form");
  EXPECT_EQ(outcome(good, "multipart/mixed; boundary=b"), "415 bad_form");
  EXPECT_EQ(outcome(good, "text/html"), "415 bad_form");
}

TEST_F(HostileForm, AFormOfTooMuchIsRefused) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += part("form-data; name=\"f" + std::to_string(i) + "\"", "x");
  EXPECT_EQ(of_parts(many + "--b--\r\n"), "400 bad_form");
  EXPECT_EQ(of_parts(part("form-data; name=\"model\"", std::string(2 * MEGABYTE, 'a')) + "--b--\r\n"), "413 too_large");
  EXPECT_EQ(of_parts(part("form-data; name=\"a\"", std::string(9 * MEGABYTE, 'a'))), "413 too_large");
  std::string pairs;
  for (int i = 0; i < 500'000; ++i) pairs += "&a" + std::to_string(i);
  EXPECT_EQ(outcome(pairs, "application/x-www-form-urlencoded"), "400 bad_form");
}

TEST_F(HostileForm, QuotesInAPartsHeadCostNothing) {
  // A regular expression takes a second for each of these lines.
  std::string line = "form-data; name=\"";
  while (line.size() < 7500) line += "\"; filename=\"";
  std::string body;
  for (int i = 0; i < 60; ++i) body += part(line + "x", "y");
  // Of this process's own time, whatever else is done on the machine.
  const std::clock_t start = std::clock();
  EXPECT_EQ(of_parts(body + "--b--\r\n"), "400 bad_form");
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 20);
}

// With what the connection keeps between two reads; multipart_test.cpp cuts bodies at every byte.
TEST_F(HostileForm, AFormMayComeInPieces) {
  const std::string request = remove_request(disc_bytes(16, 16));
  const std::size_t start = request.find("\r\n\r\n") + 4;
  const std::size_t end = multipart_text("").size() + start;
  RawClient client(server_.port());
  for (std::size_t i = start - 2; i < end; i += 5) {
    client.send(request.substr(0, i));
    client.send(request.substr(i));
    EXPECT_EQ(status_of(client.read_answer()), 200) << "cut after " << i - start << " bytes of the body";
  }
}

TEST_F(HostileForm, JsonThatIsMeantToHarmIsRefused) {
  const std::string type = "application/json";
  const std::string deep(100'000, '[');
  const std::string objects = [] {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "{\"a\":";
    return text;
  }();
  std::string members = "{\"a\":0";
  for (int i = 0; i < 200'000; ++i) members += ",\"a" + std::to_string(i) + "\":1";
  EXPECT_EQ(outcome(deep, type), "400 bad_form");
  EXPECT_EQ(outcome(deep + std::string(100'000, ']'), type), "400 bad_form");
  EXPECT_EQ(outcome(objects, type), "400 bad_form");
  EXPECT_EQ(outcome(members + "}", type), "400 bad_form");
  EXPECT_EQ(outcome("{\"a\":\"" + std::string(10 * MEGABYTE, 'a') + "\"}", type), "413 too_large");
  EXPECT_EQ(outcome("{\"file\":\"\\ud800\"}", type), "400 bad_form");
  EXPECT_EQ(outcome("{\"model\":\"\xff\xfe\"}", type), "400 bad_form");
  EXPECT_EQ(outcome("[]", type), "400 bad_form");
  EXPECT_EQ(outcome("{}", type), "422 invalid_parameter");
  EXPECT_EQ(outcome("{\"image_file_b64\":\"" + std::string(7 * MEGABYTE, 'A') + "\"}", type, "/v1.0/removebg"), "400 ");
}

TEST_F(HostileForm, DeepExtrasDoNotOverflowAStack) {
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  for (const std::string name : {"cc", "sam_prompt", "putalpha", "x"}) {
    const std::string extras = "{\"" + name + "\":" + deep + "}";
    httplib::Client client = server_.client();
    const auto answer = client.Post("/api/remove", form_of(disc_bytes(), {{"extras", extras}}));
    ASSERT_TRUE(answer) << name;
    EXPECT_EQ(answer->status, 422) << name;
  }
  httplib::Client client = server_.client();
  const auto answer = client.Post("/api/scan", form_of(page_bytes(), {{"corners", deep}}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 422);
}

TEST_F(HostileForm, NamesOfFilesAndModelsOpenNothing) {
  httplib::Client client = server_.client();
  const std::string picture = disc_bytes();
  for (const std::string name :
       {"../../etc/passwd", "/etc/passwd", "a;b|c`d`", "con", "..", "C:\\\\x\\\\a.png", "a\\\"b"}) {
    const auto answer =
        client.Post("/api/remove", httplib::MultipartFormDataItems{{"file", picture, name, "image/png"}});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200) << name;
  }
  const std::string path = (server_.folder() / "subject.onnx").string();
  for (const std::string& model :
       {std::string("../x"), std::string("/etc/passwd"), std::string("x.onnx"), path, std::string("../subject"),
        std::string("subject.onnx"), std::string("sub\nject"), std::string("custom"), std::string(60'000, 'x')}) {
    const auto answer = client.Post("/api/remove", form_of(picture, {{"model", model}}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 422) << model.substr(0, 40);
    EXPECT_EQ(answer->body.find(server_.folder().path().string()), std::string::npos) << "a path is told";
  }
  for (const std::string extras : {R"({"model_path":"/etc/passwd"})", R"({"model_path":"subject"})"}) {
    const auto answer = client.Post("/api/remove", form_of(picture, {{"extras", extras}}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 422) << extras;
  }
}

/// A PNG of that size whose data are `data`.
std::string png(std::uint32_t width, std::uint32_t height, const std::string& data) {
  const auto crc = [](const std::string& bytes) {
    std::uint32_t value = 0xFFFFFFFF;
    for (const char c : bytes) {
      value ^= static_cast<unsigned char>(c);
      for (int i = 0; i < 8; ++i) value = value >> 1 ^ (value & 1 ? 0xEDB88320 : 0);
    }
    return ~value;
  };
  const auto number = [](std::uint64_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
    return bytes;
  };
  const auto chunk = [&](const std::string& type, const std::string& bytes) {
    return number(bytes.size()) + type + bytes + number(crc(type + bytes));
  };
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", number(width) + number(height) + std::string("\x08\x02\0\0\0", 5)) +
         chunk("IDAT", data) + chunk("IEND", "");
}

TEST_F(HostileForm, PicturesThatAreMuchLargerThanTheirFilesAreCutOff) {
  EXPECT_EQ(of_picture(png(60'000, 60'000, "")), "413 too_many_pixels");
  EXPECT_EQ(of_picture(png(10'000, 2'001, "")), "413 too_many_pixels");
  EXPECT_TRUE(of_picture(png(0x7FFFFFFF, 0x7FFFFFFF, "")).starts_with("4"));
  EXPECT_EQ(of_picture(png(4'000, 4'000, "x")), "400 damaged_picture");
  EXPECT_EQ(of_picture(png(0, 0, "")), "400 damaged_picture");
  // Stored zeros, far more than the header has pixels for.
  std::string data = "\x78\x01";
  for (int i = 0; i < 100; ++i) data += std::string("\x00\xff\xff\x00\x00", 5) + std::string(65'535, '\0');
  const std::uint64_t before = resident_memory();
  const std::string outcome = of_picture(png(4, 4, data));
  EXPECT_TRUE(outcome == "200" || outcome == "400 damaged_picture") << outcome;
  EXPECT_LT(resident_memory(), before + 100 * MEGABYTE);
}

TEST_F(HostileForm, WhatIsNoPictureIsRefused) {
  EXPECT_EQ(of_picture(""), "400 not_a_picture");
  EXPECT_EQ(of_picture("hello"), "400 not_a_picture");
  EXPECT_EQ(of_picture(std::string(5 * MEGABYTE, '\0')), "400 not_a_picture");
  EXPECT_EQ(of_picture("%PDF-1.7\n"), "400 not_a_picture");
  EXPECT_EQ(of_picture("<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"),
            "400 not_a_picture");
  EXPECT_EQ(of_picture("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><svg>&b;</svg>"),
            "400 not_a_picture");
  EXPECT_EQ(of_picture("\xff\xd8\xff\xe0 and no more"), "400 damaged_picture");
}

TEST_F(HostileForm, ADamagedPictureInAnyPlaceHarmsNothing) {
  std::uint32_t state = 3;
  const auto random = [&state] { return (state = state * 1664525 + 1013904223) >> 8; };
  for (const FileFormat format : {FileFormat::png, FileFormat::jpeg, FileFormat::webp, FileFormat::tiff}) {
    const std::string good = disc_bytes(64, 48, format);
    for (int i = 0; i < 25; ++i) {
      std::string bad = good;
      for (int n = 0; n < 3; ++n) bad[random() % bad.size()] = static_cast<char>(random());
      if (i % 3 == 0) bad.resize(random() % bad.size());
      const std::string got = of_picture(bad);
      EXPECT_TRUE(got.starts_with("200") || got.starts_with("400") || got.starts_with("413")) << got;
    }
  }
}

}  // namespace
}  // namespace peel::test
