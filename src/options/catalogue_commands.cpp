// What commands take besides pictures: folders, frames, the server's limits, models, and what is said of the work.

#include "options/catalogue.hpp"
#include "options/choices.hpp"
#include "peel/batch.hpp"
#include "peel/benchmark.hpp"
#include "peel/quantize.hpp"
#include "peel/server.hpp"

namespace peel::options {
namespace {

constexpr const char* WHICH = "Which pictures";
constexpr const char* SPEED = "Speed and memory";
constexpr const char* COMPARE = "What to compare";
constexpr const char* QUANTIZING = "How to quantise";
constexpr const char* WHERE = "Where";
constexpr const char* WHO = "Who may ask, and for what";
constexpr const char* LIMITS = "Limits";

constexpr double MANY = 100'000;
constexpr Places MODELS = MODELS_DOWNLOAD | MODELS_VERIFY | MODELS_PATH | MODELS_LICENCE | MODELS_WARM;

constexpr Word METHODS[] = {{"auto", std::int64_t(CalibrationMethod::automatic)},
                            {"minmax", std::int64_t(CalibrationMethod::minmax)},
                            {"percentile", std::int64_t(CalibrationMethod::percentile)},
                            {"entropy", std::int64_t(CalibrationMethod::entropy)}};
constexpr Word TARGETS[] = {{"cpu", std::int64_t(QuantizationTarget::cpu)},
                            {"tensorrt", std::int64_t(QuantizationTarget::tensorrt)}};
constexpr Word SHELLS[] = {{"bash", 0}, {"zsh", 1}, {"fish", 2}};
/// rembg's words. 1: no line for each request.
constexpr Word LOG_LEVELS[] = {{"trace", 0}, {"debug", 0}, {"info", 0}, {"warning", 1}, {"error", 1}, {"critical", 1}};

// clang-format off
constexpr Option BATCH_OPTIONS[] = {
    {.name = "IN_DIR", .places = FOLDER, .kind = Kind::text, .value = "FOLDER", .help = "the folder of the pictures",
     .set = to<&FolderChoices::input_folder>},
    {.name = "OUT_DIR", .places = FOLDER, .kind = Kind::text, .value = "FOLDER",
     .help = "the folder for the outputs; made where missing", .set = to<&FolderChoices::output_folder>},
    {.name = "recursive", .places = FOLDER, .also = "-r", .group = WHICH,
     .help = "subfolders too; they are kept in the output", .set = to<&FolderChoices::recursive>},
    {.name = "include", .places = FOLDER, .kind = Kind::patterns, .value = "PATTERN", .group = WHICH,
     .help = "only names like this (*, ?, [a-z]; capitals do not matter); may be given several times",
     .set = to<&FolderChoices::include>},
    {.name = "exclude", .places = FOLDER, .kind = Kind::patterns, .value = "PATTERN", .group = WHICH,
     .help = "no names like this; may be given several times", .set = to<&FolderChoices::exclude>},
    {.name = "skip-existing", .places = FOLDER, .group = WHICH, .help = "leave a picture whose output is there",
     .set = to<&FolderChoices::skip_existing>},
    {.name = "watch", .places = FOLDER, .also = "-w", .group = WHICH, .help = "wait for more pictures to come",
     .set = to<&FolderChoices::watch>},
    {.name = "delete-input", .places = FOLDER, .also = "-d,--delete_input", .group = WHICH,
     .help = "delete each picture when its output is safely on the disk; no output is replaced then",
     .set = to<&FolderChoices::delete_input>},
    {.name = "jobs", .places = FOLDER, .kind = Kind::integer, .least = 0, .most = MOST_THREADS, .value = "N",
     .group = SPEED, .help = "pictures in the network at a time; 0: planned", .set = to<&BatchSettings::jobs>},
    {.name = "memory", .places = FOLDER, .kind = Kind::size, .value = "N", .group = SPEED,
     .help = "stay below so many bytes (K, M, G: powers of 1024); default half of what is free",
     .set = to<&BatchSettings::memory_bytes>},

    {.name = "WIDTH", .places = STREAM, .kind = Kind::integer, .least = 1, .most = LARGEST_FRAME_SIDE, .value = "N",
     .help = "of a frame in pixels", .required = true, .set = to<&StreamChoices::width>},
    {.name = "HEIGHT", .places = STREAM, .kind = Kind::integer, .least = 1, .most = LARGEST_FRAME_SIDE, .value = "N",
     .help = "of a frame in pixels", .required = true, .set = to<&StreamChoices::height>},
};

constexpr Option BENCH_OPTIONS[] = {
    {.name = "input-dir", .places = BENCH, .also = "-i", .kind = Kind::text, .value = "FOLDER", .group = FILES_GROUP,
     .help = "the folder of the pictures", .set = to<&BenchChoices::input_folder>},
    {.name = "output-dir", .places = BENCH, .also = "-o", .kind = Kind::text, .value = "FOLDER", .group = FILES_GROUP,
     .help = "the folder for reports and cut-outs; made where missing", .set = to<&BenchmarkOptions::output_folder>},
    {.name = "masks", .places = BENCH, .kind = Kind::text, .value = "FOLDER", .group = FILES_GROUP,
     .help = "ground truth: masks named as their pictures (dog.jpg, dog.png)",
     .set = to<&BenchmarkOptions::masks_folder>},
    {.name = "num-samples", .places = BENCH, .kind = Kind::integer, .least = 1, .most = MANY, .value = "N",
     .usual = "10", .group = FILES_GROUP, .help = "how many pictures, taken evenly from the sorted names",
     .set = to<&BenchChoices::samples>},
    {.name = "models", .places = BENCH, .kind = Kind::texts, .value = "MODEL,...", .usual = "auto", .group = COMPARE,
     .help = "names or .onnx files; settings are recommended for the first", .set = to<&BenchmarkOptions::models>},
    {.name = "configs", .places = BENCH, .kind = Kind::texts, .value = "NAME,...", .group = COMPARE,
     .help = "of cpu, cuda, tensorrt, webgpu, openvino, fp32, fp16, int8: only these; or exactly one: tensorrt-fp32",
     .set = to<&BenchmarkOptions::configurations>},
    {.name = "threads", .places = BENCH, .kind = Kind::integers, .least = 1, .most = MOST_THREADS, .value = "N,...",
     .group = COMPARE, .help = "numbers of threads; the first is the baseline's (one a core)",
     .set = to<&BenchmarkOptions::threads>},
    {.name = "batch", .places = BENCH, .kind = Kind::integers, .least = 1, .most = LARGEST_BATCH, .value = "N,...",
     .usual = "1", .group = COMPARE, .help = "pictures the model takes at a time",
     .set = to<&BenchmarkOptions::batches>},
    {.name = "rounds", .places = BENCH, .kind = Kind::integer, .least = 1, .most = MANY, .value = "N", .group = COMPARE,
     .help = "how often each picture is measured (3, and more for fewer than ten pictures)",
     .set = to<&BenchmarkOptions::rounds>},
    {.name = "offline", .places = BENCH, .group = COMPARE, .help = "never fetch a model",
     .set = to<&BenchmarkOptions::fetch, &FetchOptions::offline>},
    {.name = "save", .places = BENCH, .group = FILES_GROUP,
     .help = "write the recommendation into the user's config too", .set = to<&BenchChoices::save>},

    {.name = "MODEL", .places = QUANTIZE, .kind = Kind::text, .value = "MODEL|FILE",
     .help = "a name (peel models list), an .onnx file, or auto: what peel remove takes", .required = true,
     .set = to<&QuantizeOptions::model>},
    {.name = "calibration", .places = QUANTIZE, .kind = Kind::text, .value = "FOLDER", .group = FILES_GROUP,
     .help = "the folder of the pictures", .set = to<&QuantizeOptions::calibration>},
    {.name = "truth", .places = QUANTIZE, .kind = Kind::text, .value = "FOLDER", .group = FILES_GROUP,
     .help = "ground truth: masks named as their pictures (dog.jpg, dog.png)", .set = to<&QuantizeOptions::truth>},
    {.name = "samples", .places = QUANTIZE, .kind = Kind::integer, .least = 8, .most = MANY, .value = "N",
     .usual = "64", .group = FILES_GROUP, .help = "how many pictures of the folder to take at the most",
     .set = to<&QuantizeOptions::samples>},
    {.name = "output", .places = QUANTIZE, .also = "-o", .kind = Kind::text, .value = "FILE", .group = FILES_GROUP,
     .help = "the INT8 model; else NAME_int8.onnx beside the model", .set = to<&QuantizeOptions::output>},
    {.name = "method", .places = QUANTIZE, .kind = Kind::word, .words = METHODS, .usual = "auto", .group = QUANTIZING,
     .help = "how the range of values is found: all that occurred, all but the outermost, or what loses least "
             "information; auto: the best of these", .set = to<&QuantizeOptions::method>},
    {.name = "target", .places = QUANTIZE, .kind = Kind::word, .words = TARGETS, .usual = "cpu", .group = QUANTIZING,
     .help = "where it is to run fast; what is for TensorRT runs on a CPU as well",
     .set = to<&QuantizeOptions::target>},
    {.name = "keep-float", .places = QUANTIZE, .kind = Kind::patterns, .value = "PATTERN", .group = QUANTIZING,
     .help = "operators that stay in float, by name or kind; patterns as in a shell (*, ?, [...]); may be given "
             "several times", .set = to<&QuantizeOptions::keep_float>},
    {.name = "keep-anyway", .places = QUANTIZE, .group = QUANTIZING,
     .help = "keep one that is not good enough too, as NAME_int8_refused.onnx, which nothing takes by itself",
     .set = to<&QuantizeOptions::keep_anyway>},
    {.name = "threads", .places = QUANTIZE, .kind = Kind::integer, .least = 0, .most = MOST_THREADS, .value = "N",
     .group = QUANTIZING, .help = "0: every core", .set = to<&QuantizeOptions::threads>},
    {.name = "offline", .places = QUANTIZE, .group = QUANTIZING, .help = "never fetch a model",
     .set = to<&QuantizeOptions::fetch, &FetchOptions::offline>},
};

constexpr Option SERVER_OPTIONS[] = {
    {.name = "host", .places = SERVE, .kind = Kind::text, .value = "ADDRESS", .usual = "127.0.0.1", .group = WHERE,
     .help = "address to listen at; 0.0.0.0: every one of this machine", .set = to<&ServerSettings::host>},
    {.name = "port", .places = SERVE, .also = "-p", .kind = Kind::integer, .least = 0, .most = 65535, .value = "N",
     .usual = "7000", .group = WHERE, .help = "port; 0: any that is free", .set = to<&ServerSettings::port>},
    {.name = "admin-port", .places = SERVE, .kind = Kind::integer, .least = 0, .most = 65535, .value = "N",
     .group = WHERE, .help = "another port, for /healthz, /readyz and /metrics, which are told there however busy it is",
     .set = to<&ServerSettings::admin_port>},
    {.name = "tls-cert", .places = SERVE, .kind = Kind::text, .value = "FILE", .group = WHERE,
     .help = "certificate with its chain, PEM", .set = to<&ServerSettings::certificate_file>},
    {.name = "tls-key", .places = SERVE, .kind = Kind::text, .value = "FILE", .group = WHERE, .help = "its key, PEM",
     .set = to<&ServerSettings::key_file>},
    {.name = "log-level", .places = SERVE, .also = "-l,--log_level", .kind = Kind::word, .words = LOG_LEVELS,
     .usual = "info", .group = WHERE, .help = "info and below: a line for each request",
     .set = [](ServeChoices& choices, const Value& value) { choices.quiet_log = std::get<std::int64_t>(value) == 1; }},
    {.name = "no-ui", .places = SERVE, .group = WHERE, .help = "no page at /",
     .set = [](ServerSettings& settings, const Value& value) { settings.page = !std::get<bool>(value); }},

    {.name = "api-keys", .places = SERVE, .kind = Kind::text, .value = "FILE", .group = WHO,
     .help = "a file of lines NAME = KEY; work is done for these keys alone",
     .set = to<&ServerSettings::api_keys_file>},
    {.name = "api-keys-env", .places = SERVE, .kind = Kind::text, .value = "NAME", .group = WHO,
     .help = "the same in an environment variable of that name", .set = to<&ServerSettings::api_keys_variable>},
    {.name = "cors", .places = SERVE, .kind = Kind::texts, .value = "ORIGIN", .group = WHO,
     .help = "pages of that origin may read answers; * for all; several with commas",
     .set = to<&ServerSettings::cors_origins>},
    {.name = "behind-proxy", .places = SERVE, .group = WHO,
     .help = "tell clients apart by the last address of X-Forwarded-For", .set = to<&ServerSettings::behind_proxy>},
    {.name = "allow-url-fetch", .places = SERVE, .group = WHO,
     .help = "requests may name a picture's address; only public ones are fetched",
     .set = to<&ServerSettings::allow_url_fetch>},

    {.name = "max-bytes", .places = SERVE, .kind = Kind::size, .value = "N", .usual = "50M", .group = LIMITS,
     .help = "of a request; K, M, G: powers of 1024", .set = to<&ServerSettings::max_bytes>},
    {.name = "max-pixels", .places = SERVE, .kind = Kind::size, .kilo = 1000, .value = "N", .usual = "100M",
     .group = LIMITS, .help = "of a picture; K, M, G: powers of 1000", .set = to<&ServerSettings::max_pixels>},
    {.name = "upload-memory", .places = SERVE, .kind = Kind::size, .value = "N", .group = LIMITS,
     .help = "for all requests' bodies at a time; a tenth of what is free, at most 512M", .set = to<&ServerSettings::upload_bytes>},
    {.name = "picture-memory", .places = SERVE, .kind = Kind::size, .value = "N", .group = LIMITS,
     .help = "for the pictures in hand, and so for each; four tenths of what is free",
     .set = to<&ServerSettings::picture_bytes>},
    {.name = "model-memory", .places = SERVE, .kind = Kind::size, .value = "N", .group = LIMITS,
     .help = "for the models in memory; four tenths of what is free", .set = to<&ServerSettings::model_bytes>},
    {.name = "queue", .places = SERVE, .kind = Kind::integer, .least = 1, .most = MANY, .value = "N", .usual = "64",
     .group = LIMITS, .help = "requests that wait; more get 429", .set = to<&ServerSettings::queue>},
    {.name = "connections", .places = SERVE, .kind = Kind::integer, .least = 1, .most = MANY, .value = "N",
     .usual = "256", .group = LIMITS, .help = "clients at a time", .set = to<&ServerSettings::connections>},
    {.name = "client-connections", .places = SERVE, .kind = Kind::integer, .least = 0, .most = MANY, .value = "N",
     .usual = "64", .group = LIMITS, .help = "of one address at a time; 0: any number; not with --behind-proxy",
     .set = to<&ServerSettings::client_connections>},
    {.name = "timeout", .places = SERVE, .kind = Kind::time, .value = "TIME", .usual = "60s", .group = LIMITS,
     .help = "for a request's answer; then 504", .set = to<&ServerSettings::timeout>},
    {.name = "decode-timeout", .places = SERVE, .kind = Kind::time, .value = "TIME", .usual = "20s", .group = LIMITS,
     .help = "for its picture to be decoded", .set = to<&ServerSettings::decode_timeout>},
    {.name = "head-timeout", .places = SERVE, .kind = Kind::time, .value = "TIME", .usual = "10s", .group = LIMITS,
     .help = "for its head to come", .set = to<&ServerSettings::head_timeout>},
    {.name = "body-timeout", .places = SERVE, .kind = Kind::time, .value = "TIME", .usual = "2m", .group = LIMITS,
     .help = "for its body to come", .set = to<&ServerSettings::body_timeout>},
    {.name = "idle-timeout", .places = SERVE, .kind = Kind::time, .value = "TIME", .usual = "15s", .group = LIMITS,
     .help = "of a connection between requests", .set = to<&ServerSettings::idle_timeout>},
    {.name = "write-timeout", .places = SERVE, .kind = Kind::time, .value = "TIME", .usual = "60s", .group = LIMITS,
     .help = "for a client to take its answer", .set = to<&ServerSettings::write_timeout>},
    {.name = "drain", .places = SERVE, .kind = Kind::time, .value = "TIME", .usual = "30s", .group = LIMITS,
     .help = "at the end, for those that are connected", .set = to<&ServeChoices::drain>},

    {.name = "model", .places = SERVE, .also = "-m", .kind = Kind::texts, .value = "MODEL", .usual = "auto",
     .group = NETWORK_GROUP,
     .help = "names or .onnx files with commas between them; requests without a name get the first",
     .set = to<&ServerSettings::models>},
    {.name = "default-model-alias", .places = SERVE, .kind = Kind::texts, .value = "NAME", .group = NETWORK_GROUP,
     .help = "requests for these get the first of --model: u2net, for clients that have rembg's default written in",
     .set = to<&ServerSettings::default_model_aliases>},
    {.name = "warm", .places = SERVE, .group = NETWORK_GROUP, .help = "load them before the first request",
     .set = to<&ServerSettings::warm>},
    {.name = "download", .places = SERVE, .group = NETWORK_GROUP,
     .help = "requests may name every model; what is missing is fetched", .set = to<&ServerSettings::download>},
    {.name = "jobs", .places = SERVE, .kind = Kind::integer, .least = 0, .most = MOST_THREADS, .value = "N",
     .group = NETWORK_GROUP, .help = "pictures in the network at a time; 0: one a core",
     .set = to<&ServerSettings::together>},
};

constexpr Option MODELS_OPTIONS[] = {
    {.name = "commercial-only", .places = MODELS_LIST, .help = "only those whose licence allows commercial use",
     .set = to<&ModelsChoices::commercial_only>},
    {.name = "NAME", .places = MODELS_DOWNLOAD, .kind = Kind::patterns, .value = "MODEL", .help = "what to fetch",
     .set = to<&ModelsChoices::names>},
    {.name = "NAME", .places = MODELS_VERIFY, .kind = Kind::patterns, .value = "MODEL",
     .help = "what to check; all that are installed where none is named", .set = to<&ModelsChoices::names>},
    {.name = "NAME", .places = MODELS_PATH, .kind = Kind::patterns, .value = "MODEL",
     .help = "the model; the folder of all where none is named", .set = to<&ModelsChoices::names>},
    {.name = "NAME", .places = MODELS_LICENCE, .kind = Kind::patterns, .value = "MODEL",
     .help = "the model; all where none is named", .set = to<&ModelsChoices::names>},
    {.name = "NAME", .places = MODELS_WARM, .kind = Kind::patterns, .value = "MODEL|FILE",
     .help = "what to make ready; where none is named, what peel remove takes", .set = to<&ModelsChoices::names>},
    {.name = "all", .places = MODELS_DOWNLOAD, .help = "every known model: several gigabytes",
     .set = to<&ModelsChoices::all>},
};
// clang-format on

constexpr const char* MESSAGES = "Messages";
constexpr const char* CONFIG = "Config file";
constexpr Places WITH_CONFIG = CUTOUTS | SCAN | SERVE | BENCH;
constexpr Places EVERYWHERE = WITH_CONFIG | QUANTIZE | INFO | MODELS | MODELS_LIST;

// clang-format off
constexpr Option COMMON_OPTIONS[] = {
    {.name = "SHELL", .places = COMPLETION, .kind = Kind::word, .words = SHELLS, .help = "the shell to print it for",
     .required = true,
     .set = [](Common& common, const Value& value) { common.shell = SHELLS[std::get<std::int64_t>(value)].text; }},
    {.name = "json", .places = EVERYWHERE, .group = MESSAGES,
     .help = "print one JSON object on stdout, and nothing else there", .set = to<&Common::json>},
    {.name = "verbose", .places = EVERYWHERE, .also = "-v", .group = MESSAGES,
     .help = "say more on stderr: what is chosen, and why", .set = to<&Common::verbose>},
    {.name = "quiet", .places = EVERYWHERE, .also = "-q", .group = MESSAGES, .help = "say nothing but errors",
     .set = to<&Common::quiet>},
    {.name = "config", .places = WITH_CONFIG, .kind = Kind::text, .value = "FILE", .group = CONFIG,
     .help = "settings from a TOML file; the command line wins. Else from ~/.config/peel/config.toml "
             "($XDG_CONFIG_HOME), if it is there", .set = to<&Common::config>},
    {.name = "no-config", .places = WITH_CONFIG, .group = CONFIG, .help = "no config file", .excludes = "config",
     .set = to<&Common::no_config>},
};
// clang-format on

}  // namespace

constinit const std::array<std::span<const Option>, 4> COMMAND_TABLES{BATCH_OPTIONS, BENCH_OPTIONS, SERVER_OPTIONS,
                                                                      MODELS_OPTIONS};
constinit const std::array<std::span<const Option>, 1> COMMON_TABLES{COMMON_OPTIONS};

}  // namespace peel::options
