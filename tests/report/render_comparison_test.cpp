#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/report/compare.h"

#include "core/schema_errors.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

RunRecords whole_study() {
  RunRecords records = testing::small_study();
  testing::record_all(records,
                      [&](const Fit& fit) { return testing::even_result(records, fit, 0.5); });
  return records;
}

RunComparison compare(const RunRecords& left, const RunRecords& right, double tolerance = 0) {
  const auto none = [](const FitId&) { return std::optional<Artefacts>(Artefacts{}); };
  return compare_runs({.name = "a.run", .records = left, .artefacts = none},
                      {.name = "b.run", .records = right, .artefacts = none},
                      {.tolerance = tolerance});
}

/// Three fits with other scores, one missing, another job.
RunComparison unlike() {
  const RunRecords left = whole_study();
  RunRecords right = left;
  right.job.cohort = 4;  // of no consequence
  right.job.name = "again";
  testing::result_at(right, 0, 0, 0, 0).held_out.auc = 0.75;
  testing::result_at(right, 0, 0, 0, 1).held_out.auc = 0.25;
  testing::result_at(right, 0, 1, 0, 0).oos->acc = 0.5 + 1e-9;
  right.results.erase(testing::fit_at(right, 0, 1, 1, 1).id);
  return compare(left, right);
}

TEST(RenderComparison, SaysInThreeLinesThatRunsAreIdentical) {
  const RunRecords run = whole_study();
  EXPECT_EQ(render_comparison(compare(run, run)),
            "identical: the numbers of 8 fits (scores, counts, epochs, stop reasons)\n"
            "  left:  a.run\n"
            "  right: b.run\n");
}

TEST(RenderComparison, PutsFirstWhatMattersMost) {
  EXPECT_EQ(
      render_comparison(unlike()),
      R"(different: 1 common fit is done in one run and missing in the other; 3 of 7 fits that both have done
  give other numbers (scores by at most 0.2500)
  left:  a.run
  right: b.run

Job, left -> right
  /name: "small" -> "again"

Fits
  planned by both 8, by the left run alone 0, by the right run alone 0
  1 fit: done left, missing right

Fits of which one run alone has numbers, or that failed in one
  table3, texture/raw, disentangled, seed 1, fold 1

Means: 6 of 10 differ
  4 of these only because one run has fits that the other has not; where both have them, they are
  equal
table   embedding    candidate     score       left (n)   right (n)  right - left    paired  pairs  largest  seed/fold
------  -----------  ------------  --------  ----------  ----------  ------------  --------  -----  -------  ---------
table3  texture/raw  baseline      task AUC  0.5000 (4)  0.5000 (4)             0         0      4   0.2500        0/0
table3  texture/raw  disentangled  oos ACC   0.5000 (4)  0.5000 (3)      +3.3e-10  +3.3e-10      3  1.0e-09        0/0
  paired: mean over the splits that hold out the same samples in both runs; largest: the largest
  difference in one of these, and its split

Fields that differ in fits that both have done (7)
field    fits  largest  left        right  in
-------  ----  -------  ----  -----------  -------------------------------------------------
in.auc      2     0.25   0.5         0.75  table3, texture/raw, baseline, seed 0, fold 0
oos.acc     1    1e-09   0.5  0.500000001  table3, texture/raw, disentangled, seed 0, fold 0

Not compared
  1 common fit is missing or failed in a run (0 missing in both, 0 failed in both)
)");
}

TEST(RenderComparison, CountsWhatItDoesNotShow) {
  const std::string text = render_comparison(unlike(), {.lines = 1});
  EXPECT_THAT(text, HasSubstr("  ... and 1 more that differ less\n"));
  EXPECT_THAT(text, HasSubstr("  ... and 1 more field\n"));
}

TEST(RenderComparison, LeavesOutThePairsWhereNoSplitIsShared) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  right.job.splits.folds = 3;
  for (Fit& fit : right.plan.fits) {
    FitResult result = right.results.at(fit.id);
    fit.id.bytes.back() ^= 0x80U;
    result.id = fit.id;
    right.results[fit.id] = result;
  }
  EXPECT_THAT(render_comparison(compare(left, right)), HasSubstr("\nMeans: all 10 are equal\n"));
  for (auto& [id, result] : right.results) result.held_out.auc = 0.75;
  const std::string text = render_comparison(compare(left, right));
  EXPECT_THAT(text, StartsWith("different: the runs have no fit in common\n"));
  EXPECT_THAT(text, HasSubstr("score       left (n)   right (n)  right - left\n"));
  EXPECT_THAT(text, HasSubstr("  nothing is paired: no split holds out the same samples"));
}

