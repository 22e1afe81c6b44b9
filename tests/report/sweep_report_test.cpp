#include "crossfold/report/sweep_report.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/random_stream.h"
#include "crossfold/report/render.h"
#include "crossfold/stats/bagged_scores.h"
#include "crossfold/stats/bootstrap_bags.h"
#include "crossfold/stats/summary.h"

#include "report/run_builder.h"
#include "report/swept_study.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using testing::swept_study;

SweepReport sweep_of(const RunRecords& records) {
  return build_report(records).tables.at(0).sweeps.at(0);
}

const SweepChoice& choice_of(const SweepReport& sweep, SelectionRule rule) {
  for (const SweepChoice& choice : sweep.choices)
    if (choice.rule == rule) return choice;
  throw std::out_of_range("no such choice");
}

TEST(SweepReport, TellsWhatEachRuleChooses) {
  const SweepReport sweep = sweep_of(swept_study());
  EXPECT_EQ(sweep.embedding, "texture/raw");
  EXPECT_EQ(sweep.candidates, 3U);
  EXPECT_EQ(choice_of(sweep, SelectionRule::held_out).candidate, "d[lambda.from=1]");
  EXPECT_NEAR(*choice_of(sweep, SelectionRule::held_out).in_pool.mean, 0.9, 1e-12);
  EXPECT_EQ(choice_of(sweep, SelectionRule::oracle).candidate, "d[lambda.from=10]");
  EXPECT_TRUE(choice_of(sweep, SelectionRule::oracle).peeks);
  EXPECT_FALSE(choice_of(sweep, SelectionRule::oracle).honest.mean.has_value());
  EXPECT_NEAR(*choice_of(sweep, SelectionRule::oracle).oos_auc.mean, 0.7, 1e-12);
  EXPECT_EQ(choice_of(sweep, SelectionRule::constrained).candidate, "d[lambda.from=3]")
      << "the best of those with a domain AUC of at most tau";
}

/// Split by split, by the validation part alone; its held-out scores are honest as they are.
TEST(SweepReport, ChoosesByValidationSplitBySplit) {
  const SweepReport sweep = sweep_of(swept_study());
  const SweepChoice& choice = choice_of(sweep, SelectionRule::validation);
  EXPECT_EQ(choice.candidate, "");
  EXPECT_THAT(choice.per_split, ElementsAre(std::pair(std::string("d[lambda.from=3]"), 3U),
                                            std::pair(std::string("d[lambda.from=10]"), 1U)));
  EXPECT_EQ(choice.honest.kind, sweep::HonestScore::held_out_fold);
  EXPECT_EQ(choice.honest.mean, choice.in_pool.mean);
  EXPECT_TRUE(choice.honest.interval.has_value());
}

TEST(SweepReport, HasTheCandidatesThatWereNotDrawnBeside) {
  const SweepReport sweep = sweep_of(swept_study());
  const SweepChoice& last = sweep.choices.back();
  EXPECT_FALSE(last.rule.has_value());
  EXPECT_EQ(last.candidate, "baseline");
  EXPECT_NEAR(*last.honest.mean, 0.95, 1e-12);
}

TEST(SweepReport, SaysWhyThereIsNoHonestScore) {
  RunRecords records = swept_study();
  EXPECT_EQ(choice_of(sweep_of(records), SelectionRule::held_out).honest.why_not,
            "predictions were not read");
  records.job.output.predictions = false;
  EXPECT_EQ(choice_of(sweep_of(records), SelectionRule::held_out).honest.why_not,
            "the run keeps no predictions (\"output\": {\"predictions\": false})");
}

/// Predictions of the fit's held-out samples that know a little of the class, of every fit its own.
Predictions noisy_predictions(const RunRecords& records, const Fit& fit) {
  const ExperimentSamples& samples = records.plan.basis.samples[0];
  RandomStream random({.root_seed = fit.candidate * 100ULL + fit.seed.value * 10 + fit.fold.value},
                      "predictions");
  Predictions made{.rows = split_of(records.job, records.plan, fit).test,
                   .classes = samples.class_label.levels.size(),
                   .probabilities = {}};
  for (const std::uint32_t row : made.rows)
    for (std::size_t k = 0; k < made.classes; ++k)
      made.probabilities.push_back(
          0.25 * random.uniform() +
          (samples.class_label.codes[row] == static_cast<std::int32_t>(k) ? 0.1 : 0));
  return made;
}

