# crossfold_module(NAME [FOLDERS ...] SOURCES ... HEADERS ... [PUBLIC targets...] [PRIVATE targets...])
#
# One library per module with the alias crossfold::NAME. HEADERS are named relative to
# include/crossfold/NAME; each is also compiled alone (CMAKE_VERIFY_INTERFACE_HEADER_SETS). FOLDERS are
# those in src/NAME whose headers the whole module includes by their names.
function(crossfold_module NAME)
  cmake_parse_arguments(ARG "" "" "FOLDERS;SOURCES;HEADERS;PUBLIC;PRIVATE" ${ARGN})
  list(TRANSFORM ARG_HEADERS PREPEND "${PROJECT_SOURCE_DIR}/include/crossfold/${NAME}/")
  add_library(crossfold_${NAME} STATIC ${ARG_SOURCES})
  add_library(crossfold::${NAME} ALIAS crossfold_${NAME})
  target_sources(crossfold_${NAME} PUBLIC FILE_SET HEADERS
    BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${ARG_HEADERS})
  list(TRANSFORM ARG_FOLDERS PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  target_include_directories(crossfold_${NAME} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}" ${ARG_FOLDERS})
  target_compile_features(crossfold_${NAME} PUBLIC cxx_std_20) # for those who link it elsewhere
  target_link_libraries(crossfold_${NAME} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  crossfold_own_target(crossfold_${NAME})
  crossfold_take_headers(crossfold_${NAME} crossfold_headers)
  crossfold_compile_together(crossfold_${NAME})
endfunction()

# Compiles once, where CROSSFOLD_PRECOMPILE, what most sources of a kind include: TARGET, which has no
# source of its own, lends its headers to those that take them. It has no definition that one of these
# lacks: GCC would not take its headers there.
function(crossfold_lend_headers TARGET)
  target_sources(${TARGET} PRIVATE "${PROJECT_SOURCE_DIR}/src/cmake/no_source.cpp")
  target_precompile_headers(${TARGET} PRIVATE ${ARGN})
  crossfold_precompiled_warnings(${TARGET})
endfunction()

function(crossfold_take_headers TARGET FROM)
  if(TARGET ${FROM})
    target_precompile_headers(${TARGET} REUSE_FROM ${FROM})
    crossfold_precompiled_warnings(${TARGET})
  endif()
endfunction()

# GCC 12 sees std::string + "text" overflow, and the like, where <string> was precompiled, and only there.
function(crossfold_precompiled_warnings TARGET)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${TARGET} PRIVATE -Wno-array-bounds -Wno-stringop-overflow
      -Wno-stringop-overread -Wno-maybe-uninitialized)
  endif()
endfunction()

# crossfold_torch_part(MODULE FOLDER SOURCES ... [LINK targets...])
#
# What of a module needs LibTorch, src/MODULE/FOLDER, as a shared library beside the program, loaded
# when it is needed (core/late_library.h). What it uses of ours it finds in the program, whose
# symbols are exported for that; its own copies serve where the program has none.
function(crossfold_torch_part MODULE FOLDER)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND "${FOLDER}/")
  set(target crossfold_${MODULE}_torch)
  add_library(${target} SHARED ${ARG_SOURCES})
  set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  get_target_property(folders crossfold_${MODULE} INCLUDE_DIRECTORIES)
  target_include_directories(${target} PRIVATE ${folders} "${CMAKE_CURRENT_SOURCE_DIR}/${FOLDER}")
  target_include_directories(${target} SYSTEM PRIVATE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(${target} PRIVATE crossfold::${MODULE} ${ARG_LINK} ${TORCH_LIBRARIES})
  if(CROSSFOLD_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE <torch/torch.h> <torch/script.h>)
  endif()
  crossfold_own_target(${target})
  crossfold_compile_together(${target})
endfunction()

# crossfold_cuda_part(MODULE FOLDER SOURCES ...)
#
# Likewise the kernels for GPUs. The CUDA library is linked statically and finds the driver by itself.
function(crossfold_cuda_part MODULE FOLDER)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND "${FOLDER}/")
  set(target crossfold_${MODULE}_cuda)
  add_library(${target} SHARED ${ARG_SOURCES})
  set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}"
    CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON CUDA_RUNTIME_LIBRARY Static)
  get_target_property(folders crossfold_${MODULE} INCLUDE_DIRECTORIES)
  target_include_directories(${target} PRIVATE ${folders} "${PROJECT_SOURCE_DIR}/include")
  target_include_directories(${target} SYSTEM PRIVATE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
  target_link_libraries(${target} PRIVATE crossfold::core fmt::fmt)
  crossfold_own_target(${target})
endfunction()

# Builds the parts of the modules named as crossfold::MODULE with TARGET, which loads them.
function(crossfold_needs_late_parts TARGET)
  foreach(module IN ITEMS train imaging)
    if("crossfold::${module}" IN_LIST ARGN)
      add_dependencies(${TARGET} crossfold_${module}_torch)
      if(TARGET crossfold_${module}_cuda)
        add_dependencies(${TARGET} crossfold_${module}_cuda)
      endif()
    endif()
  endforeach()
endfunction()

# Warnings and sanitizers for a target that is ours.
function(crossfold_own_target TARGET)
  set(warnings -fno-semantic-interposition -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-sign-conversion -Wno-restrict) # -Wrestrict: false alarms of GCC 12 on std::string
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
    list(APPEND warnings -Wno-dangling-reference) # sees one in each reference that a function with
    # a temporary among its arguments gives back
  endif()
  set(cuda_warnings -Xcompiler=-Wall,-Wextra,-Wshadow)
  if(CROSSFOLD_WERROR)
    list(APPEND warnings -Werror)
    list(APPEND cuda_warnings -Werror=all-warnings)
  endif()
  target_compile_options(${TARGET} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${warnings}>"
    "$<$<COMPILE_LANGUAGE:CUDA>:${cuda_warnings}>")
  if(CROSSFOLD_SANITIZE)
    set(sanitizers ${CROSSFOLD_SANITIZE})
    set(left_out "")
    if(CROSSFOLD_SANITIZE STREQUAL "address")
      set(sanitizers address,undefined)
      # They double the time to compile. A null pointer that is used ends the program anyway.
      set(left_out -fno-sanitize=null,vptr,object-size)
    endif()
    target_compile_options(${TARGET} PRIVATE -fsanitize=${sanitizers} ${left_out}
      -fno-omit-frame-pointer -fno-sanitize-recover=all -O1 -g1
      -Wno-maybe-uninitialized) # GCC documents false alarms of it beside sanitizers
    target_link_options(${TARGET} PRIVATE -fsanitize=${sanitizers})
  endif()
endfunction()

# In RESULT the object files of the test program NAME in the build folder CROSSFOLD_TEST_OBJECTS.
function(crossfold_objects_of NAME RESULT)
  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(list "${CROSSFOLD_TEST_OBJECTS}/${folder}/${NAME}.objects")
  if(NOT EXISTS "${list}")
    message(FATAL_ERROR "${list} is not there. Configure that build folder with CROSSFOLD_TESTS=ON first")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${list}")
  file(READ "${list}" objects)
  set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT TRUE)
  set(${RESULT} "${objects}" PARENT_SCOPE)
