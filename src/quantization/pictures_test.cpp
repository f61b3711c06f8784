#include "quantization/pictures.hpp"

#include <gmock/gmock.h>

#include <set>

#include "support/error_of.hpp"
#include "support/quantize_test.hpp"

namespace peel::quantization {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSubsetOf;
using testing::SizeIs;

class PicturesTest : public test::QuantizeTest {
 protected:
  static std::vector<std::string> names(const std::vector<std::filesystem::path>& files) {
    std::vector<std::string> list;
    for (const auto& file : files) list.push_back(file.filename());
    return list;
  }
  static std::vector<std::string> names(const std::vector<ProofPicture>& pictures) {
    std::vector<std::string> list;
    for (const auto& picture : pictures) list.push_back(picture.file.filename());
    return list;
  }
};

TEST_F(PicturesTest, APartIsToJudgeByAndNeverCalibratedWith) {
  const Pictures taken = take_pictures(options_);
  EXPECT_THAT(names(taken.proof), ElementsAre("01.png", "03.png", "05.png", "07.png", "09.png", "11.png"));
  EXPECT_THAT(names(taken.calibration), ElementsAre("00.png", "02.png", "04.png", "06.png", "08.png", "10.png"));
  EXPECT_THAT(names(taken.tuning), IsSubsetOf(names(taken.calibration)));
  EXPECT_EQ(taken.unreadable, 0U);
}

TEST_F(PicturesTest, TheSameFolderGivesTheSameParts) {
  const Pictures first = take_pictures(options_);
  const Pictures again = take_pictures(options_);
  EXPECT_EQ(again.calibration, first.calibration);
  EXPECT_EQ(names(again.tuning), names(first.tuning));
  EXPECT_EQ(names(again.proof), names(first.proof));
  EXPECT_EQ(again.calibration_sha256, first.calibration_sha256);
  EXPECT_THAT(first.calibration_sha256, SizeIs(64));
  // A picture to judge by is none of those that it is of.
  peel::test::write_disc(pictures() / "03.png", {32, 32});
  EXPECT_EQ(take_pictures(options_).calibration_sha256, first.calibration_sha256);
  peel::test::write_disc(pictures() / "02.png", {32, 32});
  EXPECT_NE(take_pictures(options_).calibration_sha256, first.calibration_sha256);
}

TEST_F(PicturesTest, WhatCannotBeReadIsLeftOut) {
  peel::test::write_text(pictures() / "01.png", "no picture");
  peel::test::write_text(pictures() / "notes.txt", "no picture");
  peel::test::write_text(pictures() / ".hidden.png", "not even looked at");
  peel::test::write_disc(pictures() / "sub" / "12.png", {32, 32});
  const Pictures taken = take_pictures(options_);
  EXPECT_EQ(taken.unreadable, 2U);
  EXPECT_THAT(names(taken.calibration), ElementsAre("00.png", "03.png", "05.png", "07.png", "09.png", "11.png"));
  EXPECT_THAT(names(taken.proof), ElementsAre("02.png", "04.png", "06.png", "08.png", "10.png"));
}

TEST_F(PicturesTest, TheFewerThereAreTheLargerThePartToJudgeBy) {
  write_pictures(64);
  for (const auto& [samples, proof] : {std::pair{8, 4U}, {15, 7U}, {16, 8U}, {24, 8U}, {32, 8U}, {64, 16U}}) {
    options_.samples = samples;
    const Pictures taken = take_pictures(options_);
    EXPECT_THAT(taken.proof, SizeIs(proof)) << samples;
    EXPECT_THAT(taken.calibration, SizeIs(static_cast<std::size_t>(samples) - proof)) << samples;
  }
}

TEST_F(PicturesTest, NoMoreThanAskedForAreTakenEvenly) {
  write_pictures(100);
  options_.samples = 8;
  const Pictures few = take_pictures(options_);
  EXPECT_THAT(names(few.calibration), ElementsAre("00.png", "25.png", "50.png", "75.png"));
  EXPECT_THAT(names(few.proof), ElementsAre("12.png", "37.png", "62.png", "87.png"));
  // No more than 64 to calibrate with; those that would be more are not judged by either.
  options_.samples = 100;
  const Pictures many = take_pictures(options_);
  EXPECT_THAT(many.calibration, SizeIs(MOST_CALIBRATION));
  EXPECT_THAT(many.proof, SizeIs(25));
  std::set<std::filesystem::path> both(many.calibration.begin(), many.calibration.end());
  for (const auto& picture : many.proof) EXPECT_TRUE(both.insert(picture.file).second) << picture.file;
}

TEST_F(PicturesTest, GroundTruthBelongsToAPictureOfItsName) {
  options_.truth = folder_ / "truth";
  peel::test::write_disc_mask(options_.truth / "03.tif", disc(3));
  peel::test::write_text(options_.truth / "07.png", "no picture");
  peel::test::write_disc_mask(options_.truth / "00.png", disc(0));
  const Pictures taken = take_pictures(options_);
  EXPECT_EQ(taken.proof[1].truth, options_.truth / "03.tif");
  EXPECT_EQ(taken.proof[3].truth, std::nullopt);
  EXPECT_EQ(taken.tuning[0].truth, options_.truth / "00.png");
  EXPECT_EQ(taken.tuning[1].truth, std::nullopt);
}

}  // namespace
}  // namespace peel::quantization
