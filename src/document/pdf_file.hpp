#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

// Nothing of C++20 in here: see pdf_file.cpp.

namespace peel::document {

/// Takes bytes, in parts.
using PdfSink = std::function<void(const std::byte* bytes, std::size_t size)>;
/// Gives the bytes of a stream, the same ones every time.
using PdfSource = std::function<void(const PdfSink& sink)>;

/// The objects of a PDF file, put in order and written by libqpdf. Dictionaries are in PDF's own words (ISO 32000-1,
/// 7.3.7) and refer to streams by the numbers they were given here.
class PdfFile {
 public:
  PdfFile();
  PdfFile(const PdfFile&) = delete;
  PdfFile& operator=(const PdfFile&) = delete;
  ~PdfFile();

  /// The stream's number. Its bytes, encoded as its dictionary says, are asked for when the file is written.
  int add_stream(const std::string& dictionary, PdfSource bytes);
  /// After the pages before.
  void add_page(const std::string& dictionary);
  /// The same bytes for the same objects. What `sink` throws is thrown on; what a source throws becomes a
  /// std::runtime_error with its words.
  void write(const PdfSink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel::document