endfunction()

# How the sources of tests are compiled.
function(crossfold_test_options TARGET)
  target_compile_options(${TARGET} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-Og>) # what a test
  # does itself is cheap, compiling it is not
  crossfold_own_target(${TARGET})
endfunction()

# crossfold_test(NAME SOURCES ... LINK targets... [LABEL label] [TIMEOUT seconds] [COST cost]
#                [WHOLE] [OTHER_DEFINITIONS])
#
# One GoogleTest program; every TEST in it becomes a ctest entry of its own, or, with WHOLE, the
# program one entry (its tests share what is costly to make). Those of the highest cost begin first:
# 500 for those marked slow, 100 for WHOLE ones, else 0. OTHER_DEFINITIONS: of macros that the precompiled
# headers look at, so that these are not for it.
# Under sanitizers, where a program takes long to start, all are WHOLE.
function(crossfold_test NAME)
  cmake_parse_arguments(ARG "WHOLE;OTHER_DEFINITIONS" "LABEL;TIMEOUT;COST" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_COST)
    set(ARG_COST 0)
    if(ARG_LABEL STREQUAL "slow")
      set(ARG_COST 500)
    elseif(ARG_WHOLE)
      set(ARG_COST 100)
    endif()
  endif()
  if(CROSSFOLD_TEST_OBJECTS)
    crossfold_objects_of(${NAME} ARG_SOURCES)
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  set_target_properties(${NAME} PROPERTIES LINKER_LANGUAGE CXX) # objects alone do not say it
  target_include_directories(${NAME} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(${NAME} PRIVATE
    CROSSFOLD_SOURCE_DIR="${PROJECT_SOURCE_DIR}" CROSSFOLD_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main)
  crossfold_needs_late_parts(${NAME} ${ARG_LINK})
  crossfold_test_options(${NAME})
  if(NOT ARG_OTHER_DEFINITIONS)
    crossfold_take_headers(${NAME} crossfold_test_headers)
  endif()
  if(NOT CROSSFOLD_TEST_OBJECTS)
    crossfold_compile_together(${NAME})
    file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${NAME}.objects" CONTENT "$<TARGET_OBJECTS:${NAME}>")
  endif()
  if(ARG_WHOLE OR CROSSFOLD_SANITIZE)
    add_test(NAME ${NAME} COMMAND ${NAME})
    set_tests_properties(${NAME} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
      COST ${ARG_COST})
    # The libraries that are loaded late hold copies of what is in the program; the sanitizer loads
    # them in its own name, and does not see where the program looks.
    if(CROSSFOLD_SANITIZE)
      set(leaks "")
      if(NOT ARG_LABEL STREQUAL "unit")
        set(leaks ":detect_leaks=0") # of Open MPI, in code that is unloaded when they are told
      endif()
      set_tests_properties(${NAME} PROPERTIES TIMEOUT 1800 ENVIRONMENT
        "LD_LIBRARY_PATH=${PROJECT_BINARY_DIR};ASAN_OPTIONS=detect_odr_violation=0${leaks};LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/sanitizers/leaks.txt:print_suppressions=0;UBSAN_OPTIONS=print_stacktrace=1")
    endif()
    return()
  endif()
  # Values without a name of their own would be printed as bytes and addresses: the names of tests
  # are those that --gtest_filter takes.
  gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX "${NAME}."
    NO_PRETTY_VALUES
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} COST ${ARG_COST})
endfunction()
