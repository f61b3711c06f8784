#include "inference/graph_cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/lock.hpp"
#include "base/log.hpp"
#include "peel/providers.hpp"

namespace peel {
namespace {

// Raised whenever prepare_graph() or the session options baked into the saved form change.
constexpr int PREPARATION = 2;

bool writable_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return !error && ::access(folder.c_str(), W_OK | X_OK) == 0;
}

// Where `name` is or can be made: beside the model, else in the user's cache.
std::optional<std::filesystem::path> place_for(const std::filesystem::path& model, const std::string& name) {
  std::error_code ignored;
  std::vector<std::filesystem::path> folders{std::filesystem::absolute(model, ignored).parent_path() / ".peel"};
  if (const auto user = user_cache_folder()) folders.push_back(*user / "graphs");
  for (const auto& folder : folders) {
    if (std::filesystem::exists(folder / name, ignored) || writable_folder(folder)) return folder / name;
  }
  return std::nullopt;
}

// What every form kept of this content by this version begins with.
std::string kept_prefix(const std::filesystem::path& model, const std::string& sha256, const std::string& version) {
  const CpuInfo cpu = cpu_info();
  const auto machine = short_hash(fmt::format("{} {}", cpu.name, fmt::join(cpu.features, " ")));
  return fmt::format("{}-{}-{}-{:08x}-{}", model.stem().string(), sha256.substr(0, 16), version,
                     static_cast<std::uint32_t>(machine), PREPARATION);
}

// And every form, of whatever version.
std::string content_prefix(const std::filesystem::path& model, const std::string& sha256) {
  return fmt::format("{}-{}-", model.stem().string(), sha256.substr(0, 16));
}

std::string with_batch(int batch, const char* extension) {
  return batch > 1 ? fmt::format("-b{}{}", batch, extension) : std::string(extension);
}

}  // namespace

std::optional<std::filesystem::path> graph_cache_file(const std::filesystem::path& model, const std::string& sha256,
                                                      const std::string& runtime_version, int batch) {
  return place_for(model, kept_prefix(model, sha256, runtime_version) + with_batch(batch, ".ort"));
}

std::optional<std::filesystem::path> compiled_network_file(const std::filesystem::path& model,
                                                           const std::string& sha256, const std::string& version,
                                                           int batch) {
  return place_for(model, kept_prefix(model, sha256, version) + with_batch(batch, ".ov"));
}

std::optional<std::filesystem::path> engine_times_file(const std::filesystem::path& model, const std::string& sha256,
                                                       const std::string& machine) {
  return place_for(model, fmt::format("{}{:016x}.engines", content_prefix(model, sha256), short_hash(machine)));
}

std::optional<std::filesystem::path> engine_folder(const std::filesystem::path& model, const std::string& sha256,
                                                   const std::string& machine) {
  return place_for(model,
                   fmt::format("{}{}-{:016x}.engine", content_prefix(model, sha256), PREPARATION, short_hash(machine)));
}

void make_kept_graph(const std::filesystem::path& model, const std::filesystem::path& kept,
                     const std::function<void(const std::filesystem::path&)>& make) {
  const FileLock lock(kept.parent_path() / "graph.lock", [&] {
    log(LogLevel::info, "{}: another process is making an optimised graph; waiting for that", model.string());
  });
  std::error_code ignored;
  if (std::filesystem::exists(kept, ignored)) return;
  // Under the lock the scratch file has a fixed name: a process that was killed leaves it to the next, which writes
  // over it.
  const std::filesystem::path scratch = kept.parent_path() / fmt::format("graph{}.tmp", kept.extension().string());
  try {
    make(scratch);
    // After a power failure a file that was renamed first could hold zeros, and nothing checks weights when it is
    // loaded.
    sync_file(scratch, ErrorCode::output);
    std::filesystem::rename(scratch, kept);
  } catch (...) {
    std::filesystem::remove(scratch, ignored);
    throw;
  }
}

void remove_stale_graphs(const std::filesystem::path& model, const std::string& sha256, const std::string& version,
                         const std::filesystem::path& kept) {
  const std::string content = content_prefix(model, sha256);
  const std::string own_kind =
      kept.extension() == ".engine" ? fmt::format("{}{}-", content, PREPARATION) : kept_prefix(model, sha256, version);
  // STEM- followed by 16 hexadecimal digits: another model whose name merely begins the same is left alone.
  const std::string prefix = model.stem().string() + "-";
  std::error_code error;
  std::error_code ignored;
  std::filesystem::directory_iterator entry(kept.parent_path(), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::filesystem::path& file = entry->path();
    const std::string name = file.filename().string();
    const auto extension = file.extension();
    if (extension != ".ort" && extension != ".ov" && extension != ".engine" && extension != ".engines") continue;
    if (!name.starts_with(prefix) || name.starts_with(extension == kept.extension() ? own_kind : content)) continue;
    const auto digits = name.find_first_not_of("0123456789abcdef", prefix.size());
    if (digits == prefix.size() + 16 && name[digits] == '-') std::filesystem::remove_all(file, ignored);
  }
}

}  // namespace peel
