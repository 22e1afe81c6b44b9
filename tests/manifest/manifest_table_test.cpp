#include "crossfold/manifest/manifest_table.h"

#include <random>

#include <gmock/gmock.h>

#include "core/damage.h"
#include "core/expect_error.h"
#include "hdf5/messages.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Row = std::vector<std::string>;

ManifestTable table_of(const std::vector<Row>& rows) {
  return {.columns = {"id", "image", "patient_id", "class", "source"}, .rows = rows};
}

TEST(ManifestTable, ReadsAnyManifestUnderOneSetOfNames) {
  const test::ScratchFolder folder;
  test::write_bytes(folder / "m.csv",
                    "note,image,label,patient,domain,role\nx,a/b.png,normal,p1,nih,oos\n");
  const ManifestTable table = read_manifest_table(folder / "m.csv");
  EXPECT_THAT(table.columns,
              ElementsAre("id", "patient_id", "class", "source", "split_role", "image", "note"));
  EXPECT_THAT(table.rows, ElementsAre(Row{"a/b.png", "p1", "normal", "nih", "oos",
                                          (folder.path() / "a/b.png").string(), "x"}));
}

TEST(ManifestTable, GivesEachSampleItsOwnPatientWhereNoneIsNamed) {
  const test::ScratchFolder folder;
  test::write_bytes(folder / "m.csv", "id,class,source\na,normal,nih\n");
  EXPECT_THAT(read_manifest_table(folder / "m.csv").column("patient_id"), ElementsAre("a"));
}

TEST(ManifestTable, CarriesWhatTheRulesMadeOfItsValues) {
  const test::ScratchFolder folder;
  test::write_bytes(folder / "m.csv",
                    "id,patient,class,source\na,7,Normal,nih\nb,7.0,normal,nih\nc,nan,normal,"
                    "None\nd,7,x,nih\n");
  const ManifestTable table =
      read_manifest_table(folder / "m.csv", {},
                          {.missing_words = ValueRules::MissingWords::missing,
                           .spellings = ValueRules::Spellings::merge,
                           .large_group = ValueRules::LargeGroup::allow});
  EXPECT_THAT(table.rows,
              ElementsAre(Row{"a", "7", "normal", "nih"}, Row{"b", "7", "normal", "nih"},
                          Row{"c", "c", "normal", ""}, Row{"d", "7", "x", "nih"}));
  EXPECT_EQ(write_manifest(folder / "n.csv", table).samples.size(), 4u)
      << "what was settled is not asked again";
}

TEST(ManifestTable, NamesOtherColumnsSoThatTheyAreNotTakenForAField) {
  const test::ScratchFolder folder;
  test::write_bytes(folder / "m.csv",
                    "id,label,Finding,source,Patient ID,group\na,x,f,nih,p,control\n");
  const ManifestTable table = read_manifest_table(folder / "m.csv", {.id = {},
                                                                     .group = "Patient ID",
                                                                     .class_label = "label",
                                                                     .domain = {},
                                                                     .role = {},
                                                                     .image = {}});
  EXPECT_THAT(table.columns,
              ElementsAre("id", "patient_id", "class", "source", "other_Finding", "other_group"));
  EXPECT_EQ(write_manifest(folder / "n.csv", table).samples.group[0], "p");
}

/// No column is lost but one without a title, and each keeps its own values.
TEST(ManifestTable, KeepsColumnsApartWhoseNewNamesWouldBeAlike) {
  const test::ScratchFolder folder;
  test::write_bytes(folder / "m.csv",
                    "id,who,class,source,group,,other_group,note\n1,p,c,s,first,lost,second,n\n");
  const ManifestTable table = read_manifest_table(
      folder / "m.csv",
      {.id = {}, .group = "who", .class_label = {}, .domain = {}, .role = {}, .image = {}});
  EXPECT_THAT(table.columns, ElementsAre("id", "patient_id", "class", "source", "other_group",
                                         "other_group_2", "note"));
  EXPECT_THAT(table.rows, ElementsAre(Row{"1", "p", "c", "s", "first", "second", "n"}));
}

