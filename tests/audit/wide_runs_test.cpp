// A rule looks at every embedding set, experiment, role and named set of a run, not at the first.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
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
using nlohmann::json;
using test::ScratchFolder;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::size_t kPool = 360;  ///< images of a made study's pool
constexpr std::size_t kRarePatients = 8;

/// All patients of pneumonia in the pool but eight, of two or three images each, become normal.
void make_pneumonia_rare(SampleTable& samples) {
  const auto code = [&](const char* name) {
    return static_cast<std::int32_t>(
        std::find(samples.class_label.levels.begin(), samples.class_label.levels.end(), name) -
        samples.class_label.levels.begin());
  };
  const std::int32_t rare = code("pneumonia");
  std::set<std::string> kept;
  for (std::size_t row = 0; row < kPool; ++row) {
    if (samples.class_label.codes[row] != rare || kept.contains(samples.group[row])) continue;
    const auto of_patient =
        std::count_if(samples.group.begin(), samples.group.end(),
                      [&](const auto& group) { return group == samples.group[row]; });
    if (of_patient > 1 && kept.size() < kRarePatients)
      kept.insert(samples.group[row]);
    else
      samples.class_label.codes[row] = code("normal");
  }
}

/// Two embedding sets, two experiments and a named set. What is wrong lies where the first of each
/// does not show it: an image out of sample has the numbers of one of the pool in the second
/// embedding set alone, and three patients of a site that the first experiment leaves aside have
/// twins.
class WideRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new ScratchFolder;
    CaseMaker maker(scratch_->path());
    MadeStudy study = maker.clean_study();
    SampleTable& samples = study.samples;
    make_pneumonia_rare(samples);
    std::size_t twins = 0;
    for (std::size_t row = 0; twins < 3; ++row) {
      if (*samples.domain.name_of(row) != "site_c") continue;
      append_copy(study, row, fmt::format("twin-{}", twins));
      samples.group.back() = fmt::format("another patient {}", twins++);
    }
    append_copy(study, 3, "moved");
    samples.group.back() = "a patient elsewhere";
    samples.role.codes.back() = static_cast<std::int32_t>(Role::oos);
    samples.domain.codes.back() = samples.domain.codes[kPool];
    EmbeddingSet other = made_set(study);
    other.info.name = "made/y";
    study.others = {std::move(other)};
    for (std::size_t d = 0; d < study.dim; ++d) study.values[study.values.size() - 1 - d] *= -1;
    study.job["name"] = "wide";
    study.job.erase("training");
    study.job["embeddings"] = {"made/z", "made/y"};
    study.job["sets"] = {{"b", {{"domain", "site_b"}}}};
    study.job["experiments"] = {{{"name", "two sites"},
                                 {"samples", {{"domain", {"site_a", "site_b"}}}},
                                 {"candidates", {{{"kind", "linear"}}}}},
                                {{"name", "all"},
                                 {"evaluate", {"in", "oos", "b"}},
                                 {"candidates", {{{"kind", "linear"}}}}}};
    run_ = maker.train(study);
  }
  static void TearDownTestSuite() {
    delete scratch_;
    scratch_ = nullptr;
  }

  static Finding finding_of(const fs::path& run, const std::string& rule) {
    return audit_run(RunEvidence({.run = run}), {.rules = {rule}}).results.front().finding;
  }
  /// The run in a place of its own, to be changed.
  [[nodiscard]] fs::path copy() const {
    const fs::path copy = own_.path() / "copy.run";
    fs::copy(run_, copy, fs::copy_options::recursive);
    return copy;
  }

  static ScratchFolder* scratch_;
  static fs::path run_;
  ScratchFolder own_;
};

ScratchFolder* WideRun::scratch_ = nullptr;
fs::path WideRun::run_;

TEST_F(WideRun, IsSearchedForCopiesOutOfSampleInEveryEmbeddingSet) {
  const Finding finding = finding_of(run_, "LEA-05");
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_THAT(finding.evidence, Contains(AllOf(HasSubstr("made/y: "), HasSubstr("moved"),
                                               HasSubstr(" of the pool"))));
}

TEST_F(WideRun, IsSearchedForTwinsThatAnyExperimentParts) {
  const Finding finding = finding_of(run_, "LEA-02");
  EXPECT_EQ(finding.verdict, Verdict::warn);
  EXPECT_THAT(finding.evidence, Contains(HasSubstr("twin-")));
}

