#include <limits>

#include <gmock/gmock.h>

#include "core/expect_error.h"
#include "matrix_file.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Matrix parse(const std::string& text, const MatrixColumns& columns = {}) {
  return parse_number_table(text, "x.csv", columns);
}

void expect_refused(const std::string& text, const std::string& message,
                    const MatrixColumns& columns = {}) {
  expect_error(ErrorCode::bad_input, "x.csv: " + message, [&] { (void)parse(text, columns); });
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
       {"id,a,b\n7,1,2\n8,3,4\n", "image,a,b\n7,1,2\n8,3,4\n", ",0,1\n7,1,2\n8,3,4\n",
        "ID,a,b\n7,1,2\n8,3,4\n", "Id,0,1\n7,1,2\n8,3,4\n", "a,Image ID,b\n1,7,2\n3,8,4\n",
        "a,b,filename\n1,2,7\n3,4,8\n", "Unnamed: 0,a,b\n7,1,2\n8,3,4\n",
        "index,a,b\n7,1,2\n8,3,4\n", "\"id\",\"a\",\"b\"\n\"7\",\"1\",\"2\"\n\"8\",\"3\",\"4\"\n",
        "id,index_of_image,a\n7,1,2\n8,3,4\n"}) {
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

TEST(NumberTable, OneColumnMayHaveATitle) {
  for (const char* text : {"z0\n1\n2\n", "\"z0\"\n\"1\"\n2\n", "1\n2\n"}) {
    const Matrix matrix = parse(text);
    EXPECT_THAT(matrix.values, ElementsAre(1.0F, 2.0F)) << text;
    EXPECT_THAT(matrix.ids, IsEmpty()) << text;
  }
  EXPECT_THAT(parse("z0\n1\n").columns, ElementsAre("column 'z0'"));
  for (const char* text : {"id\n1\n2\n", "index\n0\n1\n", "x.png\ny.png\n", "name\n"})
    expect_refused(text, "has only a column of ids. write the numbers behind them");
  expect_refused(
      "label\n0\n1\n",
      "line 1: column 'label': looks like the class and no feature. name the features by "
      "--feature-columns (FIRST..LAST is a range)");
}

TEST(NumberTable, NumbersAreRoundedOnce) {
  // Just above the middle of two float32: rounded to double first it would sit on the middle.
  const Matrix matrix = parse("1.00000005960464477540,1e-45,1e-400,3.4028234e38\n");
  EXPECT_EQ(matrix.values[0], std::nextafter(1.0F, 2.0F));
  EXPECT_EQ(matrix.values[1], std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(matrix.values[2], 0.0F);
  EXPECT_EQ(matrix.values[3], 3.4028234e38F);
}

TEST(NumberTable, TheUserNamesTheIds) {
  const Matrix matrix = parse("case,a\n7,1\n8,3\n", {.id = "case", .features = {}});
  EXPECT_THAT(matrix.ids, ElementsAre("7", "8"));
  EXPECT_EQ(matrix.id_column, "column 'case'");
  EXPECT_THAT(matrix.columns, ElementsAre("column 'a'"));
  EXPECT_THAT(parse("id,case,a\n5,7,1\n6,8,3\n", {.id = "case", .features = {"a"}}).ids,
              ElementsAre("7", "8"));
  EXPECT_THAT(parse("id,a\n7,1\n", {.id = "ID of the manifest", .features = {}}).ids,
              ElementsAre("7"))
      << "a title of the manifest alone";
  expect_refused("id,sample_id,a\n1,2,3\n",
                 "2 errors\n  line 1: column 'id' and column 'sample_id' could each be the ids "
                 "(which one is meant cannot be told). choose one by --id-column\n  line 1: column "
                 "'sample_id': looks like the id and no feature. name the features by "
                 "--feature-columns (FIRST..LAST is a range)");
}

TEST(NumberTable, TheUserNamesIdsWithoutTitleByNumber) {
  const auto ids_of = [](const std::string& text, const std::string& id) {
    return parse(text, {.id = id, .features = {}}).ids;
  };
  EXPECT_THAT(ids_of(",a\n7,1\n8,3\n", "1"), ElementsAre("7", "8"));
  EXPECT_THAT(ids_of("a,\n1,7\n3,8\n", "2"), ElementsAre("7", "8"));
  EXPECT_THAT(ids_of("a,index\n1,7\n3,8\n", "2"), ElementsAre("7", "8"));
  EXPECT_THAT(ids_of("7,0.5\n8,0.5\n", "1"), ElementsAre("7", "8")) << "no titles at all";
  // The number is the manifest's, and here a feature stands there.
  EXPECT_THAT(ids_of("a,b\n1,7\n3,8\n", "1"), IsEmpty());
  EXPECT_THAT(ids_of("0.5,7\n0.5,8\n", "1"), IsEmpty());
  EXPECT_THAT(ids_of(",a\n7,1\n8,3\n", "3"), ElementsAre("7", "8")) << "none is there";
}

TEST(NumberTable, SaysWhetherAnIndexStandsForTheIds) {
  const auto unnamed = [](const std::string& text, std::optional<std::string> id = {}) {
    return parse(text, {.id = std::move(id), .features = {}}).unnamed_ids;
  };
  EXPECT_EQ(unnamed(",a\n7,1\n8,3\n"), 1u);
  EXPECT_EQ(unnamed("Unnamed: 0,a\n7,1\n8,3\n"), 1u);
  EXPECT_EQ(unnamed(",a\n7,1\n8,3\n", "1"), std::nullopt);
  EXPECT_EQ(unnamed("index,a\n7,1\n8,3\n", "index"), std::nullopt);
  EXPECT_EQ(unnamed("id,a\n7,1\n8,3\n"), std::nullopt);
  EXPECT_EQ(unnamed("a,b\n7,1\n8,3\n"), std::nullopt);
  EXPECT_EQ(unnamed("x,1\ny,3\n"), std::nullopt);
}

TEST(NumberTable, LabelsAndIndicesAreNoFeatures) {
  const std::string advice =
      " and no feature. name the features by --feature-columns (FIRST..LAST is a range)";
  expect_refused("id,a,label\nx,1,0\ny,2,1\n",
                 "line 1: column 'label': looks like the class" + advice);
  expect_refused("a,Patient ID,b\n1,2,3\n",
                 "line 1: column 'Patient ID': looks like the group" + advice);
  expect_refused("id,site,Unnamed: 0\nx,1,0\n",
                 "2 errors\n  line 1: column 'site': looks like the domain" + advice +
                     "\n  line 1: column 'Unnamed: 0': looks like an index" + advice);
  expect_refused("id,sensor_id,a,grid\nx,1000,1,0\ny,1017,2,1\n",
                 "line 1: column 'sensor_id': looks like an id" + advice);
  EXPECT_THAT(parse("id,sensor_id,a\nx,1000,1\n", {.id = {}, .features = {"sensor_id..a"}}).values,
              ElementsAre(1000.0F, 1.0F));
  EXPECT_THAT(parse("id,grid,acid\nx,1000,1\n").columns,
              ElementsAre("column 'grid'", "column 'acid'"));
  expect_refused("id,a,sex\nx,1,M\ny,2,F\n",
                 "line 1: column 'sex' ('M' in line 2): holds no number (features are "
                 "numbers). name the features by --feature-columns (FIRST..LAST is a range)");
}

TEST(NumberTable, ColumnsWithoutNameAndValuesAreNamed) {
  expect_refused("id,f0,f1,\nx,1,2,\ny,3,4, \n",
                 "line 1: column 4: has neither a name nor a value (a comma ends each line, "
                 "perhaps). remove it");
}

TEST(NumberTable, TheUserNamesTheFeatures) {
  const std::string text = "id,label,f0,f1,f2\nx,0,1,2,3\ny,1,4,5,6\n";
  EXPECT_THAT(parse(text, {.id = {}, .features = {"f0..f1"}}).values, ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(parse(text, {.id = {}, .features = {"f2", "f0"}}).values, ElementsAre(3, 1, 6, 4));
  EXPECT_THAT(parse(text, {.id = {}, .features = {"4..5", "label"}}).values,
              ElementsAre(2, 3, 0, 5, 6, 1));
  EXPECT_THAT(parse("1,2,3\n4,5,6\n", {.id = {}, .features = {"2..3"}}).values,
              ElementsAre(2, 3, 5, 6));
  expect_refused(
      text,
      "2 errors\n  has no column 'f9' of --feature-columns. it has 5 columns: id, label, "
      "f0, f1, f2\n  --feature-columns names column 4 twice ('f1..f2'). name it once",
      {.id = {}, .features = {"f9", "f1", "f1..f2"}});
}

/// Of features that are named; a title goes before a range.
TEST(NumberTable, ARangeGoesFromItsFirstColumnToItsLast) {
  const std::string text = "id,f0,f1,f2,f0..f1\nx,1,2,3,4\n";
  const auto chosen = [&](const std::string& list) {
    return parse(text, {.id = {}, .features = {list}}).values;
  };
  EXPECT_THAT(chosen("f1..f1"), ElementsAre(2));
  EXPECT_THAT(chosen("f0..3"), ElementsAre(1, 2));
  EXPECT_THAT(chosen("2..f2"), ElementsAre(1, 2, 3));
  EXPECT_THAT(chosen("f0..f1"), ElementsAre(4));
  for (const std::string wrong : {"f2..f0", "4..3", "f0..f9", "0..2", "f0..", "..f1", "3..6"})
    expect_refused(text,
                   "has no column '" + wrong +
                       "' of --feature-columns. it has 5 columns: id, f0, f1, f2, f0..f1",
                   {.id = {}, .features = {wrong}});
}

TEST(NumberTable, ReadsWhatOtherProgramsWrite) {
  EXPECT_THAT(parse("+1,+2.5\n-3,1E-400\n").values, ElementsAre(1.0F, 2.5F, -3.0F, 0.0F));
  EXPECT_THAT(parse("a,b\r1,2\r3,4\r").values, ElementsAre(1.0F, 2.0F, 3.0F, 4.0F));
  EXPECT_THAT(parse(std::string("\xFF\xFE"
                                "1\0,\0"
                                "2\0\n\0",
                                10))
                  .values,
              ElementsAre(1.0F, 2.0F));
  expect_refused("1;2\n3;4\n",
                 "its fields are separated by semicolons or tabs (commas are needed). save it with "
                 "commas");
  expect_refused("x,1\ny,+-2\n",
                 "line 2 (field 2, '+-2'): is no finite float32. correct it or leave the sample "
                 "out");
}

TEST(NumberTable, EveryBadLineIsListed) {
  expect_refused(
      "a,1,2\nb,1\nc,nan,x\nd,1e39,\n",
      "3 errors\n"
      "  line 2: has 2 fields where the first line has 3\n"
      "  line 3 (field 2, 'nan'): is no finite float32. correct it or leave the sample out\n"
      "  line 4 (field 2, '1e39'): is no finite float32. correct it or leave the sample out");
}

TEST(NumberTable, ManyBadLinesOfOneCauseAreOneLine) {
  std::string text = "a,1\n";
  for (int i = 0; i < 25; ++i) text += i % 2 == 0 ? "b,nan\n" : "b,x\n";
  for (int i = 0; i < 5; ++i) text += "c,1,\n";
  expect_refused(text,
                 "2 errors\n"
                 "  line 2 (field 2, 'nan'), line 3 (field 2, 'x'), line 4 (field 2, 'nan') and 22 "
                 "more: is no finite float32. correct it or leave the sample out\n"
                 "  line 27, line 28, line 29 and 2 more: has 3 fields where the first line has 2 "
                 "(commas end it). remove those at its end");
  expect_refused("id,a,,,,\ns,1,,,,\nt,2,,,,\n",
                 "line 1: column 3, column 4, column 5 and 1 more: has neither a name nor a value "
                 "(a comma ends each line, perhaps). remove it");
}

TEST(NumberTable, OfAnotherEncodingIsToldSo) {
  const std::string problem =
      ": column 'id' is not UTF-8 (Latin-1 or Windows-1252, perhaps, or no text at all). save the "
      "file as UTF-8";
  expect_refused("id,a\ns\xE9,1\nt,2\n", "line 2" + problem);
  std::string text = "id,a\n";
  for (int i = 0; i < 6; ++i) text += "s\xE9,1\n";
  expect_refused(text, "line 2, line 3, line 4 and 3 more" + problem);
}

TEST(NumberTable, EmptyOnesAreRefused) {
  expect_refused("", "holds no numbers. write one line for each sample");
  expect_refused("id,a,b\n", "holds no numbers. write one line for each sample");
  expect_refused("a\nb\n", "has only a column of ids. write the numbers behind them");
}

}  // namespace
}  // namespace crossfold
