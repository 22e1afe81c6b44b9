# Run at every build: writes build_version.h when the checkout's state has changed.
execute_process(COMMAND git -C "${SOURCE_DIR}" rev-parse --short=12 HEAD
  OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
if(failed)
  set(hash "unknown")
else()
  execute_process(COMMAND git -C "${SOURCE_DIR}" status --porcelain --untracked-files=no
    OUTPUT_VARIABLE changed ERROR_QUIET)
  if(changed)
    string(APPEND hash "-dirty")
  endif()
endif()
set(text "#define CF_VERSION \"${VERSION}\"
#define CF_GIT_HASH \"${hash}\"
#define CF_BUILD_TYPE \"${BUILD_TYPE}\"
#define CF_COMPILER \"${COMPILER}\"
")
set(old "")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" old)
endif()
if(NOT text STREQUAL old)
  file(WRITE "${OUTPUT}" "${text}")
endif()