TEST(ManifestTable, IsWrittenWithPathsThatMoveAlong) {
  const test::ScratchFolder folder;
  const ManifestTable table =
      table_of({{"a", (folder.path() / "in/a.png").string(), "p", "normal", "nih"},
                {"b", "/elsewhere/b.png", "p", "normal", "nih"}});
  const Manifest manifest = write_manifest(folder / "m.csv", table);
  EXPECT_EQ(manifest.samples.size(), 2u);
  EXPECT_EQ(manifest.images[0], "in/a.png");
  const ManifestTable back = read_manifest_table(folder / "m.csv");
  EXPECT_EQ(back.column("image")[1], "/elsewhere/b.png");
  EXPECT_EQ(back.column("image")[0], (folder.path() / "in/a.png").string());
}

TEST(ManifestTable, KeepsTheFirstSampleOfEachPatient) {
  ManifestTable table =
      table_of({{"a", "", "p1", "x", "s"}, {"b", "", "p2", "x", "s"}, {"c", "", "p1", "y", "s"}});
  EXPECT_EQ(keep_first_per_patient(table), 1u);
  EXPECT_THAT(table.column("id"), ElementsAre("a", "b"));
}

TEST(ManifestTable, MergesColumnsByName) {
  const NamedTable one{"one.csv", table_of({{"a", "/a", "p1", "x", "s"}})};
  const NamedTable two{"two.csv",
                       {.columns = {"source", "id", "class", "patient_id", "split_role", "age"},
                        .rows = {{"t", "b", "y", "p2", "oos", "61"}}}};
  const ManifestTable merged = merge_manifests(std::vector{one, two});
  EXPECT_THAT(merged.columns,
              ElementsAre("id", "image", "patient_id", "class", "source", "split_role", "age"));
  EXPECT_THAT(merged.rows, ElementsAre(Row{"a", "/a", "p1", "x", "s", "in", ""},
                                       Row{"b", "", "p2", "y", "t", "oos", "61"}));
}

TEST(ManifestTable, RefusesToMakeOnePersonOfTwo) {
  const NamedTable one{"one.csv", table_of({{"a", "", "p1", "x", "s"}, {"b", "", "p2", "x", "s"}})};
  const NamedTable two{"two.csv", table_of({{"a", "", "p1", "x", "s"}, {"c", "", "p2", "x", "t"}})};
  expect_error(ErrorCode::bad_input,
               "manifests: 2 errors\n"
               "  two.csv: the id 'a' stands in one.csv already (an id names one sample). leave "
               "one of the two out\n"
               "  two.csv: the patient 'p2' of source 't' stands in one.csv under source 's' "
               "(folds would treat two people as one). rename one of them",
               [&] {
                 (void)merge_manifests(std::vector{one, two});
               });
}

/// Whichever two of several tables they are; one table alone may have a patient of two sources.
TEST(ManifestTable, IdsAndPatientsOfAnyTwoTablesAreCompared) {
  const NamedTable first{"one.csv", table_of({{"a", "", "p", "x", "s"}, {"b", "", "p", "x", "t"}})};
  const NamedTable second{"two.csv",
                          table_of({{"c", "", "q", "x", "s"}, {"f", "", "w", "x", "s"}})};
  const NamedTable same{"same.csv", table_of({{"d", "", "q", "y", "s"}})};
  EXPECT_EQ(merge_manifests(std::vector{first}).rows.size(), 2U);
  EXPECT_EQ(merge_manifests(std::vector{first, second, same}).rows.size(), 5U)
      << "a patient of one source may have images in two tables";
  const NamedTable later{"later.csv", table_of({{"g", "", "p", "x", "t"}})};
  EXPECT_EQ(merge_manifests(std::vector{first, later}).rows.size(), 3U)
      << "and one of two sources under either";
  const NamedTable other{"three.csv",
                         table_of({{"c", "", "r", "x", "s"}, {"e", "", "p", "x", "u"}})};
  expect_error(ErrorCode::bad_input,
               "manifests: 2 errors\n"
               "  three.csv: the id 'c' stands in two.csv already (an id names one sample). leave "
               "one of the two out\n"
               "  three.csv: the patient 'p' of source 'u' stands in one.csv under source 's' "
               "(folds would treat two people as one). rename one of them",
               [&] {
                 (void)merge_manifests(std::vector{first, second, other});
               });
}

