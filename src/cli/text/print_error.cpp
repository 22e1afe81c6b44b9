#include "print_error.h"

#include <cstdio>

#include <fmt/format.h>

namespace crossfold::cli {

void print_error(const std::string& text) {
  if (!text.empty()) fmt::print(stderr, "crossfold: {}\n", text);
}

}  // namespace crossfold::cli
