#include "models/checksum.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "models/base64.hpp"
#include "models/check_records.hpp"
#include "support/models_test.hpp"

namespace peel {
namespace {

using test::error_of;
using test::hex_hash;
using test::write_text;
using ::testing::HasSubstr;

TEST(Hasher, GivesThePublishedValues) {
  EXPECT_EQ(hex_hash(HashAlgorithm::md5, "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex_hash(HashAlgorithm::sha256, "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_hash(HashAlgorithm::sha256, ""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_hash(HashAlgorithm::sha512, "abc").substr(0, 16), "ddaf35a193617aba");
}

TEST(Hasher, Base64) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
}

class Checks : public test::ModelsTest {
 protected:
  std::filesystem::path file_ = store_folder() / "tiny.onnx";
  CheckRecords records_{store_folder()};
  std::size_t hashed() { return logged("hashing"); }
};

TEST_F(Checks, AFileIsHashedWhole) {
  const std::string content = test::noise_text(1'000'003);
  write_text(file_, content);
  const auto hashes = hash_file(file_);
  EXPECT_EQ(hashes.sha256, hex_hash(HashAlgorithm::sha256, content));
  EXPECT_EQ(hashes.md5, hex_hash(HashAlgorithm::md5, content));
  write_text(file_, "abc");
  EXPECT_EQ(integrity_of_file(file_),
            "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==");
}

TEST_F(Checks, AFileThatIsNotThereIsAModelError) {
  const auto error = error_of([&] { records_.hashes(file_); });
  EXPECT_EQ(error.code(), ErrorCode::model);
  EXPECT_THAT(error.message(), HasSubstr("tiny.onnx: No such file"));
}

TEST_F(Checks, AreRemembered) {
  write_text(file_, "content");
  const auto first = records_.hashes(file_);
  EXPECT_EQ(hashed(), 1U);
  EXPECT_EQ(CheckRecords(store_folder()).hashes(file_).sha256, first.sha256);
  EXPECT_EQ(hashed(), 1U);
  records_.hashes(file_, true);
  EXPECT_EQ(hashed(), 2U);
}

TEST_F(Checks, AChangedFileIsHashedAgain) {
  write_text(file_, "content");
  const auto first = records_.hashes(file_);
  const auto time = std::filesystem::last_write_time(file_);

  // Same size, another time.
  write_text(file_, "CONTENT");
  std::filesystem::last_write_time(file_, time + std::chrono::nanoseconds(1));
  EXPECT_EQ(records_.hashes(file_).sha256, hex_hash(HashAlgorithm::sha256, "CONTENT"));

  // Same time, another size.
  write_text(file_, "longer content");
  std::filesystem::last_write_time(file_, time + std::chrono::nanoseconds(1));
  EXPECT_EQ(records_.hashes(file_).sha256, hex_hash(HashAlgorithm::sha256, "longer content"));

  // Same size and time, another file renamed over it.
  write_text(store_folder() / "other", "LONGER CONTENT");
  std::filesystem::last_write_time(store_folder() / "other", time + std::chrono::nanoseconds(1));
  std::filesystem::rename(store_folder() / "other", file_);
  EXPECT_EQ(records_.hashes(file_).sha256, hex_hash(HashAlgorithm::sha256, "LONGER CONTENT"));
  EXPECT_EQ(hashed(), 4U);
}

TEST_F(Checks, ABrokenRecordOnlyMeansHashingAgain) {
  write_text(file_, "content");
  for (const char* record : {"", "{", "[1]", R"({"bytes": "seven"})", R"({"bytes": 7})"}) {
    write_text(store_folder() / ".peel" / "tiny.onnx.json", record);
    EXPECT_EQ(records_.hashes(file_).sha256, hex_hash(HashAlgorithm::sha256, "content"));
  }
  EXPECT_EQ(hashed(), 5U);
}

TEST_F(Checks, GoToTheUsersCacheWhereTheStoreCannotBeWritten) {
  write_text(file_, "content");
  write_text(store_folder() / ".peel", "a file where the folder should be");
  records_.hashes(file_);
  records_.hashes(file_);
  EXPECT_EQ(hashed(), 1U);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "cache" / "peel" / "checks"));
}

TEST_F(Checks, OfAFileElsewhereMakeNoStore) {
  const auto own = folder_ / "own.onnx";
  write_text(own, "content");
  EXPECT_EQ(store().sha256(own), hex_hash(HashAlgorithm::sha256, "content"));
  store().sha256(own);
  EXPECT_EQ(hashed(), 1U);
  EXPECT_FALSE(std::filesystem::exists(store_folder()));
}

TEST_F(Checks, MayBeWrittenBySeveralAtOnce) {
  write_text(file_, "content");
  const auto expected = hex_hash(HashAlgorithm::sha256, "content");
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) EXPECT_EQ(records_.hashes(file_, round % 2 == 0).sha256, expected);
    });
  }
  for (auto& thread : threads) thread.join();
  // Nothing but the record is left: no temporary file.
  const std::filesystem::directory_iterator left(store_folder() / ".peel");
  EXPECT_EQ(std::distance(begin(left), end(left)), 1);
}

}  // namespace
}  // namespace peel