/// The mean over bags of what the best of some candidates in a bag has out of it, with all of them
/// scored in and out of all bags.
double plain_honest_mean(const RunRecords& records, const std::vector<std::uint32_t>& candidates) {
  constexpr std::size_t kBags = 1000;
  const ExperimentSamples& samples = records.plan.basis.samples[0];
  stats::BaggedSamples pool{.classes = samples.class_label.levels.size(),
                            .labels = {},
                            .groups = {},
                            .folds = {},
                            .test_share = 1};
  std::map<std::uint32_t, std::size_t> place;
  std::map<std::uint32_t, std::uint32_t> groups;
  for (const std::uint32_t row : samples.pool) {
    place.emplace(row, place.size());
    pool.labels.push_back(samples.class_label.codes[row]);
    const auto next = static_cast<std::uint32_t>(groups.size());
    pool.groups.push_back(groups.emplace(samples.group[row], next).first->second);
  }
  pool.folds.assign(2, std::vector<std::uint32_t>(place.size()));
  std::map<std::uint32_t, std::vector<std::vector<double>>> probabilities;
  for (const Fit& fit : records.plan.fits) {
    auto& seeds = probabilities[fit.candidate];
    seeds.resize(2, std::vector<double>(place.size() * pool.classes));
    const Predictions made = noisy_predictions(records, fit);
    for (std::size_t i = 0; i < made.rows.size(); ++i) {
      pool.folds[fit.seed.value][place.at(made.rows[i])] = fit.fold.value;
      for (std::size_t k = 0; k < pool.classes; ++k)
        seeds[fit.seed.value][place.at(made.rows[i]) * pool.classes + k] =
            made.probabilities[i * pool.classes + k];
    }
  }
  RandomStream stream({.root_seed = records.job.seed}, "bootstrap of patients");
  const stats::BootstrapBags bags(groups.size(), kBags, stream);
  const stats::BaggedScorer scorer(pool, bags, stats::BagMetric::auc);
  std::vector<std::optional<double>> best(kBags);
  std::vector<std::optional<double>> honest(kBags);
  for (const std::uint32_t candidate : candidates) {
    const auto in = scorer.score_in_bag(probabilities.at(candidate)).in_bag;
    const auto out =
        scorer.score_out_of_bag(probabilities.at(candidate), std::vector<bool>(kBags, true));
    for (std::size_t bag = 0; bag < kBags; ++bag)
      if (in[bag] && (!best[bag] || *in[bag] > *best[bag])) {
        best[bag] = in[bag];
        honest[bag] = out[bag];
      }
  }
  return stats::summarize(honest).mean.value();
}

TEST(SweepReport, HonestScoresAreThoseOfAllBagsOutsideWhichTheChoiceIsScored) {
  const RunRecords records = swept_study();
  const SweepReport sweep = build_report(records, {},
                                         [&](const FitId& id) {
                                           Artefacts kept;
                                           for (const Fit& fit : records.plan.fits)
                                             if (fit.id == id)
                                               kept.held_out = noisy_predictions(records, fit);
                                           return std::optional(kept);
                                         })
                                .tables.at(0)
                                .sweeps.at(0);
  EXPECT_NEAR(choice_of(sweep, SelectionRule::held_out).honest.mean.value(),
              plain_honest_mean(records, {1, 2, 3}), 1e-12);
  EXPECT_NEAR(choice_of(sweep, SelectionRule::constrained).honest.mean.value(),
              plain_honest_mean(records, {2, 3}), 1e-12)
      << "those with a domain AUC of at most tau";
}

/// A candidate with a missing or a failed fit is in no rule's reach.
TEST(SweepReport, ChoosesAmongCompleteCandidatesOnly) {
  RunRecords records = swept_study();
  records.results.erase(testing::fit_at(records, 0, 1, 0, 0).id);
  const SweepReport sweep = sweep_of(records);
  EXPECT_EQ(choice_of(sweep, SelectionRule::held_out).candidate, "d[lambda.from=3]");
  EXPECT_EQ(sweep.swept.at(0).state, sweep::CandidateState::incomplete);
  EXPECT_EQ(sweep.swept.at(0).splits, 3U);
}

