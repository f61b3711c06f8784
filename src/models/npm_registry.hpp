#pragma once

#include <string>
#include <string_view>

namespace peel {

/// Where packages come from, as the user's npm client has it.
struct NpmRegistry {
  std::string address;  ///< without a slash at its end
  std::string ca_file;  ///< npm's setting "cafile": certificates for a registry of one's own; may be empty
};

/// The registry of a package; `scope` is its "@..." part or empty. In npm's order: the scope's registry from the npmrc
/// files, npm_config_registry, the user's npmrc, the system's, and last the npm client itself is asked.
/// Throws Error(model) where nothing names one.
NpmRegistry npm_registry(std::string_view scope);

}  // namespace peel
