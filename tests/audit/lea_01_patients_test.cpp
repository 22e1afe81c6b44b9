// LEA-01 looks at every split: whom it names is compared with the splits of all fits.

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

/// The patients with images in two parts of a fit's split, in those of some folds.
std::set<std::string> torn_apart(const RunRecords& records,
                                 const std::vector<std::string>& patients,
                                 std::uint32_t first_fold) {
  std::set<std::string> torn;
  for (const Fit& fit : records.plan.fits) {
    if (fit.fold.value < first_fold) continue;
    const Split split = split_of(records.job, records.plan, fit);
    std::map<std::string, std::set<int>> parts;
    for (const auto& [part, rows] :
         {std::pair(0, &split.train), std::pair(1, &split.validation), std::pair(2, &split.test)})
      for (const std::uint32_t row : *rows) parts[patients[row]].insert(part);
    for (const auto& [patient, of] : parts)
      if (of.size() > 1) torn.insert(patient);
  }
  return torn;
}

/// The store that the auditor has knows patients of the run, two and two, as one. Most are torn
/// apart in some fold and not in others.
TEST(PatientsAcrossParts, AreThoseThatAnySplitTearsApart) {
  const test::ScratchFolder folder;
  CaseMaker maker(folder.path());
  const auto run = maker.clean_run();
  MadeStudy study = maker.clean_study();
  const std::vector<std::string> before = study.samples.group;
  for (std::string& patient : study.samples.group)  // p000 to p179, and q000 to q119 out of sample
    patient.back() = static_cast<char>(patient.back() - (patient.back() - '0') % 2);
  const auto store = maker.fresh("pairs.h5");
  write_made_store(store, study);
  const RunEvidence evidence({.run = run, .store = store});

  const std::set<std::string> expected = torn_apart(evidence.records(), study.samples.group, 0);
  ASSERT_GT(expected.size(), torn_apart(evidence.records(), study.samples.group, 1).size());
  const Finding finding = audit_run(evidence, {.rules = {"LEA-01"}}).results.front().finding;
  EXPECT_EQ(finding.verdict, Verdict::fail);
  // A line names a patient as the run does: by one of the two names.
  std::set<std::string> named;
  for (const std::string& line : finding.evidence) {
    std::string patient = line.substr(std::string("patient ").size(), 4);
    patient.back() = static_cast<char>(patient.back() - (patient.back() - '0') % 2);
    named.insert(patient);
  }
  EXPECT_EQ(named, expected);
  EXPECT_EQ(finding.value, static_cast<double>(expected.size()));
}

/// The clean study, of whose samples the first `nobody` have their own id as group.
MadeStudy with_unknown_patients(CaseMaker& maker, std::size_t nobody) {
  MadeStudy study = maker.clean_study();
  for (std::size_t row = 0; row < nobody; ++row) {
    // No scheme of names either, which would give the patients away.
    study.samples.id[row] = "image" + std::to_string(row);
    study.samples.group[row] = study.samples.id[row];
  }
  return study;
}

TEST(PatientsAcrossParts, CannotBeLookedForWhereNoPatientIsKnown) {
  const test::ScratchFolder folder;
  CaseMaker maker(folder.path());
  const std::size_t all = maker.clean_study().samples.size();
  const std::string warning =
      "no patient is known for " + std::to_string(all) + " of " + std::to_string(all) + " samples";
  const RunEvidence nobody({.run = maker.train(with_unknown_patients(maker, all))});
  const AuditReport report = audit_run(nobody, {.rules = {"LEA-01"}});
  EXPECT_EQ(report.results.front().finding.verdict, Verdict::not_assessed);
  EXPECT_EQ(report.results.front().finding.text,
            "no patient is known: the group of every sample is its own id, so that no two samples "
            "could be of one person. name the patients' column by --group-column when the store is "
            "made");
  EXPECT_THAT(report.warnings, ::testing::ElementsAre(::testing::StartsWith(warning)));
  const AuditSignature signature{.auditor = "", .time = "", .program = ""};
  EXPECT_THAT(render_audit(report, signature), ::testing::HasSubstr("\n  WARNING: " + warning));
  EXPECT_THAT(render_audit_json(report, signature), ::testing::HasSubstr("\"" + warning));

  const RunEvidence some({.run = maker.train(with_unknown_patients(maker, 10))});
  const Finding finding = audit_run(some, {.rules = {"LEA-01"}}).results.front().finding;
  EXPECT_EQ(finding.verdict, Verdict::note);
  EXPECT_THAT(finding.text, ::testing::EndsWith("; of 10 more samples no patient is known"));
  const RunEvidence known({.run = maker.clean_run()});
  const AuditReport clean = audit_run(known, {.rules = {"LEA-01"}});
  EXPECT_EQ(clean.results.front().finding.verdict, Verdict::pass);
  EXPECT_THAT(clean.warnings, ::testing::IsEmpty());
  EXPECT_THAT(render_audit(clean, signature), ::testing::Not(::testing::HasSubstr("WARNING")));
}

}  // namespace
}  // namespace crossfold::audit
