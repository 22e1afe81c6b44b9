#include "crossfold/samples/sample_table.h"

#include <limits>

#include <gmock/gmock.h>

#include "store/sample_store.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> errors_in(const SampleTable& samples) {
  ValidationErrors errors;
  check_samples(samples, errors);
  return errors.lines();
}

TEST(CodedColumn, NewNamesBecomeNewLevelsAndEmptyOnesAreMissing) {
  CodedColumn column;
  for (const char* value : {"b", "", "a", "b"}) column.append(value);
  EXPECT_EQ(column, (CodedColumn{.codes = {0, -1, 1, 0}, .levels = {"b", "a"}}));
  EXPECT_EQ(*column.name_of(2), "a");
  EXPECT_EQ(column.name_of(1), nullptr);
}

TEST(SampleTable, SoundOnesPass) { EXPECT_THAT(errors_in(test::twelve_samples()), IsEmpty()); }

TEST(SampleTable, LabelHashSeesEveryIdGroupCodeAndLevelButNoAttribute) {
  const SampleTable original = test::twelve_samples();
  const auto changed = [&](auto&& change) {
    SampleTable other = original;
    change(other);
    return other.label_hash() != original.label_hash();
  };
  EXPECT_TRUE(changed([](SampleTable& t) { t.id[3] = "other"; }));
  EXPECT_TRUE(changed([](SampleTable& t) { t.group[3] = "other"; }));
  EXPECT_TRUE(changed([](SampleTable& t) { t.class_label.codes[3] = 2; }));
  EXPECT_TRUE(changed([](SampleTable& t) { t.domain.levels[1] = "other"; }));
  EXPECT_TRUE(changed([](SampleTable& t) { std::swap(t.role.codes[0], t.role.codes[11]); }));
  EXPECT_TRUE(changed([](SampleTable& t) { t.id[0] = "image0i", t.id[1] = "mage1"; }));
  EXPECT_FALSE(changed([](SampleTable& t) { t.attributes.clear(); }));
}

TEST(SampleTable, EveryErrorIsListed) {
  SampleTable samples = test::twelve_samples();
  samples.id[1] = samples.id[0];
  samples.id[4] = "";
  samples.id[6] = "\xFF";
  samples.group.pop_back();
  samples.class_label.codes[2] = 3;
  samples.class_label.codes[7] = -2;
  samples.domain.levels = {"cohen", "cohen", ""};
  samples.role.levels = {"oos", "in"};
  samples.attributes = {{"a/b", std::vector<double>(12)},
                        {"age", std::vector<double>(12, std::numeric_limits<double>::infinity())},
                        {"age", CodedColumn{.codes = {0}, .levels = {}}}};
  EXPECT_THAT(
      errors_in(samples),
      ElementsAre(
          "/samples/id: the text in row 6 is not UTF-8. change it",
          "/samples/id: 1 of 12 texts are empty, the first in row 4. fill them in",
          "/samples/id: 1 rows repeat the id of an earlier one: 'image0' (rows 0 and 1) (an id "
          "must "
          "name one sample). rename them",
          "/samples/group: has 11 rows where /samples/id has 12",
          "/samples/class: 2 codes lie outside of the 3 levels, the first (3) in row 2. use 0 to "
          "2, "
          "or -1 for missing",
          "/samples/domain: two levels are named 'cohen'. give each its own name",
          "/samples/domain: level 2 has no name. name it, or use the code -1 for missing values",
          "/samples/role: has the levels [oos, in] (they must be [in, oos], in this order). write "
          "it "
          "anew",
          "/attributes: the name 'a/b' holds a '/'. change it",
          "/attributes/age: 12 numbers are infinite, the first in row 0. use nan for missing ones",
          "/attributes/age: stands there twice. give each attribute its own name",
          "/attributes/age: has 1 rows where /samples/id has 12",
          "/attributes/age: 1 codes lie outside of the 0 levels, the first (0) in row 0. use -1 "
          "for "
          "missing"));
}

TEST(SampleTable, WithoutSamplesIsAnError) {
  SampleTable samples;
  samples.role.levels = role_levels();
  EXPECT_THAT(errors_in(samples),
              ElementsAre("/samples/id: holds no samples (nothing can be trained)"));
}

}  // namespace
}  // namespace crossfold
