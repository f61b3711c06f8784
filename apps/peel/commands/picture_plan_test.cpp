#include "commands/picture_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/picture_bytes.hpp"
#include "support/test_data.hpp"

namespace peel::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Streams TERMINAL{true, true};
constexpr Streams PIPES{false, false};

/// A folder with files of those names, empty ones: the plan does not look into them.
class PicturePlan : public ::testing::Test {
 protected:
  std::string make(const std::string& name) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << '.';
    return path.string();
  }
  /// A TIFF of so many pages.
  std::string make_document(const std::string& name, std::size_t pages) {
    const std::string path = make(name);
    const test::TiffPage page{.strip = "abc"};
    const auto bytes = test::tiff_of(std::vector<test::TiffPage>(pages, page));
    write_file(path, bytes);
    return path;
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  static std::vector<std::string> outputs(const Plan& plan) {
    std::vector<std::string> result;
    for (const Job& job : plan.jobs) result.push_back(std::filesystem::path(job.output).filename().string());
    return result;
  }

  static Plan plan(std::vector<std::string> inputs, const std::string& output = "", bool json = false,
                   const Streams& streams = TERMINAL) {
    RemoveArguments arguments;
    arguments.inputs = std::move(inputs);
    arguments.output = output;
    return plan_removal(arguments, json, streams);
  }

  static std::string error_of(std::vector<std::string> inputs, const std::string& output = "", bool json = false,
                              const Streams& streams = TERMINAL) {
    try {
      plan(std::move(inputs), output, json, streams);
    } catch (const Error& error) {
      return std::to_string(static_cast<int>(error.code())) + " " + error.what();
    }
    return "no error";
  }

  test::TemporaryFolder folder_;
};

TEST_F(PicturePlan, OutputLeftOutDependsOnStandardOutput) {
  const std::string photo = make("photo.v2.jpg");
  EXPECT_EQ(plan({photo}).jobs[0].output, at("photo.v2.out.png"));
  EXPECT_EQ(plan({photo}, "", false, PIPES).jobs[0].output, "-");
  EXPECT_EQ(plan({photo}, "", true, PIPES).jobs[0].output, at("photo.v2.out.png"));
  EXPECT_EQ(plan({}, "", false, PIPES).jobs[0].input, "-");
}

TEST_F(PicturePlan, WhatCannotBeMeantIsUsage) {
  const std::string a = make("a.jpg"), b = make("b.jpg");
  EXPECT_THAT(error_of({}), HasSubstr("2 no picture given"));
  EXPECT_THAT(error_of({"-"}), HasSubstr("2 a picture from standard input needs a name"));
  EXPECT_THAT(error_of({a}, "-"), HasSubstr("2 a terminal cannot show"));
  EXPECT_THAT(error_of({a}, "-", true, PIPES), HasSubstr("2 with --json"));
  EXPECT_THAT(error_of({"-", "-"}, at("")), HasSubstr("2 standard input can be read only once"));
  EXPECT_THAT(error_of({a, b}), HasSubstr("for one picture: peel remove " + a + " -o " + b));
  EXPECT_THAT(error_of({a, b}, at("new")), HasSubstr("-o FOLDER/"));
  EXPECT_FALSE(std::filesystem::exists(at("new")));
}

TEST_F(PicturePlan, FolderOfOutputsIsMade) {
  const std::string a = make("a.jpg"), b = make("b.jpg");
  const Plan made = plan({a, b}, at("deep/new/"));
  EXPECT_TRUE(made.several);
  EXPECT_THAT(outputs(made), ElementsAre("a.png", "b.png"));
  EXPECT_TRUE(std::filesystem::is_directory(at("deep/new")));
  EXPECT_THAT(outputs(plan({a}, at("deep"))), ElementsAre("a.png"));
}

TEST_F(PicturePlan, EqualNamesAreToldApart) {
  const Plan made = plan({make("x/a.jpg"), make("y/a.jpg"), make("z/a.png"), make("z/b.png")}, at("out/"));
  EXPECT_THAT(outputs(made), ElementsAre("a.png", "a-2.png", "a-3.png", "b.png"));
  EXPECT_THAT(made.warnings, SizeIs(2));
  EXPECT_THAT(made.warnings[0], HasSubstr("written as a-2.png"));
}

