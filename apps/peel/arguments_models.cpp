#include "arguments.hpp"

namespace peel::cli {
namespace {

using Action = ModelsArguments::Action;

CLI::App& add_action(CLI::App& models, ModelsArguments& target, const std::string& name, Action action,
                     const std::string& description, const std::string& names_text,
                     const std::string& names_kind = "MODEL") {
  CLI::App& app = *models.add_subcommand(name, description);
  app.parse_complete_callback([&target, action] { target.action = action; });
  if (!names_text.empty()) app.add_option("NAME", target.names, names_text)->type_name(names_kind);
  return app;
}

}  // namespace

CLI::App& define_models(CLI::App& root, ModelsArguments& target) {
  CLI::App& models = *root.add_subcommand("models",
                                          "List, fetch and check the models.\n"
                                          "Models live in the folder rembg uses ($U2NET_HOME, else "
                                          "$XDG_DATA_HOME/.u2net, else ~/.u2net), so what one of the two "
                                          "has fetched the other finds. peel d NAME fetches, as rembg's d does.");
  models.alias("d");
  models.require_subcommand(0, 1);
  models.footer(
      "Examples:\n"
      "  peel models list --commercial-only       those whose licence allows commercial use\n"
      "  peel models download isnet-general-use   fetch and check one\n"
      "  peel d u2netp                            the same as rembg's command\n"
      "  peel models verify                       hash what is installed again\n"
      "  peel models licence birefnet-general     whose it is, and what it may be used for\n"
      "  peel models warm u2netp --device tensorrt  make its first start as fast as the others\n"
      "  ls -l \"$(peel models path silueta)\"      where the file is");

  CLI::App& list = add_action(models, target, "list", Action::list, "List every known model.", "");
  list.add_flag("--commercial-only", target.commercial_only, "only those whose licence allows commercial use");
  list.footer(
      "Examples:\n  peel models list\n  peel models list --json | jq -r '.models[] | select(.installed) | .name'");

  CLI::App& download = add_action(models, target, "download", Action::download,
                                  "Fetch models that are missing or damaged, and check them.", "what to fetch");
  download.add_flag("--all", target.all, "every known model: several gigabytes");
  download.footer(
      "Examples:\n  peel models download silueta isnet-general-use\n  "
      "PEEL_MODEL_MIRROR=https://mirror.example.org/models peel models download silueta");

  CLI::App& verify = add_action(models, target, "verify", Action::verify,
                                "Hash installed models again. The exit status is 4 where one is damaged.",
                                "what to check; all that are installed where none is named");
  verify.footer("Examples:\n  peel models verify\n  peel models verify silueta --json");
  CLI::App& path = add_action(models, target, "path", Action::path, "Print where a model's file is, or would be.",
                              "the model; the folder of all where none is named");
  path.footer("Examples:\n  peel models path\n  cp my-own.onnx \"$(peel models path u2net_custom)\"");
  CLI::App& licence =
      add_action(models, target, "licence", Action::licence, "Show who made a model and what its licence allows.",
                 "the model; all where none is named");
  licence.footer("Examples:\n  peel models licence bria-rmbg");

  CLI::App& warm = add_action(models, target, "warm", Action::warm,
                              "Get models ready for a device, ahead of their first use there.\n"
                              "For TensorRT that builds the engine, which takes minutes; for the CPU the optimised "
                              "graph. Both are kept beside the model. For other devices nothing is kept, and it shows "
                              "whether the model runs there. The exit status is 5 where the device cannot be used.",
                              "what to make ready; where none is named, what peel remove takes", "MODEL|FILE");
  define_device(warm, target.warm, "Device");
  define_batch(warm, target.warm, "Device");
  warm.footer(
      "Examples:\n  peel models warm u2netp --device tensorrt\n  "
      "peel models warm isnet-general-use --device tensorrt --precision int8 --batch 8\n  "
      "peel models warm ./mine.onnx --device cpu --json");
  return models;
}

}  // namespace peel::cli
