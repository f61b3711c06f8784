#include "inference/openvino.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <numeric>
#include <sstream>
#include <system_error>

#include "base/child.hpp"
#include "base/log.hpp"
#include "inference/engine_choice.hpp"
#include "inference/graph.hpp"
#include "inference/graph_cache.hpp"
#include "inference/warm_up.hpp"
#include "peel/error.hpp"
#include "peel/providers.hpp"

namespace peel {
namespace {

constexpr const char* MODULE = "peel-openvino.so";
constexpr const char* HOW_TO_INSTALL = "scripts/setup.sh of peel's repository installs it";

const OpenVinoModule* load_module() {
  const auto file = openvino_file();
  if (!file) throw Error(ErrorCode::device, fmt::format("OpenVINO is not installed: no {}", MODULE), HOW_TO_INSTALL);
  void* const handle = dlopen(file->c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* const reason = dlerror();
    throw Error(ErrorCode::device, fmt::format("OpenVINO cannot be opened: {}", reason ? reason : file->string()),
                HOW_TO_INSTALL);
  }
  const auto get = reinterpret_cast<GetOpenVinoModule>(dlsym(handle, GET_OPENVINO_MODULE));
  const OpenVinoModule* const module = get ? get() : nullptr;
  if (!module || module->interface != OpenVinoModule::INTERFACE) {
    throw Error(ErrorCode::device, fmt::format("{} is of another peel", file->string()),
                "install both of the same version");
  }
  return module;
}

// What a kept form depends on beside the model.
std::string version_of(const OpenVinoModule& module) {
  const auto cap = instruction_set_cap();
  return fmt::format("openvino-{}{}", module.version, cap.empty() ? "" : "-" + cap);
}

// With SSE4.1 alone, of such a processor or by such a cap, OpenVINO 2026.4.1 gives wrong numbers, and says nothing.
void require_avx() {
  const auto features = cpu_info().features;
  const auto has = [&](const char* feature) { return std::ranges::count(features, feature) > 0; };
  if (instruction_set_cap() == "sse41" || (has("sse4_2") && !has("avx"))) {
    throw Error(ErrorCode::device, "OpenVINO computes wrongly without AVX", "leave the engine open");
  }
}

std::size_t floats_of(const std::vector<std::int64_t>& shape) {
  return static_cast<std::size_t>(std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

}  // namespace

std::optional<std::filesystem::path> openvino_file() {
  return helper_library(MODULE);
}

const OpenVinoModule& open_openvino() {
  // Never closed: networks in other static objects may outlive any order of destruction.
  static const OpenVinoModule* const module = load_module();
  return *module;
}

std::string readable(const std::exception& error) {
  std::istringstream text(error.what());
  std::string kept;
  for (std::string line; std::getline(text, line);) {
    const bool told = !line.starts_with("Exception from ") && !(line.starts_with("Check '") && line.ends_with(":"));
    if (!told || line.find_first_not_of(' ') == line.npos) continue;
    kept += (kept.empty() ? "" : " ") + line;
  }
  while (kept.ends_with('.')) kept.pop_back();
  return kept.empty() ? "it does not say why" : kept;
}

OpenVinoNetwork::OpenVinoNetwork(const std::filesystem::path& file, const Options& options) : file_(file) {
  require_avx();
  open_openvino();
  try {
    create(options);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::device, fmt::format("OpenVINO refuses {}: {}", file.string(), readable(error)));
  }
  const auto& shape = input_shape();
  if (shape.size() != 4 || shape[1] != 3) {
    throw Error(ErrorCode::device, fmt::format("its input has shape {}", fmt::join(shape, " x ")));
  }
}

void OpenVinoNetwork::create(const Options& options) {
  std::optional<std::filesystem::path> kept;
  const std::string version = version_of(open_openvino());
  if (options.sha256) kept = compiled_network_file(file_, *options.sha256, version, options.batch);
  if (std::error_code ignored; kept && std::filesystem::exists(*kept, ignored)) {
    try {
      return load(*kept, options.compile);
    } catch (const std::exception& error) {
      log(LogLevel::info, "{} is damaged and made again: {}", kept->string(), readable(error));
      kept_.reset();
      std::filesystem::remove(*kept, ignored);
    }
  }
  compile(options);
  if (!kept) return;
  try {
    make_kept_graph(file_, *kept, [&](const std::filesystem::path& place) {
      std::ofstream out(place, std::ios::binary);
      compiled_->save(out);
      if (!out.flush()) throw Error(ErrorCode::output, fmt::format("cannot write {}", place.string()));
    });
    remove_stale_graphs(file_, *options.sha256, version, *kept);
    // What was needed to make it goes, and weights are then where the kernel can take them back.
    compiled_.reset();
    ::malloc_trim(0);
    load(*kept, options.compile);
  } catch (const std::exception& error) {
    // A full disk, say. The picture at hand can still be done.
    log(LogLevel::info, "the compiled network cannot be kept as {}: {}", kept->string(), readable(error));
    if (!compiled_) compile(options);
  }
}

void OpenVinoNetwork::load(const std::filesystem::path& kept, const CompileOptions& options) {
  kept_.emplace(kept);
  compiled_ = open_openvino().load(kept_->bytes(), options);
}

// What comes from a kept form was tried when that was made.
void OpenVinoNetwork::compile(const Options& options) {
  const auto prepared = prepare_graph(MappedFile(file_).bytes(), file_.string(), {options.batch, false});
  compiled_ = open_openvino().compile(prepared.model, options.compile);
  check_result(run(test_pattern(input_shape())), options.sane_range);
}

Tensor OpenVinoNetwork::run(const Tensor& input) const {
  if (input.shape != input_shape()) {
    throw Error(ErrorCode::model, fmt::format("{} takes {}, not {}", file_.string(), fmt::join(input_shape(), " x "),
                                              fmt::join(input.shape, " x ")));
  }
  Tensor output;
  output.shape = compiled_->output_shape();
  output.values.resize(floats_of(output.shape));
  try {
    compiled_->run(input.values.data(), output.values.data());
  } catch (const std::exception& error) {
    throw Error(ErrorCode::device, fmt::format("{} fails on OpenVINO: {}", file_.string(), readable(error)));
  }
  return output;
}

RuntimeInfo openvino_info() {
  const OpenVinoModule& module = open_openvino();
  return {module.version, module.library};
}

}  // namespace peel
