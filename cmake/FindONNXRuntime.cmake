# Finds ONNX Runtime's headers and its shared library.
#   ONNXRUNTIME_ROOT   an unpacked release (include/, lib/); default: the cache folder scripts/setup.sh fills
# Defines ONNXRuntime::headers (the library is opened at run time, never linked, so that a program starts without it and
# can say what is missing), ONNXRuntime_LIBRARY and ONNXRuntime_LIBRARY_DIR.
set(_ort_roots ${ONNXRUNTIME_ROOT})
if(NOT _ort_roots)
  if(DEFINED ENV{XDG_CACHE_HOME})
    set(_ort_roots "$ENV{XDG_CACHE_HOME}/peel/onnxruntime-1.29.0")
  else()
    set(_ort_roots "$ENV{HOME}/.cache/peel/onnxruntime-1.29.0")
  endif()
endif()
find_path(ONNXRuntime_INCLUDE_DIR onnxruntime_cxx_api.h HINTS ${_ort_roots} PATH_SUFFIXES include include/onnxruntime)
find_library(ONNXRuntime_LIBRARY NAMES onnxruntime libonnxruntime.so.1 HINTS ${_ort_roots} PATH_SUFFIXES lib)
if(ONNXRuntime_INCLUDE_DIR)
  file(STRINGS "${ONNXRuntime_INCLUDE_DIR}/onnxruntime_c_api.h" _ort_api REGEX "^#define ORT_API_VERSION +[0-9]+")
  string(REGEX MATCH "[0-9]+" _ort_minor "${_ort_api}")
  set(ONNXRuntime_VERSION "1.${_ort_minor}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ONNXRuntime
  REQUIRED_VARS ONNXRuntime_LIBRARY ONNXRuntime_INCLUDE_DIR
  VERSION_VAR ONNXRuntime_VERSION
  REASON_FAILURE_MESSAGE "Run scripts/setup.sh, or unpack an official release and pass -DONNXRUNTIME_ROOT=FOLDER.")
if(ONNXRuntime_FOUND AND NOT TARGET ONNXRuntime::headers)
  get_filename_component(ONNXRuntime_LIBRARY_DIR "${ONNXRuntime_LIBRARY}" DIRECTORY)
  add_library(ONNXRuntime::headers INTERFACE IMPORTED)
  target_include_directories(ONNXRuntime::headers SYSTEM INTERFACE "${ONNXRuntime_INCLUDE_DIR}")
endif()
mark_as_advanced(ONNXRuntime_INCLUDE_DIR ONNXRuntime_LIBRARY)
