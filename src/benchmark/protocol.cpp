#include "benchmark/protocol.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "benchmark/words.hpp"
#include "options/result_json.hpp"

namespace peel::benchmark {
namespace {

using UnorderedJson = nlohmann::json;

std::string to_ascii(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || c == '%') {
      text += fmt::format("%{:02x}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string from_ascii(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    unsigned value = 256;
    const char* const digits = text.data() + i + 1;
    if (i + 2 < text.size()) std::from_chars(digits, digits + 2, value, 16);
    if (value > 255) throw std::runtime_error("a file name that is not written as agreed");
    bytes += static_cast<char>(value);
    i += 2;
  }
  return bytes;
}

UnorderedJson parse(std::string_view line) {
  return UnorderedJson::parse(line);
}

Failure failure_of(const UnorderedJson& json) {
  return {static_cast<ErrorCode>(json.at("code").get<int>()), json.at("message").get<std::string>(),
          json.at("hint").get<std::string>()};
}

}  // namespace

std::string to_line(const StartOrder& order) {
  return dump(UnorderedJson{{"model", to_ascii(order.model)},
                            {"model_folder", to_ascii(order.model_folder)},
                            {"device", word(order.device)},
                            {"precision", word(order.precision)},
                            {"threads", order.threads},
                            {"batch", order.batch},
                            {"engine", word(order.engine)}});
}

StartOrder read_start_order(std::string_view line) {
  const UnorderedJson json = parse(line);
  StartOrder order;
  order.model = from_ascii(json.at("model"));
  order.model_folder = from_ascii(json.at("model_folder"));
  order.device = from_word<Device>(DEVICES, json.at("device").get<std::string>()).value();
  order.precision = from_word<Precision>(PRECISIONS, json.at("precision").get<std::string>()).value();
  order.threads = json.at("threads");
  order.batch = json.at("batch");
  order.engine = from_word<Engine>(ENGINES, json.at("engine").get<std::string>()).value();
  return order;
}

std::string to_line(const RunOrder& order) {
  UnorderedJson pictures = UnorderedJson::array();
  for (const auto& picture : order.pictures) {
    pictures.push_back(
        {{"file", to_ascii(picture.file)}, {"cutout", to_ascii(picture.cutout)}, {"mask", to_ascii(picture.mask)}});
  }
  return dump(UnorderedJson{{"pictures", pictures}});
}

RunOrder read_run_order(std::string_view line) {
  const UnorderedJson json = parse(line);
  RunOrder order;
  for (const UnorderedJson& picture : json.at("pictures")) {
    order.pictures.push_back(
        {from_ascii(picture.at("file")), from_ascii(picture.at("cutout")), from_ascii(picture.at("mask"))});
  }
  return order;
}

std::string to_line(const StartReport& report) {
  return dump(UnorderedJson{{"process", report.process}, {"load_ms", report.load_ms}, {"session", report.session}});
}

std::variant<StartReport, Failure> read_start_report(std::string_view line) {
  const UnorderedJson json = parse(line);
  if (json.contains("code")) return failure_of(json);
  return StartReport{json.at("process"), json.at("load_ms"), json.at("session").get<SessionInfo>()};
}

std::string to_line(const RunReport& report) {
  return dump(UnorderedJson{{"timings", report.timings}, {"peak_memory_bytes", report.peak_memory_bytes}});
}

std::variant<RunReport, Failure> read_run_report(std::string_view line) {
  const UnorderedJson json = parse(line);
  if (json.contains("code")) return failure_of(json);
  return RunReport{json.at("timings").get<std::vector<Timings>>(), json.at("peak_memory_bytes")};
}

std::string to_line(const Failure& failure) {
  return dump(
      UnorderedJson{{"code", static_cast<int>(failure.code)}, {"message", failure.message}, {"hint", failure.hint}});
}

}  // namespace peel::benchmark
