#include "server/api_keys.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "peel/error.hpp"
#include "peel/log.hpp"

namespace peel::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal_of_file(std::string_view text) {
  try {
    ApiKeys::parse(text, "keys.txt");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.message();
  }
  return "";
}

TEST(ApiKeys, AKeyIsFoundByItsName) {
  const auto keys = ApiKeys::parse("# who may\n\nshop = correct-horse-battery\r\n  app.2=ABCDEFGH  \n", "keys.txt");
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys.find("correct-horse-battery"), "shop");
  EXPECT_EQ(keys.find("ABCDEFGH"), "app.2");
}

TEST(ApiKeys, WhatIsNearlyAKeyIsNone) {
  const auto keys = ApiKeys::parse("shop = correct-horse-battery", "keys.txt");
  for (const char* key : {"", "correct-horse-batter", "correct-horse-battery ", " correct-horse-battery",
                          "correct-horse-batterY", "correct-horse-batteryx", "shop", "shop = correct-horse-battery"}) {
    EXPECT_EQ(keys.find(key), std::nullopt) << key;
  }
  EXPECT_EQ(keys.find(std::string_view("correct-horse-battery\0", 22)), std::nullopt);
  EXPECT_EQ(ApiKeys().find(""), std::nullopt);
  EXPECT_TRUE(ApiKeys().empty());
}

TEST(ApiKeys, WithoutANameThePlaceIsTheName) {
  const auto keys = ApiKeys::parse("# first\nfirst-key\nsome = second-key\nthird-key", "keys.txt");
  EXPECT_EQ(keys.find("first-key"), "key-1");
  EXPECT_EQ(keys.find("second-key"), "some");
  EXPECT_EQ(keys.find("third-key"), "key-3");
}

TEST(ApiKeys, AKeyMayEndInEqualsSignsAndHoldThem) {
  const auto keys = ApiKeys::parse("c2VjcmV0c2VjcmV0cw==\nshop = a=b=c=d=e=\n", "keys.txt");
  EXPECT_EQ(keys.find("c2VjcmV0c2VjcmV0cw=="), "key-1");
  EXPECT_EQ(keys.find("a=b=c=d=e="), "shop");
}

TEST(ApiKeys, OneNameMayHaveSeveralKeys) {
  const auto keys = ApiKeys::parse("shop = the-old-one\nshop = the-new-one", "keys.txt");
  EXPECT_EQ(keys.find("the-old-one"), "shop");
  EXPECT_EQ(keys.find("the-new-one"), "shop");
}

TEST(ApiKeys, WhatIsNoListOfKeysIsRefused) {
  EXPECT_THAT(refusal_of_file(""), HasSubstr("no key in it"));
  EXPECT_THAT(refusal_of_file("# nothing\n\n  \n"), HasSubstr("no key in it"));
  EXPECT_THAT(refusal_of_file("good = 12345678\nshort = 1234567"), HasSubstr("keys.txt: line 2: no key"));
  EXPECT_THAT(refusal_of_file("long = " + std::string(513, 'x')), HasSubstr("line 1: no key"));
  EXPECT_EQ(refusal_of_file("long = " + std::string(512, 'x')), "");
  EXPECT_THAT(refusal_of_file("two words"), HasSubstr("no key"));
  EXPECT_THAT(refusal_of_file("name = two words"), HasSubstr("no key"));
  EXPECT_THAT(refusal_of_file("name = schl\xc3\xbcssel"), HasSubstr("no key"));
  EXPECT_THAT(refusal_of_file("a name = 12345678"), HasSubstr("no name"));
  EXPECT_THAT(refusal_of_file(" = 12345678"), HasSubstr("no name"));
  EXPECT_THAT(refusal_of_file(std::string(65, 'n') + " = 12345678"), HasSubstr("no name"));
  EXPECT_THAT(refusal_of_file("a = 12345678\nb = 12345678"), HasSubstr("line 2: a key that stands further up"));
}

TEST(ApiKeys, AMessageHoldsNothingOfAKey) {
  EXPECT_THAT(refusal_of_file("name = secret secret"), Not(HasSubstr("secret")));
  EXPECT_THAT(refusal_of_file("secret secret = 12345678"), Not(HasSubstr("secret")));
}

class ApiKeysFile : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() / ("peel-keys-" + std::to_string(::getpid()));
    std::ofstream(file_) << "shop = 12345678\n";
    set_log_sink([this](LogLevel level, std::string_view text) {
      if (level == LogLevel::warning) warnings_.append(text);
    });
  }
  void TearDown() override {
    set_log_sink({});
    std::filesystem::remove(file_);
  }

  std::filesystem::path file_;
  std::string warnings_;
};

TEST_F(ApiKeysFile, IsRead) {
  ::chmod(file_.c_str(), 0640);
  EXPECT_EQ(ApiKeys::load(file_).find("12345678"), "shop");
  EXPECT_EQ(warnings_, "");
}

TEST_F(ApiKeysFile, WarnsOfAFileThatOthersMayRead) {
  ::chmod(file_.c_str(), 0644);
  EXPECT_EQ(ApiKeys::load(file_).size(), 1U);
  EXPECT_THAT(warnings_, HasSubstr("others may read"));
  EXPECT_THAT(warnings_, Not(HasSubstr("12345678")));
}

TEST_F(ApiKeysFile, MustBeThere) {
  std::filesystem::remove(file_);
  try {
    ApiKeys::load(file_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.message(), HasSubstr(file_.string()));
  }
}

TEST(ApiKeysEnvironment, HoldsThemInOneValue) {
  ::setenv("PEEL_TEST_KEYS", "shop = 12345678, abcdefgh", 1);
  const auto keys = ApiKeys::from_environment("PEEL_TEST_KEYS");
  ::unsetenv("PEEL_TEST_KEYS");
  EXPECT_EQ(keys.find("12345678"), "shop");
  EXPECT_EQ(keys.find("abcdefgh"), "key-2");
  EXPECT_THROW(ApiKeys::from_environment("PEEL_TEST_KEYS"), Error);
}

}  // namespace
}  // namespace peel::server
