// TLS of a connection, by OpenSSL.

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <limits>

#include "peel/error.hpp"
#include "server/http/transport.hpp"

namespace peel::server {
namespace {

std::string last_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

class TlsTransport : public Transport {
 public:
  TlsTransport(int socket, SSL* ssl) : Transport(socket), ssl_(ssl) { SSL_set_fd(ssl_, socket); }
  ~TlsTransport() override { SSL_free(ssl_); }

  bool greet(Deadline deadline) override {
    return until(deadline, [&] { return SSL_accept(ssl_); }) > 0;
  }

  long read(char* to, std::size_t size, Deadline deadline) override {
    const int most = static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
    return until(deadline, [&] { return SSL_read(ssl_, to, most); });
  }

  bool write(const char* from, std::size_t size, Deadline deadline) override {
    while (size > 0) {
      const int most = static_cast<int>(std::min<std::size_t>(size, 1 << 20));
      const int sent = until(deadline, [&] { return SSL_write(ssl_, from, most); });
      if (sent <= 0) return false;
      from += sent;
      size -= static_cast<std::size_t>(sent);
    }
    return true;
  }

  bool has_pending() const override { return SSL_pending(ssl_) > 0; }

  void say_goodbye() override {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    Transport::say_goodbye();
  }

 private:
  /// More than 0: done; 0: the client has ended; -1: an error or the deadline.
  template <typename Operation>
  int until(Deadline deadline, const Operation& operation) {
    while (true) {
      ERR_clear_error();
      const int result = operation();
      if (result > 0) return result;
      switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ:
          if (!wait(POLLIN, deadline)) return -1;
          break;
        case SSL_ERROR_WANT_WRITE:
          if (!wait(POLLOUT, deadline)) return -1;
          break;
        case SSL_ERROR_ZERO_RETURN:
          return 0;
        default:
          return -1;
      }
    }
  }

  SSL* ssl_;
};

}  // namespace

TlsContext::TlsContext(const std::string& certificate_file, const std::string& key_file)
    : context_(SSL_CTX_new(TLS_server_method())) {
  auto* context = static_cast<SSL_CTX*>(context_);
  if (!context) throw Error(ErrorCode::internal, "TLS cannot be set up: " + last_error());
  const auto fail = [&](const std::string& file, const char* hint) {
    SSL_CTX_free(context);
    throw Error(ErrorCode::input, file + ": " + last_error(), hint);
  };
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // OpenSSL would ask for it at the terminal, and wait.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    fail(certificate_file, "give a certificate, with its chain, in PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    fail(key_file, "give the certificate's private key in PEM, without a password");
  }
  if (SSL_CTX_check_private_key(context) != 1) fail(key_file, "the key is not that of the certificate");
}

TlsContext::~TlsContext() {
  SSL_CTX_free(static_cast<SSL_CTX*>(context_));
}

std::unique_ptr<Transport> TlsContext::wrap(int socket) const {
  SSL* ssl = SSL_new(static_cast<SSL_CTX*>(context_));
  if (!ssl) return nullptr;
  return std::make_unique<TlsTransport>(socket, ssl);
}

}  // namespace peel::server
