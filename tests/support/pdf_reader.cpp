#include "support/pdf_reader.hpp"

#include <qpdf/Pl_Discard.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFPageDocumentHelper.hh>
#include <qpdf/QPDFWriter.hh>

// Compiled as C++17: see document/pdf_file.cpp.

namespace peel::test {
namespace {

std::string raw(QPDFObjectHandle stream) {
  const auto buffer = stream.getRawStreamData();
  return {reinterpret_cast<const char*>(buffer->getBuffer()), buffer->getSize()};
}

}  // namespace

PdfFile read_pdf(const std::string& file) {
  QPDF pdf;
  pdf.setSuppressWarnings(true);
  pdf.processFile(file.c_str());
  PdfFile out;
  for (QPDFPageObjectHelper& page : QPDFPageDocumentHelper(pdf).getAllPages()) {
    PdfPage read;
    const auto box = page.getObjectHandle().getKey("/MediaBox").getArrayAsRectangle();
    read.width = box.urx - box.llx;
    read.height = box.ury - box.lly;
    read.contents = raw(page.getObjectHandle().getKey("/Contents"));
    QPDFObjectHandle picture = page.getImages().begin()->second;
    QPDFObjectHandle dictionary = picture.getDict();
    read.picture_width = dictionary.getKey("/Width").getIntValueAsInt();
    read.picture_height = dictionary.getKey("/Height").getIntValueAsInt();
    read.bits = dictionary.getKey("/BitsPerComponent").getIntValueAsInt();
    read.filter = dictionary.getKey("/Filter").getName();
    read.parameters = dictionary.getKey("/DecodeParms").unparse();
    QPDFObjectHandle space = dictionary.getKey("/ColorSpace");
    if (space.isArray()) {
      QPDFObjectHandle profile = space.getArrayItem(1);
      read.color_space = space.getArrayItem(0).getName();
      read.profile_object = profile.getObjectID();
      read.profile_components = profile.getDict().getKey("/N").getIntValueAsInt();
      read.profile = raw(profile);
    } else {
      read.color_space = space.getName();
    }
    read.bytes = raw(picture);
    out.pages.push_back(read);
  }
  // Writing it anew makes qpdf look at everything.
  QPDFWriter all(pdf);
  Pl_Discard nowhere;
  all.setOutputPipeline(&nowhere);
  all.write();
  for (const QPDFExc& warning : pdf.getWarnings()) out.warnings.emplace_back(warning.what());
  return out;
}

}  // namespace peel::test
