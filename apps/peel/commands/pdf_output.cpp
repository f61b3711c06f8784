#include "commands/pdf_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "commands/picture_files.hpp"
#include "peel/error.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;

constexpr int USUAL_QUALITY = 85;  // PdfWriter's own

/// Whether a page's size is more than its shape tells: given, or by a scanner's resolution.
bool is_settled(const PageSize& size, const AspectRatio& aspect) {
  return aspect.method == "forced" || (size.known && aspect.format.empty());
}

/// Whether what was measured allows for the format.
bool could_be(const PageFormat& format, const AspectRatio& aspect) {
  constexpr double LEAST = 0.01;  // as well as a page that fills its picture is cut
  const double upright = std::log(format.height_mm / format.width_mm);
  return std::abs(std::abs(std::log(aspect.measured)) - upright) <= std::max(LEAST, aspect.uncertainty);
}

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

int PdfOutput::add(const ScanResult& page, std::optional<int> quality) {
  if (!writer_) {
    whole_file_.emplace();
    if (output_ == "-") temporary_ = std::make_shared<TemporaryFile>();
    writer_.emplace(temporary_ ? temporary_->path() : fs::path(output_));
  }
  writer_->add(page.image, quality.value_or(USUAL_QUALITY));
  sizes_.push_back({page.size, page.aspect});
  return writer_->pages();
}

/// Pages of one run are often of one format: what most were taken for, those of its shape are that could not be told,
/// or that are as near to it as to another.
void PdfOutput::lay_out() {
  std::map<std::string, int> votes;
  for (const Sized& page : sizes_) {
    if (!page.aspect.format.empty()) ++votes[page.aspect.format];
  }
  const auto most = std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; });
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    const AspectRatio& aspect = sizes_[i].aspect;
    PageSize size = sizes_[i].size;
    if (most != votes.end() && most->second >= 2 && aspect.format != most->first &&
        !is_settled(sizes_[i].size, aspect)) {
      const PageFormat& format = *std::ranges::find(page_formats(), most->first, &PageFormat::name);
      if (could_be(format, aspect)) size = format.lying(aspect.ratio);
    }
    PageSize sheet;
    if (sheet_.kind == PageShape::Kind::forced) {
      sheet = sheet_.format().lying(aspect.ratio);
    }
    writer_->place(static_cast<int>(i) + 1, size.width_mm, size.height_mm, sheet.width_mm, sheet.height_mm);
  }
}

void PdfOutput::finish() {
  if (!writer_ || writer_->pages() == 0) return;
  lay_out();
  writer_->finish();
  if (temporary_) temporary_->copy_to_standard_output();
}

}  // namespace peel::cli
