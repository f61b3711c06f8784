#include "server/multipart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace peel::server {
namespace {

struct Part {
  MultipartReader::Part head;
  std::string bytes;
};

struct Read {
  bool accepted = true;
  bool complete = false;
  std::vector<Part> parts;
};

Read read_in_pieces(const std::string& body, std::size_t piece, const std::string& boundary = "x") {
  Read read;
  MultipartReader reader(boundary, {[&](const MultipartReader::Part& head) {
                                      read.parts.push_back({head, {}});
                                      return true;
                                    },
                                    [&](std::string_view bytes) {
                                      read.parts.back().bytes += bytes;
                                      return true;
                                    }});
  for (std::size_t i = 0; read.accepted && i < body.size(); i += piece) {
    read.accepted = reader.take(std::string_view(body).substr(i, piece));
  }
  read.complete = reader.complete();
  return read;
}

Read read_whole(const std::string& body) {
  return read_in_pieces(body, body.size());
}

std::string part(const std::string& disposition, const std::string& bytes) {
  return "--x\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + bytes + "\r\n";
}

TEST(Multipart, PiecesOfAnySizeMakeTheSameForm) {
  const std::string bytes("\r\n--\0\r\n-x--y\r\n--", 16);
  const std::string body =
      part("name=\"a\"", "1") + part("name=\"file\"; filename=\"b.png\"", bytes) + part("name=\"c\"", "") + "--x--\r\n";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    const Read read = read_in_pieces(body, piece);
    ASSERT_TRUE(read.accepted && read.complete) << piece;
    ASSERT_EQ(read.parts.size(), 3U) << piece;
    EXPECT_EQ(read.parts[0].bytes, "1");
    EXPECT_EQ(read.parts[1].bytes, bytes) << piece;
    EXPECT_EQ(read.parts[1].head.filename, "b.png");
    EXPECT_EQ(read.parts[2].bytes, "");
    EXPECT_EQ(read.parts[2].head.name, "c");
  }
}

TEST(Multipart, TheLastLineNeedsNoEnd) {
  EXPECT_TRUE(read_whole(part("name=\"a\"", "1") + "--x--").complete);
}

TEST(Multipart, WhatStandsBeforeAndAfterTheFormIsLeft) {
  const Read read = read_whole("for old readers\r\n" + part("name=\"a\"", "1") + "--x--\r\nand more\r\n--x\r\n");
  EXPECT_TRUE(read.complete);
  ASSERT_EQ(read.parts.size(), 1U);
  EXPECT_EQ(read.parts[0].bytes, "1");
}

TEST(Multipart, NamesAreReadAsClientsWriteThem) {
  const auto head = [](const std::string& disposition) {
    const Read read = read_whole(part(disposition, "") + "--x--");
    return read.parts.empty() ? MultipartReader::Part() : read.parts[0].head;
  };
  EXPECT_EQ(head("name=a").name, "a");
  EXPECT_EQ(head("NAME=\"a b\"").name, "a b");
  EXPECT_EQ(head("name=\"a\\\"b\"").name, "a\"b");
  EXPECT_EQ(head("name=\"a;b=c\"; filename=\"d;e\"").filename, "d;e");
  EXPECT_EQ(head("filename=\"C:\\photo.jpg\"; name=\"f\"").filename, "C:\\photo.jpg");
  EXPECT_EQ(head("name=\"f\"; filename=\"\xc3\xa4 \xf0\x9f\x8d\x8a.png\"").filename, "\xc3\xa4 \xf0\x9f\x8d\x8a.png");
}

TEST(Multipart, WhatIsNoFormIsRefused) {
  EXPECT_FALSE(read_whole("--x\r\n\r\nno name\r\n--x--").accepted);
  EXPECT_FALSE(read_whole("--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--").accepted);
  EXPECT_FALSE(read_whole("--x\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--x--").accepted);
  EXPECT_FALSE(read_whole("--x\r\nno colon\r\n\r\n1\r\n--x--").accepted);
  EXPECT_FALSE(read_whole("--xyz\r\n").accepted);
  EXPECT_FALSE(read_whole("--x\r\n" + std::string(20'000, 'a')).accepted);
}

TEST(Multipart, CutShortItIsNotComplete) {
  const std::string body = part("name=\"a\"", "1") + "--x--";
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Read read = read_whole(body.substr(0, size));
    EXPECT_TRUE(read.accepted) << size;
    EXPECT_FALSE(read.complete) << size;
  }
}

TEST(Multipart, ALongBodyIsPassedOnAndNotKept) {
  std::size_t largest = 0;
  std::size_t total = 0;
  MultipartReader reader("x", {[](const MultipartReader::Part&) { return true; },
                               [&](std::string_view bytes) {
                                 largest = std::max(largest, bytes.size());
                                 total += bytes.size();
                                 return true;
                               }});
  const std::string head = part("name=\"a\"", "").substr(0, part("name=\"a\"", "").size() - 2);
  ASSERT_TRUE(reader.take(head));
  const std::string piece(4096, '\r');
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(reader.take(piece));
  EXPECT_LE(largest, 2 * piece.size());
  EXPECT_GE(total, 99 * piece.size());
}

TEST(Multipart, TheBoundaryIsTakenOutOfTheType) {
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(boundary_of("Multipart/Form-Data; charset=utf-8; Boundary=\"a b;c\""), "a b;c");
  EXPECT_EQ(boundary_of("multipart/form-data"), std::nullopt);
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=" + std::string(71, 'a')), std::nullopt);
  EXPECT_TRUE(is_multipart("Multipart/Form-Data; boundary=abc"));
  EXPECT_FALSE(is_multipart("multipart/mixed; boundary=abc"));
}

}  // namespace
}  // namespace peel::server
