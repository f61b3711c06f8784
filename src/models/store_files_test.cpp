#include "models/store_files.hpp"

#include <gmock/gmock.h>

#include "support/models_test.hpp"

namespace peel {
namespace {

using test::error_of;
using ::testing::HasSubstr;

class StoreFiles : public test::ModelsTest {};

TEST_F(StoreFiles, AFullDiskIsNoticedBeforeAndWhileWriting) {
  const auto before = error_of([&] { require_space(folder_.path(), std::uint64_t{1} << 62); });
  EXPECT_EQ(before.code(), ErrorCode::output);
  EXPECT_THAT(before.message(), HasSubstr("not enough space in " + folder_.path().string()));
  EXPECT_THAT(before.hint(), HasSubstr("free some space"));
  EXPECT_NO_THROW(require_space(folder_.path(), 1));

  const std::string content = test::noise_text(1000);
  PartFile full("/dev/full");
  const auto during = error_of([&] { full.write_at(0, std::as_bytes(std::span(content))); });
  EXPECT_EQ(during.code(), ErrorCode::output);
  EXPECT_THAT(during.message(), HasSubstr("No space left on device"));
  EXPECT_THAT(during.hint(), HasSubstr("free some space"));
}

TEST_F(StoreFiles, APartIsKeptUnlessEmpty) {
  const auto file = folder_ / "part";
  {
    PartFile part(file);
    EXPECT_EQ(part.size(), 0U);
    EXPECT_TRUE(std::filesystem::exists(file));
  }
  EXPECT_FALSE(std::filesystem::exists(file));
  {
    const std::string text = "0123456789";
    PartFile part(file);
    part.write_at(5, std::as_bytes(std::span(text)));
    part.truncate(8);
    part.sync();
  }
  EXPECT_EQ(test::read_text(file), std::string(5, '\0') + "012");
}

TEST_F(StoreFiles, PathsAreAbsoluteAndPlain) {
  EXPECT_EQ(absolute_path("/a/./b/../c/"), "/a/c");
  EXPECT_EQ(absolute_path("/"), "/");
  EXPECT_EQ(absolute_path("a"), std::filesystem::current_path() / "a");
}

}  // namespace
}  // namespace peel
