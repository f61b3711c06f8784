#include <gtest/gtest.h>

#include "options.hpp"
#include "peel/server.hpp"

namespace peel::cli {
namespace {

// They are written twice, because the program that reads arguments is not linked with the library.
TEST(ServeArguments, AreWhatAServerHasByItself) {
  const ServeArguments a;
  const ServerSettings settings;
  EXPECT_EQ(a.host, settings.host);
  EXPECT_EQ(a.port, settings.port);
  EXPECT_EQ(a.max_bytes, settings.max_bytes);
  EXPECT_EQ(a.max_pixels, settings.max_pixels);
  EXPECT_EQ(a.upload_bytes, settings.upload_bytes);
  EXPECT_EQ(a.picture_bytes, settings.picture_bytes);
  EXPECT_EQ(a.model_bytes, settings.model_bytes);
  EXPECT_EQ(static_cast<std::size_t>(a.queue), settings.queue);
  EXPECT_EQ(static_cast<std::size_t>(a.connections), settings.connections);
  EXPECT_EQ(a.timeout, settings.timeout);
  EXPECT_EQ(a.head_timeout, settings.head_timeout);
  EXPECT_EQ(a.body_timeout, settings.body_timeout);
  EXPECT_EQ(a.idle_timeout, settings.idle_timeout);
  EXPECT_EQ(a.write_timeout, settings.write_timeout);
  EXPECT_EQ(a.allow_url_fetch, settings.allow_url_fetch);
  EXPECT_EQ(a.behind_proxy, settings.behind_proxy);
  EXPECT_NE(a.no_page, settings.page);
}

}  // namespace
}  // namespace peel::cli
