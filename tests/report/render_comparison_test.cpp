#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

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

/// Counts and odds ratios are no scores, however much they differ; probes of any kind are.
TEST(RenderComparison, TellsByHowMuchScoresDiffer) {
  RunRecords left = whole_study();
  Experiment& experiment = left.job.experiments[0];
  experiment.probe_within = ProbeWithin::class_label;
  const ExperimentSamples& samples = left.plan.basis.samples[0];
  for (const FurtherProbe& probe : further_probes(experiment, samples))
    for (auto& [id, result] : left.results)
      result.probes.push_back(
          {.of = probe.of,
           .within = samples.class_label.levels[static_cast<std::size_t>(probe.within.value())],
           .scores = testing::even_scores(samples.domain.levels.size(), 0.5)});
  RunRecords right = left;
  FitResult& result = testing::result_at(right, 0, 0, 0, 0);
  result.held_out.diagnostic_odds_ratio = 77;
  result.held_out.samples += 100;
  EXPECT_THAT(render_comparison(compare(left, right)), HasSubstr("(scores by at most 0)"));
  result.probes[0].scores.classes[1].auc = 0.625;
  EXPECT_THAT(render_comparison(compare(left, right)), HasSubstr("(scores by at most 0.1250)"));
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

FitPlace place_in(SplitScheme scheme) {
  return {.experiment = "task",
          .embedding = "z",
          .candidate = "c",
          .seed = SeedIndex(1),
          .fold = FoldIndex(2),
          .id = *FitId::from_hex(std::string(32, 'a')),
          .scheme = scheme,
          .inner = FoldIndex(3),
          .source = "north"};
}

/// A comparison whose numbers and names are all different.
RunComparison full_comparison() {
  RunComparison of;
  of.left = "a";
  of.right = "b";
  of.tolerance = 0.25;
  of.agreement = Agreement::within_tolerance;
  of.job = {"/seed: 1 -> 2"};
  of.samples = {.identical = false,
                .left = 101,
                .right = 102,
                .only_left = 103,
                .only_right = 104,
                .relabelled = 105};
  of.embeddings = {{.name = "z", .left = std::string(20, '1'), .right = std::string(20, '2')},
                   {.name = "y", .left = "33", .right = std::nullopt},
                   {.name = "x", .left = std::nullopt, .right = "44"},
                   {.name = "w", .left = "55", .right = "55"}};
  of.fits.common = 106;
  of.fits.only_left = 107;
  of.fits.only_right = 108;
  of.fits.states = {{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}};
  for (const SplitScheme scheme :
       {SplitScheme::k_fold, SplitScheme::source_out, SplitScheme::nested, SplitScheme::hold_out,
        SplitScheme::leave_out})
    of.fits.unlike_states.push_back(place_in(scheme));
  of.values = {{.field = "in.auc",
                .fits = 109,
                .beyond = 110,
                .largest = 0.15625,
                .place = place_in(SplitScheme::k_fold),
                .left = "0.5",
                .right = "0.625"},
               {.field = "training.stop",
                .fits = 111,
                .beyond = 112,
                .largest = std::nullopt,
                .place = place_in(SplitScheme::nested),
                .left = "plateau",
                .right = "epochs"}};
  of.unlike_values = 113;
  of.validation_auc_once = 114;
  of.artefacts = {.identical = 115,
                  .different = 116,
                  .beyond = 117,
                  .unread = 8,
                  .unread_unlike = 9,
                  .unkept = 120,
                  .neither = 121,
                  .largest_probability = 0.40625,
                  .place = place_in(SplitScheme::source_out)};
  of.classes_left = {"build of left"};
  of.classes_right = {"build of right"};
  ScoreDifference score;
  score.column = {.name = "task_auc",
                  .label = "task AUC",
                  .scored_on = ScoredOn::held_out,
                  .measure = Measure::auc,
                  .place = ColumnPlace::main,
                  .no_error_reason = {},
                  .set = 0};
  score.left = {.n = 122, .undefined = 123, .mean = 0.5, .sd = {}, .median = {}};
  score.right = {.n = 124, .undefined = 125, .mean = 0.75, .sd = {}, .median = {}};
  score.difference = 0.25;
  score.pairs = 126;
  score.paired_mean = 0.1875;
  score.largest = 0.4375;
  score.seed = SeedIndex(4);
  score.fold = FoldIndex(5);
  of.rows = {{.experiment = "task",
              .embedding = "z",
              .candidate = "c",
              .common_fits = 127,
              .other_fits = 128,
              .shared_splits = 129,
              .left = {.expected = 0, .done = 130, .failed = 0, .missing = 0},
              .right = {.expected = 0, .done = 131, .failed = 0, .missing = 0},
              .scores = {score}}};
  of.rows_only_left = {{.experiment = "task", .embedding = "z", .candidate = "of left"}};
  of.rows_only_right = {{.experiment = "task", .embedding = "z", .candidate = "of right"}};
  of.notes = {"a: torn"};
  return of;
}

/// A fit as JSON has it: with the place in its split that its scheme knows.
nlohmann::json place_json(nlohmann::json split) {
  split.update({{"experiment", "task"},
                {"embedding", "z"},
                {"candidate", "c"},
                {"seed", 1},
                {"fit", std::string(32, 'a')}});
  return split;
}

TEST(RenderComparisonJson, HasEveryNumberUnderItsKey) {
  using nlohmann::json;
  json expected = json::parse(R"({
    "format": "crossfold-comparison", "format_version": 1, "left": "a", "right": "b",
    "tolerance": 0.25, "agreement": "within-tolerance", "job": ["/seed: 1 -> 2"],
    "samples": {"identical": false, "left": 101, "right": 102, "only_left": 103,
                "only_right": 104, "relabelled": 105},
    "embeddings": [
      {"name": "z", "identical": false, "left_sha256": "11111111111111111111",
       "right_sha256": "22222222222222222222"},
      {"name": "y", "identical": false, "left_sha256": "33"},
      {"name": "x", "identical": false, "right_sha256": "44"},
      {"name": "w", "identical": true, "left_sha256": "55", "right_sha256": "55"}],
    "fits": {"common": 106, "only_left": 107, "only_right": 108,
             "states": [{"left": "done", "right": "done", "fits": 1},
                        {"left": "done", "right": "failed", "fits": 2},
                        {"left": "done", "right": "missing", "fits": 3},
                        {"left": "failed", "right": "done", "fits": 4},
                        {"left": "failed", "right": "failed", "fits": 5},
                        {"left": "failed", "right": "missing", "fits": 6},
                        {"left": "missing", "right": "done", "fits": 7},
                        {"left": "missing", "right": "failed", "fits": 8},
                        {"left": "missing", "right": "missing", "fits": 9}]},
    "fits_with_other_values": 113,
    "values": [
      {"field": "in.auc", "fits": 109, "beyond_tolerance": 110, "largest": 0.15625, "left": "0.5",
       "right": "0.625"},
      {"field": "training.stop", "fits": 111, "beyond_tolerance": 112, "largest": "nan",
       "left": "plateau", "right": "epochs"}],
    "validation_auc_in_one_run": 114,
    "artefacts": {"identical": 115, "different": 116, "beyond_tolerance": 117, "lost": 8,
                  "kept_by_one": 120, "kept_by_none": 121, "largest_probability_difference": 0.40625},
    "classes_only_left": ["build of left"], "classes_only_right": ["build of right"],
    "rows": [{"experiment": "task", "embedding": "z", "candidate": "c", "common_fits": 127,
              "other_fits": 128, "other_fits_on_same_split": 129, "done_left": 130,
              "done_right": 131,
              "scores": {"task_auc": {
                "left": {"mean": 0.5, "n": 122, "undefined": 123},
                "right": {"mean": 0.75, "n": 124, "undefined": 125}, "difference": 0.25,
                "pairs": 126, "paired_mean_difference": 0.1875, "largest_difference": 0.4375,
                "seed": 4, "fold": 5}}}],
    "rows_only_left": [{"experiment": "task", "embedding": "z", "candidate": "of left"}],
    "rows_only_right": [{"experiment": "task", "embedding": "z", "candidate": "of right"}],
    "notes": ["a: torn"]})");
  const json k_fold = place_json({{"fold", 2}});
  const json source_out = place_json({{"source", "north"}});
  const json nested = place_json({{"fold", 2}, {"inner_fold", 3}});
  const json leave_out = place_json({{"fold", 2}, {"left_out", "north"}});
  expected["fits"]["unlike_states"] = {k_fold, source_out, nested, k_fold, leave_out};
  expected["values"][0]["in"] = k_fold;
  expected["values"][1]["in"] = nested;
  expected["artefacts"]["in"] = source_out;
  EXPECT_EQ(json::parse(render_comparison_json(full_comparison())), expected);
}

