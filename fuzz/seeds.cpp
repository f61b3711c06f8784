// Writes a few inputs to start from for the fuzzers that would else have to guess a whole file format:
// `fuzz_seeds FOLDER` makes FOLDER/decode/..., FOLDER/graph/... and so on, a folder for each.

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "image/png_encoder.hpp"
#include "peel/file.hpp"
#include "support/pictures.hpp"
#include "support/stand_in_model.hpp"

namespace {

using namespace peel;
using namespace std::string_view_literals;

std::filesystem::path folder;

void seed(const std::string& fuzzer, const std::string& name, std::span<const std::byte> bytes) {
  std::filesystem::create_directories(folder / fuzzer);
  write_file(folder / fuzzer / name, bytes);
}

void seed(const std::string& fuzzer, const std::string& name, std::string_view text) {
  seed(fuzzer, name, std::as_bytes(std::span(text)));
}

void pictures() {
  for (const PixelFormat format : test::STORED_FORMATS) {
    const Image image(test::photograph(12, 9, format));
    const std::string name = "format" + std::to_string(static_cast<int>(format));
    for (const FileFormat file :
         {FileFormat::png, FileFormat::webp, FileFormat::tiff, FileFormat::avif, FileFormat::jxl}) {
      EncodeOptions options;
      options.format = file;
      seed("decode", name + std::string(extension(file)), encode(image, options));
    }
    if (has_alpha(format)) continue;
    EncodeOptions options;
    options.format = FileFormat::jpeg;
    seed("decode", name + ".jpg", encode(image, options));
  }
  seed("decode", "one.gif", "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"sv);
}

// 2 x 2 pixels each: 24 bits, and 8 bits with a palette of two colours and runs.
void bitmaps() {
  constexpr auto direct =
      "BM\0\0\0\0\0\0\0\0\x36\0\0\0"
      "\x28\0\0\0\2\0\0\0\2\0\0\0\1\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
      "\1\2\3\4\5\6\0\0\7\x08\x09\x0a\x0b\x0c\0\0"sv;
  constexpr auto runs =
      "BM\0\0\0\0\0\0\0\0\x3e\0\0\0"
      "\x28\0\0\0\2\0\0\0\2\0\0\0\1\0\x08\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"
      "\0\0\0\0\xff\x80\x40\0\2\1\0\0\1\0\1\1\0\1"sv;
  for (const std::string fuzzer : {"bmp", "decode"}) {
    seed(fuzzer, "direct.bmp", direct);
    seed(fuzzer, "runs.bmp", runs);
  }
}

void graphs() {
  for (const auto fuzzer : {"graph", "quantize"}) {
    seed(fuzzer, "plain", test::stand_in_model({}));
    seed(fuzzer, "half", test::stand_in_model({.side_outputs = 2, .half = true}));
    seed(fuzzer, "unsorted", test::stand_in_model({.side_outputs = 1, .channels = 2, .unsorted = true}));
  }
}

void texts() {
  const std::string hash(64, 'a');
  seed("chunk_list", "one", R"({"e":{"size":5,"chunks":[{"hash":")" + hash + R"(","offsets":[0,5]}]}})");
  seed("chunk_list", "two",
       R"({"e":{"size":9e0,"chunks":[{"hash":")" + hash + R"(","offsets":[0,5]},{"hash":")" + hash +
           R"(","offsets":[5.0,-9]}]}})");
  int number = 0;
  for (const auto text : {"white", "#0af", "#00aaff80", "1, 2,3", "255,128,0,64", "transparent"}) {
    seed("color", std::to_string(number++), std::string_view(text));
  }
}

void requests() {
  const auto post = [](const std::string& name, const std::string& type, const std::string& body) {
    seed("http_request", name,
         "POST /f HTTP/1.1\r\nHost: a\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
             "\r\n\r\n" + body);
  };
  std::string parts;
  for (const auto& [field, value] : std::array<std::pair<const char*, const char*>, 10>{
           {{"a", "true"},
            {"af", "200"},
            {"bgc", "1,2,3,4"},
            {"fill_holes", "2%"},
            {"offset", "-1.5"},
            {"crop", "30"},
            {"extras", R"({"sam_prompt":[{"type":"point","data":[1,2],"label":1}]})"},
            {"roi", "10% 10% 90% 90%"},
            {"crop_margin", "10px 5%"},
            {"corners", "[[0,0],[9,0],[9,9],[0,9]]"}}}) {
    parts += std::string("--x\r\nContent-Disposition: form-data; name=\"") + field + "\"\r\n\r\n" + value + "\r\n";
  }
  parts +=
      "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: "
      "image/png\r\n\r\nabc\r\n--x--\r\n";
  post("multipart", "multipart/form-data; boundary=x", parts);
  post("json", "application/json",
       R"({"image_url":"http://a/b","size":"hd","position":"center","scale":"50%","accept":"image/webp;q=0.5,*/*"})");
  post("urlencoded", "application/x-www-form-urlencoded",
       "image_file_b64=YWJj&bg_color=%2381d4fa&channels=alpha&only=corners&page=a4");
  post("picture", "image/jpeg", "abc");
  seed("http_request", "chunked",
       "POST /f HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: "
       "chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nGET "
       "/q?om=1&format=webp&quality=80 HTTP/1.1\r\nHost: a\r\n\r\n"sv);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  folder = arguments[1];
  pictures();
  bitmaps();
  graphs();
  texts();
  requests();
  for (const auto name : {"png_round_trip", "deflate_reopen", "resample"}) {
    std::filesystem::create_directories(folder / name);
  }
}
