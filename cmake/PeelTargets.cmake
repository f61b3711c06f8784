# How a room (one folder under src/) becomes a library, a test and a micro-benchmark.

add_library(peel_options INTERFACE)
target_compile_features(peel_options INTERFACE cxx_std_20)
target_compile_options(peel_options INTERFACE -pthread -Wall -Wextra -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # Collect its own garbage only above 1 GB: a tenth of the time for a room, which takes 0.5 to 1.1 GB either way.
  target_compile_options(peel_options INTERFACE --param=ggc-min-heapsize=1048576)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC takes a source that another one includes for a header, and minds unnamed namespaces in it.
  target_compile_options(peel_options INTERFACE -Wno-subobject-linkage)
endif()
target_include_directories(peel_options INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/generated/include
                                                  ${PROJECT_BINARY_DIR}/generated)
if(PEEL_SANITIZE)
  target_compile_options(peel_options INTERFACE -fsanitize=${PEEL_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all)
  target_link_options(peel_options INTERFACE -fsanitize=${PEEL_SANITIZE})
endif()
if(PEEL_BUILD_FUZZERS)
  target_compile_options(peel_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Sources of a room are compiled several at a time where CMAKE_UNITY_BUILD is on, as scripts/ do: most of a compiler's time goes
# into headers, and so they are read once for a dozen files.
if(NOT DEFINED CMAKE_UNITY_BUILD_BATCH_SIZE)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 10)
endif()

# For what is run once and waits for nothing of its own: a third of the compiler's time for a test goes into optimising it,
# two thirds under sanitizers.
add_library(peel_test_options INTERFACE)
target_compile_options(peel_test_options INTERFACE -O0)
if(PEEL_SANITIZE)
  # GoogleTest says lines itself, and what a test computes needs no checks of its own; each takes a fifth of the time.
  target_compile_options(peel_test_options INTERFACE -g0 $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=undefined>)
endif()

# peel_test_headers(): a program of no use but that its compiled headers are those of every test.
function(peel_test_headers)
  if(TARGET peel_test_headers)
    return()
  endif()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/test_headers.cpp CONTENT "int main() {}\n")
  add_executable(peel_test_headers ${PROJECT_BINARY_DIR}/generated/test_headers.cpp)
  find_package(nlohmann_json REQUIRED)
  target_link_libraries(peel_test_headers PRIVATE peel_options peel_test_options GTest::gmock GTest::gtest
                                                  nlohmann_json::nlohmann_json)
  target_precompile_headers(peel_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp> <filesystem>
                                                      <fstream> <functional> <map> <optional> <span> <string> <variant>
                                                      <vector>)
endfunction()

# peel_without_loops(TARGET): see LOOPS below.
function(peel_without_loops TARGET)
  target_compile_options(${TARGET} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# peel_reads_headers(TARGET): headers that nearly every room reads are compiled once for all: of a room's 10 to 40 seconds
# they take four, and every test of a change pays them again. For libraries that are optimised a little, as these are: GCC 12
# crashes where the levels differ, and takes none for programs, whose code is made otherwise.
function(peel_reads_headers TARGET)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL GNU)  # Clang takes none where as much as the visibility of names is another
    return()
  endif()
  if(NOT TARGET peel_common_headers)
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/common_headers.cpp CONTENT "")
    add_library(peel_common_headers OBJECT ${PROJECT_BINARY_DIR}/generated/common_headers.cpp)
    find_package(nlohmann_json REQUIRED)
    target_link_libraries(peel_common_headers PRIVATE peel_options fmt::fmt nlohmann_json::nlohmann_json)
    peel_without_loops(peel_common_headers)
    target_precompile_headers(peel_common_headers PRIVATE
      <fmt/format.h> <fmt/ranges.h> <nlohmann/json.hpp> <algorithm> <condition_variable> <filesystem> <fstream> <functional>
      <map> <mutex> <optional> <span> <string> <thread> <variant> <vector>)
  endif()
  target_precompile_headers(${TARGET} REUSE_FROM peel_common_headers)
endfunction()