TEST_F(PicturePlan, AnInputIsNeverWritten) {
  const std::string a = make("a.png"), b = make("b.png");
  EXPECT_THAT(error_of({a}, a), HasSubstr("2 "));
  EXPECT_THAT(error_of({a}, at("./a.png")), HasSubstr("is read and cannot be the output"));
  EXPECT_THAT(error_of({a, b}, folder_.path().string()), HasSubstr("is read and cannot be the output"));
  std::filesystem::create_symlink(a, at("link.png"));
  EXPECT_THAT(error_of({a}, at("link.png")), HasSubstr("is read and cannot be the output"));
  RemoveArguments arguments;
  arguments.inputs = {a};
  arguments.background = b;
  arguments.output = b;
  EXPECT_THROW(plan_removal(arguments, false, TERMINAL), Error);
}

TEST_F(PicturePlan, FolderGivesItsPicturesAlone) {
  make("in/b.JPG");
  make("in/a.png");
  make("in/notes.txt");
  make("in/.hidden.png");
  make("in/sub/c.png");
  const Plan made = plan({at("in")}, at("out/"));
  EXPECT_THAT(outputs(made), ElementsAre("a.png", "b.png"));
  EXPECT_TRUE(made.several);
  std::filesystem::create_directory(at("empty"));
  EXPECT_THAT(error_of({at("empty")}, at("out/")), HasSubstr("3 " + at("empty") + ": no pictures in this folder"));
  EXPECT_TRUE(plan({at("empty"), at("in")}, at("out/")).jobs[0].error);
}

TEST_F(PicturePlan, MissingInputs) {
  EXPECT_THAT(error_of({at("none.jpg")}, at("out.png")), HasSubstr("3 " + at("none.jpg")));
  const Plan made = plan({at("none.jpg"), make("a.jpg")}, at("out/"));
  EXPECT_TRUE(made.jobs[0].error);
  EXPECT_FALSE(made.jobs[1].error);
}

TEST_F(PicturePlan, OutputsThatCannotBeAreFoundFirst) {
  const std::string a = make("a.jpg");
  EXPECT_THAT(error_of({a}, at("none/out.png")), HasSubstr("6 "));
  EXPECT_THAT(error_of({a, make("b.jpg")}, a + "/"), HasSubstr("6 "));
}

TEST_F(PicturePlan, FormatIsTakenFromTheName) {
  const std::string a = make("a.jpg");
  EXPECT_EQ(plan({a}, at("o.WEBP")).jobs[0].format, FileFormat::webp);
  EXPECT_EQ(plan({a}, at("o.jpg")).jobs[0].format, FileFormat::jpeg);
  EXPECT_THAT(plan({a}, at("o.cutout")).warnings, IsEmpty());
  const Plan gif = plan({a}, at("o.gif"));
  EXPECT_EQ(gif.jobs[0].format, FileFormat::png);
  EXPECT_THAT(gif.warnings, ElementsAre(HasSubstr("written as PNG")));
}

TEST_F(PicturePlan, ScansAreJpegButForBlackAndWhite) {
  ScanArguments arguments;
  arguments.inputs = {make("photo.v2.png")};
  EXPECT_EQ(plan_scan(arguments, false, TERMINAL).jobs[0].output, at("photo.v2.scan.jpg"));
  EXPECT_EQ(plan_scan(arguments, false, PIPES).jobs[0].output, "-");
  arguments.output = at("o.gif");
  EXPECT_THAT(plan_scan(arguments, false, TERMINAL).warnings, ElementsAre(HasSubstr("written as JPEG")));
  arguments.output = at("new/");
  EXPECT_THAT(outputs(plan_scan(arguments, false, TERMINAL)), ElementsAre("photo.v2.jpg"));
  arguments.enhance = Enhance::bw;
  EXPECT_THAT(outputs(plan_scan(arguments, false, TERMINAL)), ElementsAre("photo.v2.png"));
}

