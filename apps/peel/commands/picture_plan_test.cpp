#include "commands/picture_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "peel/file.hpp"
#include "support/given_options.hpp"
#include "support/picture_bytes.hpp"
#include "support/test_data.hpp"

namespace peel::cli {
namespace {

using ::testing::AllOf;
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

  using Texts = std::vector<std::pair<std::string, std::string>>;
  static Texts with_inputs(const std::vector<std::string>& inputs, Texts texts) {
    for (const std::string& input : inputs) texts.emplace_back("IN", input);
    return texts;
  }

  static Plan scan(const std::vector<std::string>& inputs, const Texts& texts, const Streams& streams = TERMINAL,
                   bool json = false) {
    return plan_scan(given_for(options::SCAN, with_inputs(inputs, texts)), json, streams);
  }

  static Plan plan(std::vector<std::string> inputs, const std::string& output = "", bool json = false,
                   const Streams& streams = TERMINAL) {
    return plan_removal(given_for(options::REMOVE, with_inputs(inputs, {{"output", output}})), json, streams);
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
  const Given given = given_for(options::REMOVE, {{"IN", a}, {"background", b}, {"output", b}});
  EXPECT_THROW(plan_removal(given, false, TERMINAL), Error);
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
  EXPECT_EQ(plan({a}, at("without")).jobs[0].format, FileFormat::png);
  const Plan gif = plan({a}, at("o.gif"));
  EXPECT_EQ(gif.jobs[0].format, FileFormat::png);
  EXPECT_THAT(gif.warnings, ElementsAre(HasSubstr("written as PNG")));
}

TEST_F(PicturePlan, AnEndingThatStandsForNothingIsRefused) {
  const std::string a = make("a.jpg");
  EXPECT_THAT(error_of({a}, at("x.jgp")), AllOf(HasSubstr("2 "), HasSubstr("writes no .jgp files")));
  for (const auto& [name, hint] : {std::pair{"x.jgp", "did you mean .jpg?"},
                                   {"x.pngg", "did you mean .png?"},
                                   {"x.wepb", "did you mean .webp?"},
                                   {"x.psd", "endings it knows: .png, .webp, .jpg, .tiff, .avif, .jxl"},
                                   {"x.pdf", "endings it knows: "}}) {
    EXPECT_THAT(error_of({a}, at(name)), HasSubstr(hint)) << name;
  }
  const Given named = given_for(options::REMOVE, with_inputs({a}, {{"output", at("x.psd")}, {"format", "webp"}}));
  EXPECT_EQ(plan_removal(named, false, TERMINAL).jobs[0].format, FileFormat::webp);
}

TEST_F(PicturePlan, ScansAreJpegButForBlackAndWhite) {
  const std::string photo = make("photo.v2.png");
  EXPECT_EQ(scan({photo}, {}).jobs[0].output, at("photo.v2.scan.jpg"));
  EXPECT_EQ(scan({photo}, {}, PIPES).jobs[0].output, "-");
  EXPECT_THAT(scan({photo}, {{"output", at("o.gif")}}).warnings, ElementsAre(HasSubstr("written as JPEG")));
  EXPECT_THAT(outputs(scan({photo}, {{"output", at("new/")}})), ElementsAre("photo.v2.jpg"));
  EXPECT_THAT(outputs(scan({photo}, {{"output", at("new/")}, {"enhance", "bw"}})), ElementsAre("photo.v2.png"));
}

TEST_F(PicturePlan, OnePdfIsTheOutputOfAll) {
  const std::string a = make("b.jpg"), b = make("a.jpg");
  const Plan made = scan({a, b}, {{"output", at("all.Pdf")}});
  EXPECT_TRUE(made.pdf);
  EXPECT_THAT(outputs(made), ElementsAre("all.Pdf", "all.Pdf"));

  const auto error = [&](const Texts& texts, const Streams& streams = TERMINAL, bool json = false) {
    try {
      scan({a, b}, texts, streams, json);
    } catch (const Error& thrown) {
      return std::string(thrown.what());
    }
    return std::string("no error");
  };
  // What is asked for wins over the name.
  EXPECT_THAT(error({{"output", at("all.Pdf")}, {"format", "png"}}), HasSubstr("several pictures need a folder"));
  EXPECT_THAT(error({{"format", "pdf"}, {"output", folder_.path().string()}}), HasSubstr("-o " + at("pages.pdf")));
  EXPECT_THAT(error({{"format", "pdf"}}), HasSubstr("needs a name"));
  EXPECT_THAT(error({{"format", "pdf"}}, PIPES, true), HasSubstr("needs a name"));
  EXPECT_EQ(scan({a, b}, {{"format", "pdf"}}, PIPES).jobs[1].output, "-");
  EXPECT_EQ(scan({a}, {{"format", "pdf"}}).jobs[0].output, at("b.scan.pdf"));
}

TEST_F(PicturePlan, DrawingsNeverReplaceAnInput) {
  const std::string a = make("a.jpg"), b = make("b/a.jpg");
  const Texts texts{{"output", at("out/")}, {"debug", at("why")}};
  const Plan made = scan({a, b}, texts);
  EXPECT_EQ(made.jobs[0].drawings, at("why/a"));
  EXPECT_EQ(made.jobs[1].drawings, at("why/a-2"));
  EXPECT_TRUE(std::filesystem::is_directory(at("why")));
  EXPECT_THROW(scan({a, b, make("why/a-chosen.png")}, texts), Error);
}

TEST_F(PicturePlan, EveryPageOfADocumentIsScanned) {
  const std::string letter = make_document("letter.tif", 11);
  const Plan two = scan({letter, make("photo.jpg")}, {{"output", at("out/")}});
  ASSERT_THAT(two.jobs, SizeIs(12));
  EXPECT_EQ(two.jobs[0].page, 1);
  EXPECT_EQ(two.jobs[10].page, 11);
  EXPECT_EQ(two.jobs[11].page, 0);
  EXPECT_EQ(outputs(two)[0], "letter-01.jpg");
  EXPECT_EQ(outputs(two)[11], "photo.jpg");

  const Plan pdf = scan({letter}, {{"output", at("letter.pdf")}});
  EXPECT_THAT(pdf.jobs, SizeIs(11));
  EXPECT_TRUE(pdf.several);
  EXPECT_EQ(pdf.jobs[10].output, at("letter.pdf"));

  EXPECT_EQ(scan({letter}, {}).jobs[1].output, at("letter.scan-02.jpg"));
  const Streams pipe{true, false};  // standard output holds one picture
  EXPECT_THROW(scan({letter}, {}, pipe), Error);
  const Plan third = scan({letter}, {{"pages", "3"}}, pipe);
  ASSERT_THAT(third.jobs, SizeIs(1));
  EXPECT_EQ(third.jobs[0].page, 3);
  EXPECT_THROW(scan({letter}, {{"corners", "0,0,9,0,9,9,0,9"}}), Error);
}

TEST_F(PicturePlan, PagesAreTakenByRemoveWhenAskedFor) {
  const std::string document = make_document("two.tif", 2);
  EXPECT_THAT(plan({document}).jobs, SizeIs(1));
  const auto all = [&](const std::string& output) {
    return plan_removal(given_for(options::REMOVE, with_inputs({document}, {{"output", output}, {"pages", "all"}})),
                        false, TERMINAL);
  };
  EXPECT_THAT(outputs(all("")), ElementsAre("two.out-1.png", "two.out-2.png"));
  EXPECT_THAT(outputs(all(at("x.webp"))), ElementsAre("x-1.webp", "x-2.webp"));
}

TEST_F(PicturePlan, AListNamesPicturesAndOutputs) {
  const std::string a = make("a.jpg");
  const std::string b = make("b.jpg");
  std::ofstream(at("list")) << a << '\t' << at("new/x.webp") << '\n'
                            << at("none.jpg") << '\n'
                            << b << '\t' << a << '\n'
                            << b << '\t' << at("new/x.webp") << '\n'
                            << b << '\n';
  const auto removal = [&](const Texts& texts) {
    return plan_removal(given_for(options::REMOVE, texts), true, TERMINAL);
  };
  const Plan plan = removal({{"manifest", at("list")}, {"output", at("out/")}});
  ASSERT_THAT(plan.jobs, SizeIs(5));
  EXPECT_EQ(plan.jobs[0].output, at("new/x.webp"));
  EXPECT_EQ(plan.jobs[0].format, FileFormat::webp);
  EXPECT_FALSE(plan.jobs[0].error);
  EXPECT_THAT(plan.jobs[1].error.value().message(), HasSubstr("none.jpg"));
  EXPECT_THAT(plan.jobs[2].error.value().message(), HasSubstr("is read and cannot be the output"));
  EXPECT_THAT(plan.jobs[3].error.value().message(), HasSubstr("output of an earlier line"));
  EXPECT_EQ(plan.jobs[4].output, at("out/b.png"));
  EXPECT_TRUE(std::filesystem::is_directory(at("new")));
  EXPECT_THROW(removal({{"manifest", at("list")}}), Error);  // the last has no place
  EXPECT_THROW(removal({{"manifest", at("list")}, {"output", at("out/")}, {"IN", a}}), Error);
}

TEST_F(PicturePlan, PartsOfAListTogetherAreTheWhole) {
  std::ofstream list(at("list"));
  for (const char* name : {"1/a.jpg", "b.jpg", "2/a.jpg", "3/a.jpg", "c.jpg"}) list << make(name) << '\n';
  list.close();
  const auto part = [&](const std::string& shard) {
    const Texts texts{{"manifest", at("list")}, {"output", at("out/")}, {"shard", shard}};
    return outputs(plan_removal(given_for(options::REMOVE, texts), true, TERMINAL));
  };
  EXPECT_THAT(part("0/1"), ElementsAre("a.png", "b.png", "a-2.png", "a-3.png", "c.png"));
  EXPECT_THAT(part("0/2"), ElementsAre("a.png", "a-2.png", "c.png"));
  EXPECT_THAT(part("1/2"), ElementsAre("b.png", "a-3.png"));
  EXPECT_THAT(part("6/7"), IsEmpty());
}

}  // namespace
}  // namespace peel::cli
