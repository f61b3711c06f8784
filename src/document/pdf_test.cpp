#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <string>

#include "base/file.hpp"
#include "document/fax.hpp"
#include "peel/document.hpp"
#include "support/error_of.hpp"
#include "support/pdf_reader.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

using test::photograph;

class Pdf : public testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / fmt::format("peel_pdf_test_{}", ::getpid());
    std::filesystem::create_directories(folder);
    file = folder / "pages.pdf";
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
  }

  // What was written, in which a reader must find nothing to repair.
  std::vector<test::PdfPage> read_back() const {
    const test::PdfFile read = test::read_pdf(file.string());
    EXPECT_TRUE(read.warnings.empty()) << read.warnings.front();
    return read.pages;
  }

  std::filesystem::path folder;
  std::filesystem::path file;
};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// Size of a page in points.
std::pair<double, double> size_of(const test::PdfPage& page) {
  return {page.width, page.height};
}

// A page of lines and dots, black and white.
Image drawing(int width, int height, unsigned seed = 3) {
  auto data = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
  std::mt19937 random(seed);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool ink = (y / 7 % 5 == 1 && x / 11 % 3 != 0) || random() % 50 == 0;
      data->row<std::uint8_t>(y)[x] = ink ? 0 : 255;
    }
  }
  return Image(std::move(data));
}

Image plain(int width, int height, std::uint8_t value) {
  auto data = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
  std::fill_n(data->row<std::uint8_t>(0), data->pixels.size(), value);
  return Image(std::move(data));
}

// A group 4 stream with the header of a TIFF before it, so that another decoder reads it. White is 0 in it.
Image decoded_group4(std::span<const std::byte> stream, int width, int height) {
  struct Entry {
    std::uint16_t tag;
    std::uint16_t type;  // 3: 16 bits, 4: 32
    std::uint32_t value;
  };
  constexpr std::uint16_t COUNT = 8;
  constexpr std::uint32_t HEADER = 8 + 2 + 12 * COUNT + 4;
  const Entry entries[COUNT] = {{256, 4, static_cast<std::uint32_t>(width)},
                                {257, 4, static_cast<std::uint32_t>(height)},
                                {258, 3, 1},
                                {259, 3, 4},
                                {262, 3, 0},
                                {273, 4, HEADER},
                                {278, 4, static_cast<std::uint32_t>(height)},
                                {279, 4, static_cast<std::uint32_t>(stream.size())}};
  std::vector<std::byte> tiff;
  const auto put = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) tiff.push_back(static_cast<std::byte>(value >> (8 * i)));
  };
  put(0x002A4949, 4);  // little-endian
  put(8, 4);
  put(COUNT, 2);
  for (const Entry& entry : entries) {
    put(entry.tag, 2);
    put(entry.type, 2);
    put(1, 4);
    put(entry.value, 4);
  }
  put(0, 4);
  tiff.insert(tiff.end(), stream.begin(), stream.end());
  return decode(tiff);
}

