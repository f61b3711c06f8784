#include "commands/network_settings.hpp"

#include "peel/models.hpp"
#include "requests/network_settings.hpp"

namespace peel::cli {

bool model_is_there(const std::string& model) {
  if (model == "none" || is_model_path(model)) return true;
  const ModelStore store;
  // Remover and scanner prefer different ones, but the same are looked for.
  return store.present(model == "auto" ? default_model(store) : find_model(model));
}

Settings network_settings(const Given& given, Console& console) {
  Settings settings = requests::network_settings(given);
  settings.fetch.control = console.fetch_control();
  return settings;
}

}  // namespace peel::cli
