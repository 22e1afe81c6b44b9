#include "crossfold/manifest/manifest.h"

#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> uses_of(const Manifest& manifest) {
  std::vector<std::string> lines;
  for (const ManifestColumn& column : manifest.columns)
    lines.push_back(column.name + ": " + column.use);
  return lines;
}

TEST(Manifest, ColumnsAreFoundByTheirUsualNames) {
  const Manifest manifest = parse_manifest(
      "image,patient_id,label,source,split_role,age,view,note\n"
      "a.png,p1,pneumonia,nih,in,61,PA,\n"
      "b.png,p1,,nih,in,nan,,\n"
      "c.png,p2,covid19,,oos,6.5,AP,\n",
      "m.csv");
  const SampleTable& samples = manifest.samples;
  EXPECT_THAT(samples.id, ElementsAre("a.png", "b.png", "c.png"));
  EXPECT_THAT(samples.group, ElementsAre("p1", "p1", "p2"));
  EXPECT_EQ(samples.class_label,
            (CodedColumn{.codes = {1, -1, 0}, .levels = {"covid19", "pneumonia"}}));
  EXPECT_EQ(samples.domain, (CodedColumn{.codes = {0, 0, -1}, .levels = {"nih"}}));
  EXPECT_EQ(samples.role, (CodedColumn{.codes = {0, 0, 1}, .levels = {"in", "oos"}}));
  EXPECT_THAT(manifest.images, ElementsAre("a.png", "b.png", "c.png"));
  EXPECT_THAT(uses_of(manifest),
              ElementsAre("image: id and image", "patient_id: group", "label: class (2 levels)",
                          "source: domain (1 level)", "split_role: role",
                          "age: attribute (numbers; 'nan' in 1 is missing)",
                          "view: attribute (2 levels)", "note: left out (it is empty)"));
  EXPECT_THAT(manifest.notes, IsEmpty());
  ASSERT_EQ(samples.attributes.size(), 2u);
  const auto& age = std::get<std::vector<double>>(samples.attributes[0].values);
  EXPECT_EQ(age[0], 61);
  EXPECT_TRUE(std::isnan(age[1]));
  EXPECT_EQ(std::get<CodedColumn>(samples.attributes[1].values),
            (CodedColumn{.codes = {1, -1, 0}, .levels = {"AP", "PA"}}));
}

TEST(Manifest, SaysWhatItFilledIn) {
  const Manifest manifest = parse_manifest("id,class,domain\na,x,u\nb,y,v\n", "m.csv");
  EXPECT_THAT(manifest.notes, ElementsAre("no column for role: all samples are in"));
  EXPECT_THAT(
      manifest.warnings,
      ElementsAre("no patient is known for 2 of 2 samples: each counts as a patient of its "
                  "own (images of one person may stand on both sides of a split, and scores "
                  "come out too good). name the patients' column by --group-column when the "
                  "store is made"));
  EXPECT_EQ(manifest.samples.group, manifest.samples.id);
  EXPECT_THAT(manifest.samples.role.codes, ElementsAre(0, 0));
  EXPECT_THAT(manifest.images, IsEmpty());
}

TEST(Manifest, ColumnsCanBeNamed) {
  const ColumnMapping mapping{.id = "file",
                              .group = "who",
                              .class_label = "finding",
                              .domain = "hospital",
                              .role = "use",
                              .image = {}};
  const Manifest manifest =
      parse_manifest("who,finding,hospital,use,file,class\nw,f,h,oos,x,k\n", "m.csv", mapping);
  EXPECT_THAT(uses_of(manifest),
              ElementsAre("who: group", "finding: class (1 level)", "hospital: domain (1 level)",
                          "use: role", "file: id and image", "class: attribute (1 level)"));
}

TEST(Manifest, LevelsDoNotDependOnTheOrderOfLines) {
  const Manifest one = parse_manifest("id,class,domain\na,x,u\nb,y,v\n", "m.csv");
  const Manifest other = parse_manifest("id,class,domain\nb,y,v\na,x,u\n", "m.csv");
  EXPECT_EQ(one.samples.class_label.levels, other.samples.class_label.levels);
}

TEST(Manifest, TextsOfTooManyValuesAreLeftOut) {
  std::string text = "id,class,domain,text,few,a/b\n";
  for (std::size_t i = 0; i <= kMaxAttributeLevels; ++i)
    text += fmt::format("s{},x,y,f{},v{},1\n", i, i, i % kMaxAttributeLevels);
  EXPECT_THAT(uses_of(parse_manifest(text, "m.csv")),
              ElementsAre("id: id", "class: class (1 level)", "domain: domain (1 level)",
                          "text: left out (257 different texts, at most 256 make an attribute)",
                          "few: attribute (256 levels)", "a/b: left out (its name holds a '/')"));
}

