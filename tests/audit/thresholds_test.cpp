// A threshold is where the verdict of its rule turns: the number that was found lies on one side of
// it, and the next number on the other.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"
#include "crossfold/core/files.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;
using Set = std::map<std::string, double>;

double next_above(double value) { return std::nextafter(value, HUGE_VAL); }
double next_below(double value) { return std::nextafter(value, -HUGE_VAL); }

class ThresholdOfARule : public ::testing::Test {
 protected:
  static Finding finding_of(const AuditSubject& subject, const std::string& rule,
                            const Set& set = {}) {
    return audit_run(RunEvidence(subject), {.rules = {rule}, .set = set}).results.front().finding;
  }
  static Verdict verdict_of(const AuditSubject& subject, const std::string& rule, const Set& set) {
    return finding_of(subject, rule, set).verdict;
  }
  /// The clean run with a change to its fits.
  fs::path edited(const std::function<void(std::vector<EditedFit>&)>& change) {
    const fs::path run = maker_.clean_run();
    RunEditor editor(run);
    change(editor.fits());
    editor.save();
    return run;
  }

  test::ScratchFolder scratch_;
  CaseMaker maker_{scratch_.path()};
};

TEST_F(ThresholdOfARule, OfAShortcutTurnsWithTheNumberFound) {
  const AuditSubject subject{.run = maker_.shortcut_run()};
  const double v = finding_of(subject, "CON-01").value.value();
  EXPECT_EQ(verdict_of(subject, "CON-01", {{"CON-01.v", v}}), Verdict::warn);
  EXPECT_EQ(verdict_of(subject, "CON-01", {{"CON-01.v", next_above(v)}}), Verdict::pass);
  EXPECT_EQ(verdict_of(subject, "CON-01", {{"CON-01.p", 0}}), Verdict::pass)
      << "both the size and its p must speak for it";
  const double auc = finding_of(subject, "CON-02").value.value();
  EXPECT_EQ(verdict_of(subject, "CON-02", {{"CON-02.auc", auc}}), Verdict::warn);
  EXPECT_EQ(verdict_of(subject, "CON-02", {{"CON-02.auc", next_above(auc)}}), Verdict::pass);
  EXPECT_EQ(verdict_of(subject, "CON-02", {{"CON-02.errors", 1000}}), Verdict::pass)
      << "the higher of the two limits counts";
}

TEST_F(ThresholdOfARule, OfFoldsClassesAndInfluenceTurnsWithTheNumberFound) {
  const AuditSubject subject{.run = maker_.clean_run()};
  const double share = finding_of(subject, "CON-06").value.value();
  EXPECT_EQ(verdict_of(subject, "CON-06", {{"CON-06.share", share}}), Verdict::warn);
  EXPECT_NE(verdict_of(subject, "CON-06", {{"CON-06.share", next_above(share)}}), Verdict::warn);
  EXPECT_NE(verdict_of(subject, "CON-06", {{"CON-06.share", share}, {"CON-06.patients", 1000}}),
            Verdict::warn)
      << "levels of fewer patients are not judged";

  const double patients = finding_of(subject, "STA-01").value.value();
  EXPECT_EQ(verdict_of(subject, "STA-01", {{"STA-01.min_patients", patients}}), Verdict::pass);
  EXPECT_EQ(verdict_of(subject, "STA-01", {{"STA-01.min_patients", patients + 1}}), Verdict::warn);

  const double change = finding_of(subject, "STA-04").value.value();
  const auto influence = [&](double patient, double seed, double fold) {
    return verdict_of(subject, "STA-04",
                      {{"STA-04.patient", patient}, {"STA-04.seed", seed}, {"STA-04.fold", fold}});
  };
  EXPECT_EQ(influence(change, 1, 1), Verdict::pass);
  EXPECT_EQ(influence(next_below(change), 1, 1), Verdict::warn);
  EXPECT_EQ(influence(1, 0, 1), Verdict::warn) << "each of the three has its own";
  EXPECT_EQ(influence(1, 1, 0), Verdict::warn);
}

/// Of 12 fits with three classes held out, three out of sample and three domains.
TEST_F(ThresholdOfARule, OfUndefinedScoresTurnsWithTheShareOfThemAll) {
  const AuditSubject subject{.run = edited([](std::vector<EditedFit>& fits) {
                               fits.front().result.held_out.undefined_aucs = 1;
                               fits.at(5).result.oos.value().undefined_aucs = 1;
                               fits.back().result.probe.value().undefined_aucs = 1;
                             })};
  const double share = 3.0 / (12 * 9);
  const Finding finding = finding_of(subject, "STA-01");
  EXPECT_EQ(finding.value, share);
  EXPECT_EQ(finding.verdict, Verdict::note);
  EXPECT_EQ(verdict_of(subject, "STA-01", {{"STA-01.max_undefined", share}}), Verdict::note);
  EXPECT_EQ(verdict_of(subject, "STA-01", {{"STA-01.max_undefined", next_below(share)}}),
            Verdict::warn);

  const AuditSubject further{.run = edited([](std::vector<EditedFit>& fits) {
                               stats::ScoreSet lacking = fits.front().result.held_out;
                               lacking.undefined_aucs = 2;
                               fits.front().result.sets.push_back(lacking);
                               fits.back().result.probes.push_back(
                                   {.of = "sex", .scores = lacking});
                             })};
  EXPECT_EQ(finding_of(further, "STA-01").value, 4.0 / (12 * 9 + 2 * 3))
      << "of named sets and further probes as well";
}

