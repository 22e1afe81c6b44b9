#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold::testing {

/// That `found` are the lines of the file `name` beside this one. CROSSFOLD_UPDATE_GOLDEN=1
/// plan_test writes them anew.
inline void expect_recorded(const std::string& name, const std::vector<std::string>& found) {
  const std::string path = CROSSFOLD_TEST_DATA "/" + name;
  if (std::getenv("CROSSFOLD_UPDATE_GOLDEN") != nullptr) {
    std::ofstream file(path);
    for (const std::string& line : found) file << line << '\n';
  }
  std::ifstream file(path);
  std::vector<std::string> recorded;
  for (std::string line; std::getline(file, line);) recorded.push_back(line);
  EXPECT_EQ(found, recorded) << name;
}

}  // namespace crossfold::testing
