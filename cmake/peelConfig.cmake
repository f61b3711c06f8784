# find_package(peel COMPONENTS core document server): the targets peel::core, peel::document and peel::server; peel::peel, which
# is all of them and the rest, is always there.
include(${CMAKE_CURRENT_LIST_DIR}/peelTargets.cmake)
foreach(component IN LISTS peel_FIND_COMPONENTS)
  if(TARGET peel::${component})
    set(peel_${component}_FOUND TRUE)
  else()
    set(peel_${component}_FOUND FALSE)
    if(peel_FIND_REQUIRED_${component})
      set(peel_FOUND FALSE)
      set(peel_NOT_FOUND_MESSAGE "peel has no component '${component}': core, document and server are")
    endif()
  endif()
endforeach()
