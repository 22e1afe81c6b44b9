#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "mpi/test_session.h"

namespace crossfold::mpi {

Session& test_session() {
  static Session session(fleet::detect_launch(fleet::process_environment()));
  return session;
}

}  // namespace crossfold::mpi

namespace {

/// Tells of what failed on a rank other than 0.
class FailurePrinter final : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo& test) override { test_ = test.name(); }
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::cerr << "rank " << crossfold::mpi::test_session().rank().value << ", " << test_ << ", "
              << result << std::endl;
  }
  std::string test_;
};

}  // namespace

/// Runs the tests on every rank; only rank 0 tells of tests that pass.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (!crossfold::mpi::test_session().is_root()) {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailurePrinter);  // GoogleTest owns it
  }
  return RUN_ALL_TESTS();
}
