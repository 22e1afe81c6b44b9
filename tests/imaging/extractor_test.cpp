#include "crossfold/imaging/extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

TEST(MakeExtractor, MakesEveryNamedOne) {
  for (const std::string& name : extractor_names()) {
    const auto extractor = make_extractor(name);
    EXPECT_EQ(extractor->name(), name);
    EXPECT_THAT(extractor->identity(), testing::StartsWith(name + " version "));
    EXPECT_GT(extractor->dim(), 0U);
  }
}

TEST(MakeExtractor, ListsWhatIsKnown) {
  EXPECT_STREQ(test::error_of([] { (void)make_extractor("densenet"); }).what(),
               "unknown extractor 'densenet' (known: texture). choose among these");
}

}  // namespace
}  // namespace crossfold
