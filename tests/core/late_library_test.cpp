#include "crossfold/core/late_library.h"

#include <cmath>
#include <stdexcept>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

Error failure(const char* library, const char* purpose) {
  try {
    (void)late_function(library, "f", purpose);
  } catch (const Error& error) {
    return error;
  }
  throw std::logic_error("nothing was thrown");
}

TEST(LateLibrary, GivesAFunctionOfALibrary) {
  const auto cosine =
      reinterpret_cast<double (*)(double)>(late_function("libm.so.6", "cos", "a cosine"));
  EXPECT_EQ(cosine(0.5), std::cos(0.5));
}

TEST(LateLibrary, SaysWhatNeedsALibraryThatIsNotThere) {
  const Error error = failure("libmissing.so", "the reference engine");
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_EQ(error.message(),
            "the reference engine cannot be had (the library libmissing.so cannot be loaded). keep "
            "it in the folder of the program, both of one build, and LibTorch where it was");
  EXPECT_THAT(error.cause(), testing::HasSubstr("libmissing.so: cannot open shared object file"));
}

TEST(LateLibrary, SaysSoWhereALibraryLacksTheFunction) {
  const Error error = failure("libm.so.6", "a cosine");
  EXPECT_THAT(error.cause(), testing::HasSubstr("undefined symbol: f"));
}

}  // namespace
}  // namespace crossfold