TEST_F(WideRun, HasItsPatientsCountedAndNotTheirImages) {
  const Finding finding = finding_of(run_, "STA-01");
  EXPECT_EQ(finding.verdict, Verdict::warn);
  EXPECT_THAT(finding.evidence, Contains("all: 'pneumonia' has 8 patients in the pool"));
}

TEST_F(WideRun, HasItsScoresOnNamedSetsComputedAgain) {
  EXPECT_EQ(finding_of(run_, "REP-01").verdict, Verdict::pass);
  const fs::path forged = copy();
  RunEditor editor(forged);
  for (EditedFit& fit : editor.fits())
    for (stats::ScoreSet& scores : fit.result.sets) *scores.auc -= 0.01;
  editor.save();
  const Finding finding = finding_of(forged, "REP-01");
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_THAT(finding.evidence, AllOf(SizeIs(12), Contains(HasSubstr("set b"))));
}

TEST_F(WideRun, HasSeedsAndFoldsLeftOutOfTheScoresOutOfSampleToo) {
  const fs::path edited = copy();
  std::map<FitId, std::uint32_t> seeds;
  {
    const RunEvidence evidence({.run = edited});
    for (const Fit& fit : evidence.records().plan.fits) seeds[fit.id] = fit.seed.value;
  }
  RunEditor editor(edited);
  for (EditedFit& fit : editor.fits()) {
    fit.result.held_out.auc = 0.75;
    if (fit.result.oos) fit.result.oos->auc = seeds.at(fit.result.id) == 0 ? 0.75 : 0.875;
  }
  editor.save();
  const Finding finding = finding_of(edited, "STA-04");
  EXPECT_THAT(finding.evidence, Contains(AllOf(HasSubstr("without seed"), HasSubstr("oos AUC"))));
  EXPECT_THAT(finding.evidence, Contains(AllOf(HasSubstr("without fold"), HasSubstr("oos AUC"))));
}

/// What is compared stands in one table: the candidates of an experiment on one embedding set.
TEST_F(WideRun, HasItsBuildsComparedWithinEachTable) {
  using Place = std::pair<std::uint32_t, std::uint32_t>;  // experiment, embedding set
  const fs::path edited = copy();
  std::map<FitId, Place> places;
  {
    const RunEvidence evidence({.run = edited});
    for (const Fit& fit : evidence.records().plan.fits)
      places[fit.id] = {fit.experiment, fit.embedding};
  }
  const auto finding_with = [&](const std::function<std::string(const Place&, int)>& class_of) {
    RunEditor editor(edited);
    std::map<Place, int> fits;
    for (EditedFit& fit : editor.fits()) {
      const Place& place = places.at(fit.result.id);
      fit.origin.equivalence_class = class_of(place, fits[place]++);
    }
    editor.save();
    return finding_of(edited, "PRO-04");
  };
  const Finding apart = finding_with([](const Place& place, int) {
    return fmt::format("build {}; set {}", place.first, place.second);
  });
  EXPECT_NE(apart.verdict, Verdict::warn) << "of four tables, each by a build of its own";
  EXPECT_EQ(apart.value, 1);
  const std::vector<std::string> experiments{"two sites", "all"}, sets{"made/z", "made/y"};
  for (std::uint32_t e = 0; e < 2; ++e)
    for (std::uint32_t m = 0; m < 2; ++m) {
      const Finding mixed = finding_with([&](const Place& place, int fit) {
        return fmt::format("build {}{}", place.first,
                           place == Place{e, m} && fit == 1 ? "; other" : "");
      });
      const std::string row = experiments[e] + ", " + sets[m] + ", linear: ";
      EXPECT_EQ(mixed.verdict, Verdict::warn);
      EXPECT_EQ(mixed.value, 2);
      EXPECT_THAT(mixed.evidence,
                  ElementsAre("differ in: other", fmt::format("{}5 fits by build {}", row, e),
                              fmt::format("{}1 fit by build {}; other", row, e)));
    }
}

