#pragma once

#include <lcms2.h>

#include <memory>
#include <type_traits>

namespace peel {

/// What Little CMS hands out, given back.
struct DeleteLcmsContext {
  void operator()(cmsContext context) const noexcept { cmsDeleteContext(context); }
};
struct CloseLcmsProfile {
  void operator()(cmsHPROFILE profile) const noexcept { cmsCloseProfile(profile); }
};
/// One of its own for each use keeps it silent and free of the host program's settings.
using LcmsContext = std::unique_ptr<std::remove_pointer_t<cmsContext>, DeleteLcmsContext>;
using LcmsProfile = std::unique_ptr<void, CloseLcmsProfile>;

}  // namespace peel
