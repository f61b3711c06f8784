#pragma once

#include "commands/console.hpp"
#include "options.hpp"

namespace peel::cli {

// Each returns the exit status and may throw peel::Error.
int run_info(Console& console);
int run_remove(const Given& given, Console& console);
int run_folder(const Given& given, Console& console);
int run_scan(const Given& given, Console& console);
int run_stream(const Given& given, Console& console);
int run_serve(const Given& given, Console& console);
int run_bench(const Given& given, const std::string& user_config, Console& console);
int run_quantize(const Given& given, Console& console);
/// `peel models` of that place.
int run_models(options::Places action, const Given& given, Console& console);
int run_models_warm(const Given& given, Console& console);

}  // namespace peel::cli
