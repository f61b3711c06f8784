#include "peel/quantized_model.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/file.hpp"
#include "base/log.hpp"

namespace peel {
namespace {

using Json = nlohmann::ordered_json;

// The fields, named once for both directions: `each` is a Reader or a Writer.
template <typename Each, typename Measures>
void visit_measures(Each&& each, Measures& measures) {
  each("form", measures.form);
  each("milliseconds", measures.milliseconds);
  each("speedup", measures.speedup);
  each("mean_iou", measures.mean_iou);
  each("least_iou", measures.least_iou);
  each("mean_difference", measures.mean_difference);
  each("mae", measures.mae);
  each("max_f", measures.max_f);
}

template <typename Each, typename Model>
void visit_model(Each&& each, Model& model) {
  each("source", model.source);
  each("source_sha256", model.source_sha256);
  each("sha256", model.sha256);
  each("method", model.method);
  each("target", model.target);
  each("weight_bits", model.weight_bits);
  each("calibration_pictures", model.calibration_pictures);
  each("calibration_sha256", model.calibration_sha256);
  each("proof_pictures", model.proof_pictures);
  each("kept_float", model.kept_float);
  each("measures", model.measures);
  each("licence", model.licence);
  each("licence_note", model.licence_note);
  each("made_by", model.made_by);
  each("cpu", model.cpu);
}

class Writer {
 public:
  explicit Writer(Json& object) : object_(object) { object_ = Json::object(); }

  template <typename Value>
  void operator()(const char* name, const Value& value) {
    object_[name] = value;
  }
  void operator()(const char* name, const std::optional<double>& value) {
    if (value) object_[name] = *value;
  }
  void operator()(const char* name, const std::vector<FormMeasures>& value) {
    Json& array = object_[name] = Json::array();
    for (const FormMeasures& measures : value) {
      Json entry;
      visit_measures(Writer(entry), measures);
      array.push_back(std::move(entry));
    }
  }

 private:
  Json& object_;
};

struct NotARecord {};

/// Throws Json::exception or NotARecord for a field that is missing or of another type.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  template <typename Value>
  void operator()(const char* name, Value& value) {
    object_.at(name).get_to(value);
  }
  void operator()(const char* name, int& value) {
    // get<int>() alone would take a truth value or a fraction, and cut a large number.
    const Json& entry = object_.at(name);
    if (!entry.is_number_integer()) throw NotARecord();
    const auto number = entry.get<std::int64_t>();
    if (number < 0 || number > std::numeric_limits<int>::max()) throw NotARecord();
    value = static_cast<int>(number);
  }
  void operator()(const char* name, std::optional<double>& value) {
    if (object_.contains(name)) value = object_.at(name).get<double>();
  }
  void operator()(const char* name, std::vector<FormMeasures>& value) {
    const Json& array = object_.at(name);
    if (!array.is_array()) throw NotARecord();
    for (const Json& entry : array) visit_measures(Reader(entry), value.emplace_back());
  }

 private:
  const Json& object_;
};

}  // namespace

std::filesystem::path int8_path(const std::filesystem::path& model) {
  auto path = model;
  path.replace_filename(model.stem().string() + "_int8.onnx");
  return path;
}

std::optional<QuantizedModel> read_quantized_model(const std::filesystem::path& int8_file) {
  auto file = int8_file;
  file.replace_extension(".json");
  std::error_code ignored;
  // A pipe might never end.
  if (!std::filesystem::is_regular_file(file, ignored)) return std::nullopt;
  try {
    const auto bytes = read_file(file, 1 << 20, ErrorCode::model);
    const auto* const text = reinterpret_cast<const char*>(bytes.data());
    QuantizedModel model;
    const Json object = Json::parse(text, text + bytes.size());
    visit_model(Reader(object), model);
    return model;
  } catch (const Json::exception& error) {
    log(LogLevel::debug, "{}: not a record of an INT8 model: {}", file.string(), error.what());
  } catch (const NotARecord&) {
    log(LogLevel::debug, "{}: not a record of an INT8 model", file.string());
  } catch (const Error& error) {
    log(LogLevel::debug, "{}", error.what());
  }
  return std::nullopt;
}

std::string to_json(const QuantizedModel& model) {
  Json object;
  visit_model(Writer(object), model);
  // A path need not be UTF-8, JSON must be.
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Int8State int8_state(const ModelStore& store, const std::filesystem::path& model) {
  const auto file = int8_path(model);
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return Int8State::missing;
  const auto record = read_quantized_model(file);
  if (!record || store.sha256(file) != record->sha256) return Int8State::unproven;
  if (!std::filesystem::is_regular_file(model, ignored)) return Int8State::ready;
  return store.sha256(model) == record->source_sha256 ? Int8State::ready : Int8State::stale;
}

}  // namespace peel