/// Eight candidates do the better elsewhere the less they hold of the domain. Four that have lost
/// the task hold nothing and do badly everywhere: they would turn the correlation round.
TEST(DoseAndResponse, IsOfTheCandidatesThatKeepTheTask) {
  const ScratchFolder scratch;
  CaseMaker maker(scratch.path());
  MadeStudy study = maker.clean_study();
  constexpr std::size_t kKept = 8;
  constexpr std::size_t kCandidates = 12;
  json& candidates = study.job["experiments"][0]["candidates"];
  candidates = json::array();
  for (std::size_t c = 0; c < kCandidates; ++c)
    candidates.push_back({{"kind", "baseline"},
                          {"name", fmt::format("b{}", c)},
                          {"training", {{"learning_rate", 0.001 * static_cast<double>(c + 1)}}}});
  study.job["splits"] = {{"folds", 2}, {"seeds", 1}};
  study.job["training"]["epochs"] = 1;
  const fs::path run = maker.train(study);
  std::map<FitId, std::size_t> candidate_of;
  {
    const RunEvidence evidence({.run = run});
    for (const Fit& fit : evidence.records().plan.fits) candidate_of[fit.id] = fit.candidate;
  }
  RunEditor editor(run);
  for (EditedFit& fit : editor.fits()) {
    const std::size_t c = candidate_of.at(fit.result.id);
    const bool kept = c < kKept;
    const auto place = static_cast<double>(kept ? c : c - kKept);
    fit.result.held_out.auc = kept ? 0.9 : 0.5;
    fit.result.probe->auc = kept ? 0.6 + 0.03 * place : 0.5 + 0.01 * place;
    fit.result.oos->auc = kept ? 0.9 - 0.02 * place : 0.5 + 0.01 * place;
  }
  editor.save();
  const AuditReport report = audit_run(RunEvidence({.run = run}), {.rules = {"CON-05"}});
  const Finding& finding = report.results.front().finding;
  EXPECT_EQ(finding.verdict, Verdict::warn);
  ASSERT_TRUE(finding.value.has_value());
  EXPECT_DOUBLE_EQ(*finding.value, -1);
  EXPECT_THAT(finding.evidence, SizeIs(kKept));
}

/// Only where a model does the better elsewhere the less it holds of the domain, on one embedding
/// set of one experiment; on all others it does the worse.
TEST(DoseAndResponse, IsOfEachExperimentAndEmbeddingSetApart) {
  constexpr std::size_t kCandidates = 4;
  const ScratchFolder scratch;
  CaseMaker maker(scratch.path());
  MadeStudy study = maker.clean_study();
  EmbeddingSet other = made_set(study);
  other.info.name = "made/y";
  std::reverse(other.values.begin(), other.values.end());
  study.others = {std::move(other)};
  study.job["embeddings"] = {"made/z", "made/y"};
  study.job["splits"] = {{"folds", 2}, {"seeds", 1}};
  study.job["training"]["epochs"] = 1;
  json experiment = study.job["experiments"][0];
  experiment["candidates"] = json::array();
  for (std::size_t c = 0; c < kCandidates; ++c)
    experiment["candidates"].push_back(
        {{"kind", "baseline"},
         {"name", fmt::format("b{}", c)},
         {"training", {{"learning_rate", 0.001 * static_cast<double>(c + 1)}}}});
  json again = experiment;
  again["name"] = "again";
  again["standardize"] = "train";
  study.job["experiments"] = {experiment, again};
  const fs::path run = maker.train(study);

  using Place = std::pair<std::uint32_t, std::uint32_t>;  // experiment, embedding set
  std::map<FitId, std::pair<Place, std::uint32_t>> places;
  {
    const RunEvidence evidence({.run = run});
    for (const Fit& fit : evidence.records().plan.fits)
      places.emplace(fit.id, std::pair(Place(fit.experiment, fit.embedding), fit.candidate));
  }
  for (const Place& shortcut : {Place{0, 0}, Place{0, 1}, Place{1, 0}, Place{1, 1}}) {
    RunEditor editor(run);
    for (EditedFit& fit : editor.fits()) {
      const auto& [place, candidate] = places.at(fit.result.id);
      fit.result.held_out.auc = 0.9;
      fit.result.probe->auc = 0.6 + 0.03 * candidate;
      fit.result.oos->auc = 0.75 + (place == shortcut ? -0.02 : 0.02) * candidate;
    }
    editor.save();
    const AuditReport report =
        audit_run(RunEvidence({.run = run}),
                  {.rules = {"CON-05"}, .set = {{"CON-05.candidates", kCandidates}}});
    const Finding& finding = report.results.front().finding;
    EXPECT_EQ(finding.verdict, Verdict::warn);
    EXPECT_DOUBLE_EQ(finding.value.value_or(0), -1);
    EXPECT_THAT(finding.evidence, SizeIs(kCandidates));
    EXPECT_THAT(finding.evidence,
                Each(StartsWith(fmt::format("{} on {}: ", shortcut.first == 0 ? "task" : "again",
                                            shortcut.second == 0 ? "made/z" : "made/y"))));
  }
}

}  // namespace
}  // namespace crossfold::audit
