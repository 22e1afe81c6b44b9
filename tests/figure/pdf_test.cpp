#include "crossfold/figure/pdf.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "figure/sample_figure.h"

namespace crossfold::figure {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using testing::kHostileName;
using testing::sample_figure;
using ::testing::StartsWith;

/// With what its compressed streams hold, in which Cairo 1.18 writes the date as well.
std::string unpacked(const std::string& bytes) {
  static const std::string kBegin = "stream\n";
  std::string all = bytes;
  for (auto at = bytes.find(kBegin); at != std::string::npos; at = bytes.find(kBegin, at + 1)) {
    std::string content(1 << 20, '\0');
    uLongf size = content.size();
    const std::string packed = bytes.substr(at + kBegin.size());
    if (uncompress(reinterpret_cast<Bytef*>(content.data()), &size,
                   reinterpret_cast<const Bytef*>(packed.data()), packed.size()) == Z_OK)
      all += content.substr(0, size);
  }
  return all;
}

TEST(Pdf, IsTheSameBytesEachTimeAndSaysNoTime) {
  const std::string first = pdf(sample_figure());
  EXPECT_EQ(first, pdf(sample_figure()));
  EXPECT_THAT(first, StartsWith("%PDF-1."));
  EXPECT_THAT(first, HasSubstr("%%EOF"));
  // Cairo 1.16 leaves the "D:" out.
  EXPECT_THAT(unpacked(first),
              AnyOf(HasSubstr("/CreationDate (20000101"), HasSubstr("/CreationDate (D:20000101")));
}

TEST(Pdf, EmbedsItsFont) {
  const std::string bytes = pdf(sample_figure());
  EXPECT_THAT(bytes, HasSubstr("LiberationSans"));
  EXPECT_THAT(bytes, HasSubstr("/FontFile2"));
}

TEST(Pdf, TakesTextOfAnyKind) {
  Figure figure = sample_figure();
  figure.title = kHostileName;
  figure.panels[1].y.scale = category_scale({kHostileName, "\u05e9\u05dc\u05d5\u05dd \u4e2d"});
  EXPECT_THAT(pdf(figure), HasSubstr("%%EOF"));
}

}  // namespace
}  // namespace crossfold::figure
