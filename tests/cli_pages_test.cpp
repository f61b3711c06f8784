#include <gmock/gmock.h>

#include <array>
#include <sstream>

#include "cli_support.hpp"
#include "support/picture_bytes.hpp"

// Files of several pages or frames through `peel remove` and `peel folder`, the real program.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int PAGE_WIDTH = 64;
constexpr int PAGE_HEIGHT = 48;
constexpr int SIDE = 24;
constexpr int TOP = (PAGE_HEIGHT - SIDE) / 2;
constexpr std::array LEFT{4, 36};  // of the square, on each page
constexpr const char* LEFT_OUT = "the first of its 2 pages or frames is taken, the other is left out";

bool in_square(std::size_t page, int x, int y) {
  return x >= LEFT.at(page) && x < LEFT.at(page) + SIDE && y >= TOP && y < TOP + SIDE;
}

/// A light square on black, at another place on each page.
Image square(std::size_t page) {
  std::string pixels;
  for (int y = 0; y < PAGE_HEIGHT; ++y) {
    for (int x = 0; x < PAGE_WIDTH; ++x) pixels += std::string(3, in_square(page, x, y) ? '\xf0' : '\0');
  }
  return Image::from_pixels({pixels.data(), PAGE_WIDTH, PAGE_HEIGHT, 3 * PAGE_WIDTH, PixelFormat::rgb8});
}

class CliPages : public CliWithModel {
 protected:
  void write_tiff(const std::string& name) const {
    std::vector<TiffPage> pages;
    for (const std::size_t page : {0U, 1U}) {
      const Image picture = square(page);
      pages.push_back({.width = PAGE_WIDTH,
                       .height = PAGE_HEIGHT,
                       .strip = {reinterpret_cast<const char*>(picture.data()), picture.size_bytes()}});
    }
    write_bytes(name, tiff_of(pages));
  }

  void write_animation(const std::string& name) const {
    if (name.ends_with(".gif")) {
      std::vector<std::string> frames(2);
      for (std::size_t page = 0; page < 2; ++page) {
        for (int i = 0; i < PAGE_WIDTH * PAGE_HEIGHT; ++i)
          frames[page] += in_square(page, i % PAGE_WIDTH, i / PAGE_WIDTH) ? '1' : '0';
      }
      write(name, gif_of(PAGE_WIDTH, PAGE_HEIGHT, frames, 7));
      return;
    }
    const FileFormat format = name.ends_with(".webp") ? FileFormat::webp : FileFormat::png;
    write_bytes(name, encode_animation({.frames = {square(0), square(1)}, .delays = {70, 70}},
                                       {.format = format, .quality = 90}));
  }

