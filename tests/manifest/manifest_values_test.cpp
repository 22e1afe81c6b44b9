#include "manifest_values.h"

#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "crossfold/samples/sample_warnings.h"

#include "core/expect_error.h"

namespace crossfold {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A manifest of as many samples as there are values, which stand in one column; the others are
/// harmless.
std::string manifest_with(const std::string& column, const std::vector<std::string>& values) {
  std::string text = "id,patient,class,domain\n";
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = [&](const std::string& name, const std::string& other) {
      return name == column ? values[i] : other;
    };
    text += fmt::format("s{},{},{},{}\n", i, value("patient", fmt::format("p{}", i)),
                        value("class", i % 2 == 0 ? "x" : "y"),
                        value("domain", i % 2 == 0 ? "u" : "v"));
  }
  return text;
}

Manifest parse(const std::string& text, const ValueRules& rules = {}) {
  return parse_manifest(text, "m.csv", {}, rules);
}

void expect_refused(const std::string& text, const std::string& message) {
  expect_error(ErrorCode::bad_input, "m.csv: " + message, [&] { (void)parse(text); });
}

TEST(ManifestValues, WordsForMissingValuesAreNamedWithCounts) {
  const std::string options = "or say by --missing-words what it means: missing (";
  expect_refused(
      manifest_with("patient", {"a", "nan", "nan", "b"}),
      "'patient': 'nan' in 2 of 4 samples, the first in line 3: a word for a missing value "
      "(it would become a patient). fill it in, " +
          options + "each such sample is a patient of its own), or text (it is a name)");
  for (const char* word : {"NA", "None", "null", "-", "N/A", "unknown"})
    expect_refused(manifest_with("class", {"x", "y", "x", word}),
                   fmt::format("'class': '{}' in 1 of 4 samples, the first in line 5: a word for a "
                               "missing value (it would become a class). leave the field empty, ",
                               word) +
                       options + "the label is not known), or text (it is a name)");
  expect_refused(manifest_with("domain", {"None", "u", "v", "u"}),
                 "'domain': 'None' in 1 of 4 samples, the first in line 2: a word for a missing "
                 "value (it would become a domain). leave the field empty, " +
                     options + "the label is not known), or text (it is a name)");
}

TEST(ManifestValues, ANegativeNumberIsNoPatient) {
  const std::string patients = manifest_with("patient", {"-1", "-1", "5", "6", "7"});
  expect_refused(patients,
                 "'patient': '-1' in 2 of 5 samples, the first in line 2: a word for a missing "
                 "value (it would become a patient). fill it in, or say by --missing-words what it "
                 "means: missing (each such sample is a patient of its own), or text (it is a "
                 "name)");
  EXPECT_THAT(parse(patients, {.missing_words = ValueRules::MissingWords::missing}).samples.group,
              ElementsAre("s0", "s1", "5", "6", "7"));
  EXPECT_THAT(parse(manifest_with("class", {"-1", "1", "-1", "1"})).samples.class_label.levels,
              ElementsAre("-1", "1"));
}

TEST(ManifestValues, AWordForNobodyIsNoPatient) {
  const std::string patients = manifest_with("patient", {"anonymous", "anonymous", "5", "6", "7"});
  expect_refused(
      patients,
      "'patient': 'anonymous' in 2 of 5 samples, the first in line 2: a word for a missing "
      "value (it would become a patient). fill it in, or say by --missing-words what it "
      "means: missing (each such sample is a patient of its own), or text (it is a "
      "name)");
  EXPECT_THAT(parse(patients, {.missing_words = ValueRules::MissingWords::missing}).samples.group,
              ElementsAre("s0", "s1", "5", "6", "7"));
  const Manifest named = parse(patients, {.missing_words = ValueRules::MissingWords::text});
  EXPECT_THAT(sample_warnings(named.samples),
              ElementsAre("group: look like missing values and count as names: 'anonymous' (2 "
                          "samples)"));
  EXPECT_THAT(parse(manifest_with("class", {"removed", "kept", "removed", "kept"}))
                  .samples.class_label.levels,
              ElementsAre("kept", "removed"));
  EXPECT_THAT(
      parse(manifest_with("domain", {"anonymous", "u", "anonymous", "u"})).samples.domain.levels,
      ElementsAre("anonymous", "u"));
}

