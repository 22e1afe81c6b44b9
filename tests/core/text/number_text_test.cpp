#include "crossfold/core/number_text.h"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(RoundedOutOfRange, IsWhatTheCLibrarySays) {
  for (const char* text :
       {"1e400", "1E400", "1e+400", "1E+400", "-1e400", "1e-400", "1E-400", "-1e-400", "-1E-400",
        "0.0001e-330", "0.001E400", "123456e-500", "9999999999e500", "0.00000000001E-320",
        "1e-99999999999999999999", "1E99999999999999999999", "-2.5E-12345", "0e-400", "0.0E999"}) {
    const double expected = std::strtod(text, nullptr);
    const double rounded = rounded_out_of_range(text);
    EXPECT_EQ(rounded, expected) << text;
    EXPECT_EQ(std::signbit(rounded), std::signbit(expected)) << text;
  }
}

}  // namespace
}  // namespace crossfold