TEST(RenderComparison, NamesTheSideOfEverythingThatDiffers) {
  const std::string text = render_comparison(full_comparison());
  EXPECT_THAT(text,
              StartsWith("within the tolerance of 0.25: 106 planned fits in common, 107 of the "
                         "left run alone, 108"));
  for (const char* part :
       {"\n  left:  a\n  right: b\n\nJob, left -> right\n  /seed: 1 -> 2\n",
        "\nSamples and embedding sets\n  samples: 101 and 102; 103 only left, 104 only right, 105 "
        "with another patient,",
        "\n  z: other numbers (content 111111111111 and 222222222222)\n  y: in the left run alone\n"
        "  x: in the right run alone\n\n",
        "\nFits\n  planned by both 106, by the left run alone 107, by the right run alone 108\n"
        "  2 fits: done left, failed right\n  3 fits: done left, missing right\n"
        "  4 fits: failed left, done right\n  6 fits: failed left, missing right\n"
        "  7 fits: missing left, done right\n  8 fits: missing left, failed right\n\n",
        "\n  task, z, c, seed 1, fold 2\n  task, z, c, seed 1 without source north\n"
        "  task, z, c, seed 1 fold 2 inner fold 3\n  task, z, c, seed 1\n"
        "  task, z, c, seed 1 without north\n\n",
        "\nRows of one run alone\n  left: task, z, of left\n  right: task, z, of right\n\n",
        "\nFields that differ in fits that both have done (1)\n",
        "\n  115 identical, 116 different\n",
        "\n  largest difference of a class probability: 0.41 (task, z, c, seed 1 without source "
        "north)\n",
        " of one run alone\n  left: build of left\n  right: build of right\n\nNot compared\n",
        "\n  215 fits planned by one run alone: only the means of their rows, above\n",
        "\n  44 common fits are missing or failed in a run (9 missing in both, 5 failed in both)\n",
        "\n  the artefacts of 8 fits, which are missing in a run (9 of them different by the "
        "journals' hashes)\n",
        "\n  the artefacts of 120 fits, which one run alone kept\n",
        "\n  the validation AUC of 114 fits: one run was trained by a program that did not compute "
        "it\n",
        "\nNotes\n  a: torn\n"})
    EXPECT_THAT(text, HasSubstr(part));
}

