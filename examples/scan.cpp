// Flattens photographed pages into one PDF: scan PAGES.pdf PICTURE...
//
// A page that is not seen clearly is left out and told of; one that is known to be sure enough by other means can be
// taken with a lower ScanOptions::least_confidence, or with corners of one's own.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <peel/peel.hpp>
#include <string>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: scan PAGES.pdf PICTURE...\n");
    return 2;
  }
  try {
    // Made once; the first picture loads the model. It may be used from several threads.
    const peel::DocumentScanner scanner;
    peel::ScanOptions options;
    options.enhance = peel::Enhance::contrast;

    // Pages do not stay in memory, and the file appears when it is whole.
    peel::PdfWriter pdf(argv[1]);
    for (int i = 2; i < argc; ++i) {
      const peel::ScanResult scanned = scanner.scan(std::filesystem::path(argv[i]), options);
      std::printf("%s: %s", argv[i], std::string(peel::word_for(scanned.status)).c_str());
      if (scanned.status == peel::PageStatus::not_found) {
        std::printf(", %s\n", scanned.reason.c_str());
        continue;
      }
      std::printf(", confidence %.2f, %d x %d %s\n", scanned.page.confidence, scanned.image.width(),
                  scanned.image.height(), scanned.aspect.format.c_str());
      pdf.add(scanned.image);
    }
    if (pdf.pages() == 0) return 1;
    pdf.finish();
    return 0;
  } catch (const peel::Error& error) {
    std::fprintf(stderr, "scan: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "scan: %s\n", error.what());
    return 7;
  }
}
