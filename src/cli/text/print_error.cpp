#include "print_error.h"

#include "crossfold/core/standard_output.h"

namespace crossfold::cli {

void print_error(const std::string& text) {
  if (!text.empty()) write_error_output("crossfold: " + text + "\n");
}

}  // namespace crossfold::cli