TEST(ManifestValues, PatientsOfBothSexesAreAWarning) {
  EXPECT_THAT(
      parse("id,patient,class,domain,Sex\na,p,x,u,M\nb,p,y,v,F\nc,q,x,v,M\nd,q,y,u,M\n").warnings,
      ElementsAre("group: 1 patient has both sexes by 'Sex' (one id for several people, "
                  "perhaps): 'p' (1 and 1 samples)"));
}

TEST(ManifestValues, AFillerThatIsThePatientOfTheMostSamplesIsNamed) {
  EXPECT_THAT(parse(manifest_with("patient", {"999", "5", "999", "6", "7"})).warnings,
              Contains("'patient' is '999' in 2 of 5 samples, the first in line 2: more than of "
                       "any other patient (such a number often stands for a person who is not "
                       "known, and then several people are taken for one)"));
  for (const auto& patients : {std::vector<std::string>{"999", "5", "5", "6", "7"},
                               {"0", "0", "5", "5", "7"},
                               {"12", "12", "5", "6", "7"}})
    EXPECT_THAT(parse(manifest_with("patient", patients)).warnings,
                Not(Contains(HasSubstr("stands for a person"))));
}

TEST(ManifestValues, WordsForMissingValuesAreWhatTheUserSays) {
  const std::string patients = manifest_with("patient", {"a", "nan", "nan", "", "a"});
  const Manifest own = parse(patients, {.missing_words = ValueRules::MissingWords::missing});
  EXPECT_THAT(own.samples.group, ElementsAre("a", "s1", "s2", "s3", "a"));
  EXPECT_THAT(own.warnings, ElementsAre(HasSubstr("no patient is known for 3 of 5 samples")));
  const std::string classes = manifest_with("class", {"x", "none", "x", "y", "y"});
  EXPECT_THAT(parse(classes, {.missing_words = ValueRules::MissingWords::missing})
                  .samples.class_label.levels,
              ElementsAre("x", "y"));
  EXPECT_THAT(
      parse(classes, {.missing_words = ValueRules::MissingWords::text}).samples.class_label.levels,
      ElementsAre("none", "x", "y"));
}

TEST(ManifestValues, NamesInSeveralSpellingsAreNamedWithCounts) {
  const std::string options =
      "correct them, or say by --spellings what they are: merge (the same, named as the commonest "
      "is), or apart";
  expect_refused(manifest_with("class", {"normal", "Normal", "x", "normal"}),
                 "'class': 'normal' (2 samples, first in line 2) and 'Normal' (1 sample, first in "
                 "line 3): differ in spelling only (one class would become several). " +
                     options);
  expect_refused(manifest_with("patient", {"7", "7.0", "007", "8"}),
                 "'patient': '7' (1 sample, first in line 2) and '7.0' (1 sample, first in line "
                 "3) and '007' (1 sample, first in line 4): differ in spelling only (one "
                 "patient would become several). " +
                     options);
  expect_refused(manifest_with("domain", {"site A", "Site_A", "b", "b"}),
                 "'domain': 'site A' (1 sample, first in line 2) and 'Site_A' (1 sample, first in "
                 "line 3): differ in spelling only (one domain would become several). " +
                     options);
}

TEST(ManifestValues, NamesInSeveralSpellingsAreWhatTheUserSays) {
  const std::string text = manifest_with("class", {"Normal", "normal", "x ", "normal", "x"});
  const Manifest merged = parse(text, {.spellings = ValueRules::Spellings::merge});
  EXPECT_EQ(merged.samples.class_label,
            (CodedColumn{.codes = {0, 0, 1, 0, 1}, .levels = {"normal", "x"}}));
  const std::string patients = manifest_with("patient", {"7", "7.0", "8", "9", "9"});
  EXPECT_THAT(parse(patients, {.spellings = ValueRules::Spellings::merge}).samples.group,
              ElementsAre("7", "7", "8", "9", "9"));
  EXPECT_THAT(parse(patients, {.spellings = ValueRules::Spellings::apart}).samples.group,
              ElementsAre("7", "7.0", "8", "9", "9"));
}

