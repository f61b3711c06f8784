#include "inference/runtime.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/log.hpp"
#include "peel/error.hpp"
#include "peel/providers.hpp"

namespace peel {
namespace {

constexpr const char* RUNTIME_LIBRARY = "libonnxruntime.so.1";

// The official builds of ONNX Runtime report on every process to Microsoft, from 1.29 on also under Linux: they read
// the machine's id, keep files under ~/.cache/Microsoft and /tmp, open connections, and match the command line against
// a regular expression that overflows the stack where the line is long. This variable, read when the environment is
// made, is the only way to have none of it. It is set while the library is loaded because setenv() is not safe once
// other threads read the environment.
[[maybe_unused]] const bool TELEMETRY_IS_OFF = ::setenv("ORT_DISABLE_TELEMETRY", "1", 1) == 0;

void ORT_API_CALL pass_on(void*, OrtLoggingLevel severity, const char*, const char*, const char*, const char* message) {
  log(severity >= ORT_LOGGING_LEVEL_ERROR ? LogLevel::info : LogLevel::debug, "onnxruntime: {}", message);
}

// The files to try, in order. By whole paths, since a RUNPATH does not reach through a sanitizer's dlopen; the bare
// name at the end leaves it to the system's loader.
std::vector<std::string> candidates() {
  if (const char* given = std::getenv("PEEL_ONNXRUNTIME"); given && *given) return {given};
  std::vector<std::string> files;
  if (Dl_info self{}; dladdr(reinterpret_cast<void*>(&runtime_info), &self) != 0 && self.dli_fname) {
    const auto folder = std::filesystem::path(self.dli_fname).parent_path();
    files = {folder / "peel" / RUNTIME_LIBRARY, folder / RUNTIME_LIBRARY};
  }
  files.emplace_back(PEEL_ONNXRUNTIME_LIBRARY);
  std::erase_if(files, [](const std::string& file) {
    std::error_code unknown;
    return !std::filesystem::exists(file, unknown);
  });
  files.emplace_back(RUNTIME_LIBRARY);
  return files;
}

Runtime load() {
  void* handle = nullptr;
  std::string name;
  std::string why;
  for (const std::string& candidate : candidates()) {
    name = candidate;
    handle = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle) break;
    const char* const reason = dlerror();
    if (why.empty()) why = reason ? reason : candidate;  // of the file that is there, not of the last attempt
  }
  if (!handle) {
    throw Error(ErrorCode::device, fmt::format("ONNX Runtime cannot be opened: {}", why),
                "name the library's file in PEEL_ONNXRUNTIME; scripts/setup.sh of peel's repository installs one");
  }
  using GetApiBase = const OrtApiBase* (*)();
  const auto get_api_base = reinterpret_cast<GetApiBase>(dlsym(handle, "OrtGetApiBase"));
  if (!get_api_base) {
    throw Error(ErrorCode::device, fmt::format("{} is not ONNX Runtime", name), "correct PEEL_ONNXRUNTIME");
  }
  Runtime runtime;
  runtime.version = get_api_base()->GetVersionString();
  if (Dl_info info{}; dladdr(reinterpret_cast<void*>(get_api_base), &info) != 0 && info.dli_fname) {
    std::error_code unresolved;
    runtime.library = std::filesystem::canonical(info.dli_fname, unresolved);
    if (unresolved) runtime.library = info.dli_fname;
  }
  const OrtApi* const api = get_api_base()->GetApi(ORT_API_VERSION);
  if (!api) {
    throw Error(ErrorCode::device,
                fmt::format("ONNX Runtime {} at {} is too old: 1.{} or later is needed", runtime.version,
                            runtime.library.string(), ORT_API_VERSION),
                "name a newer library's file in PEEL_ONNXRUNTIME; scripts/setup.sh of peel's repository installs one");
  }
  runtime.api = api;
  Ort::InitApi(api);
  // The runtime's own messages go to the log: by default they are printed to stderr.
  runtime.env = Ort::Env(ORT_LOGGING_LEVEL_WARNING, "peel", pass_on, nullptr);
  return runtime;
}

}  // namespace

std::filesystem::path runtime_file() {
  return candidates().front();
}

const Runtime& opened_runtime() {
  // Never closed: sessions in other static objects may outlive any order of destruction.
  static const Runtime* const runtime = new Runtime(load());
  return *runtime;
}

Error cannot_load(const std::filesystem::path& model, const Ort::Exception& error) {
  return Error(ErrorCode::model, fmt::format("{}: ONNX Runtime refuses it: {}", model.string(), readable(error)),
               "give a valid ONNX model, or fetch it again with `peel models download`");
}

std::string readable(const Ort::Exception& error) {
  std::string_view text = error.what();
  // "FILE:LINE FUNCTION [ONNXRuntimeError] : 1 : FAIL : Failed to load library X with error: X: cannot open ..."
  for (const std::string_view marker : {"with error: ", "[ONNXRuntimeError] : "}) {
    if (const auto at = text.rfind(marker); at != text.npos) {
      text.remove_prefix(at + marker.size());
      break;
    }
  }
  // "FILE:LINE FUNCTION CONDITION was false. text", of a check that failed inside
  if (const auto at = text.find(" was false. "); text.starts_with('/') && at != text.npos) text.remove_prefix(at + 12);
  // "FILE:LINE FUNCTION CUDA failure 2: out of memory ; GPU=0 ; hostname=... ; file=... ; expr=...", once or nested
  for (const std::string_view marker : {"CUDA failure ", "CUDNN failure ", "CUBLAS failure "}) {
    if (const auto at = text.rfind(marker); at != text.npos) {
      text.remove_prefix(at);
      text = text.substr(0, text.find(" ; "));
    }
  }
  // "1 : FAIL : text"
  while (!text.empty() && text.find(" : ") != text.npos && text.find(" : ") < 24)
    text.remove_prefix(text.find(" : ") + 3);
  std::string line(text);
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

RuntimeInfo runtime_info() {
  const Runtime& runtime = open_runtime();
  return {runtime.version, runtime.library.string()};
}

}  // namespace peel