/// Each number of the tables below its heading.
TEST(RenderComparison, HasTablesOfMeansAndOfFields) {
  const auto words_of = [](const std::string& text, const std::string& begin) {
    const std::size_t at = text.find("\n" + begin);
    EXPECT_NE(at, std::string::npos) << begin;
    std::istringstream line(at == std::string::npos
                                ? std::string()
                                : text.substr(at + 1, text.find('\n', at + 1) - at - 1));
    std::vector<std::string> words;
    for (std::string word; line >> word;) words.push_back(word);
    return words;
  };
  const std::string text = render_comparison(full_comparison());
  EXPECT_EQ(words_of(text, "table "),
            (std::vector<std::string>{"table", "embedding", "candidate", "score", "left", "(n)",
                                      "right", "(n)", "right", "-", "left", "paired", "pairs",
                                      "largest", "seed/fold"}));
  EXPECT_EQ(words_of(text, "task "),
            (std::vector<std::string>{"task", "z", "c", "task", "AUC", "0.5000", "(122)", "0.7500",
                                      "(124)", "+0.2500", "+0.1875", "126", "0.4375", "4/5"}));
  EXPECT_EQ(words_of(text, "field "), (std::vector<std::string>{"field", "fits", "beyond",
                                                                "largest", "left", "right", "in"}));
  EXPECT_EQ(words_of(text, "in.auc "),
            (std::vector<std::string>{"in.auc", "109", "110", "0.16", "0.5", "0.625", "task,", "z,",
                                      "c,", "seed", "1,", "fold", "2"}));
  EXPECT_EQ(
      words_of(text, "training.stop "),
      (std::vector<std::string>{"training.stop", "111", "112", "-", "plateau", "epochs", "task,",
                                "z,", "c,", "seed", "1", "fold", "2", "inner", "fold", "3"}));
}

TEST(RenderComparison, SaysThatSamplesStandInAnotherOrder) {
  RunComparison of;
  of.samples = {
      .identical = false, .left = 3, .right = 3, .only_left = 0, .only_right = 0, .relabelled = 0};
  const std::string said = "the same samples with the same labels, in another order";
  EXPECT_THAT(render_comparison(of), HasSubstr(said));
  for (std::size_t SampleComparison::*count :
       {&SampleComparison::only_left, &SampleComparison::only_right,
        &SampleComparison::relabelled}) {
    of.samples.*count = 1;
    EXPECT_THAT(render_comparison(of), Not(HasSubstr(said)));
    of.samples.*count = 0;
  }
}

}  // namespace
}  // namespace crossfold
