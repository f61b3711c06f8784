#include "commands/manifest.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "peel/error.hpp"

namespace peel::cli {
namespace {

constexpr const char* FORM = "give I/N, I counted from 0, or auto in a job array";

ManifestLine line_from_json(std::string_view text) {
  const auto object = nlohmann::json::parse(text);
  ManifestLine line{.input = object.at("in").get<std::string>(), .output = object.value("out", "")};
  for (const auto& [key, value] : object.items()) {
    if (key != "in" && key != "out") throw std::invalid_argument(fmt::format("there is no \"{}\"", key));
  }
  return line;
}

ManifestLine line_from(std::string_view text) {
  if (text.starts_with('{')) return line_from_json(text);
  const std::size_t tab = text.find('\t');
  ManifestLine line{.input = std::string(text.substr(0, tab)), .output = {}};
  if (tab != std::string_view::npos) line.output = text.substr(tab + 1);
  if (line.output.find('\t') != std::string::npos) throw std::invalid_argument("more than one tab");
  return line;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// How an engine tells an element of a job array its place.
struct JobArray {
  const char* index;
  const char* first = nullptr;  ///< 0 where none is named
  const char* step = nullptr;   ///< 1 where none is named
  const char* count = nullptr;
};
constexpr JobArray JOB_ARRAYS[] = {
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT"},
    {.index = "JOB_COMPLETION_INDEX"},
    {.index = "AWS_BATCH_JOB_ARRAY_INDEX", .count = "AWS_BATCH_JOB_ARRAY_SIZE"}};

std::optional<std::uint64_t> number_in(const Environment& environment, const char* name) {
  const auto text = name == nullptr ? std::nullopt : environment(name);
  if (!text) return std::nullopt;
  const auto value = number(*text);
  if (!value) throw Error(ErrorCode::usage, fmt::format("{} is \"{}\", which is no number", name, *text), FORM);
  return value;
}

/// The place in the array this process is an element of; of `count` elements where that is given.
Shard shard_of_array(std::optional<std::uint64_t> count, const Environment& environment) {
  for (const JobArray& array : JOB_ARRAYS) {
    const auto index = number_in(environment, array.index);
    if (!index) continue;
    const std::uint64_t first = number_in(environment, array.first).value_or(0);
    const std::uint64_t step = number_in(environment, array.step).value_or(1);
    const auto told = number_in(environment, array.count);
    if (step == 0 || *index < first || (*index - first) % step != 0) {
      throw Error(ErrorCode::usage,
                  fmt::format("{} of {} does not follow from {} of {} and {} of {}", *index, array.index, first,
                              array.first, step, array.step),
                  FORM);
    }
    if (count && told && *count != *told) {
      throw Error(ErrorCode::usage, fmt::format("--shard auto/{} in an array of {} jobs", *count, *told),
                  "some pictures would be done twice, or by none: leave out the number");
    }
    if (!count && !told) {
      throw Error(ErrorCode::usage, fmt::format("{} does not tell how many parts there are", array.index),
                  "give it: --shard auto/N");
    }
    return {(*index - first) / step, count ? *count : *told};
  }
  throw Error(
      ErrorCode::usage, "--shard auto is for job arrays, and none of their variables is set",
      fmt::format("{}, {} or {}; else --shard I/N", JOB_ARRAYS[0].index, JOB_ARRAYS[1].index, JOB_ARRAYS[2].index));
}

}  // namespace

std::vector<ManifestLine> read_manifest(const std::string& file) {
  std::ifstream stream;
  if (file != "-") {
    stream.open(file);
    if (!stream) throw Error(ErrorCode::input, fmt::format("{}: {}", file, std::strerror(errno)), "check the name");
  }
  std::istream& source = file == "-" ? std::cin : stream;
  std::vector<ManifestLine> lines;
  std::string text;
  for (std::size_t number = 1; std::getline(source, text); ++number) {
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty()) continue;
    try {
      lines.push_back(line_from(text));
      if (lines.back().input.empty() || lines.back().input == "-") throw std::invalid_argument("no picture is named");
    } catch (const std::exception& error) {
      throw Error(ErrorCode::input, fmt::format("{}: line {}: {}", file, number, error.what()),
                  R"(a line is IN, or IN, a tab and OUT, or {"in": "IN", "out": "OUT"})");
    }
  }
  if (source.bad()) throw Error(ErrorCode::input, fmt::format("{}: {}", file, std::strerror(errno)), "check the name");
  if (lines.empty()) throw Error(ErrorCode::input, fmt::format("{}: names no picture", file), "give one a line");
  return lines;
}

bool Shard::takes_name(std::string_view name) const {
  std::uint64_t hash = 0xcbf29ce484222325;  // 64-bit FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash ^ hash >> 32) % count == index;
}

std::optional<std::string> environment_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Shard shard_from(const std::string& words, const Environment& environment) {
  if (words.empty()) return {};
  const std::size_t slash = words.find('/');
  const std::string_view which = std::string_view(words).substr(0, slash);
  std::optional<std::uint64_t> count;
  if (slash != std::string::npos) count = number(std::string_view(words).substr(slash + 1));
  std::optional<Shard> shard;
  if (which == "auto" && (count || slash == std::string::npos)) {
    shard = shard_of_array(count, environment);
  } else if (const auto index = number(which); index && count) {
    shard = {*index, *count};
  }
  if (!shard || shard->count == 0) throw Error(ErrorCode::usage, fmt::format("--shard {} is no part", words), FORM);
  if (shard->index >= shard->count) {
    throw Error(ErrorCode::usage, fmt::format("there is no part {} of {}", shard->index, shard->count),
                fmt::format("parts are counted from 0: the last is {}", shard->count - 1));
  }
  return *shard;
}

}  // namespace peel::cli
