#include "crossfold/core/late_library.h"

#include <cmath>

#include <gmock/gmock.h>

#include "hdf5/messages.h"

namespace crossfold {
namespace {

using test::error_of;

TEST(LateLibrary, GivesAFunctionOfALibrary) {
  const auto cosine =
      reinterpret_cast<double (*)(double)>(late_function("libm.so.6", "cos", "a cosine"));
  EXPECT_EQ(cosine(0.5), std::cos(0.5));
}

TEST(LateLibrary, SaysWhatNeedsALibraryThatIsNotThere) {
  const Error error =
      error_of([] { (void)late_function("libmissing.so", "f", "the reference engine"); });
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_EQ(error.message(),
            "the reference engine cannot be had (the library libmissing.so cannot be loaded). keep "
            "it in the folder of the program, both of one build, and LibTorch where it was");
  EXPECT_THAT(error.cause(), testing::HasSubstr("libmissing.so: cannot open shared object file"));
}

TEST(LateLibrary, SaysSoWhereALibraryLacksTheFunction) {
  const Error error = error_of([] { (void)late_function("libm.so.6", "f", "a cosine"); });
  EXPECT_THAT(error.cause(), testing::HasSubstr("undefined symbol: f"));
}

}  // namespace
}  // namespace crossfold