TEST_F(Pdf, PagesAreAsLargeAsTheirPaper) {
  PdfWriter writer(file);
  const Image page(photograph(300, 600, PixelFormat::rgb8));
  writer.add(page, 85, 210, 297);
  writer.add(page);
  writer.add(page, 85, 25.4);
  writer.add(Image(photograph(1, 1, PixelFormat::rgb8)));
  writer.add(drawing(70'000, 7));
  EXPECT_EQ(writer.pages(), 5);
  writer.finish();
  const auto pages = read_back();
  ASSERT_EQ(pages.size(), 5U);
  EXPECT_NEAR(size_of(pages[0]).first, 595.276, 1e-3);
  EXPECT_NEAR(size_of(pages[0]).second, 841.890, 1e-3);
  EXPECT_EQ(size_of(pages[1]), std::pair(72.0, 144.0)) << "300 pixels an inch";
  EXPECT_EQ(size_of(pages[2]), std::pair(72.0, 144.0)) << "in proportion";
  EXPECT_EQ(size_of(pages[3]), std::pair(3.0, 3.0));
  EXPECT_EQ(size_of(pages[4]).first, 14400) << "no more than readers show";
}

TEST_F(Pdf, PagesCanBePlacedUntilTheEnd) {
  PdfWriter writer(file);
  const Image page(photograph(300, 600, PixelFormat::rgb8));
  for (int i = 0; i < 3; ++i) writer.add(page);
  writer.place(1, 210, 297);
  writer.place(2, 80, 160, 210, 297);
  writer.place(3, 420, 840, 210, 297);
  EXPECT_EQ(peel::test::error_of([&] { writer.place(4, 1, 1); }).code(), ErrorCode::usage);
  writer.finish();
  const auto pages = read_back();
  ASSERT_EQ(pages.size(), 3U);
  for (const auto& one : pages) {
    EXPECT_NEAR(size_of(one).first, 595.276, 1e-3);
    EXPECT_NEAR(size_of(one).second, 841.890, 1e-3);
  }
  const auto number = [](double mm) { return fmt::format("{:.3f}", mm * 72 / 25.4); };
  EXPECT_THAT(pages[1].contents, testing::HasSubstr(fmt::format("q {} 0 0 {} {} {} cm", number(80), number(160),
                                                                number(65), number(68.5))))
      << "as large as it is, in the middle";
  EXPECT_THAT(pages[2].contents, testing::HasSubstr(fmt::format("q {} 0 0 {} {} {} cm", number(148.5), number(297),
                                                                number(30.75), number(0))))
      << "no larger than the sheet";
}

TEST_F(Pdf, ColourPagesAreJpeg) {
  const Image page(photograph(120, 90, PixelFormat::rgb8));
  const Image gray(photograph(120, 90, PixelFormat::gray8));
  PdfWriter writer(file);
  writer.add(page, 77);
  writer.add(gray, 77);
  writer.finish();
  const auto pages = read_back();
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages[0].filter, "/DCTDecode");
  EXPECT_TRUE(std::ranges::equal(bytes_of(pages[0].bytes), encode(page, {.format = FileFormat::jpeg, .quality = 77})));
  EXPECT_EQ(pages[0].picture_width, 120);
  EXPECT_EQ(pages[0].picture_height, 90);
  EXPECT_EQ(pages[0].color_space, "/DeviceRGB");
  EXPECT_EQ(pages[0].contents, "q 28.800 0 0 21.600 0 0 cm /Page Do Q");
  EXPECT_LE(test::largest_difference(decode(bytes_of(pages[0].bytes)), page), 40);
  EXPECT_EQ(pages[1].color_space, "/DeviceGray");
  EXPECT_EQ(channels(decode(bytes_of(pages[1].bytes)).format()), 1);
}

TEST_F(Pdf, BlackAndWhiteIsExact) {
  const Image pages[] = {drawing(1, 1),     drawing(7, 3),          drawing(8, 5),     drawing(1001, 777),
                         plain(33, 9, 255), plain(2600, 2700, 255), plain(2600, 3, 0), drawing(3, 2000)};
  PdfWriter writer(file);
  for (const Image& page : pages) writer.add(page);
  writer.finish();
  const auto read = read_back();
  ASSERT_EQ(read.size(), std::size(pages));
  for (std::size_t i = 0; i < read.size(); ++i) {
    const Image& page = pages[i];
    EXPECT_EQ(read[i].filter, "/CCITTFaxDecode");
    EXPECT_EQ(read[i].bits, 1);
    EXPECT_EQ(read[i].color_space, "/DeviceGray");
    // Without /BlackIs1 a decoder gives 0 for black, which is black in /DeviceGray.
    EXPECT_EQ(read[i].parameters, fmt::format("<< /Columns {} /K -1 /Rows {} >>", page.width(), page.height()));
    EXPECT_TRUE(test::same_pixels(decoded_group4(bytes_of(read[i].bytes), page.width(), page.height()), page)) << i;
  }
  EXPECT_FALSE(document::is_black_and_white(plain(9, 9, 254)));
  EXPECT_FALSE(document::is_black_and_white(Image(photograph(9, 9, PixelFormat::gray16))));
}

TEST_F(Pdf, ProfilesAreKeptOnce) {
  auto data = photograph(60, 40, PixelFormat::rgb16);
  data->icc_profile = test::wide_gamut_profile();
  const Image page(data);
  auto gray = photograph(60, 40, PixelFormat::gray8);
  gray->icc_profile = test::gray_profile(1.8);
  PdfWriter writer(file);
  writer.add(page);
  writer.add(page);
  writer.add(Image(gray));
  writer.finish();
  const auto pages = read_back();
  ASSERT_EQ(pages.size(), 3U);
  EXPECT_EQ(pages[0].color_space, "/ICCBased");
  EXPECT_EQ(pages[0].profile_components, 3);
  EXPECT_TRUE(std::ranges::equal(bytes_of(pages[0].profile), page.icc_profile()));
  EXPECT_EQ(pages[0].bits, 8);
  EXPECT_EQ(pages[1].profile_object, pages[0].profile_object);
  EXPECT_EQ(pages[2].profile_components, 1);
  EXPECT_TRUE(std::ranges::equal(bytes_of(pages[2].profile), gray->icc_profile));
}

TEST_F(Pdf, AlphaIsLaidOverWhite) {
  PdfWriter writer(file);
  writer.add(Image(photograph(90, 60, PixelFormat::rgba8)), 95);  // its left third is transparent
  writer.add(Image(photograph(90, 60, PixelFormat::gray_alpha16)), 95);
  writer.finish();
  for (const auto& page : read_back()) {
    const Image shown = decode(bytes_of(page.bytes));
    EXPECT_GE(std::to_integer<int>(shown.data()[30 * shown.stride() + 10 * channels(shown.format())]), 250);
  }
}

TEST_F(Pdf, BytesAreTheSameEveryTime) {
  const auto written = [&] {
    PdfWriter writer(file);
    writer.add(Image(photograph(50, 40, PixelFormat::rgb8)));
    writer.add(drawing(50, 40));
    writer.finish();
    return read_file(file, 1 << 20, ErrorCode::input);
  };
  const auto first = written();
  EXPECT_EQ(written(), first);
  const std::string text(reinterpret_cast<const char*>(first.data()), first.size());
  EXPECT_EQ(text.find("Date"), std::string::npos);
}

TEST_F(Pdf, NothingIsLeftOfWhatWasNotFinished) {
  {
    PdfWriter writer(file);
    writer.add(drawing(50, 40));
    EXPECT_FALSE(std::filesystem::exists(file));
  }
  EXPECT_EQ(files(), 0U);
  std::ofstream(file) << "before";
  {
    PdfWriter writer(file);
    writer.add(drawing(50, 40));
  }
  EXPECT_EQ(std::filesystem::file_size(file), 6U);
  PdfWriter writer(file);
  writer.add(drawing(50, 40));
  PdfWriter moved = std::move(writer);
  moved.finish();
  EXPECT_EQ(read_back().size(), 1U);
  EXPECT_EQ(files(), 1U);
}

// While it lives no file grows beyond this, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit lower{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &lower);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST_F(Pdf, SaysWhereTheDiskIsFullForAPage) {
  const Image page(photograph(200, 200, PixelFormat::rgb8));
  PdfWriter writer(file);
  writer.add(page);
  const Error error = test::error_of([&] {
    const FileSizeLimit full(9000);
    for (int i = 0; i < 100; ++i) writer.add(page);
  });
  EXPECT_EQ(error.code(), ErrorCode::output);
  EXPECT_NE(error.message().find(file.string()), std::string::npos) << error.message();
  EXPECT_LT(writer.pages(), 10);
  EXPECT_EQ(test::error_of([&] { writer.finish(); }).code(), ErrorCode::output) << "no file that lacks a page";
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(Pdf, SaysWhereTheDiskIsFullForTheFile) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  PdfWriter writer("/dev/full");
  writer.add(Image(photograph(800, 800, PixelFormat::rgb8)), 100);  // too large for a buffer before the device
  const Error error = test::error_of([&] { writer.finish(); });
  EXPECT_EQ(error.code(), ErrorCode::output);
  EXPECT_NE(error.message().find("/dev/full"), std::string::npos) << error.message();
  EXPECT_NE(error.hint().find("free some space"), std::string::npos);
}

