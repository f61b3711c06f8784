# What `cmake --install` puts where: the libraries, their headers, find_package(peel), pkg-config's files, and ONNX Runtime, which
# no system has, in lib/peel/.
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY PEEL_LIBRARIES)
install(TARGETS ${libraries} EXPORT peelTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/peel ${PROJECT_BINARY_DIR}/generated/include/peel
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")

install(EXPORT peelTargets NAMESPACE peel:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/peel)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/peelConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/peelConfig.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/peel)
install(FILES ${PROJECT_BINARY_DIR}/peelConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/peel)

foreach(name IN LISTS libraries)
  get_target_property(description ${name} PEEL_DESCRIPTION)
  get_target_property(requires ${name} PEEL_BELOW)
  list(JOIN requires ", " requires)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/peel.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

# Under the name it is opened by, whatever link it was found through.
file(REAL_PATH ${ONNXRuntime_LIBRARY} onnxruntime_file)
install(PROGRAMS ${onnxruntime_file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/peel RENAME libonnxruntime.so.1)
file(GLOB onnxruntime_providers ${ONNXRuntime_LIBRARY_DIR}/libonnxruntime_providers_*.so)
install(PROGRAMS ${onnxruntime_providers} DESTINATION ${CMAKE_INSTALL_LIBDIR}/peel)
file(GLOB onnxruntime_licence ${ONNXRuntime_LIBRARY_DIR}/../LICENSE*)
install(FILES ${onnxruntime_licence} DESTINATION ${CMAKE_INSTALL_DOCDIR}/onnxruntime)
if(OpenVINO_FOUND)
  install(PROGRAMS ${OpenVINO_LIBRARIES} DESTINATION ${CMAKE_INSTALL_LIBDIR}/peel/openvino)
  file(GLOB openvino_licence ${OpenVINO_LIBRARY_DIR}/../LICENSE*)
  install(FILES ${openvino_licence} DESTINATION ${CMAKE_INSTALL_DOCDIR}/openvino)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
