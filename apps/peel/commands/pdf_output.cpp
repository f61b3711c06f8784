#include "commands/pdf_output.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "commands/picture_files.hpp"
#include "peel/error.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;

constexpr int USUAL_QUALITY = 85;  // PdfWriter's own

}  // namespace

/// A name in a folder of its own: a PDF is written from its end, so it cannot go to a pipe as it is made.
class PdfOutput::TemporaryFile {
 public:
  TemporaryFile() {
    std::error_code error;
    std::string pattern = (fs::temp_directory_path(error) / "peel-XXXXXX").string();
    if (error || !mkdtemp(pattern.data())) {
      throw Error(ErrorCode::output, fmt::format("{}: a folder for the PDF cannot be made there", pattern),
                  "set TMPDIR, or name a file with -o");
    }
    folder_ = pattern;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  fs::path path() const { return folder_ / "pages.pdf"; }

  void copy_to_standard_output() const {
    constexpr std::size_t PIECE = 1 << 20;
    std::vector<char> piece(PIECE);
    std::ifstream file(path(), std::ios::binary);
    while (file) {
      file.read(piece.data(), PIECE);
      write_standard_output(std::as_bytes(std::span(piece).first(static_cast<std::size_t>(file.gcount()))));
    }
    if (!file.eof()) throw Error(ErrorCode::output, fmt::format("{}: cannot be read again", path().string()));
  }

 private:
  fs::path folder_;
};

PaperSize paper_size(const ScanResult& result, const PageShape& shape) {
  if (result.status == PageStatus::already_cropped) return {};
  PaperSize size;
  if (shape.kind == PageShape::Kind::forced) {
    size = {shape.width_mm, shape.height_mm};
  } else {
    for (const PageFormat& format : page_formats()) {
      if (format.name == result.aspect.format) size = {format.width_mm, format.height_mm};
    }
  }
  if (result.aspect.ratio > 1) std::swap(size.width, size.height);
  return size;
}

int PdfOutput::add(const Image& page, std::optional<int> quality, const PaperSize& size) {
  if (!writer_) {
    whole_file_.emplace();
    if (output_ == "-") temporary_ = std::make_shared<TemporaryFile>();
    writer_.emplace(temporary_ ? temporary_->path() : fs::path(output_));
  }
  writer_->add(page, quality.value_or(USUAL_QUALITY), size.width, size.height);
  return writer_->pages();
}

void PdfOutput::finish() {
  if (!writer_ || writer_->pages() == 0) return;
  writer_->finish();
  if (temporary_) temporary_->copy_to_standard_output();
}

}  // namespace peel::cli
