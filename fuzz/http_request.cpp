// Whatever a client sends over a connection: its heads are refused or mean one thing, its bodies become forms within
// the limits, and what forms ask for is understood or refused with the parameter's name. Nothing else comes out.

#include <httplib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"
#include "server/api_error.hpp"
#include "server/error_json.hpp"
#include "server/form_reader.hpp"
#include "server/http/connection.hpp"
#include "server/parameters.hpp"
#include "server/removebg_error.hpp"
#include "server/removebg_request.hpp"

namespace {

using namespace peel;
using namespace peel::server;

/// A client that has sent all it ever will, and takes whatever it gets.
class Sent : public Transport {
 public:
  explicit Sent(std::string_view bytes) : Transport(-1), bytes_(bytes) {}
  long read(char* to, std::size_t size, Deadline) override {
    const std::size_t taken = std::min(size, bytes_.size());
    std::memcpy(to, bytes_.data(), taken);
    bytes_.remove_prefix(taken);
    return static_cast<long>(taken);
  }
  bool write(const char*, std::size_t, Deadline) override { return true; }
  bool has_pending() const override { return true; }

 private:
  std::string_view bytes_;
};

constexpr FormLimits LIMITS{.bytes = 20'000, .field_bytes = 2'000, .parts = 16};

template <typename Parse>
void understood_or_refused(const Parse& parse) {
  try {
    parse();
  } catch (const ApiError& error) {
    fuzz::require(error.status >= 400 && error.status < 600, "an error has the status of one");
    fuzz::require(std::string_view(error.what()).find('\n') == std::string_view::npos, "a message is one line");
    error_json(error, "id");
    removebg_error_json(error);
  }
}

void check_form(const Form& form) {
  std::uint64_t bytes = 0;
  for (const auto& [name, value] : form.fields) bytes += value.size();
  for (const FormFile& file : form.files) bytes += file.bytes.size();
  // The query comes besides the body; JSON that is written out anew may be longer, by its escapes.
  fuzz::require(bytes <= 6 * LIMITS.bytes + 16'384, "a form is within the limits");
}

class Routes : public httplib::Server {
 public:
  Routes() {
    set_payload_max_length(LIMITS.bytes);
    Get("/q", [](const httplib::Request& request, httplib::Response&) { parse(read_query(request)); });
    Post("/f", [this](const httplib::Request& request, httplib::Response&, const httplib::ContentReader& reader) {
      MemoryBudget::Share share(budget_);
      understood_or_refused([&] { parse(read_form(request, reader, LIMITS, share)); });
    });
  }
  using httplib::Server::process_request;

 private:
  static void parse(Form form) {
    check_form(form);
    const std::string* const field = form.field("accept");
    const std::string accept = field ? *field : "";
    understood_or_refused([&] { parse_remove(form, accept); });
    understood_or_refused([&] { parse_scan(form, accept); });
    understood_or_refused([&] { parse_removebg(form); });
  }

  MemoryBudget budget_{1 << 20};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Routes routes;
  static const ConnectionLimits limits{.head_bytes = 4096, .body_bytes = LIMITS.bytes};
  Connection connection(std::make_unique<Sent>(std::string_view(reinterpret_cast<const char*>(data), size)), limits);
  const Connection::Current current(connection);
  for (int requests = 0; requests < 8; ++requests) {
    const char* reason = "";
    const int status = connection.receive_head(std::chrono::milliseconds(0), reason);
    if (status > 0) fuzz::require(*reason != '\0', "who is refused is told why");
    if (status != 0) return 0;
    const RequestHead& head = connection.head();
    fuzz::require(!(head.chunked && head.content_length), "a body has one length");
    bool closed = false;
    if (!routes.process_request(connection, false, closed, nullptr) || closed || connection.body_is_left()) return 0;
  }
  return 0;
}
