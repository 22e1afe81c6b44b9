#pragma once

#include <string>

#include <fmt/format.h>

namespace crossfold::test {

/// A manifest of sixty samples of thirty patients, classes and domains crossed.
inline std::string sixty_samples_csv() {
  std::string text = "ID,patient,class,domain\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("{},p{},{},{}\n", 1000 + i, i / 2, i % 3, i / 7 % 2 == 0 ? "u" : "v");
  return text;
}

}  // namespace crossfold::test
