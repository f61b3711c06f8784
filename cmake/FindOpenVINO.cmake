# Finds OpenVINO's headers and shared libraries, as far as peel's engine for the CPU needs them.
#   OPENVINO_ROOT   a folder with include/ and lib/; default: the cache folder scripts/setup.sh fills
# Defines OpenVINO::runtime (what peel-openvino.so links), OpenVINO_LIBRARIES (all that goes with it: what it needs and what
# it opens) and OpenVINO_LIBRARY_DIR. Not the configuration out of OpenVINO's own wheel: that wants every front end and plug-in.
set(_openvino_roots ${OPENVINO_ROOT})
if(NOT _openvino_roots)
  if(DEFINED ENV{XDG_CACHE_HOME})
    file(GLOB _openvino_roots "$ENV{XDG_CACHE_HOME}/peel/openvino-*")
  else()
    file(GLOB _openvino_roots "$ENV{HOME}/.cache/peel/openvino-*")
  endif()
  list(SORT _openvino_roots COMPARE NATURAL ORDER DESCENDING)
endif()
find_path(OpenVINO_INCLUDE_DIR openvino/openvino.hpp HINTS ${_openvino_roots} PATH_SUFFIXES include)
foreach(_root IN LISTS _openvino_roots)
  file(GLOB _openvino_files ${_root}/lib/libopenvino.so*)
  if(_openvino_files AND NOT OpenVINO_LIBRARY)
    list(GET _openvino_files 0 _openvino_file)
    set(OpenVINO_LIBRARY ${_openvino_file} CACHE FILEPATH "OpenVINO's shared library")
  endif()
endforeach()
if(OpenVINO_INCLUDE_DIR)
  file(STRINGS "${OpenVINO_INCLUDE_DIR}/openvino/core/version.hpp" _openvino_version REGEX "^#define OPENVINO_VERSION_[A-Z]+ +[0-9]+")
  string(REGEX MATCHALL "[0-9]+" _openvino_version "${_openvino_version}")
  list(JOIN _openvino_version . OpenVINO_VERSION)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenVINO
  REQUIRED_VARS OpenVINO_LIBRARY OpenVINO_INCLUDE_DIR
  VERSION_VAR OpenVINO_VERSION
  REASON_FAILURE_MESSAGE "peel is built without it, and computes on the CPU by ONNX Runtime. scripts/setup.sh fetches it.")
if(OpenVINO_FOUND AND NOT TARGET OpenVINO::runtime)
  get_filename_component(OpenVINO_LIBRARY_DIR "${OpenVINO_LIBRARY}" DIRECTORY)
  file(GLOB OpenVINO_LIBRARIES ${OpenVINO_LIBRARY_DIR}/*.so*)
  add_library(OpenVINO::runtime SHARED IMPORTED)
  set_target_properties(OpenVINO::runtime PROPERTIES
    IMPORTED_LOCATION "${OpenVINO_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OpenVINO_INCLUDE_DIR}"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${OpenVINO_INCLUDE_DIR}")
endif()
mark_as_advanced(OpenVINO_INCLUDE_DIR OpenVINO_LIBRARY)
