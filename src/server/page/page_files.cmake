# The web page's files as C++, so that they travel inside the program.
#
#   include(page/page_files.cmake)
#   peel_page_files(SOURCE)   # SOURCE: a generated .cpp that defines page_files(); made again whenever a file changes
#
# The build runs this same file as a script to write it: cmake -DOUTPUT=FILE.cpp "-DFILES=FILE;..." -P page_files.cmake

set(PEEL_PAGE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(PEEL_PAGE_TYPES html=text/html css=text/css js=text/javascript svg=image/svg+xml)

function(peel_page_files RESULT)
  # What is served, and not the tests beside it.
  set(files)
  foreach(entry ${PEEL_PAGE_TYPES})
    string(REGEX REPLACE "=.*" "" ending ${entry})
    file(GLOB some ${PEEL_PAGE_FOLDER}/*.${ending})
    list(APPEND files ${some})
  endforeach()
  # A folder's time changes when a file is added or removed; this configures again then.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PEEL_PAGE_FOLDER})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DFILES=${files}" -P ${PEEL_PAGE_FOLDER}/page_files.cmake
    DEPENDS ${files} ${PEEL_PAGE_FOLDER}/page_files.cmake
    COMMENT "Web page" VERBATIM)
  add_custom_target(generated_sources DEPENDS ${output})
  set(${RESULT} ${output} PARENT_SCOPE)
endfunction()

# peel_write_page(OUTPUT FILE...): escaped byte by byte, since raw string literals may not be longer than 64 kB everywhere and no
# delimiter is safe for every file.
function(peel_write_page OUTPUT)
  set(literals)
  set(entries)
  set(number 0)
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME)
    get_filename_component(ending ${file} LAST_EXT)
    string(SUBSTRING ${ending} 1 -1 ending)
    string(REGEX MATCH "(^|;)${ending}=([^;]*)" ignored "${PEEL_PAGE_TYPES}")
    set(type "${CMAKE_MATCH_2}; charset=utf-8")
    if(name STREQUAL "index.html")
      set(path /)
    else()
      set(path /page/${name})
    endif()
    file(READ ${file} content HEX)
    # 40 bytes a line.
    string(REGEX REPLACE "(................................................................................)" "\\1\"\n    \"" content "${content}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" content "${content}")
    file(SHA256 ${file} hash)
    string(SUBSTRING ${hash} 0 16 hash)
    string(APPEND literals "constexpr char file_${number}[] =\n    \"${content}\";\n")
    string(APPEND entries "    PageFile{\"${path}\", \"${type}\", {file_${number}, sizeof(file_${number}) - 1}, \"\\\"${hash}\\\"\"},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(WRITE ${OUTPUT} "// Made by CMake from src/server/page.
#include \"server/page/page_files.hpp\"

#include <array>

namespace peel::server {
namespace {

${literals}
constexpr std::array files{
${entries}};

}  // namespace

std::span<const PageFile> page_files() { return files; }

}  // namespace peel::server
")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  peel_write_page(${OUTPUT} ${FILES})
endif()