  Outcome folder(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"folder", "-m", model()});
    return peel(std::move(arguments));
  }

  /// Whether the square of that page is what was cut out.
  static void expect_cutout(const Image& image, std::size_t page) {
    ASSERT_TRUE(has_alpha(image.format()));
    const auto alpha = [&](std::size_t of) {
      const std::byte* const row = image.data() + PAGE_HEIGHT / 2 * image.stride();
      return std::to_integer<int>(
          row[(LEFT.at(of) + SIDE / 2) * channels(image.format()) + channels(image.format()) - 1]);
    };
    EXPECT_GT(alpha(page), 200);
    EXPECT_LT(alpha(1 - page), 50);
  }
  void expect_animation(const std::string& name) const {
    const Animation animation = load_animation(at(name));
    ASSERT_EQ(animation.frames.size(), 2U) << name;
    EXPECT_THAT(animation.delays, ElementsAre(70, 70)) << name;
    EXPECT_EQ(animation.loops, 0) << name;
    for (const std::size_t page : {0U, 1U}) expect_cutout(animation.frames[page], page);
  }

 private:
  void write_bytes(const std::string& name, const std::vector<std::byte>& bytes) const {
    write(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
};

TEST_F(CliPages, RemoveTellsOfThePagesItLeavesOut) {
  write_tiff("in.tif");
  const Outcome outcome = remove({"in.tif", "-o", "out.png", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(json::parse(outcome.out)["notes"], ElementsAre(LEFT_OUT));
  expect_cutout(load_image(at("out.png")), 0);
  const Outcome text = remove({"in.tif", "-o", "out.png"});
  EXPECT_THAT(text.err, HasSubstr(LEFT_OUT));
  EXPECT_THAT(text.err, HasSubstr("--pages all"));
  EXPECT_THAT(files(), ElementsAre("in.tif", "out.png"));
}

TEST_F(CliPages, RemoveTakesAllOrTheOneThatIsNamed) {
  write_tiff("in.tif");
  const Outcome all = remove({"in.tif", "-o", "out.png", "--pages", "all", "--json"});
  ASSERT_EQ(all.status, 0) << all.err;
  const json results = json::parse(all.out)["results"];
  ASSERT_EQ(results.size(), 2U);
  for (const std::size_t page : {0U, 1U}) {
    EXPECT_EQ(results[page]["input_page"], page + 1);
    EXPECT_FALSE(results[page].contains("notes"));
    expect_cutout(load_image(at("out-" + std::to_string(page + 1) + ".png")), page);
  }
  EXPECT_EQ(remove({"in.tif", "-o", "second.png", "--pages", "2"}).status, 0);
  expect_cutout(load_image(at("second.png")), 1);
  const Outcome third = remove({"in.tif", "-o", "third.png", "--pages", "3"});
  EXPECT_EQ(third.status, 3);
  EXPECT_THAT(third.err, HasSubstr("there is no page 3, it has 2"));
}

TEST_F(CliPages, AnimationsStayAnimations) {
  for (const std::string in : {"in.gif", "in.webp", "in.png"}) {
    write_animation(in);
    EXPECT_THAT(remove({in, "-o", "one.png"}).err, HasSubstr(LEFT_OUT)) << in;
    for (const std::string out : {"out.webp", "out.png"}) {
      const Outcome outcome = remove({in, "-o", out, "--pages", "all", "--json"});
      ASSERT_EQ(outcome.status, 0) << in << outcome.err;
      EXPECT_EQ(json::parse(outcome.out)["frames"], 2);
      expect_animation(out);
    }
  }
}

TEST_F(CliPages, FramesGoOneByOneIntoWhatHoldsNoAnimation) {
  write_animation("in.gif");
  ASSERT_EQ(remove({"in.gif", "-o", "out.tiff", "--pages", "all"}).status, 0);
  for (const std::size_t page : {0U, 1U}) {
    expect_cutout(load_image(at("out-" + std::to_string(page + 1) + ".tiff")), page);
  }
  // Each to its own subject they would no longer be of one size.
  EXPECT_EQ(remove({"in.gif", "-o", "out.webp", "--pages", "all", "--crop=2"}).status, 2);
}

TEST_F(CliPages, AFolderTellsOfThePagesItLeavesOut) {
  write_tiff("in/a.tif");
  write_animation("in/b.gif");
  write_picture("in/c.png");
  const Outcome outcome = folder({"in", "out", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(files("out"), ElementsAre("a.png", "b.png", "c.png"));
  EXPECT_THAT(outcome.err, HasSubstr(std::string("in/a.tif: ") + LEFT_OUT));
  EXPECT_THAT(outcome.err, HasSubstr("of 2 pictures only the first page or frame was taken: --pages all"));
  std::istringstream lines(outcome.out);
  int told = 0;
  for (std::string line; std::getline(lines, line);) {
    const json object = json::parse(line);
    if (object.contains("summary")) {
      EXPECT_EQ(object["summary"]["with_more_pages"], 2);
    } else if (object["input"] != "in/c.png") {
      EXPECT_THAT(object["notes"], ElementsAre(LEFT_OUT));
      ++told;
    }
  }
  EXPECT_EQ(told, 2);
}

TEST_F(CliPages, AFolderTakesAllPages) {
  write_tiff("in/a.tif");
  write_animation("in/b.gif");
  write_picture("in/c.png");
  const Outcome outcome = folder({"in", "out", "--pages", "all", "--delete-input", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(files("out"), ElementsAre("a-1.png", "a-2.png", "b.png", "c.png"));
  EXPECT_THAT(files("in"), IsEmpty());
  for (const std::size_t page : {0U, 1U}) {
    expect_cutout(load_image(at("out/a-" + std::to_string(page + 1) + ".png")), page);
  }
  expect_animation("out/b.png");
  EXPECT_THAT(outcome.out, HasSubstr("\"input_page\":2"));
  EXPECT_THAT(outcome.out, HasSubstr("\"frames\":2"));
  EXPECT_THAT(outcome.out, HasSubstr("\"done\":4"));
}

TEST_F(CliPages, PagesThatAreThereAreSkipped) {
  write_tiff("in/a.tif");
  write("out/a-1.png", "kept");
  const Outcome outcome = folder({"in", "out", "--pages", "all", "--skip-existing"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("1 were there already"));
  EXPECT_EQ(load_image(at("out/a-2.png")).width(), PAGE_WIDTH);
}

TEST_F(CliPages, AFolderTakesThePageThatIsNamedWhereThereIsOne) {
  write_tiff("in/a.tif");
  write_picture("in/c.png");
  const Outcome outcome = folder({"in", "out", "--pages", "2"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("in/c.png: there is no page 2, it has 1"));
  EXPECT_THAT(files("out"), ElementsAre("a.png"));
  expect_cutout(load_image(at("out/a.png")), 1);
}

// What was not cut out would be gone.
TEST_F(CliPages, AnInputWithPagesThatNobodyAskedForIsNotDeleted) {
  write_tiff("in/a.tif");
  write_picture("in/c.png");
  const Outcome outcome = folder({"in", "out", "--delete-input"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("in/a.tif: it has 2 pages or frames, and only the first was asked for"));
  EXPECT_THAT(files("in"), ElementsAre("a.tif"));
  EXPECT_THAT(files("out"), ElementsAre("c.png"));
  EXPECT_EQ(folder({"in", "out", "--delete-input", "--pages", "1"}).status, 0);
  EXPECT_THAT(files("in"), IsEmpty());
}

}  // namespace
}  // namespace peel::test