TEST(ManifestValues, AGroupWithMostOfTheSamplesIsRefusedUntilItIsMeant) {
  const std::string text = manifest_with("patient", {"0", "a", "0", "b", "0", "0"});
  expect_refused(text,
                 "4 of 6 samples are of one 'patient', '0' (a filler looks so, and one fold would "
                 "hold them all). correct it, or say --allow-large-group");
  const Manifest allowed = parse(text, {.large_group = ValueRules::LargeGroup::allow});
  EXPECT_EQ(allowed.samples.group[0], "0");
  EXPECT_THAT(sample_warnings(allowed.samples),
              ElementsAre("group '0' holds 4 of 6 samples (a filler looks so, and one fold holds "
                          "them all)"));
}

TEST(ManifestValues, ManyCasesAreCounted) {
  std::vector<std::string> patients;
  for (int i = 0; i < 12; ++i) {
    patients.push_back(fmt::format("{}", i));
    patients.push_back(fmt::format("{}.0", i));
  }
  try {
    (void)parse(manifest_with("patient", patients));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                ::testing::StartsWith("m.csv: 'patient': '0' (1 sample, first in line 2) and '0.0' "
                                      "(1 sample, first in line 3), '1' (1 sample, "));
    EXPECT_THAT(error.what(), HasSubstr(" and 9 more: differ in spelling only (one patient "));
  }
}

TEST(ManifestValues, ALevelOfOneSampleIsAWarning) {
  const Manifest manifest = parse(manifest_with("class", {"x", "x", "y", "y", "pneumnia"}));
  EXPECT_THAT(manifest.warnings,
              ElementsAre("'class' is 'pneumnia' in line 6 alone (a misspelling, or a class too "
                          "rare to be learned)"));
}

TEST(ManifestValues, ManyLevelsOfOneSampleAreOneWarning) {
  const Manifest manifest = parse(manifest_with("domain", {"x", "x", "a", "b", "c", "d", "e"}));
  EXPECT_THAT(
      manifest.warnings,
      ElementsAre("'domain' is 'a' in line 4, 'b' in line 5, 'c' in line 6 and 2 more alone "
                  "(a misspelling, or a domain too rare to be learned)"));
}

TEST(ManifestValues, NumbersMayHavePlusSignsAndMissingWords) {
  const Manifest manifest =
      parse("id,patient,class,domain,age\na,p,x,u,+61\nb,q,y,v,NA\nc,r,x,v,None\nd,s,y,u,4.5\n");
  const auto& age = std::get<std::vector<double>>(manifest.samples.attributes.at(0).values);
  EXPECT_EQ(age[0], 61);
  EXPECT_TRUE(std::isnan(age[1]));
  EXPECT_EQ(age[3], 4.5);
  EXPECT_EQ(manifest.columns.back().use,
            "attribute (numbers; 'NA' in 1 is missing; 'None' in 1 is missing)");
}

TEST(SampleWarnings, AreNoneForSoundSamples) {
  EXPECT_THAT(sample_warnings(parse(manifest_with("class", {"x", "y", "x", "y"})).samples),
              IsEmpty());
}

TEST(SampleWarnings, NameWhatAForeignStoreMayHold) {
  SampleTable samples = parse(manifest_with("class", {"x", "y", "x", "y", "z"})).samples;
  samples.class_label.levels = {"normal", "Normal", "nan"};
  samples.domain.levels = {"site 1", "site_01"};
  samples.group = {"s0", "7", "7.0", "None", "s4"};
  const std::vector<std::string> warnings = sample_warnings(samples);
  EXPECT_THAT(
      warnings,
      ElementsAre(
          HasSubstr("no patient is known for 2 of 5 samples"),
          "class: look like missing values and count as names: 'nan' (1 sample)",
          "class: differ in spelling only and count as different names: 'normal' (2 samples) and "
          "'Normal' (2 samples)",
          "domain: differ in spelling only and count as different names: 'site 1' (3 samples) and "
          "'site_01' (2 samples)",
          "group: look like missing values and count as names: 'None' (1 sample)",
          "group: differ in spelling only and count as different names: '7' (1 sample) and '7.0' "
          "(1 sample)"));
}

}  // namespace
}  // namespace crossfold
