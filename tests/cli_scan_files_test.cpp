#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli_scan_support.hpp"
#include "peel/file.hpp"
#include "support/comes_about.hpp"
#include "support/pdf_reader.hpp"

// What `peel scan`, the real program, writes where.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string A4 = "595.276 841.890";  // points

Image with_opaque_alpha(const Image& picture) {
  std::vector<std::byte> pixels;
  pixels.reserve(picture.size_bytes() / 3 * 4);
  for (std::size_t i = 0; i < picture.size_bytes(); ++i) {
    pixels.push_back(picture.data()[i]);
    if (i % 3 == 2) pixels.push_back(std::byte{255});
  }
  return Image::from_pixels(
      {pixels.data(), picture.width(), picture.height(), 4 * picture.width(), PixelFormat::rgba8});
}

/// The sizes of a PDF's pages in points.
std::vector<std::string> paper_in(const std::filesystem::path& pdf) {
  std::vector<std::string> sizes;
  for (const PdfPage& page : read_pdf(pdf.string()).pages) {
    sizes.push_back(fmt::format("{:.3f} {:.3f}", page.width, page.height));
  }
  return sizes;
}

TEST_F(CliScan, BlackAndWhiteIsPngWithTwoLevels) {
  write_scene("in.png");
  EXPECT_EQ(scan_json({"in.png", "--enhance", "bw"})["output"], "in.scan.png");
  const Image page = load_image(at("in.scan.png"));
  ASSERT_EQ(page.format(), PixelFormat::gray8);
  const std::vector<std::byte> levels(page.data(), page.data() + page.size_bytes());
  EXPECT_THAT(levels, Each(AnyOf(std::byte{0}, std::byte{255})));
  EXPECT_GT(std::count(levels.begin(), levels.end(), std::byte{0}), 100);
  EXPECT_GT(scan_json({"in.png", "--enhance", "contrast"})["timings_ms"]["enhance"].get<double>(), 0);
}

TEST_F(CliScan, TransparencyBecomesWhiteInAJpegAlone) {
  write_image(at("in.png"), with_opaque_alpha(render_page(PAGE).picture));
  EXPECT_EQ(scan({"in.png", "-o", "page.jpg"}).status, 0);
  EXPECT_EQ(load_image(at("page.jpg")).format(), PixelFormat::rgb8);
  EXPECT_EQ(scan({"in.png", "-o", "page.png"}).status, 0);
  EXPECT_EQ(load_image(at("page.png")).format(), PixelFormat::rgba8);
}

TEST_F(CliScan, StandardInputToStandardOutput) {
  write_scene("in.png");
  Command piped = scan_command({});
  piped.input = at("in.png");
  const Outcome plain = run(piped);
  ASSERT_EQ(plain.status, 0) << plain.err;
  EXPECT_EQ(decode(bytes_of(plain.out)).source_format(), "jpeg");

  Command pdf = scan_command({"-", "-o", "-", "--format", "pdf"});
  pdf.input = at("in.png");
  pdf.environment.emplace_back("TMPDIR", outside_.path().string());
  const Outcome document = run(pdf);
  ASSERT_EQ(document.status, 0) << document.err;
  write_file(outside_ / "out.pdf", bytes_of(document.out));
  EXPECT_THAT(paper_in(outside_ / "out.pdf"), SizeIs(1));
  EXPECT_THAT(files(), ElementsAre("in.png"));
  for (const std::string& name : names_in(outside_.path())) EXPECT_THAT(name, Not(StartsWith("peel-")));
}

TEST_F(CliScan, AFolderGoesOnPastWhatHasNoPage) {
  write_scene("in/a.png");
  write_scene("in/b.png", EMPTY_TABLE);
  write("in/broken.jpg", "\xff\xd8\xff\xe0 not a picture");
  write_scene("in/z.png");
  const json object = scan_json({"in", "-o", "out/"}, 1);
  EXPECT_EQ(object["failed"], 2);
  const json& results = object["results"];
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0]["output"], "out/a.jpg");
  EXPECT_EQ(results[1]["status"], "not_found");
  EXPECT_EQ(results[1]["error"]["exit_status"], 3);
  EXPECT_EQ(results[2]["input"], "in/broken.jpg");
  EXPECT_FALSE(results[2].contains("status"));
  EXPECT_EQ(results[2]["error"]["exit_status"], 3);
  EXPECT_EQ(results[3]["status"], "found");
  EXPECT_THAT(files("out"), ElementsAre("a.jpg", "z.jpg"));
}

TEST_F(CliScan, AllPagesIntoOnePdfInTheOrderOfTheInputs) {
  write_scene("b.png");
  write_scene("a.png");
  write_scene("none.png", EMPTY_TABLE);
  const json object = scan_json({"b.png", "none.png", "a.png", "-o", "pages.PDF", "--page", "a4"}, 1);
  EXPECT_EQ(object["failed"], 1);
  EXPECT_EQ(object["results"][0]["page"], 1);
  EXPECT_EQ(object["results"][0]["output"], "pages.PDF");
  EXPECT_EQ(object["results"][1]["status"], "not_found");
  EXPECT_EQ(object["results"][2]["page"], 2);
  EXPECT_THAT(paper_in(at("pages.PDF")), ElementsAre(A4, A4));
  EXPECT_THAT(files(), ElementsAre("a.png", "b.png", "none.png", "pages.PDF"));

  // No page, no PDF.
  EXPECT_EQ(scan({"none.png", "-o", "empty.pdf"}).status, 3);
  EXPECT_FALSE(std::filesystem::exists(at("empty.pdf")));
}

