#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "commands/interrupt.hpp"
#include "peel/document.hpp"

namespace peel::cli {

/// How large a page is on paper, in millimetres; 0: not known.
struct PaperSize {
  double width = 0;
  double height = 0;
};

/// The size of the format that was taken, or of the one that was given, lying as the flat page does.
PaperSize paper_size(const ScanResult& result, const PageShape& shape);

/// The pages of a run as one PDF, in a file or ("-") on standard output. It is begun with the first page; from then on
/// an interrupt waits until it is whole or gone: see interrupted().
class PdfOutput {
 public:
  explicit PdfOutput(std::string output) : output_(std::move(output)) {}

  /// Returns the page's number, from 1. Throws Error(output).
  int add(const Image& page, std::optional<int> quality, const PaperSize& size);

  /// Puts it in its place; nothing without a page. Throws Error(output).
  void finish();

 private:
  class TemporaryFile;

  std::string output_;
  // In this order: the interrupt that was deferred comes through when nothing is left of a PDF that was not finished.
  std::optional<DeferInterrupt> whole_file_;
  std::shared_ptr<TemporaryFile> temporary_;  ///< for standard output
  std::optional<PdfWriter> writer_;
};

}  // namespace peel::cli