/// In a race the others are trained on fewer splits than the leader.
TEST(SweepReport, RestsImportanceOnTheSplitsThatEveryCandidateHas) {
  RunRecords records = swept_study();
  Chain race;
  race.embedding = 0;
  records.plan.chains = {race};
  Stage first_rung;
  for (std::uint32_t i = 0; i < records.plan.fits.size(); ++i) {
    const Fit& fit = records.plan.fits[i];
    if (fit.candidate == 0) continue;  // the baseline races with nobody
    if (fit.seed == SeedIndex(0))
      first_rung.fits.push_back(i);
    else if (fit.candidate > 1)
      records.results.erase(fit.id);
  }
  records.stages = {first_rung};
  const SweepReport sweep = sweep_of(records);
  EXPECT_EQ(sweep.importance_splits, 2U) << "the folds of the first seed";
  ASSERT_THAT(sweep.importance, SizeIs(1));
  EXPECT_EQ(sweep.importance[0].key, "lambda.from");
  EXPECT_EQ(sweep.importance[0].candidates, 3U);
}

/// A race of candidates that draw two words, on two embedding sets: 20 have the splits of the first
/// rung, and each later rung trains fewer of them on more.
class RacedSweep : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kCandidates = 20;

  RacedSweep() {
    const RunRecords small = testing::small_study();
    Job job = small.job;
    job.embeddings = {"texture/raw", "texture/equalized"};
    job.splits.seeds = 3;
    Experiment& experiment = job.experiments[0];
    experiment.candidates.clear();
    for (std::uint32_t c = 0; c < kCandidates; ++c) {
      experiment.candidates.push_back(
          testing::candidate("d" + std::to_string(c), CandidateKind::disentangled));
      experiment.candidates.back().parameters = {{.key = "first", .value = c % 2 ? "a" : "b"},
                                                 {.key = "second", .value = c % 4 < 2 ? "c" : "d"}};
    }
    experiment.sweep = SweepSettings{};
    experiment.sweep->candidates = kCandidates;
    experiment.sweep->select = {SelectionRule::held_out};
    records_ = testing::empty_run(job, small.samples);
    for (const std::uint32_t embedding : {0U, 1U}) {
      Chain race;
      race.embedding = embedding;
      records_.plan.chains.push_back(race);
    }
  }

  /// On the first seed's splits "a" is best, on the others' "b"; of "c" and "d" each has one of the
  /// best two on the first, and "d" both on the others.
  static double auc_of(const Fit& fit) {
    const std::uint32_t c = fit.candidate;
    const bool is_best = fit.seed == SeedIndex(0) ? c == 1 || c == 3 : c == 2 || c == 6;
    return is_best ? 0.9 : 0.5 + 0.01 * c;
  }
  /// The next rung of an embedding set's race: the first `living` candidates on the splits of a
  /// seed, or of one of its folds.
  void add_rung(std::uint32_t embedding, std::uint32_t living, std::uint32_t seed,
                std::optional<std::uint32_t> fold = std::nullopt) {
    Stage rung;
    rung.chain = embedding;
    for (std::uint32_t i = 0; i < records_.plan.fits.size(); ++i) {
      const Fit& fit = records_.plan.fits[i];
      if (fit.embedding != embedding || fit.seed.value != seed || fit.candidate >= living ||
          (fold && fit.fold.value != *fold))
        continue;
      rung.fits.push_back(i);
      FitResult result = testing::even_result(records_, fit, 0.5);
      result.held_out.auc = auc_of(fit);
      records_.results[fit.id] = result;
    }
    records_.stages.push_back(rung);
  }
  [[nodiscard]] std::vector<SweepReport> sweeps() const {
    return build_report(records_).tables.at(0).sweeps;
  }
  /// PED-ANOVA of a word that half of all and `share` of the best two draw, the top tenth:
  /// (0.1 / 1)^2 times the sum over both words of (p' / p - 1)^2 p.
  static double variance_of(double share) {
    const auto term = [](double top) { return (top / 0.5 - 1) * (top / 0.5 - 1) * 0.5; };
    return 0.01 * (term(share) + term(1 - share));
  }
  static void expect_importance(const SweepReport& sweep, std::size_t splits) {
    EXPECT_EQ(sweep.importance_splits, splits);
    ASSERT_THAT(sweep.importance, SizeIs(2));
    const std::vector<std::pair<std::string, double>> expected = {{"first", variance_of(1)},
                                                                  {"second", variance_of(0.5)}};
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(sweep.importance[i].key, expected[i].first);
      EXPECT_EQ(sweep.importance[i].candidates, kCandidates);
      EXPECT_EQ(sweep.importance[i].top, 2U);
      EXPECT_NEAR(sweep.importance[i].variance.value(), expected[i].second, 1e-15);
    }
  }

  RunRecords records_;
};

