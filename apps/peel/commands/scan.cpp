#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/stopwatch.hpp"
#include "commands/commands.hpp"
#include "commands/interrupt.hpp"
#include "commands/lazy_model.hpp"
#include "commands/network_settings.hpp"
#include "commands/outcomes.hpp"
#include "commands/pdf_output.hpp"
#include "commands/picture_files.hpp"
#include "commands/picture_pages.hpp"
#include "commands/picture_plan.hpp"
#include "commands/session_report.hpp"
#include "options/result_json.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"
#include "peel/image.hpp"
#include "requests/cutout_options.hpp"
#include "requests/result_json.hpp"
#include "requests/scan_options.hpp"

namespace peel::cli {
namespace {

using Json = nlohmann::ordered_json;

Settings settings_for(const Given& given, Console& console) {
  Settings settings = network_settings(given, console);
  if (given.has("corners")) settings.model_name = "none";  // nothing is looked for
  return settings;
}

/// The sheets of a PDF.
PageShape sheet_for(const std::string& paper) {
  if (paper.empty()) return {};
  const PageShape sheet = requests::page_shape("--paper", paper);
  if (sheet.kind == PageShape::Kind::forced) return sheet;
  throw Error(ErrorCode::usage, fmt::format("--paper: \"{}\" is no size of a sheet", paper),
              "a4, letter, legal, or millimetres such as 210x297");
}

class Scan {
 public:
  Scan(const Given& given, const Plan& plan, Console& console)
      : given_(given),
        settings_(settings_for(given, console)),
        encoding_(given.make<EncodeOptions>()),
        console_(console),
        decode_(requests::decode_options(given)),
        options_(requests::scan_options(given)),
        scanner_(settings_) {
    const auto good = std::find_if(plan.jobs.begin(), plan.jobs.end(), [](const Job& job) { return !job.error; });
    const PageShape sheet = sheet_for(given.make<ScanChoices>().paper);
    if (plan.pdf && good != plan.jobs.end()) pdf_.emplace(good->output, sheet);
  }

  /// A picture from its file to that of its page. Throws Error where there is no scanner to be had.
  Outcome run(const Job& job) {
    Outcome outcome{Json(), job.error};
    if (outcome.error) return outcome;
    Stopwatch watch;
    Image picture;
    outcome.error = guarded(job.input, [&] { picture = read_page(job, decode_); });
    if (outcome.error) return outcome;
    const double decode_time = watch.lap();
    notes_.assign(picture.notes().begin(), picture.notes().end());
    for (const std::string& note : notes_) console_.warn(fmt::format("{}: {}", job.input, note));
    const DocumentScanner& scanner = this->scanner();
    outcome.error = guarded(job.input, [&] {
      ScanOptions options = options_;
      // JPEG has no transparency; white is what a printed page shows there.
      if (job.format == FileFormat::jpeg && !options.background) options.background = WHITE;
      ScanResult result = scanner.scan(picture, options);
      result.timings.decode = decode_time;
      result.timings.total += decode_time;
      write_drawings(job, result);
      outcome.description = write_page(job, result);
      if (result.status == PageStatus::not_found) throw no_page(job, result);
    });
    return outcome;
  }

  /// After the last picture. Throws Error(output).
  void finish() {
    if (pdf_) pdf_->finish();
  }

 private:
  struct Written {
    double encode = 0, write = 0;  ///< milliseconds
    int number = 0;                ///< of the page in a PDF
  };

  /// The scanner, with what there is to say once of the model it runs.
  const DocumentScanner& scanner() {
    const DocumentScanner& scanner = scanner_.get();
    if (std::exchange(announced_, true)) return scanner;
    session_ = scanner.session();
    if (session_) report_session(*session_, settings_, scanner_.milliseconds(), console_);
    return scanner;
  }

  static Error no_page(const Job& job, const ScanResult& result) {
    return {ErrorCode::input, fmt::format("{}: no page was found: {}", job.input, result.reason),
            "give its corners with --corners, take what is less sure with --min-confidence, or see with --debug FOLDER "
            "what there is"};
  }

