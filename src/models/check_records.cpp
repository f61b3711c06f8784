#include "models/check_records.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/file.hpp"
#include "base/log.hpp"
#include "models/store_files.hpp"

namespace peel {
namespace {

using nlohmann::json;

/// What a file must still have for a record of it to hold.
struct Identity {
  std::int64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  std::uint64_t inode = 0;
  bool operator==(const Identity&) const = default;
};

std::optional<Identity> identity(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return std::nullopt;
  const std::int64_t mtime = info.st_mtim.tv_sec * std::int64_t{1'000'000'000} + info.st_mtim.tv_nsec;
  return Identity{info.st_size, mtime, info.st_ino};
}

/// Where a record of `file` may be, best first. A file of the store is known there by its name, so that the record
/// holds wherever the store is mounted; any other by a hash of its path.
std::vector<std::filesystem::path> record_files(const std::filesystem::path& store, const std::filesystem::path& file) {
  const auto absolute = absolute_path(file);
  Hasher hasher(HashAlgorithm::sha256);
  hasher.update(std::as_bytes(std::span(absolute.native())));
  const auto by_path = fmt::format("{}-{}.json", file.filename().string(), to_hex(hasher.finish()).substr(0, 16));
  const bool in_store = absolute.parent_path() == store;
  std::vector<std::filesystem::path> records{private_folder(store) /
                                             (in_store ? file.filename().string() + ".json" : by_path)};
  if (const auto user = user_cache_folder()) records.push_back(*user / "checks" / by_path);
  return records;
}

std::optional<FileHashes> read_record(const std::filesystem::path& record, const Identity& now) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(record, ignored)) return std::nullopt;
  try {
    const auto text = read_file(record, 1 << 16, ErrorCode::internal);
    const auto* const characters = reinterpret_cast<const char*>(text.data());
    const auto data = json::parse(characters, characters + text.size());
    const Identity then{data.at("bytes"), data.at("mtime_ns"), data.at("inode")};
    if (then == now) return FileHashes{data.at("sha256"), data.at("md5")};
  } catch (const json::exception&) {
    log(LogLevel::debug, "{}: not a record of a check", record.string());
  } catch (const Error& error) {
    log(LogLevel::debug, "{}", error.what());
  }
  return std::nullopt;
}

void write_record(const std::filesystem::path& store, const std::filesystem::path& file, const Identity& id,
                  const FileHashes& hashes) {
  const json data = {{"bytes", id.bytes},
                     {"mtime_ns", id.mtime_ns},
                     {"inode", id.inode},
                     {"sha256", hashes.sha256},
                     {"md5", hashes.md5}};
  const std::string text = data.dump() + "\n";
  for (const auto& record : record_files(store, file)) {
    try {
      std::error_code ignored;
      // No store is made just for a record; what cannot be made shows when the record is written.
      const bool in_store = record.parent_path().parent_path() == store;
      if (!in_store || std::filesystem::exists(store, ignored)) {
        std::filesystem::create_directories(record.parent_path(), ignored);
      }
      AtomicFile out(record, ErrorCode::output);
      out.write(std::as_bytes(std::span(text)));
      out.commit();
      return;
    } catch (const Error& error) {
      log(LogLevel::debug, "the check of {} is not remembered there: {}", file.string(), error.what());
    }
  }
}

}  // namespace

FileHashes CheckRecords::hashes(const std::filesystem::path& file, bool again) const {
  const auto before = identity(file);
  if (!before) throw Error(ErrorCode::model, fmt::format("{}: {}", file.string(), system_message(errno)));
  if (!again) {
    for (const auto& record : record_files(store_folder_, file)) {
      if (auto known = read_record(record, *before)) return *std::move(known);
    }
  }
  log(LogLevel::debug, "hashing {}", file.string());
  auto hashes = hash_file(file);
  // A file that was written meanwhile has hashes of neither state.
  if (identity(file) == before) write_record(store_folder_, file, *before, hashes);
  return hashes;
}

void CheckRecords::remember(const std::filesystem::path& file, const FileHashes& hashes) const {
  if (const auto now = identity(file)) write_record(store_folder_, file, *now, hashes);
}

}  // namespace peel
