#include "crossfold/core/first_named.h"

#include <vector>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(FirstNamed, NamesThreeAndCountsTheRest) {
  EXPECT_EQ(first_named(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(first_named(std::vector<std::string>{"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(first_named(std::vector<std::string>{"a", "b", "c", "d", "e"}), "a, b, c and 2 more");
}

TEST(FirstNamed, CountsWhatWasNotKept) {
  EXPECT_EQ(first_named(std::vector<std::string>{"a", "b", "c"}, 100), "a, b, c and 97 more");
  EXPECT_EQ(first_named(std::vector<std::string>{"a"}, 2), "a and 1 more");
  EXPECT_EQ(first_named(std::vector<std::string>{"a", "b", "c", "d"}, 9, "; "),
            "a; b; c and 6 more");
}

}  // namespace
}  // namespace crossfold