TEST_F(Pdf, PagesLostFromTheirTemporaryFileAreAnError) {
  PdfWriter writer(file);
  writer.add(drawing(50, 40));
  int lost = 0;
  for (const auto& open : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the iterator's own descriptor
    const std::string name = std::filesystem::read_symlink(open, gone).string();
    if (!name.starts_with(folder.string()) || !name.ends_with("(deleted)")) continue;
    ASSERT_EQ(::truncate(open.path().c_str(), 0), 0);
    ++lost;
  }
  ASSERT_EQ(lost, 1);
  const Error error = test::error_of([&] { writer.finish(); });
  EXPECT_EQ(error.code(), ErrorCode::output);
  EXPECT_NE(error.message().find(file.string()), std::string::npos) << error.message();
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(Pdf, RefusesWhatMakesNoSense) {
  EXPECT_EQ(test::error_of([&] { PdfWriter(folder / "no" / "such" / "a.pdf"); }).code(), ErrorCode::output);
  EXPECT_EQ(test::error_of([&] { PdfWriter writer(folder); }).code(), ErrorCode::output);
  PdfWriter writer(file);
  const Image page = drawing(20, 20);
  const auto code = [](auto call) { return test::error_of(call).code(); };
  EXPECT_EQ(code([&] { writer.finish(); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { writer.add(Image()); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { writer.add(page, 0); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { writer.add(page, 101); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { writer.add(page, 85, -1, 20); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { writer.add(page, 85, std::nan(""), 20); }), ErrorCode::usage);
  EXPECT_EQ(writer.pages(), 0);
  writer.add(page);
  writer.finish();
  EXPECT_EQ(code([&] { writer.add(page); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { writer.finish(); }), ErrorCode::usage);
  EXPECT_EQ(read_back().size(), 1U);
}

TEST_F(Pdf, PagesDoNotStayInMemory) {
#if defined(__has_feature)  // Clang; GCC before 14 has macros of its own
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "the sanitizers keep what was freed";
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers keep what was freed";
#endif
  const auto resident_bytes = [] {
    std::ifstream statm("/proc/self/statm");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    statm >> total >> resident;
    return resident * ::sysconf(_SC_PAGESIZE);
  };
  std::mt19937 random(5);
  auto noise = std::make_shared<Image::Data>(800, 800, PixelFormat::gray8);
  for (std::size_t i = 0; i < noise->pixels.size(); ++i) noise->pixels.data()[i] = static_cast<std::byte>(random());
  const Image page(noise);
  PdfWriter writer(file);
  for (int i = 0; i < 5; ++i) writer.add(page, 100);
  const std::int64_t before = resident_bytes();
  for (int i = 0; i < 50; ++i) writer.add(page, 100);
  writer.finish();
  EXPECT_GT(std::filesystem::file_size(file), 30U << 20);
  EXPECT_LT(resident_bytes() - before, 8 << 20);
}

}  // namespace
}  // namespace peel