/// However many rungs there are, those of the first count: all candidates have them alone.
TEST_F(RacedSweep, HasTheImportanceOfTheFirstRungAtEveryRung) {
  for (const std::uint32_t embedding : {0U, 1U}) add_rung(embedding, kCandidates, 0);
  for (const SweepReport& sweep : sweeps()) expect_importance(sweep, 2);
  for (const std::uint32_t embedding : {0U, 1U}) add_rung(embedding, 8, 1, 0);
  for (const SweepReport& sweep : sweeps()) expect_importance(sweep, 2);
  for (const std::uint32_t embedding : {0U, 1U}) add_rung(embedding, 4, 1, 1);
  for (const SweepReport& sweep : sweeps()) expect_importance(sweep, 2);
  for (const std::uint32_t embedding : {0U, 1U}) add_rung(embedding, 3, 2);
  for (const SweepReport& sweep : sweeps()) expect_importance(sweep, 2);
}

/// The first rung of one may be longer than that of the other.
TEST_F(RacedSweep, HasTheImportanceOfEachRacesOwnFirstRung) {
  add_rung(0, kCandidates, 0, 1);
  add_rung(0, 4, 1);
  add_rung(1, kCandidates, 0);
  add_rung(1, 4, 2);
  const std::vector<SweepReport> found = sweeps();
  ASSERT_THAT(found, SizeIs(2));
  expect_importance(found[0], 1);
  expect_importance(found[1], 2);
}

TEST(SweepReport, ShowsRowsOfTheChosenUnlessAllAreWanted) {
  const auto names = [](const Report& report) {
    std::vector<std::string> found;
    for (const ReportRow& row : report.tables.at(0).rows) found.push_back(row.candidate);
    return found;
  };
  RunRecords records = swept_study();
  records.job.experiments[0].sweep->select = {SelectionRule::held_out};
  EXPECT_THAT(names(build_report(records)), ElementsAre("baseline", "d[lambda.from=1]"));
  EXPECT_THAT(names(build_report(records, {.swept = SweptRows::complete})), SizeIs(4));
}

TEST(SweepReport, ShowsOfEachEmbeddingSetTheRowsOfWhatIsChosenThere) {
  const RunRecords one = swept_study();
  Job job = one.job;
  job.embeddings = {"texture/raw", "texture/equalized"};
  job.experiments[0].sweep->select = {SelectionRule::held_out};
  RunRecords two = testing::empty_run(job, one.samples);
  testing::record_all(two, [&](const Fit& fit) {
    FitResult result = testing::even_result(two, fit, 0.5);
    const auto c = static_cast<double>(fit.candidate);
    result.held_out.auc = fit.embedding == 0 ? 0.95 - 0.05 * c : 0.6 + 0.05 * c;
    return result;
  });
  std::vector<std::string> rows;
  const Report report = build_report(two);
  for (const ReportRow& row : report.tables.at(0).rows)
    rows.push_back(row.embedding + " " + row.candidate);
  EXPECT_THAT(rows,
              ElementsAre("texture/raw baseline", "texture/raw d[lambda.from=1]",
                          "texture/equalized baseline", "texture/equalized d[lambda.from=10]"));
}

TEST(SweepReport, MarksTheOracleWhereverPeopleRead) {
  const Report report = build_report(swept_study());
  EXPECT_THAT(render_text(report, {}), HasSubstr("oracle (PEEKS)"));
  EXPECT_THAT(render_markdown(report, {}), HasSubstr("oracle (PEEKS)"));
  EXPECT_THAT(render_latex(report, {}), HasSubstr("oracle (PEEKS)"));
  const auto json = nlohmann::json::parse(render_json(report));
  for (const auto& choice : json["tables"][0]["sweeps"][0]["selection"])
    EXPECT_EQ(choice["peeks"], choice["rule"] == "oracle");
}

TEST(RenderCandidates, HasALineForEachWithItsParameters) {
  const std::string csv = render_candidates(build_report(swept_study()));
  EXPECT_THAT(csv, HasSubstr("experiment,embedding,candidate,state,splits,lambda.from,task_auc,"));
  EXPECT_THAT(csv, HasSubstr("table3,texture/raw,d[lambda.from=3],complete,4,3,0.85,"));
  EXPECT_THAT(csv, HasSubstr(",validation:3;constrained,"));
  EXPECT_THAT(csv, Not(HasSubstr("baseline")));
}

}  // namespace
}  // namespace crossfold