TEST_F(PicturePlan, OnePdfIsTheOutputOfAll) {
  ScanArguments arguments;
  arguments.inputs = {make("b.jpg"), make("a.jpg")};
  arguments.output = at("all.Pdf");
  const Plan made = plan_scan(arguments, false, TERMINAL);
  EXPECT_TRUE(made.pdf);
  EXPECT_THAT(outputs(made), ElementsAre("all.Pdf", "all.Pdf"));

  const auto error = [&](const Streams& streams, bool json = false) {
    try {
      plan_scan(arguments, json, streams);
    } catch (const Error& thrown) {
      return std::string(thrown.what());
    }
    return std::string("no error");
  };
  arguments.format = FileFormat::png;  // what is asked for wins over the name
  EXPECT_THAT(error(TERMINAL), HasSubstr("several pictures need a folder"));
  arguments.format.reset();
  arguments.pdf = true;
  arguments.output = folder_.path().string();
  EXPECT_THAT(error(TERMINAL), HasSubstr("-o " + at("pages.pdf")));
  arguments.output = "";
  EXPECT_THAT(error(TERMINAL), HasSubstr("needs a name"));
  EXPECT_THAT(error(PIPES, true), HasSubstr("needs a name"));
  EXPECT_EQ(plan_scan(arguments, false, PIPES).jobs[1].output, "-");
  arguments.inputs.pop_back();
  EXPECT_EQ(plan_scan(arguments, false, TERMINAL).jobs[0].output, at("b.scan.pdf"));
}

TEST_F(PicturePlan, DrawingsNeverReplaceAnInput) {
  ScanArguments arguments;
  arguments.inputs = {make("a.jpg"), make("b/a.jpg")};
  arguments.output = at("out/");
  arguments.debug_folder = at("why");
  const Plan made = plan_scan(arguments, false, TERMINAL);
  EXPECT_EQ(made.jobs[0].drawings, at("why/a"));
  EXPECT_EQ(made.jobs[1].drawings, at("why/a-2"));
  EXPECT_TRUE(std::filesystem::is_directory(at("why")));
  arguments.inputs.push_back(make("why/a-chosen.png"));
  EXPECT_THROW(plan_scan(arguments, false, TERMINAL), Error);
}

TEST_F(PicturePlan, EveryPageOfADocumentIsScanned) {
  ScanArguments arguments;
  arguments.inputs = {make_document("letter.tif", 11), make("photo.jpg")};
  arguments.output = at("out/");
  const Plan plan = plan_scan(arguments, false, TERMINAL);
  ASSERT_THAT(plan.jobs, SizeIs(12));
  EXPECT_EQ(plan.jobs[0].page, 1);
  EXPECT_EQ(plan.jobs[10].page, 11);
  EXPECT_EQ(plan.jobs[11].page, 0);
  EXPECT_THAT(outputs(plan)[0], "letter-01.jpg");
  EXPECT_THAT(outputs(plan)[11], "photo.jpg");

  arguments.inputs = {arguments.inputs[0]};
  arguments.output = at("letter.pdf");
  const Plan pdf = plan_scan(arguments, false, TERMINAL);
  EXPECT_THAT(pdf.jobs, SizeIs(11));
  EXPECT_TRUE(pdf.several);
  EXPECT_EQ(pdf.jobs[10].output, at("letter.pdf"));

  arguments.output.clear();
  EXPECT_EQ(plan_scan(arguments, false, TERMINAL).jobs[1].output, at("letter.scan-02.jpg"));
  EXPECT_THROW(plan_scan(arguments, false, {true, false}), Error);  // standard output holds one
  arguments.pages = 3;
  const Plan third = plan_scan(arguments, false, {true, false});
  ASSERT_THAT(third.jobs, SizeIs(1));
  EXPECT_EQ(third.jobs[0].page, 3);
  arguments.pages.reset();
  arguments.corners = Corners{};
  EXPECT_THROW(plan_scan(arguments, false, TERMINAL), Error);
}

TEST_F(PicturePlan, PagesAreTakenByRemoveWhenAskedFor) {
  RemoveArguments arguments;
  arguments.inputs = {make_document("two.tif", 2)};
  EXPECT_THAT(plan_removal(arguments, false, TERMINAL).jobs, SizeIs(1));
  arguments.pages = 0;
  const Plan all = plan_removal(arguments, false, TERMINAL);
  EXPECT_THAT(outputs(all), ElementsAre("two.out-1.png", "two.out-2.png"));
  arguments.output = at("x.webp");
  EXPECT_THAT(outputs(plan_removal(arguments, false, TERMINAL)), ElementsAre("x-1.webp", "x-2.webp"));
}

}  // namespace
}  // namespace peel::cli