  void write_drawings(const Job& job, const ScanResult& result) const {
    if (job.drawings.empty()) return;
    const std::array<Image, DRAWING_ENDINGS.size()> images{
        result.mask, result.drawings ? result.drawings->candidates : Image(),
        result.drawings ? result.drawings->chosen : Image(), result.image};
    for (std::size_t i = 0; i < images.size(); ++i) {
      if (images[i].empty()) continue;
      EncodeOptions png;
      png.effort = Effort::fast;
      png.threads = settings_.threads;
      write_output(fmt::format("{}{}", job.drawings, DRAWING_ENDINGS[i]), encode(images[i], png));
    }
  }

  Json write_page(const Job& job, ScanResult& result) {
    Written written;
    Stopwatch watch;
    if (result.image.empty()) {
      // Nothing to be written.
    } else if (pdf_) {
      written.number = pdf_->add(result, encoding_.quality);
      written.encode = watch.lap();
    } else {
      const auto bytes = encode(result.image, encode_options(given_, job.format, settings_.threads));
      written.encode = watch.lap();
      write_output(job.output, bytes);
      written.write = watch.lap();
    }
    result.timings.total += written.encode + written.write;
    report(job, result, written);
    return describe(job, result, written);
  }

  void report(const Job& job, const ScanResult& result, const Written& written) {
    if (result.status == PageStatus::partial) {
      console_.warn(fmt::format("{}: part of the page is outside the picture", job.input));
    } else if (result.status == PageStatus::already_cropped) {
      console_.note(fmt::format("{}: the page fills the picture, nothing is cut away", job.input));
    }
    if (result.status != PageStatus::not_found && result.aspect.is_guess()) {
      console_.warn(fmt::format("{}: {} (--page)", job.input, result.reason));
    }
    if (const std::size_t more = result.others.size(); more > 0) {
      console_.note(fmt::format("{}: the largest of {} pages is taken", job.input, more + 1));
    }
    if (result.status != PageStatus::not_found && job.output != "-") {
      console_.note(written.number > 0 ? fmt::format("{} -> {}, page {}", job.input, job.output, written.number)
                                       : fmt::format("{} -> {}", job.input, job.output));
    }
    const ScanTimings& t = result.timings;
    console_.detail(
        fmt::format("  {} ({:.2f}): decode {:.1f}, preprocess {:.1f}, inference {:.1f}, find {:.1f}, flatten {:.1f}, "
                    "enhance {:.1f}, encode {:.1f}, total {:.1f} ms",
                    word_for(result.status), result.page.confidence, t.decode, t.preprocess, t.inference, t.find,
                    t.flatten, t.enhance, written.encode, t.total));
  }

  Json describe(const Job& job, const ScanResult& result, const Written& written) const {
    Json object = {{"input", job.input}, {"output", result.image.empty() ? Json() : Json(job.output)}};
    object.update(requests::page_json(result));
    if (job.page > 0) object["input_page"] = job.page;
    if (written.number > 0) object["page"] = written.number;
    if (!notes_.empty()) object["notes"] = notes_;
    if (!result.reason.empty()) object["reason"] = result.reason;
    object.update(session_json(session_));
    const ScanTimings& t = result.timings;
    object["timings_ms"] = {{"decode", t.decode},       {"preprocess", t.preprocess},
                            {"inference", t.inference}, {"find", t.find},
                            {"flatten", t.flatten},     {"enhance", t.enhance},
                            {"encode", written.encode}, {"write", written.write},
                            {"total", t.total},         {"session", scanner_.milliseconds()}};
    return object;
  }

  const Given& given_;
  const Settings settings_;
  const EncodeOptions encoding_;
  Console& console_;
  DecodeOptions decode_;
  ScanOptions options_;
  LazyModel<DocumentScanner> scanner_;
  bool announced_ = false;
  const SessionInfo* session_ = nullptr;
  std::optional<PdfOutput> pdf_;
  std::vector<std::string> notes_;  ///< of the picture in hand
};

}  // namespace

int run_scan(const Given& given, Console& console) {
  const Plan plan = plan_scan(given, console.json(), {isatty(STDIN_FILENO) != 0, isatty(STDOUT_FILENO) != 0});
  for (const std::string& warning : plan.warnings) console.warn(warning);
  Scan scan(given, plan, console);
  Outcomes outcomes(plan.several, console);
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    if (plan.several) console.progress("scanning", i, plan.jobs.size());
    const Job& job = plan.jobs[i];
    outcomes.add(job.input, scan.run(job));
    // A PDF is not finished without its other pages: the program ends when it is gone.
    if (interrupted()) return 0;
  }
  scan.finish();
  return outcomes.finish();
}

}  // namespace peel::cli