# peel_room(NAME SOURCES ... [LINK ...] [LOOPS]): the static library peel_NAME. Libraries are made of rooms by
# peel_library(); a test links the room it tests and so sees what the library keeps to itself. A room's headers are found by
# what links the room and by nothing else: an include of a room that is not in LINK, nor behind one that is, does not
# compile. peel_NAME_headers is for what compiles a file of the room by itself. LOOPS: it goes through pixels or weights,
# and is optimised: fully where other rooms are a little (which takes the compiler half as long), and a little in the
# sanitizers' builds, where others are not at all.
function(peel_room NAME)
  cmake_parse_arguments(ARG "LOOPS" "" "SOURCES;LINK" ${ARGN})
  add_library(peel_${NAME} STATIC ${ARG_SOURCES})
  if(NOT ARG_LOOPS)
    peel_without_loops(peel_${NAME})
    peel_reads_headers(peel_${NAME})
  elseif(PEEL_SANITIZE AND NOT PEEL_BUILD_FUZZERS)
    target_compile_options(peel_${NAME} PRIVATE -O1)
  endif()
  set(seen ${CMAKE_CURRENT_BINARY_DIR}/headers)  # a folder whose only entry is the room, under its name
  file(MAKE_DIRECTORY ${seen})
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${seen}/${folder} SYMBOLIC)
  add_library(peel_${NAME}_headers INTERFACE)
  target_include_directories(peel_${NAME}_headers INTERFACE ${seen})
  target_link_libraries(peel_${NAME} PUBLIC peel_options peel_${NAME}_headers ${ARG_LINK})
  # Highway compiles these again for each set of vector instructions, which takes a file of their own.
  foreach(file ${ARG_SOURCES})
    if(NOT IS_ABSOLUTE ${file})
      file(STRINGS ${file} vectors REGEX "define HWY_TARGET_INCLUDE" LIMIT_COUNT 1)
      if(vectors)
        set_source_files_properties(${file} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      endif()
    endif()
  endforeach()
  # What it leans on, itself or through other rooms, that is not peel's own.
  add_library(peel_${NAME}_foreign INTERFACE)
  foreach(other IN LISTS ARG_LINK)
    if(TARGET ${other}_foreign)
      target_link_libraries(peel_${NAME}_foreign INTERFACE ${other}_foreign)
    elseif(NOT other MATCHES "^peel_")
      target_link_libraries(peel_${NAME}_foreign INTERFACE ${other})
    endif()
  endforeach()
endfunction()

# peel_library(COMPONENT DESCRIPTION ROOMS ... [BELOW COMPONENT ...]): the shared library peel-COMPONENT of these rooms, for
# programs peel::COMPONENT; without a name peel and peel::peel. The libraries below are linked with it.
function(peel_library COMPONENT DESCRIPTION)
  cmake_parse_arguments(ARG "" "" "ROOMS;BELOW" ${ARGN})
  set(name peel)
  if(COMPONENT)
    set(name peel-${COMPONENT})
  endif()
  add_library(${name} SHARED)
  foreach(room IN LISTS ARG_ROOMS)
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:peel_${room}>)
    target_link_libraries(${name} PRIVATE peel_${room}_foreign)
  endforeach()
  target_link_libraries(${name} PRIVATE peel_options)
  list(TRANSFORM ARG_BELOW PREPEND peel-)
  target_link_libraries(${name} PUBLIC ${ARG_BELOW})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_include_directories(${name} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  string(REPLACE "peel-" "" export_name ${name})
  set_target_properties(${name} PROPERTIES
    EXPORT_NAME ${export_name} VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib INSTALL_RPATH "$ORIGIN")
  add_library(peel::${export_name} ALIAS ${name})
  # The rooms of a library build on those of the libraries below by more than public headers. So these show all names of
  # peel's own (no program is given the headers), and bind their own calls as if they did not. A room that both have is
  # each one's own.
  foreach(below IN LISTS ARG_BELOW)
    get_target_property(rooms ${below} PEEL_ROOMS)
    list(REMOVE_ITEM rooms ${ARG_ROOMS})
    foreach(room IN LISTS rooms)
      set_target_properties(peel_${room} PROPERTIES CXX_VISIBILITY_PRESET default)
      target_compile_options(peel_${room} PRIVATE -fno-semantic-interposition)
    endforeach()
  endforeach()
  set(names ${PROJECT_SOURCE_DIR}/cmake/exported.map)
  target_link_options(${name} PRIVATE LINKER:--as-needed LINKER:--version-script=${names} LINKER:-Bsymbolic-functions)
  if(NOT PEEL_SANITIZE AND NOT PEEL_BUILD_FUZZERS)  # their run-time libraries are the program's
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${names})
  set_property(GLOBAL APPEND PROPERTY PEEL_LIBRARIES ${name})
  set_target_properties(${name} PROPERTIES
    PEEL_DESCRIPTION "${DESCRIPTION}" PEEL_BELOW "${ARG_BELOW}" PEEL_ROOMS "${ARG_ROOMS}")
