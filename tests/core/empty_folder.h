#pragma once

#include <filesystem>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace crossfold::testing {

/// An empty folder for each test, which goes with it.
class EmptyFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directory(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::filesystem::path root_ =
      std::filesystem::temp_directory_path() /
      (std::string("crossfold-") +
       ::testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() + "-" +
       std::to_string(::getpid()));
};

}  // namespace crossfold::testing
