#include <limits>

#include <gmock/gmock.h>

#include "core/expect_error.h"
#include "matrix_file.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Matrix parse(const std::string& text) { return parse_number_table(text, "x.csv"); }

void expect_refused(const std::string& text, const std::string& message) {
  expect_error(ErrorCode::bad_input, "x.csv: " + message, [&] { (void)parse(text); });
}

TEST(NumberTable, BareNumbersAreRead) {
  const Matrix matrix = parse("1,2.5,-3e2\r\n0.1, 7 ,1\n\n");
  EXPECT_EQ(matrix.rows, 2u);
  EXPECT_EQ(matrix.dim, 3u);
  EXPECT_THAT(matrix.values, ElementsAre(1.0F, 2.5F, -300.0F, 0.1F, 7.0F, 1.0F));
  EXPECT_THAT(matrix.ids, IsEmpty());
}

TEST(NumberTable, AnIdColumnIsKnownByItsTitleOrItsTexts) {
  for (const char* text :
       {"id,a,b\n7,1,2\n8,3,4\n", "image,a,b\n7,1,2\n8,3,4\n", ",0,1\n7,1,2\n8,3,4\n"}) {
    const Matrix matrix = parse(text);
    EXPECT_THAT(matrix.ids, ElementsAre("7", "8")) << text;
    EXPECT_THAT(matrix.values, ElementsAre(1.0F, 2.0F, 3.0F, 4.0F)) << text;
  }
  EXPECT_THAT(parse("x.png,1,2\ny.png,3,4\n").ids, ElementsAre("x.png", "y.png"));
  EXPECT_THAT(parse("name,a\nx.png,1\n").ids, ElementsAre("x.png"));
  EXPECT_THAT(parse("\"a, \"\"b\"\"\",1,2\n").ids, ElementsAre("a, \"b\""));
}

TEST(NumberTable, AHeaderWithoutIdsIsPassedOver) {
  const Matrix matrix = parse("\xEF\xBB\xBFz0,z1\n1,2\n");
  EXPECT_THAT(matrix.ids, IsEmpty());
  EXPECT_THAT(matrix.values, ElementsAre(1.0F, 2.0F));
}

TEST(NumberTable, NumbersAreRoundedOnce) {
  // Just above the middle of two float32: rounded to double first it would sit on the middle.
  const Matrix matrix = parse("1.00000005960464477540,1e-45,1e-400,3.4028234e38\n");
  EXPECT_EQ(matrix.values[0], std::nextafter(1.0F, 2.0F));
  EXPECT_EQ(matrix.values[1], std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(matrix.values[2], 0.0F);
  EXPECT_EQ(matrix.values[3], 3.4028234e38F);
}

TEST(NumberTable, EveryBadLineIsListed) {
  expect_refused(
      "a,1,2\nb,1\nc,nan,x\nd,1e39,\n",
      "5 mistakes\n"
      "  line 2: has 2 fields where the first line has 3\n"
      "  line 3: field 2 is 'nan' (a finite float32 is needed). correct it or leave the "
      "sample out\n"
      "  line 3: field 3 is 'x' (a finite float32 is needed). correct it or leave the "
      "sample out\n"
      "  line 4: field 2 is '1e39' (a finite float32 is needed). correct it or leave the "
      "sample out\n"
      "  line 4: field 3 is '' (a finite float32 is needed). correct it or leave the "
      "sample out");
}

TEST(NumberTable, ManyBadLinesAreCounted) {
  std::string text = "a,1\n";
  for (int i = 0; i < 25; ++i) text += "b,nan\n";
  try {
    (void)parse(text);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("21 mistakes"));
    EXPECT_THAT(error.what(), ::testing::EndsWith("  and 5 more"));
  }
}

TEST(NumberTable, EmptyOnesAreRefused) {
  expect_refused("", "holds no numbers. write one line for each sample");
  expect_refused("id,a,b\n", "holds no numbers. write one line for each sample");
  expect_refused("a\nb\n", "has only a column of ids. write the numbers behind them");
}

}  // namespace
}  // namespace crossfold
