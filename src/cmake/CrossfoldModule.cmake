# crossfold_module(NAME SOURCES ... HEADERS ... [PUBLIC targets...] [PRIVATE targets...])
#
# One library per module with the alias crossfold::NAME. HEADERS are named relative to
# include/crossfold/NAME; each is also compiled alone (CMAKE_VERIFY_INTERFACE_HEADER_SETS).
function(crossfold_module NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;PUBLIC;PRIVATE" ${ARGN})
  list(TRANSFORM ARG_HEADERS PREPEND "${PROJECT_SOURCE_DIR}/include/crossfold/${NAME}/")
  add_library(crossfold_${NAME} STATIC ${ARG_SOURCES})
  add_library(crossfold::${NAME} ALIAS crossfold_${NAME})
  target_sources(crossfold_${NAME} PUBLIC FILE_SET HEADERS
    BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${ARG_HEADERS})
  target_include_directories(crossfold_${NAME} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(crossfold_${NAME} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  crossfold_own_target(crossfold_${NAME})
endfunction()

# Warnings and sanitizers for a target that is ours.
function(crossfold_own_target TARGET)
  target_compile_options(${TARGET} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion -Wno-restrict) # -Wrestrict: false alarms of GCC 12 on std::string
  if(CROSSFOLD_WERROR)
    target_compile_options(${TARGET} PRIVATE -Werror)
  endif()
  if(CROSSFOLD_SANITIZE)
    set(sanitizers ${CROSSFOLD_SANITIZE})
    if(CROSSFOLD_SANITIZE STREQUAL "address")
      set(sanitizers address,undefined)
    endif()
    target_compile_options(${TARGET} PRIVATE -fsanitize=${sanitizers} -fno-omit-frame-pointer
      -fno-sanitize-recover=all -O1 -g1
      -Wno-maybe-uninitialized) # GCC documents false alarms of it beside sanitizers
    target_link_options(${TARGET} PRIVATE -fsanitize=${sanitizers})
  endif()
endfunction()

# crossfold_test(NAME SOURCES ... LINK targets... [LABEL label] [TIMEOUT seconds]
#                [WHOLE])
#
# One GoogleTest program; every TEST in it becomes a ctest entry of its own, or, with WHOLE, the
# program one entry (its tests share what is costly to make, and use all cores themselves).
function(crossfold_test NAME)
  cmake_parse_arguments(ARG "WHOLE" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  target_include_directories(${NAME} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(${NAME} PRIVATE
    CROSSFOLD_SOURCE_DIR="${PROJECT_SOURCE_DIR}" CROSSFOLD_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main)
  target_compile_options(${NAME} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O1>) # what a test
  # does itself is cheap, compiling it is not
  crossfold_own_target(${NAME})
  if(ARG_WHOLE)
    add_test(NAME ${NAME} COMMAND ${NAME})
    set_tests_properties(${NAME} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
      RUN_SERIAL ON)
    return()
  endif()
  gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX "${NAME}."
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