TEST(ManifestTable, RulesOnNamesHoldAcrossManifests) {
  const std::vector<NamedTable> tables{
      {"one.csv", table_of({{"a", "", "7", "normal", "s"}, {"b", "", "7", "normal", "s"}})},
      {"two.csv", table_of({{"c", "", "7.0", "Normal", "s"}})}};
  expect_error(
      ErrorCode::bad_input,
      "manifests: 2 errors\n"
      "  'patient_id': '7' (2 samples, first in the sample 'a' of one.csv) and '7.0' "
      "(1 sample, first in the sample 'c' of two.csv): differ in spelling only (one "
      "patient would become several). correct them, or say by --spellings what they are: merge "
      "(the same, named as the commonest is), or apart\n"
      "  'class': 'normal' (2 samples, first in the sample 'a' of one.csv) and 'Normal' "
      "(1 sample, first in the sample 'c' of two.csv): differ in spelling only (one "
      "class would become several). correct them, or say by --spellings what they are: merge "
      "(the same, named as the commonest is), or apart",
      [&] { (void)merge_manifests(tables); });
  const ManifestTable merged = merge_manifests(tables, {.spellings = ValueRules::Spellings::merge});
  EXPECT_THAT(merged.column("patient_id"), ElementsAre("7", "7", "7"));
  EXPECT_THAT(merged.column("class"), ElementsAre("normal", "normal", "normal"));
  const ManifestTable apart = merge_manifests(tables, {.spellings = ValueRules::Spellings::apart});
  EXPECT_THAT(apart.column("patient_id"), ElementsAre("7", "7", "7.0"));
}

TEST(ManifestTable, RulesOnNamesHoldForSourcesToo) {
  const std::vector<NamedTable> tables{{"one.csv", table_of({{"a", "", "1", "normal", "cohen"}})},
                                       {"two.csv", table_of({{"b", "", "2", "normal", "Cohen"}})}};
  const Error error = test::error_of([&] { (void)merge_manifests(tables); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  EXPECT_THAT(std::string(error.what()),
              HasSubstr("'source': 'cohen' (1 sample, first in the sample 'a' of one.csv) and "
                        "'Cohen' (1 sample"));
  const ManifestTable merged = merge_manifests(tables, {.spellings = ValueRules::Spellings::merge});
  EXPECT_THAT(merged.column("source"), ElementsAre("cohen", "cohen"));
}

TEST(ManifestTable, TwoPeopleWhoseNamesAreMergedAreNamed) {
  const std::vector<NamedTable> tables{{"one.csv", table_of({{"a", "", "7", "normal", "s"}})},
                                       {"two.csv", table_of({{"b", "", "07", "normal", "t"}})}};
  expect_error(ErrorCode::bad_input,
               "manifests: two.csv: the patient '7' of source 't' stands in one.csv under source "
               "'s' (folds would treat two people as one). rename one of them",
               [&] { (void)merge_manifests(tables, {.spellings = ValueRules::Spellings::merge}); });
}

TEST(ManifestTable, NamesAColumnThatIsNotThere) {
  expect_error(ErrorCode::bad_input, "manifest: has no column 'age' (it is needed here). add it",
               [] { (void)table_of({}).column("age"); });
}

TEST(ManifestTable, IsReadOrRefusedWhereItIsDamaged) {
  const test::ScratchFolder folder;
  const std::string sound =
      "image,patient_id,class,source,view,sex,age\r\n"
      "\"a, b.png\",p1,normal,nih,PA,M,65\r\nc.png,p2,covid19,cohen,AP,F,\r\n"
      "\"d \"\"x\"\".png\",p3,pneumonia,nih,,,51\r\n";
  test::write_bytes(folder / "m.csv", sound);
  EXPECT_EQ(read_manifest_table(folder / "m.csv").rows.size(), 3U);
  std::mt19937 random(5);
  int refused = 0;
  for (int i = 0; i < test::damage_rounds(500); ++i) {
    test::write_bytes(folder / "m.csv", test::wound(test::wound(sound, random) + " ", random));
    try {
      (void)read_manifest_table(folder / "m.csv");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input) << error.what();
      EXPECT_THAT(error.what(), HasSubstr("m.csv"));
      ++refused;
    }
  }
  EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace crossfold
