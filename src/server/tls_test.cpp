#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "support/error_of.hpp"
#include "support/test_server.hpp"
#include "support/text_file.hpp"

namespace peel::test {
namespace {

using namespace std::chrono_literals;

/// For localhost, signed by itself.
void write_certificate(const std::filesystem::path& certificate_file, const std::filesystem::path& key_file) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  const auto* const host = reinterpret_cast<const unsigned char*>("localhost");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const std::unique_ptr<FILE, decltype(&fclose)> certificate_out(fopen(certificate_file.c_str(), "w"), fclose);
  const std::unique_ptr<FILE, decltype(&fclose)> key_out(fopen(key_file.c_str(), "w"), fclose);
  PEM_write_X509(certificate_out.get(), certificate.get());
  PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

class TlsTest : public testing::Test {
 protected:
  explicit TlsTest(std::chrono::milliseconds head_timeout = ServerSettings().head_timeout) {
    write_certificate(certificate_, key_);
    server_.emplace([&](ServerSettings& settings) {
      settings.certificate_file = certificate_.string();
      settings.key_file = key_.string();
      settings.head_timeout = head_timeout;
    });
    EXPECT_TRUE(answers_soon());
    files_ = open_files();
  }
  ~TlsTest() override {
    EXPECT_TRUE(answers_soon());
    EXPECT_TRUE(files_settle(files_)) << open_files() << " files are open, there were " << files_;
  }
  bool answers() const {
    httplib::SSLClient client("127.0.0.1", server_->port());
    client.enable_server_certificate_verification(false);
    client.set_read_timeout(PATIENCE);
    const auto answer = client.Post("/api/remove", form_of(disc_bytes()));
    return answer && answer->status == 200 && decoded(answer->body).width() == 64;
  }
  bool answers_soon() const {
    return comes_about([this] { return answers(); });
  }

  TemporaryFolder folder_;
  std::filesystem::path certificate_ = folder_ / "certificate.pem";
  std::filesystem::path key_ = folder_ / "key.pem";
  std::optional<TestServer> server_;
  std::size_t files_ = 0;
};

TEST_F(TlsTest, AConnectionServesSeveralRequests) {
  EXPECT_TRUE((*server_)->address().starts_with("https://"));
  httplib::SSLClient client("127.0.0.1", server_->port());
  client.enable_server_certificate_verification(false);
  client.set_keep_alive(true);
  for (int i = 0; i < 5; ++i) {
    const auto answer = client.Get("/healthz");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "ok\n");
  }
}

TEST_F(TlsTest, LargeBodiesAndAnswersPass) {
  httplib::SSLClient client("127.0.0.1", server_->port());
  client.enable_server_certificate_verification(false);
  client.set_read_timeout(PATIENCE);
  const auto answer = client.Post("/api/remove?putalpha=1&effort=fast", form_of(noise_bytes(800)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(decoded(answer->body).width(), 800);
}

TEST_F(TlsTest, PlainHttpIsCutOff) {
  RawClient client(server_->port());
  client.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.is_closed());
}

class ImpatientTls : public TlsTest {
 protected:
  ImpatientTls() : TlsTest(500ms) {}
};

TEST_F(ImpatientTls, ASlowHandshakeIsCutOff) {
  const RawClient silent(server_->port());
  RawClient begun(server_->port());
  // The head of a record that does not come.
  begun.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
  EXPECT_TRUE(answers_soon());
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(begun.is_closed());
}

TEST_F(TlsTest, WhoGoesAwayInTheMiddleHarmsNothing) {
  for (int i = 0; i < 10; ++i) {
    RawClient client(server_->port());
    client.send(std::string("\x16\x03\x01\x02\x00\x01\x00", static_cast<std::size_t>(i) % 8));
  }
}

TEST_F(TlsTest, AKeyWithAPasswordIsToldAndNotAskedFor) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto file = folder_ / "locked.pem";
  {
    const std::unique_ptr<FILE, decltype(&fclose)> out(fopen(file.c_str(), "w"), fclose);
    unsigned char password[] = "secret";
    PEM_write_PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(), password, 6, nullptr, nullptr);
  }
  ServerSettings settings;
  settings.port = 0;
  settings.certificate_file = certificate_.string();
  settings.key_file = file.string();
  const Error refused = error_of([&] { Server server(std::move(settings)); });
  EXPECT_EQ(refused.code(), ErrorCode::input);
  EXPECT_NE(refused.message().find("locked.pem"), std::string::npos);
}

TEST_F(TlsTest, ACertificateIsReadAnewAndABrokenOneChangesNothing) {
  write_certificate(certificate_, key_);
  (*server_)->reload();
  EXPECT_TRUE(answers_soon());
  write_text(key_, "nonsense");
  EXPECT_EQ(error_code([&] { (*server_)->reload(); }), static_cast<int>(ErrorCode::input));
  EXPECT_TRUE(answers_soon());
}

TEST_F(TlsTest, WrongFilesAreToldAtOnce) {
  const auto code = [](const std::string& certificate, const std::string& key) {
    ServerSettings settings;
    settings.port = 0;
    settings.certificate_file = certificate;
    settings.key_file = key;
    return error_code([&] { Server server(std::move(settings)); });
  };
  const std::string own_key = key_.string();
  const std::string own = certificate_.string();
  write_text(folder_ / "nonsense.pem", "nonsense");
  write_certificate(folder_ / "other.pem", folder_ / "other-key.pem");
  EXPECT_EQ(code(own, ""), static_cast<int>(ErrorCode::usage));
  EXPECT_EQ(code((folder_ / "missing").string(), own_key), static_cast<int>(ErrorCode::input));
  EXPECT_EQ(code((folder_ / "nonsense.pem").string(), own_key), static_cast<int>(ErrorCode::input));
  EXPECT_EQ(code(own, (folder_ / "nonsense.pem").string()), static_cast<int>(ErrorCode::input));
  EXPECT_EQ(code(own, (folder_ / "other-key.pem").string()), static_cast<int>(ErrorCode::input));
}

}  // namespace
}  // namespace peel::test