TEST(Manifest, SaysWhatKeepsAColumnFromBeingNumbers) {
  const Manifest manifest =
      parse_manifest("id,class,domain,age\na,x,u,61\nb,x,u,67+\nc,x,u,40\nd,x,u,\n", "m.csv");
  EXPECT_EQ(uses_of(manifest).back(),
            "age: attribute (3 levels; 1 of its values are no numbers, the first '67+' in line 3)");
}

/// What becomes of a column of these values beside id, class and domain.
std::string use_of(const std::vector<std::string>& values) {
  std::string text = "id,class,domain,extra\n";
  for (std::size_t i = 0; i < values.size(); ++i) text += fmt::format("s{},x,y,{}\n", i, values[i]);
  return parse_manifest(text, "m.csv").columns.back().use;
}

/// Numbers where all are; else names, with a word on what stands in the way where most are numbers.
TEST(Manifest, AColumnIsOfNumbersWhereEveryValueIsOne) {
  EXPECT_EQ(use_of({"1", "-2", "+3", "4.5", "1e5"}), "attribute (numbers)");
  EXPECT_EQ(use_of({"1", "", " ", "4", ""}), "attribute (numbers)");
  EXPECT_EQ(use_of({"1", "2", "a", "b", ""}), "attribute (4 levels)");
  EXPECT_EQ(use_of({"1", "", "", "a", ""}), "attribute (2 levels)") << "empty ones are no numbers";
  EXPECT_EQ(use_of({"1", "2", "3", "a", "b"}),
            "attribute (5 levels; 2 of its values are no numbers, the first 'a' in line 5)");
  EXPECT_EQ(use_of({"inf", "1", "2", "3", "4"}),
            "attribute (5 levels; 1 of its values are no numbers, the first 'inf' in line 2)");
  EXPECT_EQ(use_of({"1", "2", "3", "4 5", "1e400"}),
            "attribute (5 levels; 2 of its values are no numbers, the first '4 5' in line 5)");
}

/// An empty field is no text.
TEST(Manifest, AsManyTextsAsAreAllowedMayHaveEmptyOnesBeside) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < kMaxAttributeLevels; ++i) values.push_back(fmt::format("v{}", i));
  values.insert(values.begin() + 100, "");
  EXPECT_EQ(use_of(values), "attribute (256 levels)");
}

TEST(Manifest, TheImagesColumnCanBeNamedAmongSeveral) {
  for (const std::string named : {"path", "file"}) {
    const Manifest manifest = parse_manifest(
        "id,path,file,class,domain\ns,path.png,file.png,x,u\n", "m.csv",
        {.id = {}, .group = {}, .class_label = {}, .domain = {}, .role = {}, .image = named});
    EXPECT_THAT(manifest.images, ElementsAre(named + ".png"));
    EXPECT_THAT(manifest.samples.id, ElementsAre("s"));
  }
}

TEST(Manifest, MissingColumnsAreNamedAtOnce) {
  expect_error(
      ErrorCode::bad_input,
      "m.csv: 3 errors\n"
      "  line 1: has no column for id (id or image would be one). add it, empty where it is "
      "not known, or say by --id-column which of name, kind it is\n"
      "  line 1: has no column 'finding' for class. it has name, kind\n"
      "  line 1: has no column for domain (domain or source would be one). add it, empty "
      "where it is not known, or say by --domain-column which of name, kind it is",
      [] {
        (void)parse_manifest("name,kind\na,b\n", "m.csv",
                             {.id = {},
                              .group = {},
                              .class_label = "finding",
                              .domain = {},
                              .role = {},
                              .image = {}});
      });
}

TEST(Manifest, OneColumnCannotMeanTwoThings) {
  expect_error(
      ErrorCode::bad_input,
      "m.csv: line 1: the column 'class' cannot be both class and domain. name two columns", [] {
        (void)parse_manifest(
            "id,class\na,b\n", "m.csv",
            {.id = {}, .group = {}, .class_label = {}, .domain = "class", .role = {}, .image = {}});
      });
}

