# Read by CTest, for a program of peel_test(): a test for each of its suites. Listed again where the program is newer than
# the list; see gtest_discover_tests(), which makes one for each case.
#
# Set before: `name` and `program`, `listed` (the file with the list), `properties` (of each test).

if(NOT EXISTS "${program}")
  add_test(${name}_NOT_BUILT ${name}_NOT_BUILT)
  return()
endif()
if("${program}" IS_NEWER_THAN "${listed}" OR "${CMAKE_CURRENT_LIST_FILE}" IS_NEWER_THAN "${listed}")
  execute_process(COMMAND "${program}" --gtest_list_tests OUTPUT_VARIABLE list RESULT_VARIABLE failed TIMEOUT 60)
  if(failed)
    message(FATAL_ERROR "${program} --gtest_list_tests: ${failed}\n${list}")
  endif()
  # "Suite.", "Some/Suite." or "Suite/0.  # TypeParam = ..."; cases are set in.
  string(REGEX MATCHALL "\n[^ \n]+\\.( +#[^\n]*)?\n" suites "\n${list}")
  set(script "")
  foreach(suite IN LISTS suites)
    string(REGEX REPLACE "^\n([^ ]+)\\..*" "\\1" suite "${suite}")
    string(APPEND script "add_test([[${name}.${suite}]] [[${program}]] [[--gtest_filter=${suite}.*]])\n"
                         "set_tests_properties([[${name}.${suite}]] PROPERTIES ${properties})\n")
  endforeach()
  file(WRITE "${listed}" "${script}")
endif()
include("${listed}")