TEST(RenderComparison, SaysWhatWasNotCompared) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  for (auto& [id, result] : right.results) result.training.validation_auc.reset();
  right.results.erase(testing::fit_at(right, 0, 0, 0, 0).id);
  RunRecords both = right;
  EXPECT_THAT(render_comparison(compare(left, right)),
              HasSubstr("\nNot compared\n"
                        "  1 common fit is missing or failed in a run (0 missing in both, 0 failed "
                        "in both)\n"
                        "  the validation AUC of 7 fits: one run was trained by a program that did "
                        "not compute it\n"));
  EXPECT_THAT(render_comparison(compare(right, both)), HasSubstr("(1 missing in both"));
}

TEST(RenderComparison, KeepsControlCharactersAwayFromTheTerminal) {
  RunRecords left = whole_study();
  left.job.experiments[0].candidates[0].name = "\x1b[2J";
  EXPECT_THAT(render_comparison(compare(left, whole_study())), Not(HasSubstr("\x1b")));
}

TEST(RenderComparisonJson, HoldsEverything) {
  const nlohmann::json found = nlohmann::json::parse(render_comparison_json(unlike()));
  EXPECT_EQ(found.at("format"), "crossfold-comparison");
  EXPECT_EQ(found.at("format_version"), 1);
  EXPECT_EQ(found.at("agreement"), "different");
  EXPECT_EQ(found.at("left"), "a.run");
  EXPECT_EQ(found.at("job"), nlohmann::json({"/name: \"small\" -> \"again\""}));
  EXPECT_EQ(found.at("fits").at("common"), 8);
  EXPECT_EQ(found.at("fits").at("states").at(2),
            nlohmann::json({{"left", "done"}, {"right", "missing"}, {"fits", 1}}));
  EXPECT_EQ(found.at("fits").at("unlike_states").at(0).at("candidate"), "disentangled");
  EXPECT_EQ(found.at("fits_with_other_values"), 3);
  ASSERT_EQ(found.at("values").size(), 2U);
  EXPECT_EQ(found.at("values").at(0).at("field"), "in.auc");
  EXPECT_EQ(found.at("values").at(0).at("largest"), 0.25);
  const nlohmann::json& score = found.at("rows").at(0).at("scores").at("task_auc");
  EXPECT_EQ(score.at("left").at("mean"), 0.5);
  EXPECT_EQ(score.at("difference"), 0);
  EXPECT_EQ(score.at("pairs"), 4);
  EXPECT_EQ(score.at("largest_difference"), 0.25);
  EXPECT_EQ(found.at("rows").at(1).at("done_right"), 3);
}

TEST(RenderComparisonJson, KeepsToItsSchema) {
  if (!test::have_schema_validator()) GTEST_SKIP() << "needs valijson (libvalijson-dev)";
  RunRecords left = whole_study();
  EmbeddingInfo& set = left.plan.basis.embeddings.emplace_back();
  set.name = "texture/raw";
  set.content = sha256("numbers");
  RunRecords other = left;
  other.job.experiments[0].candidates[1].name = "another";
  other.samples.group[0] = "somebody else";
  other.plan.basis.embeddings[0].content = sha256("other numbers");
  for (auto& [id, result] : other.results) {
    result.probe->auc.reset();
    result.training.validation_auc.reset();
    result.training.stop = StopReason::plateau;
  }
  other.classes = {"another build"};
  other.notes = {"a note"};
  const auto kept = [](double probability) {
    return [=](const FitId&) {
      Artefacts artefacts;
      artefacts.held_out =
          Predictions{.rows = {0}, .classes = 2, .probabilities = {probability, 1 - probability}};
      return std::optional(artefacts);
    };
  };
  RunRecords with_hashes = left;
  for (const auto& [id, result] : left.results)
    with_hashes.artefacts[id] = {.segment = "0001-00000000/0001.bin", .sha256 = "a"};
  RunRecords with_others = with_hashes;
  for (auto& [id, place] : with_others.artefacts) place.sha256 = "b";
  for (const RunComparison& of :
       {unlike(), compare(left, left), compare(left, other), compare(other, left),
        compare(left, testing::small_study()),
        compare_runs({.name = "a", .records = with_hashes, .artefacts = kept(0.5)},
                     {.name = "b", .records = with_others, .artefacts = kept(0.75)},
                     {.tolerance = 0.1})}) {
    const std::string document = render_comparison_json(of);
    EXPECT_EQ(test::schema_errors("comparison", document), "") << document;
  }
}

TEST(RenderComparisonJson, NamesWhatIsUndefined) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  for (auto& [id, result] : right.results) result.probe->auc.reset();
  const auto found = nlohmann::json::parse(render_comparison_json(compare(left, right)));
  const nlohmann::json& score = found.at("rows").at(0).at("scores").at("domain_auc");
  EXPECT_EQ(score.at("right").at("mean"), "nan");
  EXPECT_EQ(score.at("difference"), "nan");
  EXPECT_FALSE(score.contains("seed"));
  EXPECT_EQ(found.at("values").at(0).at("right"), "nan");
}

}  // namespace
}  // namespace crossfold