TEST(Manifest, EveryBadLineIsListed) {
  expect_error(
      ErrorCode::bad_input,
      "m.csv: 7 errors\n"
      "  line 5: 'id' is empty (every sample needs its id). fill it in\n"
      "  line 4 ('a', as in line 2): the id stands in an earlier line already (an id names "
      "one sample). rename it\n"
      "  line 3: 'patient' is empty (every sample needs its group). fill it in, or say "
      "--missing-words missing: each such sample is a patient of its own\n"
      "  line 2 ('x '): 'class' has blanks around it (they would make it another name). "
      "remove them\n"
      "  line 4: 'class' is not UTF-8 (Latin-1 or Windows-1252, perhaps). save the file "
      "as UTF-8\n"
      "  'role' is '' in 1 sample, the first in line 4 (in is the pool, which is divided "
      "into folds here; oos is never trained on). use one of in, oos\n"
      "  'role' is 'train' in 1 sample, the first in line 3 (in is the pool, which is "
      "divided into folds here; oos is never trained on). use one of in, oos",
      [] {
        (void)parse_manifest(
            "id,patient,class,domain,role\n"
            "a,p,x ,d,in\n"
            "b,,y,d,train\n"
            "a,p,\xE4,d,\n"
            ",p,y,d,oos\n",
            "m.csv");
      });
}

TEST(Manifest, ManyBadLinesOfOneCauseAreOneLine) {
  std::string text = "id,class,domain\n";
  for (int i = 0; i < 23; ++i) text += ",x,y \n";
  for (int i = 0; i < 4; ++i) text += "\xE4" + std::to_string(i) + ",x,z\n";
  expect_error(
      ErrorCode::bad_input,
      "m.csv: 3 errors\n"
      "  line 25, line 26, line 27 and 1 more: 'id' is not UTF-8 (Latin-1 or Windows-1252, "
      "perhaps). save the file as UTF-8\n"
      "  line 2, line 3, line 4 and 20 more: 'id' is empty (every sample needs its id). fill it "
      "in\n"
      "  line 2 ('y '), line 3 ('y '), line 4 ('y ') and 20 more: 'domain' has blanks around it "
      "(they would make it another name). remove them",
      [&] { (void)parse_manifest(text, "m.csv"); });
}

TEST(Manifest, WithoutLinesIsAnError) {
  expect_error(
      ErrorCode::bad_input,
      "m.csv: holds no samples (nothing stands below the column names). add a line for each "
      "sample",
      [] { (void)parse_manifest("id,class,domain\n", "m.csv"); });
}

TEST(Manifest, PathsOfWindowsAreUnderstood) {
  const Manifest manifest =
      parse_manifest("image,class,domain\nA\\b\\1.png,x,u\n2.png,x,u\nA/b\\3.png,y,u\n", "m.csv");
  EXPECT_THAT(manifest.images, ElementsAre("A/b/1.png", "2.png", "A/b\\3.png"));
  EXPECT_THAT(manifest.samples.id, ElementsAre("A\\b\\1.png", "2.png", "A/b\\3.png"))
      << "ids stay as they are written";
  EXPECT_THAT(manifest.notes,
              Contains("1 of 3 paths of images have '\\' between their folders, as Windows writes "
                       "them: read as '/'"));
  EXPECT_THAT(parse_manifest("image,class,domain\nA/1.png,x,u\nb.png,y,u\n", "m.csv").notes,
              Not(Contains(HasSubstr("Windows"))));
}

TEST(Manifest, IsReadFromAFile) {
  const test::ScratchFolder folder;
  test::write_bytes(folder / "m.csv", "id,class,domain\na,x,u\n");
  EXPECT_EQ(read_manifest(folder / "m.csv").samples.size(), 1u);
  expect_error(ErrorCode::io,
               (folder / "n.csv").string() + ": cannot open (No such file or directory)",
               [&] { (void)read_manifest(folder / "n.csv"); });
}

TEST(ManifestSchema, ListsTheColumnsThatTheProgramKnows) {
  const auto schema = nlohmann::json::parse(
      test::bytes_of(std::string(CROSSFOLD_SOURCE_DIR) + "/data-schemas/manifest.schema.json"));
  const std::vector<ManifestField>& fields = manifest_fields();
  ASSERT_EQ(schema.at("fields").size(), fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& field = schema["fields"][i];
    std::vector<std::string> names = {field.at("name").get<std::string>()};
    for (const auto& other : field.at("otherNames")) names.push_back(other.get<std::string>());
    EXPECT_EQ(names.front(), fields[i].name);
    EXPECT_EQ(names, fields[i].names);
    EXPECT_EQ(field.at("fallbackNames").get<std::vector<std::string>>(), fields[i].fallbacks);
    EXPECT_EQ(field.at("columnRequired").get<bool>(),
              fields[i].presence == ManifestField::Presence::required);
  }
  EXPECT_EQ(schema.at("attributes").at("maxLevels").get<std::size_t>(), kMaxAttributeLevels);
}

}  // namespace
}  // namespace crossfold
