#pragma once

#include "commands/console.hpp"
#include "options.hpp"

namespace peel::cli {

// Each returns the exit status and may throw peel::Error.
int run_info(const InfoArguments& arguments, Console& console);
int run_remove(const RemoveArguments& arguments, Console& console);
int run_folder(const FolderArguments& arguments, Console& console);
int run_scan(const ScanArguments& arguments, Console& console);
int run_stream(const StreamArguments& arguments, Console& console);
int run_serve(const ServeArguments& arguments, Console& console);
int run_models(const ModelsArguments& arguments, Console& console);
int run_bench(const BenchArguments& arguments, Console& console);
int run_quantize(const QuantizeArguments& arguments, Console& console);
/// `peel models warm`.
int run_models_warm(const ModelsArguments& arguments, Console& console);

}  // namespace peel::cli
