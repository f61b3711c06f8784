#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "arguments.hpp"
#include "peel/batch.hpp"
#include "peel/benchmark.hpp"
#include "peel/quantize.hpp"
#include "peel/server.hpp"
#include "usage_error.hpp"

namespace peel::cli {

inline Invocation invocation_of(std::vector<std::string> arguments) {
  return std::get<Invocation>(CommandLine().parse(std::move(arguments)));
}

/// All that a command line sets.
struct Said {
  explicit Said(const Given& given)
      : files(given.make<Files>()),
        settings(given.make<Settings>()),
        cutout(given.make<RemoveOptions>()),
        encoding(given.make<EncodeOptions>()),
        limits(given.make<DecodeLimits>()),
        scan(given.make<ScanOptions>()),
        page(given.make<ScanChoices>()),
        stream(given.make<StreamChoices>()),
        folder(given.make<FolderChoices>()),
        batch(given.make<BatchSettings>()),
        server(given.make<ServerSettings>()),
        serve(given.make<ServeChoices>()),
        bench(given.make<BenchmarkOptions>()),
        quantize(given.make<QuantizeOptions>()),
        models(given.make<ModelsChoices>()) {}

  Files files;
  Settings settings;
  RemoveOptions cutout;
  EncodeOptions encoding;
  DecodeLimits limits;
  ScanOptions scan;
  ScanChoices page;
  StreamChoices stream;
  FolderChoices folder;
  BatchSettings batch;
  ServerSettings server;
  ServeChoices serve;
  BenchmarkOptions bench;
  QuantizeOptions quantize;
  ModelsChoices models;
};

inline Said said(std::vector<std::string> arguments) {
  return Said(invocation_of(std::move(arguments)).given);
}

/// "MESSAGE; HINT" of the usage error the arguments give.
inline std::string error_of(std::vector<std::string> arguments) {
  try {
    CommandLine().parse(std::move(arguments));
  } catch (const UsageError& error) {
    return std::string(error.what()) + "; " + error.hint();
  }
  return "no error";
}

}  // namespace peel::cli
