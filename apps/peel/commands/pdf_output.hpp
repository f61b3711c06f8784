#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands/interrupt.hpp"
#include "peel/document.hpp"

namespace peel::cli {

/// The pages of a run as one PDF, in a file or ("-") on standard output. It is begun with the first page; from then on
/// an interrupt waits until it is whole or gone: see interrupted().
class PdfOutput {
 public:
  /// `sheet`: each page lies in the middle of one, if it is forced.
  PdfOutput(std::string output, const PageShape& sheet) : output_(std::move(output)), sheet_(sheet) {}

  /// Returns the page's number, from 1. Throws Error(output).
  int add(const ScanResult& page, std::optional<int> quality);

  /// Puts it in its place; nothing without a page. Throws Error(output).
  void finish();

 private:
  class TemporaryFile;

  /// What is known of a page's size.
  struct Sized {
    PageSize size;
    AspectRatio aspect;
  };
  void lay_out();

  std::string output_;
  PageShape sheet_;
  std::vector<Sized> sizes_;
  // In this order: the interrupt that was deferred comes through when nothing is left of a PDF that was not finished.
  std::optional<DeferInterrupt> whole_file_;
  std::shared_ptr<TemporaryFile> temporary_;  ///< for standard output
  std::optional<PdfWriter> writer_;
};

}  // namespace peel::cli
