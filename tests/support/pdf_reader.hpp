#pragma once

#include <string>
#include <vector>

// Nothing of C++20 in here: see pdf_test_reader.cpp.

namespace peel::test {

/// A page with one picture, as libqpdf reads it.
struct PdfPage {
  double width = 0;  ///< points
  double height = 0;
  int picture_width = 0;
  int picture_height = 0;
  int bits = 0;
  std::string filter;
  std::string parameters;      ///< as PDF writes them
  std::string color_space;     ///< its name, "/ICCBased" where it has a profile
  int profile_object = 0;      ///< number of the profile's object; 0: none
  int profile_components = 0;  ///< its /N
  std::string profile;
  std::string bytes;  ///< of the picture, encoded
  std::string contents;
};

struct PdfFile {
  std::vector<PdfPage> pages;
  std::vector<std::string> warnings;  ///< of a reader that looked at every object
};

/// Throws std::exception for what is no PDF.
PdfFile read_pdf(const std::string& file);

}  // namespace peel::test
