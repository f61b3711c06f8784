#include "document/pdf_file.hpp"

#include <qpdf/Pl_Function.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFPageDocumentHelper.hh>
#include <qpdf/QPDFWriter.hh>
#include <utility>
#include <vector>

// Compiled as C++17, for which libqpdf's headers are: with C++20's constexpr vectors Clang 14 finds one of an
// incomplete type in them.

namespace peel::document {
namespace {

constexpr std::size_t BUFFER_BYTES = 1 << 16;

// libqpdf writes word by word.
class BufferedSink {
 public:
  explicit BufferedSink(const PdfSink& sink) : sink_(sink) { buffer_.reserve(BUFFER_BYTES); }

  void write(const std::byte* bytes, std::size_t size) {
    if (buffer_.size() + size > BUFFER_BYTES) flush();
    if (size > BUFFER_BYTES) {
      sink_(bytes, size);
    } else {
      buffer_.insert(buffer_.end(), bytes, bytes + size);
    }
  }
  void flush() {
    sink_(buffer_.data(), buffer_.size());
    buffer_.clear();
  }

 private:
  const PdfSink& sink_;
  std::vector<std::byte> buffer_;
};

}  // namespace

struct PdfFile::Impl {
  QPDF pdf;
};

PdfFile::PdfFile() : impl_(std::make_unique<Impl>()) {
  impl_->pdf.setSuppressWarnings(true);  // it would print them
  impl_->pdf.emptyPDF();
}

PdfFile::~PdfFile() = default;

int PdfFile::add_stream(const std::string& dictionary, PdfSource bytes) {
  QPDFObjectHandle stream = impl_->pdf.newStream();
  stream.replaceDict(QPDFObjectHandle::parse(&impl_->pdf, dictionary));
  const auto provide = [source = std::move(bytes)](Pipeline* pipeline) {
    source([pipeline](const std::byte* part, std::size_t size) {
      pipeline->write(reinterpret_cast<const unsigned char*>(part), size);
    });
    pipeline->finish();
  };
  const QPDFObjectHandle as_in_dictionary;
  stream.replaceStreamData(provide, as_in_dictionary, as_in_dictionary);
  return stream.getObjectID();
}

void PdfFile::add_page(const std::string& dictionary) {
  const QPDFObjectHandle page = impl_->pdf.makeIndirectObject(QPDFObjectHandle::parse(&impl_->pdf, dictionary));
  QPDFPageDocumentHelper(impl_->pdf).addPage(page, false);
}

void PdfFile::write(const PdfSink& sink) {
  BufferedSink buffered(sink);
  Pl_Function pipeline("sink", nullptr, [&buffered](const unsigned char* bytes, std::size_t size) {
    buffered.write(reinterpret_cast<const std::byte*>(bytes), size);
  });
  QPDFWriter writer(impl_->pdf);
  writer.setOutputPipeline(&pipeline);
  writer.setMinimumPDFVersion("1.4");
  writer.setStreamDataMode(qpdf_s_preserve);
  writer.setDeterministicID(true);  // else it is made of the time
  writer.write();
  buffered.flush();
}

}  // namespace peel::document
