#include "server/openapi.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

#include "options/option.hpp"

namespace peel::server {
namespace {

using nlohmann::ordered_json;
using options::Kind;
using options::Option;
using options::Places;

bool takes_file(const Option& option) {
  return std::string_view(option.value) == "FILE";
}

ordered_json schema_of(const Option& option) {
  ordered_json schema = {{"type", "string"}};
  // What may also be a word is text.
  const bool number = option.words.empty() && option.without == nullptr;
  if (option.kind == Kind::flag) {
    schema["type"] = "boolean";
  } else if (number && (option.kind == Kind::integer || option.kind == Kind::real)) {
    schema = {{"type", option.kind == Kind::integer ? "integer" : "number"},
              {"minimum", option.least},
              {"maximum", option.most}};
  } else if (option.kind == Kind::word) {
    schema["enum"] = options::listed_words(option);
  } else if (takes_file(option)) {
    schema["format"] = "binary";
  }
  if (*option.usual != '\0') {
    schema["default"] = schema["type"] == "string" ? ordered_json(option.usual) : ordered_json::parse(option.usual);
  }
  return schema;
}

std::string said_of(const Option& option) {
  return *option.api_help != '\0' ? option.api_help : option.help;
}

/// The names of a place's options, each with what there is to say of it.
template <typename Take>
void for_each_field(Places place, const Take& take) {
  for (const Option* option : options::options_of(place)) {
    if (*option->name == '\0') continue;
    for (const std::string& name : options::form_names(*option)) take(name, *option);
  }
}

ordered_json body_of(Places place) {
  ordered_json properties;
  for_each_field(place, [&](const std::string& name, const Option& option) {
    properties[name] = schema_of(option);
    properties[name]["description"] = said_of(option);
  });
  const ordered_json schema = {{"type", "object"}, {"properties", properties}};
  return {{"required", true}, {"content", {{"multipart/form-data", {{"schema", schema}}}}}};
}

ordered_json query_of(Places place) {
  ordered_json parameters = ordered_json::array();
  for_each_field(place, [&](const std::string& name, const Option& option) {
    if (takes_file(option)) return;
    parameters.push_back(
        {{"name", name}, {"in", "query"}, {"schema", schema_of(option)}, {"description", said_of(option)}});
  });
  return parameters;
}

ordered_json error_answer(const char* description) {
  const ordered_json schema = {{"$ref", "#/components/schemas/Error"}};
  return {{"description", description}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

/// What any piece of work may end with.
ordered_json errors() {
  return {{"400", error_answer("Not a picture, damaged, or a body that is cut short.")},
          {"401", error_answer("A key is needed.")},
          {"403", error_answer("This server fetches nothing.")},
          {"408", error_answer("The request did not come in time.")},
          {"413", error_answer("Too many bytes or pixels.")},
          {"422", error_answer("A parameter is missing or makes no sense.")},
          {"429", error_answer("The queue is full; Retry-After says when to come again.")},
          {"502", error_answer("The address gave no picture.")},
          {"503", error_answer("Draining, too many connections, or the model cannot be used.")},
          {"504", error_answer("It took too long.")}};
}

ordered_json picture_answer() {
  ordered_json headers;
  const auto header = [&](const char* name, const char* description) {
    headers[name] = {{"schema", {{"type", "string"}}}, {"description", description}};
  };
  header("X-Peel-Model", "What ran.");
  header("X-Peel-Provider", "cpu, cuda, tensorrt or webgpu.");
  header("X-Peel-Engine", "onnxruntime or openvino.");
  header("X-Peel-Precision", "fp32, fp16 or int8.");
  header("X-Peel-Subject", "Whether anything stands out.");
  header("X-Peel-Size", "Width and height, WxH.");
  header("X-Peel-Crop", "left,top,width,height of the part it shows, where it was cropped.");
  header("X-Peel-Note", "What was not done as asked for, percent-encoded.");
  header("Server-Timing", "Milliseconds by stage.");
  ordered_json content;
  for (const char* type : {"image/png", "image/webp", "image/jpeg", "image/tiff", "image/avif", "image/jxl"}) {
    content[type] = {{"schema", {{"type", "string"}, {"format", "binary"}}}};
  }
  return {{"description", "The picture."}, {"headers", headers}, {"content", content}};
}

ordered_json work(const char* summary, Places place, bool with_body, ordered_json answer) {
  ordered_json operation = {{"summary", summary}, {"parameters", query_of(place)}};
  if (with_body) operation["requestBody"] = body_of(place);
  operation["responses"] = {{"200", std::move(answer)}};
  operation["responses"].update(errors());
  return operation;
}

ordered_json told(const char* summary, const char* type, bool needs_key = false) {
  ordered_json operation = {{"summary", summary}};
  if (!needs_key) operation["security"] = ordered_json::array();
  operation["responses"]["200"] = {{"description", "The answer."}, {"content", {{type, ordered_json::object()}}}};
  return {{"get", operation}};
}

ordered_json schemas() {
  const auto type = [](const char* name) { return ordered_json{{"type", name}}; };
  const auto or_null = [](const char* name) { return ordered_json{{"type", {name, "null"}}}; };
  const ordered_json list = {{"type", "array"}, {"items", {{"type", "object"}}}};
  ordered_json detail = {{"description", "A sentence, or for parameters a list of {loc, msg, type}."}};
  detail["oneOf"] = ordered_json::array({type("string"), list});
  ordered_json status = type("string");
  status["enum"] = {"found", "not_found", "partial", "already_cropped"};
  return {
      {"Error",
       {{"type", "object"},
        {"required", {"detail", "code"}},
        {"properties",
         {{"detail", detail}, {"code", type("string")}, {"hint", type("string")}, {"request_id", type("string")}}}}},
      {"Scan",
       {{"type", "object"},
        {"properties",
         {{"status", status},
          {"corners", or_null("array")},
          {"confidence", type("number")},
          {"clipped", type("boolean")},
          {"aspect_ratio", or_null("number")},
          {"page_format", or_null("string")},
          {"width", type("integer")},
          {"height", type("integer")},
          {"picture_width", type("integer")},
          {"picture_height", type("integer")},
          {"reason", type("string")},
          {"others", type("array")}}}}}};
}

ordered_json removebg_operation() {
  ordered_json responses = {{"200", {{"description", "The picture."}}}};
  responses["400"]["description"] = R"({"errors": [{"title", "code", "detail"}]})";
  responses["403"]["description"] = "A key is needed.";
  responses["429"]["description"] = "The queue is full.";
  return {
      {"summary", "As remove.bg has it."}, {"requestBody", body_of(options::API_REMOVEBG)}, {"responses", responses}};
}

ordered_json description() {
  ordered_json whole = {{"openapi", "3.1.0"}};
  whole["info"] = {{"title", "peel"},
                   {"version", "1"},
                   {"description",
                    "Takes the background off pictures and makes flat pages of photographed ones. /api/remove is "
                    "rembg's, /v1.0/removebg is remove.bg's."}};
  whole["components"]["securitySchemes"] = {{"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-Api-Key"}}},
                                            {"bearer", {{"type", "http"}, {"scheme", "bearer"}}}};
  whole["components"]["schemas"] = schemas();
  const ordered_json any = ordered_json::array();
  whole["security"] = ordered_json::array({ordered_json::object(), {{"key", any}}, {{"bearer", any}}});
  ordered_json page = {{"description", "The page, with X-Peel-Scan; or with only=corners what was found."},
                       {"content",
                        {{"image/*", ordered_json::object()},
                         {"application/json", {{"schema", {{"$ref", "#/components/schemas/Scan"}}}}}}}};
  ordered_json& paths = whole["paths"];
  paths["/api/remove"]["post"] =
      work("Take the background off a picture.", options::API_REMOVE, true, picture_answer());
  paths["/api/remove"]["get"] = work("The same of a picture at an address, where the server allows that.",
                                     options::API_REMOVE, false, picture_answer());
  paths["/api/remove"]["get"]["responses"]["304"]["description"] = "As If-None-Match has it.";
  paths["/api/scan"]["post"] = work("Make a flat page of a photographed one.", options::API_SCAN, true, page);
  paths["/v1.0/removebg"]["post"] = removebg_operation();
  paths["/v1.0/account"] = told("An account with nothing to pay, for clients that ask.", "application/json", true);
  paths["/api/models"] = told("The models a request may name, and the limits.", "application/json");
  paths["/healthz"] = told("Whether the process is alive.", "text/plain");
  paths["/readyz"] = told("Whether it takes requests.", "text/plain");
  paths["/readyz"]["get"]["responses"]["503"]["description"] = "Not yet, or no more.";
  paths["/metrics"] = told("For Prometheus.", "text/plain", true);
  paths["/openapi.json"] = told("This.", "application/json");
  return whole;
}

}  // namespace

std::string openapi_json() {
  return description().dump();
}

}  // namespace peel::server
