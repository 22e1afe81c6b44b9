# Run at build time: writes the style sheet and the scripts of a page into a C++ source, as the two
# functions that a header declares.
#   cmake -D OUTPUT=... -D STYLES=a.css;b.css -D SCRIPTS=a.js;b.js -D HEADER=page_assets.h
#     -D NAMESPACE=crossfold::page -D STYLE_FUNCTION=style_sheet -D SCRIPT_FUNCTION=script -P embed_page.cmake

# In RESULT a C++ expression of the files' bytes, in pieces that every compiler takes.
function(literal_of RESULT TEXT)
  string(LENGTH "${TEXT}" length)
  set(pieces "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${TEXT}" ${at} 8000 piece)
    string(APPEND pieces "\n    R\"~~~(${piece})~~~\"")
    math(EXPR at "${at} + 8000")
  endwhile()
  set(${RESULT} "${pieces}" PARENT_SCOPE)
endfunction()

set(style "\n")
foreach(file IN LISTS STYLES)
  file(READ "${file}" text)
  string(APPEND style "${text}")
endforeach()
# One scope for all of them, and none of it global.
set(script "\n\"use strict\";\n(() => {\n")
foreach(file IN LISTS SCRIPTS)
  file(READ "${file}" text)
  string(APPEND script "${text}")
endforeach()
string(APPEND script "})();\n")

literal_of(style_literal "${style}")
literal_of(script_literal "${script}")
file(WRITE "${OUTPUT}" "// Made by src/cmake/embed_page.cmake.
#include \"${HEADER}\"

namespace ${NAMESPACE} {

std::string_view ${STYLE_FUNCTION}() {
  static constexpr std::string_view kText =${style_literal};
  return kText;
}

std::string_view ${SCRIPT_FUNCTION}() {
  static constexpr std::string_view kText =${script_literal};
  return kText;
}

}  // namespace ${NAMESPACE}
")
