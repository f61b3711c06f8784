#include "peel/version.hpp"

namespace peel {

std::string_view version() {
  return PEEL_VERSION;
}

}  // namespace peel
