#include "crossfold/manifest/manifest_columns.h"

#include <gmock/gmock.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

/// What a column beside id, class and domain of these titles is taken for.
std::string use_of(const std::string& title) {
  const Manifest manifest =
      parse_manifest("key of it,kind,where," + title + "\na,x,u,1\nb,y,v,1\n", "m.csv",
                     {.id = "key of it",
                      .group = {},
                      .class_label = "kind",
                      .domain = "where",
                      .role = {},
                      .image = {}});
  return manifest.columns.back().use;
}

TEST(ManifestColumns, PatientsAreFoundInEverySpellingOfPublicSets) {
  for (const char* title : {"patient",
                            "Patient",
                            "PATIENT",
                            "patientid",
                            "patientId",
                            "PatientID",
                            "Patient ID",
                            "patient_id",
                            "Patient-Id",
                            "patient id",
                            "Patient.ID",
                            " patient_id ",
                            "subject",
                            "Subject",
                            "subject_id",
                            "SubjectID",
                            "Subject ID",
                            "person_id",
                            "participant_id",
                            "group",
                            "Group",
                            "Patient Number",
                            "patient_no",
                            "PatientName",
                            "MRN",
                            "anon_patient_id",
                            "pid",
                            "PTID",
                            "Case ID"})
    EXPECT_EQ(use_of(title), "group") << title;
  for (const char* title :
       {"Patient Age", "patient_sex", "subjective", "groups of age", "impatient"})
    EXPECT_EQ(use_of(title), "attribute (numbers)") << title;
}

TEST(ManifestColumns, OtherFieldsAreFoundLikewise) {
  const auto fields = [](const std::string& title) {
    const ManifestField* field = field_of_title(title);
    return field == nullptr ? std::string() : field->name;
  };
  for (const char* title : {"id", "ID", "Id", "sample_id", "Image ID"})
    EXPECT_EQ(fields(title), "id") << title;
  for (const char* title : {"filename", "File Name", "Image Index", "image", "path", "imagename"})
    EXPECT_EQ(fields(title), "id") << title << " may name the sample";
  for (const char* title : {"class", "Class", "label", "Finding Labels", "finding", "Diagnosis"})
    EXPECT_EQ(fields(title), "class") << title;
  for (const char* title : {"domain", "Source", "site", "Hospital", "data source", "dataset"})
    EXPECT_EQ(fields(title), "domain") << title;
  for (const char* title : {"role", "Split Role", "split-role"})
    EXPECT_EQ(fields(title), "role") << title;
  for (const char* title : {"age", "sex", "view", "f0", "z12", "split", ""})
    EXPECT_EQ(fields(title), "") << title;
}

TEST(ManifestColumns, CasesServeAsPatientsOnlyWhereThereAreNone) {
  const Manifest manifest =
      parse_manifest("id,case_id,patient_id,class,domain\na,7,p,x,u\n", "m.csv");
  EXPECT_EQ(manifest.samples.group[0], "p");
}

TEST(ManifestColumns, ImagesServeAsIdsOnlyWhereThereAreNone) {
  const Manifest named = parse_manifest("ID,Filename,class,domain\na,a.png,x,u\n", "m.csv");
  EXPECT_EQ(named.samples.id[0], "a");
  EXPECT_EQ(named.images.at(0), "a.png");
  const Manifest bare = parse_manifest("Filename,class,domain\na.png,x,u\n", "m.csv");
  EXPECT_EQ(bare.samples.id[0], "a.png");
  EXPECT_EQ(bare.columns[0].use, "id and image");
}

void expect_ambiguous(const std::string& header, const std::string& message) {
  expect_error(ErrorCode::bad_input,
               "m.csv: " + std::string(message[0] == '2' ? "" : "line 1: ") + message,
               [&] { (void)parse_manifest(header + "\na,b,c,d,e\n", "m.csv"); });
}

TEST(ManifestColumns, TwoThatCouldBeMeantAreNamedWithTheOption) {
  const std::string untold = "(which one is meant cannot be told). choose one by ";
  expect_ambiguous("id,PatientID,group,class,domain",
                   "'PatientID' and 'group' could each be the group " + untold + "--group-column");
  expect_ambiguous("id,class,finding,domain,age",
                   "'class' and 'finding' could each be the class " + untold + "--class-column");
  expect_ambiguous("id,class,site,hospital,age",
                   "'site' and 'hospital' could each be the domain " + untold + "--domain-column");
  expect_ambiguous("file,path,class,domain,age",
                   "2 errors\n  line 1: 'file' and 'path' could each be the id " + untold +
                       "--id-column\n  line 1: 'file' and 'path' could each be the image " +
                       untold + "--image-column");
}

TEST(ManifestColumns, AColumnIsNamedByTitleOrNumber) {
  const std::vector<std::string> titles = {"", "age", "2"};
  EXPECT_EQ(column_called("age", titles, 3), 1u);
  EXPECT_EQ(column_called("1", titles, 3), 0u);
  EXPECT_EQ(column_called(" 3 ", titles, 3), 2u);
  EXPECT_EQ(column_called("2", titles, 3), 2u) << "a title goes before a number";
  for (const char* other : {"0", "4", "-1", "1.0", "Age", "one"})
    EXPECT_EQ(column_called(other, titles, 3), std::nullopt) << other;
}

TEST(ManifestColumns, IdsWithoutTitleAreNamedByNumber) {
  const std::string text = ",class,domain\na,x,u\n";
  expect_error(
      ErrorCode::bad_input,
      "m.csv: line 1: has no column for id (id or image would be one). add it, empty where "
      "it is not known, or say by --id-column which of 1 (it has no title), class, domain "
      "it is",
      [&] { (void)parse_manifest(text, "m.csv"); });
  ColumnMapping mapping;
  mapping.id = "4";
  expect_error(ErrorCode::bad_input,
               "m.csv: line 1: has no column '4' for id. it has 1 (it has no title), class, domain",
               [&] { (void)parse_manifest(text, "m.csv", mapping); });
  mapping.id = "1";
  EXPECT_EQ(parse_manifest(text, "m.csv", mapping).samples.id[0], "a");
}

TEST(ManifestColumns, TheUsersWordGoesBeforeAllSpellings) {
  const Manifest manifest = parse_manifest(
      "id,group,Patient ID,class,domain\na,g,p,x,u\n", "m.csv",
      {.id = {}, .group = "Patient ID", .class_label = {}, .domain = {}, .role = {}, .image = {}});
  EXPECT_EQ(manifest.samples.group[0], "p");
  EXPECT_EQ(manifest.columns[1].use, "attribute (1 level)");
}

}  // namespace
}  // namespace crossfold
