#include <CLI/CLI.hpp>

#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* DESCRIPTION =
    R"(Answer HTTP requests: rembg's /api/remove, remove.bg's /v1.0/removebg, /api/scan, and a page for people at /.
Ends by Ctrl-C or SIGTERM: whoever is connected is answered first. Each request is one line of JSON on standard error.)";

constexpr const char* FOOTER = R"(Examples:
  peel serve
      for this machine alone, at http://127.0.0.1:7000
  peel serve --host 0.0.0.0 --api-keys keys.txt --tls-cert cert.pem --tls-key key.pem
      for others: who has a key, over TLS
  peel serve -m silueta,isnet-general-use --warm
      two models, loaded before the first request; requests without a name get silueta
  curl -F file=@photo.jpg http://127.0.0.1:7000/api/remove -o cutout.png
      what a client does

Requests may name the models of -m and every one that is installed (peel models list), never a file. What each limit
says to a client, and how to run it behind a proxy, as a service and in a container: docs/server.md.)";

/// "30", "30s", "500ms", "2m".
std::chrono::milliseconds parse_duration(const std::string& name, const std::string& text) {
  const auto end = text.find_first_not_of("0123456789.");
  const std::string unit = end == std::string::npos ? "s" : text.substr(end);
  const double count = parse_real(name, text.substr(0, end), 0, 1e6);
  if (unit == "ms") return std::chrono::milliseconds(static_cast<std::int64_t>(count));
  if (unit == "s") return std::chrono::milliseconds(static_cast<std::int64_t>(count * 1e3));
  if (unit == "m") return std::chrono::milliseconds(static_cast<std::int64_t>(count * 6e4));
  throw UsageError(fmt::format("{} {}: not a time", name, text), "write 30, 30s, 500ms or 2m");
}

}  // namespace

CLI::App& define_serve(CLI::App& root, ServeArguments& target) {
  CLI::App& app = *root.add_subcommand("serve", DESCRIPTION);
  app.alias("s");
  app.footer(FOOTER);
  const auto add_time = [&](const char* name, std::chrono::milliseconds& place, const char* text, const char* group) {
    add_value(
        app, name, "TIME", [=, &place](const std::string& given) { place = parse_duration(name, given); }, text)
        ->group(group);
  };
  const auto add_size = [&](const char* name, std::uint64_t& place, const char* text, const char* group, double kilo) {
    add_value(
        app, name, "N", [=, &place](const std::string& given) { place = parse_size(name, given, kilo); }, text)
        ->group(group);
  };
  const char* where = "Where";
  app.add_option("--host", target.host, "address to listen at (127.0.0.1); 0.0.0.0: every one of this machine")
      ->type_name("ADDRESS")
      ->group(where);
  add_int(app, "-p,--port", target.port, 0, 65535, "port (7000); 0: any that is free")->group(where);
  app.add_option("--tls-cert", target.certificate_file, "certificate with its chain, PEM")
      ->type_name("FILE")
      ->group(where);
  app.add_option("--tls-key", target.key_file, "its key, PEM")->type_name("FILE")->group(where);
  add_word<bool>(
      app, "-l,--log-level,--log_level",
      {{"trace", false}, {"debug", false}, {"info", false}, {"warning", true}, {"error", true}, {"critical", true}},
      [&target](const bool& quiet) { target.quiet_log = quiet; }, "info and below: a line for each request (info)")
      ->group(where);
  app.add_flag("--no-ui", target.no_page, "no page at /")->group(where);

  const char* who = "Who may ask, and for what";
  app.add_option("--api-keys", target.api_keys_file, "a file of lines NAME = KEY; work is done for these keys alone")
      ->type_name("FILE")
      ->group(who);
  app.add_option("--api-keys-env", target.api_keys_variable, "the same in an environment variable of that name")
      ->type_name("NAME")
      ->group(who);
  app.add_option("--cors", target.cors_origins, "pages of that origin may read answers; * for all; several with commas")
      ->delimiter(',')
      ->type_name("ORIGIN")
      ->group(who);
  app.add_flag("--behind-proxy", target.behind_proxy, "tell clients apart by the last address of X-Forwarded-For")
      ->group(who);
  app.add_flag("--allow-url-fetch", target.allow_url_fetch,
               "requests may name a picture's address; only public ones are fetched")
      ->group(who);

  const char* limits = "Limits";
  add_size("--max-bytes", target.max_bytes, "of a request (50M); K, M, G: powers of 1024", limits, 1024);
  add_size("--max-pixels", target.max_pixels, "of a picture (100M); K, M, G: powers of 1000", limits, 1000);
  add_size("--upload-memory", target.upload_bytes, "for all requests' bodies at a time (512M)", limits, 1024);
  add_size("--picture-memory", target.picture_bytes, "for the pictures in hand, and so for each; half of what is free",
           limits, 1024);
  add_size("--model-memory", target.model_bytes, "for the models in memory; half of what is free", limits, 1024);
  add_int(app, "--queue", target.queue, 1, 100'000, "requests that wait (64); more get 429")->group(limits);
  add_int(app, "--connections", target.connections, 1, 100'000, "clients at a time (256)")->group(limits);
  add_time("--timeout", target.timeout, "for a request's answer (60s); then 504", limits);
  add_time("--head-timeout", target.head_timeout, "for its head to come (10s)", limits);
  add_time("--body-timeout", target.body_timeout, "for its body to come (2m)", limits);
  add_time("--idle-timeout", target.idle_timeout, "of a connection between requests (15s)", limits);
  add_time("--write-timeout", target.write_timeout, "for a client to take its answer (60s)", limits);
  add_time("--drain", target.drain, "at the end, for those that are connected (30s)", limits);

  app.add_option("-m,--model", target.models,
                 "names or .onnx files with commas between them; requests without a name get the first (auto)")
      ->delimiter(',')
      ->type_name("MODEL")
      ->group(NETWORK_GROUP);
  app.add_flag("--warm", target.warm, "load them before the first request")->group(NETWORK_GROUP);
  app.add_flag("--download", target.download, "requests may name every model; what is missing is fetched")
      ->group(NETWORK_GROUP);
  define_device(app, target.network, NETWORK_GROUP);
  define_batch(app, target.network, NETWORK_GROUP);
  app.add_flag("--require", target.network.require_device, "fail where the device or the precision cannot be had")
      ->group(NETWORK_GROUP);
  add_int(app, "-t,--threads", target.network.threads, 0, 1024, "0: every core")->group(NETWORK_GROUP);
  add_int(app, "--jobs", target.jobs, 0, 1024, "pictures in the network at a time; 0: one a core")
      ->group(NETWORK_GROUP);
  app.add_flag("--offline", target.network.offline, "never fetch a model")->group(NETWORK_GROUP);
  return app;
}

}  // namespace peel::cli
