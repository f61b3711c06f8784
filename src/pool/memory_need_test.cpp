#include "pool/memory_need.hpp"

#include <gtest/gtest.h>

namespace peel {
namespace {

TEST(MemoryNeed, WhatAPictureTakes) {
  EXPECT_EQ(picture_memory(500, std::nullopt, {}), 500U);
  // Colours 3, mask 1, cut-out 4, its file 2.
  EXPECT_EQ(picture_memory(500, PictureHeader{1000, 100, 3}, {}), 500U + 100'000U * 10);
  Finish matting;
  matting.alpha_matting = true;
  EXPECT_EQ(picture_memory(500, PictureHeader{1000, 100, 3}, matting), 500U + 100'000U * 45);
  EXPECT_GT(picture_memory(0, PictureHeader{0x3FFF, 0x3FFF, 8}, {}), std::uint64_t{5} << 30) << "no overflow";
}

TEST(MemoryNeed, WhatAScanTakesGoesByThePageToo) {
  EXPECT_EQ(scan_memory(500, std::nullopt, 1000), 500U);
  EXPECT_EQ(scan_memory(500, PictureHeader{100, 10, 3}, 4000), 500U + 3000U + 3 * 12'000U);
}

TEST(MemoryNeed, WhatARunTakesGoesByTheNetworksInput) {
  SessionInfo session;
  session.input_width = 320;
  session.input_height = 160;
  EXPECT_EQ(run_memory(session, 640), 720U * 320 * 160);
  session.input_width = session.input_height = 0;
  EXPECT_EQ(run_memory(session, 640), 720U * 640 * 640);
  session.output = OutputKind::prompted;
  EXPECT_EQ(run_memory(session, 640), std::uint64_t{4} << 30);
}

TEST(MemoryNeed, SomeOfTheMemoryIsFree) {
  EXPECT_GT(half_of_free_memory(), 0U);
}

}  // namespace
}  // namespace peel
