// A rule looks at each field that it says it compares, of the first fit and of the last: forged one
// at a time, with every hash repaired behind it.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;
using test::ScratchFolder;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Two embedding sets, two named sets, out-of-sample images; linear fits alone.
class EveryField : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new ScratchFolder;
    study_ = new MadeStudy(study_of_two_sets());
    run_ = CaseMaker(scratch_->path()).train(*study_);
  }
  static void TearDownTestSuite() {
    delete std::exchange(study_, nullptr);
    delete std::exchange(scratch_, nullptr);
  }

  static MadeStudy study_of_two_sets() {
    const ScratchFolder unused;
    MadeStudy study = CaseMaker(unused.path()).clean_study();
    EmbeddingSet other = made_set(study);
    other.info.name = "made/y";
    std::reverse(other.values.begin(), other.values.end());
    study.others = {std::move(other)};
    study.job.erase("training");
    study.job["name"] = "two sets";
    study.job["embeddings"] = {"made/z", "made/y"};
    study.job["sets"] = {{"a", {{"domain", "site_a"}}}, {"b", {{"domain", "site_b"}}}};
    study.job["experiments"] = {{{"name", "task"},
                                 {"evaluate", {"in", "oos", "a", "b"}},
                                 {"probe", "domain"},
                                 {"candidates", {{{"kind", "linear"}}}}}};
    return study;
  }

  static Finding finding_of(const AuditSubject& subject, const std::string& rule) {
    return audit_run(RunEvidence(subject), {.rules = {rule}}).results.front().finding;
  }
  /// What the rule says of the run in which one fit was changed.
  [[nodiscard]] static Finding finding_of_change(const std::string& rule, bool last,
                                                 const std::function<void(EditedFit&)>& change) {
    const ScratchFolder own;
    const fs::path forged = own.path() / "forged.run";
    fs::copy(run_, forged, fs::copy_options::recursive);
    RunEditor editor(forged);
    change(last ? editor.fits().back() : editor.fits().front());
    editor.save();
    return finding_of({.run = forged}, rule);
  }
  static void expect_found(
      const std::string& rule, Verdict verdict,
      const std::vector<std::pair<std::string, std::function<void(EditedFit&)>>>& changes) {
    EXPECT_NE(finding_of({.run = run_}, rule).verdict, verdict) << rule << " before any change";
    for (const auto& [what, change] : changes)
      for (const bool last : {false, true}) {
        SCOPED_TRACE(fmt::format("{}: {} of the {} fit", rule, what, last ? "last" : "first"));
        const Finding finding = finding_of_change(rule, last, change);
        EXPECT_EQ(finding.verdict, verdict);
        EXPECT_THAT(finding.evidence, SizeIs(1));
      }
  }

  static ScratchFolder* scratch_;
  static MadeStudy* study_;
  static fs::path run_;
};

ScratchFolder* EveryField::scratch_ = nullptr;
MadeStudy* EveryField::study_ = nullptr;
fs::path EveryField::run_;

/// Another row in the place of one; rows ascend.
void move_last_row(std::vector<std::uint32_t>& rows) { ++rows.back(); }

TEST_F(EveryField, OfTheArtefactsIsCompared) {
  expect_found("INT-03", Verdict::fail,
               {{"held-out rows",
                 [](EditedFit& fit) { move_last_row(fit.result.artefacts.held_out.value().rows); }},
                {"out-of-sample rows",
                 [](EditedFit& fit) { move_last_row(fit.result.artefacts.oos.value().rows); }},
                {"rows of the first set",
                 [](EditedFit& fit) { move_last_row(fit.result.artefacts.sets.at(0).rows); }},
                {"rows of the second set",
                 [](EditedFit& fit) { move_last_row(fit.result.artefacts.sets.at(1).rows); }},
                {"number of sets", [](EditedFit& fit) { fit.result.artefacts.sets.pop_back(); }}});
}

TEST_F(EveryField, OfAJournalLinesCountsIsCompared) {
  expect_found("INT-04", Verdict::fail,
               {{"n_train", [](EditedFit& fit) { ++fit.result.n_train; }},
                {"n_validation", [](EditedFit& fit) { ++fit.result.n_validation; }},
                {"n_test", [](EditedFit& fit) { --fit.result.n_test; }}});
}

TEST_F(EveryField, OfASolversEndIsLookedAt) {
  expect_found("REP-04", Verdict::warn,
               {{"unconverged solves", [](EditedFit& fit) { fit.result.solver.unconverged = 1; }},
                {"gradient", [](EditedFit& fit) { fit.result.solver.worst_gradient = 3e-4; }},
                {"gradient that is no number",
                 [](EditedFit& fit) { fit.result.solver.worst_gradient = std::nan(""); }}});
}

TEST_F(EveryField, OfEachEmbeddingSetIsComparedWithTheStore) {
  const ScratchFolder own;
  const auto finding_with = [&](const MadeStudy& changed) {
    const fs::path store = own.path() / "changed.h5";
    write_made_store(store, changed);
    return finding_of({.run = run_, .store = store}, "INT-02");
  };
  EXPECT_EQ(finding_with(*study_).verdict, Verdict::pass);
  MadeStudy first = *study_;
  first.values.back() += 1;
  Finding finding = finding_with(first);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_THAT(finding.evidence, Contains(HasSubstr("embedding set made/z: content")));
  MadeStudy second = *study_;
  second.others[0].values.back() += 1;
  finding = finding_with(second);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_THAT(finding.evidence, Contains(HasSubstr("embedding set made/y: content")));
}

/// A sample out of sample that is nearly one of the pool, in one of two embedding sets.
TEST(NearRowsOutOfSample, AreSearchedForInEachEmbeddingSet) {
  for (const bool in_first : {true, false}) {
    SCOPED_TRACE(in_first ? "in the first set" : "in the second set");
    const ScratchFolder scratch;
    CaseMaker maker(scratch.path());
    MadeStudy study = maker.clean_study();
    study.others = {made_set(study)};
    study.others[0].info.name = "made/y";
    std::vector<float>& values = in_first ? study.values : study.others[0].values;
    for (std::size_t twin = 0; twin < 6; ++twin) {
      const std::size_t oos = study.samples.size() - 1 - twin;
      for (std::size_t d = 0; d < study.dim; ++d)
        values[oos * study.dim + d] =
            values[twin * study.dim + d] * (d == twin % study.dim ? 1.001F : 1.0F);
    }
    study.job.erase("training");
    study.job["name"] = "near";
    study.job["embeddings"] = {"made/z", "made/y"};
    study.job["experiments"] = {
        {{"name", "task"}, {"evaluate", {"in", "oos"}}, {"candidates", {{{"kind", "linear"}}}}}};
    const fs::path run = maker.train(study);
    const Finding finding =
        audit_run(RunEvidence({.run = run}), {.rules = {"LEA-05"}}).results.front().finding;
    EXPECT_EQ(finding.verdict, Verdict::warn);
    EXPECT_THAT(finding.evidence, Contains(HasSubstr(in_first ? "made/z: " : "made/y: ")));
  }
}

}  // namespace
}  // namespace crossfold::audit
