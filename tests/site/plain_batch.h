#pragma once

#include <string>
#include <vector>

#include "crossfold/site/batch_script.h"
#include "crossfold/site/tool.h"

namespace crossfold::site {

/// A job with the options that it must have.
inline BatchOptions plain() {
  BatchOptions options;
  options.name = "study";
  options.program = "/opt/crossfold";
  options.arguments = {"/data/job.json", "--out", "/data/job.run"};
  return options;
}

/// Names that have broken scripts before.
inline std::vector<std::string> odd_names() {
  return {"/a b/c.json", "/it's/\"quoted\".json", "/$HOME/`id`/$(id).json", "/back\\slash;rm -rf x",
          "/new\nline",  "/*/?/[a]/{b,c}/~",      "/@PROGRAM@/@",           "/-n/!x/#y&z|w<v>"};
}

/// What bash says to a script.
inline ToolAnswer bash(const std::string& script) { return *run_tool({"bash", "-s"}, script); }

}  // namespace crossfold::site
