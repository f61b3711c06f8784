#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "options.hpp"

namespace peel::cli {

/// The definitions of every command and option, and what was given for them.
class CommandLine {
 public:
  CommandLine();

  /// Text to be printed on stdout (help, version, completion, manual), or work to be done. `arguments` are without the
  /// program's name. Throws UsageError. To be called once.
  std::variant<std::string, Invocation> parse(std::vector<std::string> arguments);

 private:
  void add_common(CLI::App& command);
  void add_config(CLI::App& command);
  void read_config();
  void check_leftovers() const;
  std::string help_for(const std::vector<std::string>& words) const;
  Invocation invocation(bool rembg_positionals);
  ScanArguments scan_invocation() const;
  StreamArguments stream_invocation() const;
  FolderArguments folder_invocation() const;
  BenchArguments bench_invocation();
  QuantizeArguments quantize_invocation() const;

  std::unique_ptr<CLI::App> root_;
  CLI::App* info_ = nullptr;
  CLI::App* remove_ = nullptr;
  CLI::App* scan_ = nullptr;
  CLI::App* stream_ = nullptr;
  CLI::App* folder_ = nullptr;
  CLI::App* bench_ = nullptr;
  CLI::App* quantize_ = nullptr;
  CLI::App* serve_ = nullptr;
  CLI::App* models_ = nullptr;
  CLI::App* help_ = nullptr;
  CLI::App* completion_ = nullptr;
  CLI::App* manual_ = nullptr;

  Common common_;
  RemoveArguments remove_arguments_;
  ScanArguments scan_arguments_;
  StreamArguments stream_arguments_;
  FolderArguments folder_arguments_;
  ModelsArguments models_arguments_;
  BenchArguments bench_arguments_;
  QuantizeArguments quantize_arguments_;
  ServeArguments serve_arguments_;
  std::string config_file_;
  bool no_config_ = false;
  std::vector<std::string> help_words_;
  std::string shell_;
};

/// `peel remove`: what it takes, into `target`.
CLI::App& define_remove(CLI::App& root, RemoveArguments& target);
/// `peel scan`.
CLI::App& define_scan(CLI::App& root, ScanArguments& target);
/// `peel stream`.
CLI::App& define_stream(CLI::App& root, StreamArguments& target);
/// `peel serve`.
CLI::App& define_serve(CLI::App& root, ServeArguments& target);
/// `peel folder`.
CLI::App& define_folder(CLI::App& root, FolderArguments& target);

// What several commands take. `group` is where it stands in the help.

inline constexpr const char* NETWORK_GROUP = "Model and device";
inline constexpr const char* LAYOUT_GROUP = "Layout of a model given as FILE";

/// --output, --format and the rest of how files are written. `pdf`: told by --format pdf; null: no such thing.
void define_output(CLI::App& app, OutputArguments& target, const std::string& where, const std::string& usual_format,
                   bool* pdf = nullptr);
/// --format, --quality and --effort alone.
void define_format(CLI::App& app, OutputArguments& target, const std::string& otherwise, bool* pdf = nullptr);
/// --max-pixels and --max-bytes.
void define_limits(CLI::App& app, FileArguments& target);
/// The first and these.
void define_files(CLI::App& app, FileArguments& target, const std::string& where, const std::string& usual_format,
                  bool* pdf = nullptr);
/// --only-mask, --putalpha, --bgcolor and --background, with the latter's help, and the next.
void define_cutout(CLI::App& app, CutoutArguments& target, const std::string& background);
/// --post-process-mask and what else is done to a mask.
void define_cleaning(CLI::App& app, CutoutArguments& target);
/// --mask. After define_network() and define_batch(), whose options it rules out.
void define_given_mask(CLI::App& app, RemoveArguments& target);
/// --trimap. After that and define_edges().
void define_trimap(CLI::App& app, RemoveArguments& target);
/// Rules out the options of the network, which would be without effect, beside one in whose case none runs.
void exclude_network(CLI::App& app, CLI::Option& instead);
/// --alpha-matting and what belongs to it, --refine, --decontaminate.
void define_edges(CLI::App& app, CutoutArguments& target);
/// --crop and --compat.
void define_removal(CLI::App& app, RemoveArguments& target);
/// --model, what it runs on, and the layout of a model of one's own. `threads`: what is said of --threads.
void define_network(CLI::App& app, NetworkArguments& target, const std::string& which_model,
                    const std::string& threads = "0: every core");
/// --category, --prompt and --extras. After all others: rembg's extras add to what those say.
void define_selection(CLI::App& app, CutoutArguments& cutout, NetworkArguments& network);
/// --device and --precision.
void define_device(CLI::App& app, DeviceArguments& target, const std::string& group);
/// --batch.
void define_batch(CLI::App& app, DeviceArguments& target, const std::string& group);

/// `peel bench`.
CLI::App& define_bench(CLI::App& root, BenchArguments& target);
/// `peel quantize`.
CLI::App& define_quantize(CLI::App& root, QuantizeArguments& target);
/// `peel models` and its commands.
CLI::App& define_models(CLI::App& root, ModelsArguments& target);

}  // namespace peel::cli
