#include "commands/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "peel/error.hpp"
#include "support/test_data.hpp"

namespace peel::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::HasSubstr;

std::vector<ManifestLine> lines_of(const std::string& text) {
  const test::TemporaryFolder folder;
  const std::string file = (folder.path() / "list").string();
  std::ofstream(file) << text;
  return read_manifest(file);
}

template <typename Work>
std::string refusal(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(Manifest, ReadsNamesTabsAndJson) {
  EXPECT_THAT(
      lines_of("a b.jpg\nc.jpg\tout/c.png\r\n\n{\"in\": \"d\\te.jpg\", \"out\": \"x.webp\"}\n{\"in\": \"f.jpg\"}"),
      ElementsAre(FieldsAre("a b.jpg", ""), FieldsAre("c.jpg", "out/c.png"), FieldsAre("d\te.jpg", "x.webp"),
                  FieldsAre("f.jpg", "")));
}

TEST(Manifest, WhatMakesNoSenseIsToldWithItsLine) {
  const auto why = [](const std::string& text) { return refusal([&] { lines_of(text); }); };
  EXPECT_THAT(why("a\nb\tc\td\n"), HasSubstr("line 2: more than one tab"));
  EXPECT_THAT(why("\n\n\tb.png\n"), HasSubstr("line 3: no picture is named"));
  EXPECT_THAT(why("{\"in\": 3}"), HasSubstr("line 1"));
  EXPECT_THAT(why("{\"in\": \"a\", \"outt\": \"b\"}"), HasSubstr("there is no \"outt\""));
  EXPECT_THAT(why("{\"in\": \"a\""), HasSubstr("line 1"));
  EXPECT_THAT(why("\n"), HasSubstr("names no picture"));
  EXPECT_THAT(refusal([] { read_manifest("/nonexistent/list"); }), HasSubstr("No such file"));
}

Environment given(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST(Shards, AreNamedOrThatOfAJobArray) {
  EXPECT_THAT(shard_from("", given({})), FieldsAre(0u, 1u));
  EXPECT_THAT(shard_from("3/4", given({})), FieldsAre(3u, 4u));
  const auto slurm = given({{"SLURM_ARRAY_TASK_ID", "16"},
                            {"SLURM_ARRAY_TASK_MIN", "10"},
                            {"SLURM_ARRAY_TASK_STEP", "3"},
                            {"SLURM_ARRAY_TASK_COUNT", "5"}});
  EXPECT_THAT(shard_from("auto", slurm), FieldsAre(2u, 5u));
  EXPECT_THAT(shard_from("auto/5", slurm), FieldsAre(2u, 5u));
  EXPECT_THAT(shard_from("auto/8", given({{"JOB_COMPLETION_INDEX", "7"}})), FieldsAre(7u, 8u));
  EXPECT_THAT(shard_from("auto/8", given({{"AWS_BATCH_JOB_ARRAY_INDEX", "0"}})), FieldsAre(0u, 8u));
}

TEST(Shards, WhatIsNoPartIsRefused) {
  const auto why = [](const std::string& words, std::map<std::string, std::string> variables = {}) {
    return refusal([&] { shard_from(words, given(std::move(variables))); });
  };
  for (const char* words : {"4", "1/0", "-1/4", "a/4", "1/", "/4", "auto/", "auto/x", "1/4/2", "0x1/4", " 1/4"}) {
    EXPECT_THAT(why(words, {{"JOB_COMPLETION_INDEX", "0"}}), HasSubstr("is no part")) << words;
  }
  EXPECT_THAT(why("4/4"), HasSubstr("no part 4 of 4"));
  EXPECT_THAT(why("auto"), HasSubstr("none of their variables is set"));
  EXPECT_THAT(why("auto", {{"JOB_COMPLETION_INDEX", "1"}}), HasSubstr("does not tell how many"));
  EXPECT_THAT(why("auto/3", {{"JOB_COMPLETION_INDEX", "3"}}), HasSubstr("no part 3 of 3"));
  EXPECT_THAT(why("auto", {{"JOB_COMPLETION_INDEX", "one"}}), HasSubstr("no number"));
  EXPECT_THAT(why("auto/4", {{"SLURM_ARRAY_TASK_ID", "0"}, {"SLURM_ARRAY_TASK_COUNT", "5"}}),
              HasSubstr("in an array of 5 jobs"));
}

TEST(Shards, HaveNothingInCommonAndLeaveNothingOut) {
  for (const std::uint64_t count : {1u, 2u, 7u, 100u}) {
    std::vector<int> in_part(count);
    for (std::uint64_t i = 0; i < 5000; ++i) {
      int takers = 0;
      for (std::uint64_t index = 0; index < count; ++index) {
        const Shard part{index, count};
        const bool takes = part.takes_name("photos/img_" + std::to_string(i) + ".jpg");
        takers += takes;
        in_part[index] += takes;
      }
      ASSERT_EQ(takers, 1);
    }
    // Of equal size, but for chance: within six standard deviations.
    const double mean = 5000.0 / static_cast<double>(count);
    for (const int pictures : in_part) EXPECT_NEAR(pictures, mean, 6 * std::sqrt(mean) + 1);
  }
}

/// Which part a name is in must never change: a job that is done again would miss pictures.
TEST(Shards, ANameIsAlwaysInTheSamePart) {
  const auto part_of = [](const char* name) {
    for (std::uint64_t index = 0; index < 1000; ++index) {
      if (Shard{index, 1000}.takes_name(name)) return index;
    }
    return std::uint64_t{1000};
  };
  EXPECT_EQ(part_of(""), 945);
  EXPECT_EQ(part_of("a.jpg"), 716);
  EXPECT_EQ(part_of("photos/\xc3\xa4.png"), 103);
}

}  // namespace
}  // namespace peel::cli
