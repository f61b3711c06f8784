#include "requests/result_json.hpp"

#include <nlohmann/json.hpp>

#include "options/result_json.hpp"

namespace peel::requests {

using Json = nlohmann::ordered_json;

Json page_json(const ScanResult& result) {
  const Page& page = result.page;
  const AspectRatio& aspect = result.aspect;
  const bool has_page = !result.image.empty();
  const auto of_page = [&](const auto& value) { return has_page ? Json(value) : Json(); };
  // Four corners in one place: there was nothing to guess from.
  const bool guessed = has_page || page.confidence > 0;
  return {{"status", word_for(result.status)},
          {"corners", guessed ? Json(page.corners) : Json()},
          {"confidence", page.confidence},
          {"clipped", page.clipped},
          {"aspect_ratio", of_page(aspect.ratio)},
          {"aspect_measured", of_page(aspect.measured)},
          {"aspect_uncertainty", of_page(aspect.uncertainty)},
          {"aspect_method", of_page(aspect.method)},
          {"page_format", text_or_null(aspect.format)},
          {"width", of_page(result.image.width())},
          {"height", of_page(result.image.height())},
          {"size_mm", has_page && result.size.known ? Json{result.size.width_mm, result.size.height_mm} : Json()},
          {"others", result.others}};
}

Json quantized_json(const QuantizeResult& result) {
  return {{"accepted", result.accepted},
          {"reason", result.reason},
          {"file", result.file.empty() ? Json() : Json(result.file.string())},
          {"seconds", result.seconds},
          {"notes", result.notes},
          {"model", Json::parse(to_json(result.model))}};
}

}  // namespace peel::requests
