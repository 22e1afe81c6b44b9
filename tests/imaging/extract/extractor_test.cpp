#include "crossfold/imaging/extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

TEST(MakeExtractor, MakesTextureByName) {
  const auto extractor = make_extractor("texture");
  EXPECT_EQ(extractor->name(), "texture");
  EXPECT_THAT(extractor->identity(), testing::StartsWith("texture version "));
  EXPECT_EQ(extractor->dim(), 1024U);
  EXPECT_FALSE(extractor->weights().has_value());
}

TEST(MakeExtractor, ListsWhatIsKnown) {
  const Error error = test::error_of([] { (void)make_extractor("densenet"); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_STREQ(error.what(),
               "unknown extractor 'densenet' (known: texture, torchscript:FILE, onnx:FILE). choose "
               "among these");
}

}  // namespace
}  // namespace crossfold
