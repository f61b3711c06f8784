# What `cmake --install` puts where: the library, its headers, find_package(peel), pkg-config's peel.pc, and ONNX Runtime, which
# no system has, in lib/peel/.
include(CMakePackageConfigHelpers)

install(TARGETS peel EXPORT peelTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/peel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")

# The rooms are built into the library: a program that links it needs none of what they lean on.
set_target_properties(peel PROPERTIES INTERFACE_LINK_LIBRARIES "")
install(EXPORT peelTargets NAMESPACE peel:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/peel)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/peelConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(WRITE ${PROJECT_BINARY_DIR}/peelConfig.cmake "include(\${CMAKE_CURRENT_LIST_DIR}/peelTargets.cmake)\n")
install(FILES ${PROJECT_BINARY_DIR}/peelConfig.cmake ${PROJECT_BINARY_DIR}/peelConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/peel)

configure_file(${PROJECT_SOURCE_DIR}/cmake/peel.pc.in ${PROJECT_BINARY_DIR}/peel.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/peel.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

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
