#include "commands/save_config.hpp"

#include <gtest/gtest.h>

#include "support/error_of.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::cli {
namespace {

const std::string RECOMMENDED = "# found by bench\n[remove]\nmodel = \"u2netp\"\nthreads = 2\n";

TEST(SaveConfig, AnEmptyFileGetsTheSection) {
  EXPECT_EQ(merged_config("", RECOMMENDED), "[remove]\nmodel = \"u2netp\"\nthreads = 2\n");
}

TEST(SaveConfig, OnlyTheRecommendedSettingsAreReplaced) {
  const std::string existing =
      "# mine\n[bench]\nthreads = \"1,2\"\n\n[remove] # always\n  threads=8\neffort = \"small\"\n# threads = 9\nmodel "
      "= 'x.onnx'";
  EXPECT_EQ(
      merged_config(existing, RECOMMENDED),
      "# mine\n[bench]\nthreads = \"1,2\"\n\n[remove] # always\nmodel = \"u2netp\"\nthreads = 2\neffort = \"small\"\n"
      "# threads = 9\n");
  EXPECT_EQ(merged_config("[bench]\nrounds = 3\n", RECOMMENDED),
            "[bench]\nrounds = 3\n\n[remove]\nmodel = \"u2netp\"\nthreads = 2\n");
}

TEST(SaveConfig, DoneTwiceItIsTheSame) {
  const std::string once = merged_config("[remove]\nquality = 90\n", RECOMMENDED);
  EXPECT_EQ(merged_config(once, RECOMMENDED), once);
}

TEST(SaveConfig, TheFoldersAreMade) {
  const test::TemporaryFolder folder;
  save_config(folder / "a/b/config.toml", RECOMMENDED);
  EXPECT_EQ(test::read_text(folder / "a/b/config.toml"), merged_config("", RECOMMENDED));
  test::write_text(folder / "file", "");
  EXPECT_EQ(test::error_of([&] { save_config(folder / "file/config.toml", RECOMMENDED); }).code(), ErrorCode::output);
}

}  // namespace
}  // namespace peel::cli