TEST_F(CliScan, APdfLiesAsItsPageDoes) {
  write_scene("in.png", table_with({sheet_at({0, 0}, 297, 210)}));
  ASSERT_EQ(scan({"in.png", "-o", "p.pdf", "--page", "a4"}).status, 0);
  EXPECT_THAT(paper_in(at("p.pdf")), ElementsAre("841.890 595.276"));
  EXPECT_EQ(scan_json({"in.png", "--format", "pdf"})["output"], "in.scan.pdf");
}

TEST_F(CliScan, SheetsOfAPdf) {
  write_scene("receipt.png", table_with({sheet_at({0, 0}, 80, 200, Print::receipt)}));
  ASSERT_EQ(scan({"receipt.png", "-o", "p.pdf", "--page", "80x200", "--paper", "a4"}).status, 0);
  EXPECT_THAT(paper_in(at("p.pdf")), ElementsAre(A4));
  // Without a size given a strip is a receipt of the usual width.
  ASSERT_EQ(scan({"receipt.png", "-o", "q.pdf"}).status, 0);
  const auto paper = paper_in(at("q.pdf"));
  ASSERT_EQ(paper.size(), 1U);
  EXPECT_THAT(paper[0], testing::StartsWith("226.772 "));
  const json own = scan_json({"receipt.png", "-o", "r.pdf", "--page", "fit"});
  EXPECT_THAT(paper_in(at("r.pdf")), ElementsAre(fmt::format("{:.3f} {:.3f}", own["width"].get<int>() * 0.24,
                                                             own["height"].get<int>() * 0.24)));
  const Outcome wrong = scan({"receipt.png", "-o", "p.pdf", "--paper", "auto"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("--paper"));
}

TEST_F(CliScan, PagesOfOneRunAreOfOneFormat) {
  // Seen so flat from the side that nothing tells which format it is.
  SyntheticScene doubtful = table_with({sheet_at({0, 0})});
  doubtful.camera.tilt_x = 48;
  doubtful.camera.distance = 700;
  write_scene("a.png");
  write_scene("b.png");
  write_scene("c.png", doubtful);
  const json object = scan_json({"a.png", "b.png", "c.png", "-o", "pages.pdf"});
  ASSERT_EQ(object["results"][0]["page_format"], "a4");
  EXPECT_THAT(paper_in(at("pages.pdf")), ElementsAre(A4, A4, A4));
}

TEST_F(CliScan, DrawingsOfWhatWasSeen) {
  write_scene("x/in.png");
  write_scene("y/in.png", EMPTY_TABLE);
  EXPECT_EQ(scan({"x/in.png", "y/in.png", "-o", "out/", "--debug", "why/deep"}).status, 1);
  EXPECT_THAT(files("why/deep"), ElementsAre("in-2-candidates.png", "in-2-chosen.png", "in-candidates.png",
                                             "in-chosen.png", "in-page.png"));
  EXPECT_EQ(load_image(at("why/deep/in-chosen.png")).width(), 640);
  EXPECT_EQ(peel({"scan", "-m", network(), "x/in.png", "-o", "p.jpg", "--debug", "seen"}).status, 0);
  EXPECT_THAT(files("seen"), ElementsAre("in-candidates.png", "in-chosen.png", "in-mask.png", "in-page.png"));
  EXPECT_EQ(load_image(at("seen/in-mask.png")).format(), PixelFormat::gray8);
}

TEST_F(CliScan, NamesWithSpacesAndLettersOfAnyScript) {
  const std::string name = "Füße & \"日本\" - 1";
  write_scene(name + ".png");
  EXPECT_EQ(scan_json({name + ".png"})["output"], name + ".scan.jpg");
  EXPECT_TRUE(std::filesystem::exists(at(name + ".scan.jpg")));
  EXPECT_EQ(scan({name + ".png", "-o", name + ".pdf"}).status, 0);
  EXPECT_THAT(paper_in(at(name + ".pdf")), SizeIs(1));
}

TEST_F(CliScan, OutputsThatCannotBeWrittenAreStatus6) {
  write_scene("in.png");
  for (const char* output : {"none/page.jpg", "none/pages.pdf", "/proc/page.jpg", "/proc/pages.pdf", "/dev/full"}) {
    EXPECT_EQ(scan({"in.png", "-o", output}).status, 6) << output;
  }
  Command pdf = scan_command({"in.png", "--format", "pdf"});
  pdf.output = "/dev/full";
  EXPECT_EQ(run(pdf).status, 6);
  EXPECT_EQ(scan({"in.png", "-o", "in.png"}).status, 2);
  EXPECT_EQ(scan({"in.png", "-o", ".", "--format", "pdf"}).status, 2);
  EXPECT_THAT(files(), ElementsAre("in.png"));
}

TEST_F(CliScan, AnInterruptLeavesNoHalfOfAPdf) {
  write_scene("a.png");
  ASSERT_EQ(mkfifo(at("b.png").c_str(), 0600), 0);
  Process process(scan_command({"a.png", "b.png", "-o", "pages.pdf"}));
  // Opened for writing when it is opened for reading, which is after the first page was added.
  const int fifo = open(at("b.png").c_str(), O_WRONLY);
  kill(process.pid(), SIGINT);
  const std::string picture = read_text(at("a.png"));
  EXPECT_TRUE(comes_about([&] { return process.said().find("stopping") != std::string::npos; }));
  EXPECT_EQ(::write(fifo, picture.data(), picture.size()), static_cast<ssize_t>(picture.size()));
  close(fifo);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.signal, SIGINT);
  EXPECT_THAT(outcome.err, HasSubstr("stopping"));
  EXPECT_THAT(files(), ElementsAre("a.png", "b.png"));
}

}  // namespace
}  // namespace peel::test
