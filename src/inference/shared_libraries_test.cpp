#include "inference/shared_libraries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "inference/runtime.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

TEST(SharedLibraries, NamesWhatALibraryNeeds) {
  const auto needed = needed_libraries(open_runtime().library);
  EXPECT_THAT(needed, testing::Contains("libc.so.6"));
  EXPECT_THAT(missing_libraries(open_runtime().library), testing::IsEmpty());
  // This very program.
  EXPECT_THAT(needed_libraries("/proc/self/exe"), testing::Contains(testing::StartsWith("libc.so")));
}

TEST(SharedLibraries, AreFoundBesideTheLibraryThatOpensThemAndByTheLoader) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "libhere.so.1", "");
  EXPECT_TRUE(is_found("libhere.so.1", folder.path()));
  EXPECT_TRUE(is_found("libc.so.6", folder.path()));
  EXPECT_FALSE(is_found("libnowhere.so.1", folder.path()));
}

TEST(SharedLibraries, DamagedFilesNeedNothing) {
  const test::TemporaryFolder folder;
  const auto file = folder / "lib.so";
  test::write_text(file, "no library");
  EXPECT_THAT(needed_libraries(file), testing::IsEmpty());
  std::filesystem::copy_file("/proc/self/exe", file, std::filesystem::copy_options::overwrite_existing);
  const auto whole = std::filesystem::file_size(file);
  for (const auto size : {whole / 2, std::uintmax_t{64}, std::uintmax_t{20}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(file, size);
    EXPECT_LE(needed_libraries(file).size(), 30u) << size;
  }
}

TEST(SharedLibraries, SaysWhatToInstall) {
  EXPECT_EQ(packages_of({"libcuda.so.1", "libcublasLt.so.13", "libcudart.so.13", "libcudnn.so.9"}),
            "NVIDIA's driver, CUDA 13 and cuDNN 9");
  EXPECT_EQ(packages_of({"libnvinfer.so.10", "libnvonnxparser.so.10"}), "TensorRT 10");
  EXPECT_EQ(packages_of({"libwhatever.so.1"}), "");
  EXPECT_EQ(enumeration({}), "");
  EXPECT_EQ(enumeration({"a"}), "a");
  EXPECT_EQ(enumeration({"a", "b", "c"}), "a, b and c");
}

}  // namespace
}  // namespace peel