endfunction()

# What the sanitizers' builds make: no more than they run, the unit tests and the programs those start.
if(PEEL_BUILD_TESTS)
  # In a header, so that the few tests that ask for it are all that a compiler's cache cannot share between checkouts.
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/source_dir.hpp CONTENT "#define PEEL_SOURCE_DIR \"@PROJECT_SOURCE_DIR@\"\n" @ONLY)
  add_custom_target(unit_tests)
endif()

# peel_helper(NAME SOURCES ... LINK ...): a program that libpeel starts, never a user; see base/child.hpp.
set(PEEL_HELPERS_FOLDER ${PROJECT_BINARY_DIR}/lib/peel)
function(peel_helper NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK})
  peel_without_loops(${NAME})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PEEL_HELPERS_FOLDER} INSTALL_RPATH "$ORIGIN/..")
  install(TARGETS ${NAME} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR}/peel)
  if(PEEL_BUILD_TESTS)
    add_dependencies(unit_tests ${NAME})
  endif()
endfunction()

# peel_test(NAME SOURCES ... LINK ... LABEL unit|integration|slow|gpu [TIMEOUT seconds] [ONE_THREAD] [CASES]): a GoogleTest
# program of which CTest runs each suite in a process of its own. CASES: each case, where one leaves something behind in the
# process, or takes minutes. ONE_THREAD: nothing of its own runs beside anything else, or another test runs the
# same threads, so ThreadSanitizer has nothing to find in it; its build is spared them.
function(peel_test NAME)
  if(NOT PEEL_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "ONE_THREAD;CASES" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(ARG_ONE_THREAD AND PEEL_SANITIZE MATCHES thread)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  find_package(GTest REQUIRED)
  include(GoogleTest)
  peel_test_headers()
  add_executable(${NAME} ${ARG_SOURCES})
  target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_precompile_headers(${NAME} REUSE_FROM peel_test_headers)
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} peel_test_options GTest::gmock GTest::gtest_main)
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  # Which engine is the usual one depends on the processor: with AMX it is another. Tests compute by the same everywhere.
  set(properties LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT_MODIFICATION ONEDNN_MAX_CPU_ISA=set:AVX2)
  if(ARG_LABEL STREQUAL gpu)
    list(APPEND properties RESOURCE_LOCK gpu)
  elseif(NOT ARG_LABEL STREQUAL unit)
    list(APPEND properties COST 100)  # the long ones first, so that none is left at the end
  endif()
  if(PEEL_SANITIZE MATCHES thread)
    list(APPEND properties ENVIRONMENT
         "TSAN_OPTIONS=ignore_noninstrumented_modules=1:suppressions=${PROJECT_SOURCE_DIR}/cmake/tsan-suppressions.txt")
  elseif(PEEL_SANITIZE)
    list(APPEND properties ENVIRONMENT "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/lsan-suppressions.txt:print_suppressions=0")
  endif()
  if(ARG_LABEL STREQUAL unit)
    add_dependencies(unit_tests ${NAME})
  endif()
  if(ARG_CASES)
    gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
    return()
  endif()
  # A program starts in as much time as many cases take, and under a sanitizer in more.
  set(suites ${CMAKE_CURRENT_BINARY_DIR}/${NAME}_suites.cmake)
  # All of it was skipped, and nothing failed. A dot for the end of a line, which CMake's expressions have no sign for.
  list(APPEND properties SKIP_REGULAR_EXPRESSION
       [==[PASSED  . 0 tests[.].(.  SKIPPED . [^ ]+( tests?, listed below:)?.)+$]==])
  set(quoted "")
  foreach(word IN LISTS properties)
    string(APPEND quoted " [==[${word}]==]")
  endforeach()
  file(GENERATE OUTPUT ${suites} CONTENT
"set(name ${NAME})
set(program [==[$<TARGET_FILE:${NAME}>]==])
set(listed [==[${CMAKE_CURRENT_BINARY_DIR}/${NAME}_listed.cmake]==])
set(properties [====[${quoted}]====])
include([==[${PROJECT_SOURCE_DIR}/cmake/AddTestSuites.cmake]==])
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${suites})
endfunction()

# peel_benchmark(NAME SOURCES ... LINK ...): a Google Benchmark program; run by hand, never by CTest.
function(peel_benchmark NAME)
  if(NOT PEEL_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  find_package(benchmark REQUIRED)
  add_executable(${NAME} ${ARG_SOURCES})
  target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} benchmark::benchmark_main)
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/benchmarks UNITY_BUILD OFF)
endfunction()
