#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>

#include <memory>
#include <utility>

#include "models/fetch.hpp"
#include "models/pypi_package.hpp"
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

class Pypi : public test::ModelsTest {
 protected:
  /// A wheel with these files.
  std::string wheel(const std::vector<std::pair<std::string, std::string>>& members) const {
    const auto file = folder_ / "package.whl";
    {
      const std::unique_ptr<archive, int (*)(archive*)> out(archive_write_new(), archive_write_free);
      archive_write_set_format_zip(out.get());
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

  ModelInfo pypi_model() const {
    ModelInfo model;
    model.name = "tiny";
    model.file = "tiny.onnx";
    ModelSource source;
    source.kind = ModelSource::Kind::pypi;
    source.location = "some-package@1.2.3";
    source.index = "some_package-1.2.3-py3-none-any.whl";
    source.entry = "some/tiny.onnx";
    source.bytes = content_.size();
    source.sha256 = hex_hash(HashAlgorithm::sha256, content_);
    model.sources.push_back(source);
    return model;
  }

  /// Serves the package where its page says, and fetches the model from it.
  void fetch(const std::string& package) {
    const HttpTestServer server([&](const HttpRequest& request) {
      if (request.path == "/simple/some-package/") return file_reply(request, PAGE);
      return request.path == "/files/some_package-1.2.3-py3-none-any.whl" ? file_reply(request, package)
                                                                          : HttpReply{404, {}, {}};
    });
    set("PIP_INDEX_URL", (server.address() + "/simple/").c_str());
    ensure_model(store(), pypi_model(), {}, limits_);
  }
  void expect_nothing_left() {
    EXPECT_FALSE(std::filesystem::exists(store_folder() / "tiny.onnx"));
    EXPECT_FALSE(std::filesystem::exists(part()));
    for (const auto& entry : std::filesystem::directory_iterator(store_folder() / ".peel")) {
      EXPECT_THAT(entry.path().filename().string(), ::testing::Not(HasSubstr(".part"))) << "left behind";
    }
  }

  static constexpr const char* PAGE = R"(<!DOCTYPE html><html><body>
<a href="../../files/some_package-1.2.2-py3-none-any.whl#sha256=00">some_package-1.2.2-py3-none-any.whl</a>
<a data-requires-python="&gt;=3.7" href="../../files/some_package-1.2.3-py3-none-any.whl#sha256=01">
some_package-1.2.3-py3-none-any.whl</a></body></html>)";
  const std::string content_ = test::noise_text(300'000, 1);
  const std::string whole_ = wheel({{"some/__init__.py", "x"}, {"some/tiny.onnx", content_}, {"tiny.onnx", "other"}});
};

TEST_F(Pypi, TheFileComesOutOfThePackageThatThePageNames) {
  fetch(whole_);
  EXPECT_EQ(read_text(store_folder() / "tiny.onnx"), content_);
  EXPECT_FALSE(std::filesystem::exists(part()));
}

TEST_F(Pypi, APackageThatIsNotAsExpectedIsNotInstalled) {
  EXPECT_THAT(error_of([&] {
                fetch(wheel({{"some/__init__.py", "x"}}));
              }).message(),
              HasSubstr("PyPI some-package@1.2.3: the package is not as expected: some/tiny.onnx is missing"));
  expect_nothing_left();
  EXPECT_THAT(error_of([&] {
                fetch(wheel({{"some/tiny.onnx", "short"}}));
              }).message(),
              HasSubstr("has 5 bytes instead of 300000"));
  expect_nothing_left();
  EXPECT_THAT(error_of([&] {
                fetch(wheel({{"some/tiny.onnx", content_ + "more"}}));
              }).message(),
              HasSubstr("is larger than 300000 bytes"));
  expect_nothing_left();
  EXPECT_THAT(error_of([&] {
                fetch(wheel({{"some/tiny.onnx", test::noise_text(300'000, 2)}}));
              }).message(),
              HasSubstr("wrong checksum"));
  expect_nothing_left();
  EXPECT_THAT(error_of([&] { fetch(whole_.substr(0, whole_.size() / 2)); }).message(), HasSubstr("not as expected"));
  expect_nothing_left();
}

TEST_F(Pypi, LinksAreFoundAndResolved) {
  const auto link = [](const std::string& page, const std::string& file) {
    return link_on_page(page, "https://index.test/simple/some-package/", file);
  };
  EXPECT_EQ(link(PAGE, "some_package-1.2.3-py3-none-any.whl"),
            "https://index.test/files/some_package-1.2.3-py3-none-any.whl");
  EXPECT_EQ(link("<a href='/f/a-1.tar.gz?x=1'>a</a>", "a-1.tar.gz"), "https://index.test/f/a-1.tar.gz?x=1");
  EXPECT_EQ(link(R"(<A HREF="http://other.test/a-1.whl">)", "a-1.whl"), "http://other.test/a-1.whl");
  EXPECT_THAT(error_of([&] { link(PAGE, "other-1.whl"); }).message(),
              HasSubstr("https://index.test/simple/some-package/: other-1.whl is not listed there"));
  EXPECT_EQ(error_of([&] { link(R"(<a href="http://[/a-1.whl">)", "a-1.whl"); }).code(), ErrorCode::model);
}

TEST_F(Pypi, TheIndexIsThatOfPip) {
  set("PIP_INDEX_URL", "http://environment/simple//");
  set("PIP_CERT", "/etc/ca.pem");
  EXPECT_EQ(pypi_index().address, "http://environment/simple");
  EXPECT_EQ(pypi_index().ca_file, "/etc/ca.pem");

  set("PIP_INDEX_URL", nullptr);
  const auto python = folder_ / "bin" / "python3";
  write_text(python, "#!/bin/sh\n[ \"$1\" = -c ] && echo 'http://from-pip/simple/' && echo /etc/pip.pem\n");
  std::filesystem::permissions(python, std::filesystem::perms::owner_all);
  set("PATH", python.parent_path().c_str());
  EXPECT_EQ(pypi_index().address, "http://from-pip/simple");
  EXPECT_EQ(pypi_index().ca_file, "/etc/pip.pem");
  EXPECT_EQ(pypi_page(pypi_index(), "a-b@1.0"), "http://from-pip/simple/a-b/");

  write_text(python, "#!/bin/sh\nexit 1\n");
  EXPECT_THAT(error_of([] { pypi_index(); }).message(), HasSubstr("is no http(s) address"));
  set("PATH", (folder_ / "empty").c_str());
  EXPECT_EQ(error_of([] { pypi_index(); }).message(), "the pip client is not installed and PIP_INDEX_URL is not set");
}

}  // namespace
}  // namespace peel