TEST_F(ThresholdOfARule, OfSolversAndBuildsTurnsWithTheNumberFound) {
  const AuditSubject steep{.run = edited([](std::vector<EditedFit>& fits) {
                             fits.at(1).result.solver.worst_gradient = 3e-4;
                           })};
  EXPECT_NE(verdict_of(steep, "REP-04", {{"REP-04.gradient", 3e-4}}), Verdict::warn);
  EXPECT_EQ(verdict_of(steep, "REP-04", {{"REP-04.gradient", next_below(3e-4)}}), Verdict::warn);
  const AuditSubject mixed{.run = edited([](std::vector<EditedFit>& fits) {
                             for (const std::size_t fit : {2U, 5U})
                               fits.at(fit).origin.equivalence_class +=
                                   fmt::format("; part {}", fit);
                           })};
  EXPECT_EQ(finding_of(mixed, "PRO-04").value, 3);
  EXPECT_EQ(verdict_of(mixed, "PRO-04", {{"PRO-04.max_classes", 2}}), Verdict::warn);
  EXPECT_NE(verdict_of(mixed, "PRO-04", {{"PRO-04.max_classes", 3}}), Verdict::warn);
}

/// Networks that the epoch limit ended, by how much their loss fell in the last epoch of twelve.
TEST_F(ThresholdOfARule, OfNetworksThatStillLearnTurnsWithTheirShare) {
  const auto falling = [&](std::size_t networks, StopReason stop_of_first) {
    return AuditSubject{.run = edited([&](std::vector<EditedFit>& fits) {
                          for (std::size_t i = 0; i < fits.size(); ++i) {
                            fits[i].result.training.stop = StopReason::epochs;
                            auto& losses = fits[i].result.artefacts.curves.value().validation_loss;
                            std::fill(losses.begin(), losses.end(), 1.0);
                            losses.front() = 4;
                            if (i < networks) losses.back() = 0.75;
                          }
                          fits.front().result.training.stop = stop_of_first;
                        })};
  };
  const AuditSubject two = falling(2, StopReason::epochs);
  const Finding finding = finding_of(two, "REP-04");
  EXPECT_EQ(finding.verdict, Verdict::warn);
  EXPECT_EQ(finding.value, 2.0 / 12);
  EXPECT_EQ(finding.evidence.size(), 2U);
  EXPECT_EQ(verdict_of(two, "REP-04", {{"REP-04.falling_share", 2.0 / 12}}), Verdict::note);
  EXPECT_EQ(verdict_of(two, "REP-04", {{"REP-04.fall", 0.25}}), Verdict::note);
  EXPECT_EQ(verdict_of(two, "REP-04", {{"REP-04.fall", next_below(0.25)}}), Verdict::warn);
  EXPECT_EQ(verdict_of(falling(1, StopReason::epochs), "REP-04", {}), Verdict::note);
  EXPECT_EQ(verdict_of(falling(2, StopReason::plateau), "REP-04", {}), Verdict::note)
      << "the plateau rule ended the first";
}

TEST_F(ThresholdOfARule, OfWhatIsLeftOutTurnsWithItsCount) {
  const fs::path table = maker_.fresh("published.csv");
  write_file_whole(table, "table,embedding,candidate\ntask,made/z,baseline\n");
  const AuditSubject subject{.run = maker_.clean_run(), .tables = {table}};
  EXPECT_EQ(finding_of(subject, "PRO-03").value, 1);
  EXPECT_EQ(verdict_of(subject, "PRO-03", {{"PRO-03.max_left_out", 0.5}}), Verdict::warn);
  EXPECT_EQ(verdict_of(subject, "PRO-03", {{"PRO-03.max_left_out", 1}}), Verdict::pass);
}

/// Every row with a twin under another patient counts, of all samples.
TEST_F(ThresholdOfARule, OfCopiesTurnsWithTheirShare) {
  MadeStudy study = maker_.clean_study();
  for (const std::size_t row : {17U, 90U, 150U}) {
    append_copy(study, row, fmt::format("copy-{}", row));
    study.samples.group.back() = fmt::format("new patient {}", row);
  }
  study.job["experiments"][0]["candidates"] = {{{"kind", "linear"}}};
  study.job["experiments"][0].erase("probe");
  study.job["splits"] = {{"folds", 3}, {"seeds", 2}};
  study.job.erase("training");
  const AuditSubject subject{.run = maker_.train(study)};
  const double rows = finding_of(subject, "LEA-02").value.value();
  ASSERT_GT(rows, 0);
  const double share = rows / static_cast<double>(study.samples.size());
  EXPECT_EQ(verdict_of(subject, "LEA-02", {{"LEA-02.fail_share", share}}), Verdict::warn);
  EXPECT_EQ(verdict_of(subject, "LEA-02", {{"LEA-02.fail_share", next_below(share)}}),
            Verdict::fail);
}

}  // namespace
}  // namespace crossfold::audit
