#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/stats/bootstrap_bags.h"

#include "layout.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

constexpr std::size_t kBags = 300;

/// The small study with results and made-up predictions out of sample, of every fit its own.
class Intervals : public ::testing::Test {
 protected:
  Intervals() : records_(testing::small_study()) {
    const ExperimentSamples& samples = records_.plan.basis.samples[0];
    const std::size_t classes = samples.class_label.levels.size();
    std::mt19937 random(7);
    for (const Fit& fit : records_.plan.fits) {
      records_.results[fit.id] = testing::even_result(records_, fit, 0.75);
      Predictions oos{.rows = samples.oos, .classes = classes, .probabilities = {}};
      for (const std::uint32_t row : samples.oos) {
        std::vector<double> p(classes);
        for (std::size_t k = 0; k < classes; ++k)
          p[k] = static_cast<double>(random() % 64 + 1) +
                 (samples.class_label.codes[row] == static_cast<std::int32_t>(k) ? 24 : 0);
        double sum = 0;
        for (const double one : p) sum += one;
        for (const double one : p) oos.probabilities.push_back(one / sum);
      }
      kept_[fit.id].oos = std::move(oos);
    }
  }

  [[nodiscard]] Report report(std::size_t bags = kBags) const {
    return build_report(records_, {.bags = bags}, [this](const FitId& id) {
      const auto found = kept_.find(id);
      return found == kept_.end() ? std::nullopt : std::optional(found->second);
    });
  }

  /// The scores of every bag with the samples written out as often as they were drawn, from
  /// predictions of a candidate's fits.
  [[nodiscard]] std::vector<double> plain_scores(std::uint32_t candidate, bool auc) const {
    const ExperimentSamples& samples = records_.plan.basis.samples[0];
    std::map<std::uint32_t, std::size_t> group_of;
    for (const std::uint32_t row : samples.oos) group_of.emplace(samples.group[row], 0);
    std::size_t next = 0;
    for (const std::uint32_t row : samples.oos) {
      auto& place = group_of[samples.group[row]];
      if (place == 0) place = ++next;  // counted from 1, in the order of the rows
    }
    RandomStream stream({.root_seed = records_.job.seed}, "intervals over patients");
    const stats::BootstrapBags bags(next, kBags, stream);
    std::vector<double> scores;
    for (std::size_t bag = 0; bag < kBags; ++bag) {
      double sum = 0;
      std::size_t fits = 0;
      for (const Fit& fit : records_.plan.fits) {
        if (fit.candidate != candidate) continue;
        const Predictions& oos = *kept_.at(fit.id).oos;
        std::vector<double> p;
        std::vector<std::int32_t> labels;
        for (std::size_t i = 0; i < oos.rows.size(); ++i)
          for (int time = bags.multiplicity(group_of[samples.group[oos.rows[i]]] - 1, bag);
               time > 0; --time) {
            labels.push_back(samples.class_label.codes[oos.rows[i]]);
            for (std::size_t k = 0; k < oos.classes; ++k)
              p.push_back(oos.probabilities[i * oos.classes + k]);
          }
        const stats::ScoreSet of = stats::score_probabilities(p, labels, oos.classes);
        const std::optional<double> score = auc ? of.auc : of.acc;
        if (!score) continue;  // a bag of one class, for every fit
        sum += *score;
        ++fits;
      }
      if (fits > 0) scores.push_back(sum / static_cast<double>(fits));
    }
    std::sort(scores.begin(), scores.end());
    return scores;
  }

  RunRecords records_;
  std::map<FitId, Artefacts> kept_;
};

TEST_F(Intervals, AreThePercentilesOverBagsOfPatients) {
  const std::vector<IntervalRow> rows = report().tables.at(0).intervals;
  ASSERT_THAT(rows, SizeIs(2));
  for (std::uint32_t candidate = 0; candidate < 2; ++candidate) {
    SCOPED_TRACE(candidate);
    const IntervalRow& row = rows[candidate];
    EXPECT_EQ(row.set, "oos");
    EXPECT_EQ(row.fits, 4U);
    EXPECT_EQ(row.scored.images, records_.plan.basis.samples[0].oos.size());
    for (const bool auc : {true, false}) {
      const BootstrappedScore& found = auc ? row.auc : row.acc;
      const std::vector<double> plain = plain_scores(candidate, auc);
      ASSERT_TRUE(found.interval);
      EXPECT_EQ(found.interval->bags, plain.size());
      EXPECT_EQ(found.interval->undefined, kBags - plain.size());
      EXPECT_NEAR(found.interval->interval.low, stats::percentile(plain, 0.025), 1e-12);
      EXPECT_NEAR(found.interval->interval.high, stats::percentile(plain, 0.975), 1e-12);
      EXPECT_LT(found.interval->interval.low, *found.mean);
      EXPECT_GT(found.interval->interval.high, *found.mean);
    }
  }
}

TEST_F(Intervals, AreNoneUnlessAsked) {
  EXPECT_THAT(report(0).tables.at(0).intervals, SizeIs(0));
  EXPECT_EQ(render_json(report(0)), render_json(build_report(records_)));
  EXPECT_EQ(render_csv(report(0)), render_csv(build_report(records_)));
  EXPECT_FALSE(parse_csv(render_csv(report(0)), "report.csv").find_column("bags"));
  EXPECT_THAT(render_text(report(0), {}), Not(HasSubstr("intervals over patients")));
}

TEST_F(Intervals, AreNoneWhereFitsScoreOtherSamples) {
  kept_.begin()->second.oos->rows.front() = kept_.begin()->second.oos->rows.back();
  EXPECT_THAT(report().tables.at(0).intervals, SizeIs(1));
}

TEST_F(Intervals, AreOfTheFitsWhosePredictionsAreThere) {
  kept_.erase(kept_.begin());
  const std::vector<IntervalRow> rows = report().tables.at(0).intervals;
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].fits, 3U);
  kept_.clear();
  EXPECT_THAT(report().tables.at(0).intervals, SizeIs(0));
}

/// Of the CSV's lines that have a number of bags: candidate, role and score, then the bags'
/// columns.
std::vector<std::vector<std::string>> bag_lines(const std::string& csv) {
  const CsvTable table = parse_csv(csv, "report.csv");
  const std::size_t bags = *table.find_column("bags");
  std::vector<std::vector<std::string>> lines;
  for (const std::vector<std::string>& row : table.rows) {
    if (row[bags].empty()) continue;
    std::vector<std::string>& line = lines.emplace_back();
    for (const char* column : {"candidate", "role", "score", "bags", "bags95_low", "bags95_high"})
      line.push_back(row[*table.find_column(column)]);
  }
  return lines;
}

TEST_F(Intervals, StandInTheCsvBesideTheirScores) {
  const Report made = report();
  std::vector<std::vector<std::string>> expected;
  for (const IntervalRow& row : made.tables[0].intervals)
    for (const auto& [score, of] : {std::pair{"oos_auc", &row.auc}, {"oos_acc", &row.acc}})
      expected.push_back({row.candidate, "oos", score, fmt::format("{}", of->interval->bags),
                          fmt::format("{}", of->interval->interval.low),
                          fmt::format("{}", of->interval->interval.high)});
  EXPECT_THAT(bag_lines(render_csv(made)), UnorderedElementsAreArray(expected));
}

TEST_F(Intervals, OfTheCsvAreEmptyWhereNoBagHasAScore) {
  Report made = report();
  made.tables[0].intervals.resize(1);
  made.tables[0].intervals[0].acc.interval.reset();
  const auto lines = bag_lines(render_csv(made));
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[1], ElementsAre(_, "oos", "oos_acc", "0", "nan", "nan"));
}

TEST_F(Intervals, StandInTablesAndJson) {
  const Report made = report();
  EXPECT_THAT(render_text(made, {}), HasSubstr("95 % intervals over patients"));
  EXPECT_THAT(render_text(made, {}), HasSubstr("over 300 bootstrap bags"));
  const nlohmann::json table = nlohmann::json::parse(render_json(made))["tables"][0];
  EXPECT_EQ(table["bags"], kBags);
  const nlohmann::json& row = table["intervals"][1];
  EXPECT_EQ(row["set"], "oos");
  EXPECT_EQ(row["auc"]["ci95_low"], made.tables[0].intervals[1].auc.interval->interval.low);
  EXPECT_EQ(row["auc"]["bags"], made.tables[0].intervals[1].auc.interval->bags);
}

/// The same numbers, whatever the predictions are of.
void expect_same_numbers(const IntervalRow& found, const IntervalRow& expected) {
  EXPECT_EQ(found.fits, expected.fits);
  EXPECT_EQ(found.scored.images, expected.scored.images);
  EXPECT_EQ(found.scored.patients, expected.scored.patients);
  for (const auto& [a, b] :
       {std::pair{&found.auc, &expected.auc}, std::pair{&found.acc, &expected.acc}}) {
    EXPECT_EQ(a->mean, b->mean);
    ASSERT_TRUE(a->interval && b->interval);
    EXPECT_EQ(a->interval->bags, b->interval->bags);
    EXPECT_EQ(a->interval->undefined, b->interval->undefined);
    EXPECT_EQ(a->interval->interval.low, b->interval->interval.low);
    EXPECT_EQ(a->interval->interval.high, b->interval->interval.high);
  }
}

/// Without the predictions of the last sample.
Predictions shortened(Predictions all) {
  all.rows.pop_back();
  all.probabilities.resize(all.rows.size() * all.classes);
  return all;
}

/// What an interval is of decides nothing but its name: each set has that of its own predictions.
TEST_F(Intervals, OfEachNamedSetAreThoseOfItsPredictions) {
  const std::vector<IntervalRow> whole = report().tables.at(0).intervals;
  const std::map<FitId, Artefacts> before = kept_;
  for (auto& [id, kept] : kept_) kept.oos = shortened(*kept.oos);
  const std::vector<IntervalRow> in_part = report().tables.at(0).intervals;
  ASSERT_THAT(whole, SizeIs(2));
  ASSERT_THAT(in_part, SizeIs(2));
  EXPECT_NE(whole[0].auc.mean, in_part[0].auc.mean) << "or nothing is seen";

  Experiment& experiment = records_.job.experiments[0];
  experiment.evaluate_sets = {"north", "south", "east"};
  ExperimentSamples& samples = records_.plan.basis.samples[0];
  samples.sets.assign(3, samples.oos);
  for (auto& [id, result] : records_.results) result.sets.assign(3, testing::even_scores(3, 0.5));
  for (auto& [id, kept] : kept_) {
    const Predictions& all = *before.at(id).oos;
    kept.oos = all;
    kept.sets = {shortened(all), all};  // none of the third
  }
  const std::vector<IntervalRow> found = report().tables.at(0).intervals;
  ASSERT_THAT(found, SizeIs(6));
  for (std::size_t candidate = 0; candidate < 2; ++candidate) {
    SCOPED_TRACE(candidate);
    const std::vector<std::pair<std::string, const IntervalRow*>> expected{
        {"oos", &whole[candidate]}, {"north", &in_part[candidate]}, {"south", &whole[candidate]}};
    for (std::size_t i = 0; i < 3; ++i) {
      const IntervalRow& row = found[3 * candidate + i];
      EXPECT_EQ(row.set, expected[i].first);
      EXPECT_EQ(row.candidate, whole[candidate].candidate);
      EXPECT_EQ(row.embedding, "texture/raw");
      expect_same_numbers(row, *expected[i].second);
    }
  }
  kept_.at(records_.plan.fits.at(1).id).sets.resize(1);
  EXPECT_EQ(report().tables.at(0).intervals.at(1).fits, 4U);
  EXPECT_EQ(report().tables.at(0).intervals.at(2).fits, 3U) << "one fit kept none of it";
}

/// Each turn has those of the fits that leave the same out, over all seeds.
TEST_F(Intervals, OfEachTurnAreThoseOfItsOwnFits) {
  std::vector<std::vector<IntervalRow>> of_turn;
  const std::map<FitId, Artefacts> before = kept_;
  for (std::uint32_t turn = 0; turn < 2; ++turn) {
    for (const Fit& fit : records_.plan.fits)
      if (fit.fold.value != turn) kept_.erase(fit.id);
    of_turn.push_back(report().tables.at(0).intervals);
    kept_ = before;
  }
  records_.job.splits.scheme = SplitScheme::leave_out;
  records_.job.splits.leave_out.by = "site";
  records_.job.experiments[0].evaluate_oos = false;
  const std::vector<std::vector<std::uint32_t>> turns{{1U}, {0U}};
  records_.plan.basis.left_out_turns = {turns};
  records_.plan.basis.samples[0].left_out_by.levels = {"a", "b"};
  for (Fit& fit : records_.plan.fits) fit.scheme = SplitScheme::leave_out;
  for (auto& [id, kept] : kept_) {
    kept.held_out = kept.oos;
    kept.oos.reset();
  }
  const Report made = report();
  const std::vector<IntervalRow>& found = made.tables.at(0).intervals;
  ASSERT_THAT(found, SizeIs(4));
  for (std::size_t candidate = 0; candidate < 2; ++candidate)
    for (std::size_t turn = 0; turn < 2; ++turn) {
      const IntervalRow& row = found[2 * candidate + turn];
      EXPECT_EQ(row.set, turn == 0 ? "b" : "a");
      EXPECT_EQ(row.candidate, of_turn[turn].at(candidate).candidate);
      EXPECT_EQ(row.fits, 2U) << "of two seeds";
      expect_same_numbers(row, of_turn[turn].at(candidate));
    }
}

/// The predictions of one embedding set as those of the other candidate on a second one.
class IntervalsOfTwoSets : public Intervals {
 protected:
  IntervalsOfTwoSets() : one_(report().tables.at(0).intervals) {
    const RunRecords before = records_;
    const std::map<FitId, Artefacts> kept = kept_;
    Job job = before.job;
    job.embeddings.emplace_back("texture/equalized");
    records_ = testing::empty_run(job, before.samples);
    kept_.clear();
    for (const Fit& fit : records_.plan.fits) {
      records_.results[fit.id] = testing::even_result(records_, fit, 0.75);
      const std::uint32_t candidate = fit.embedding == 0 ? fit.candidate : 1 - fit.candidate;
      kept_[fit.id] =
          kept.at(testing::fit_at(before, 0, candidate, fit.seed.value, fit.fold.value).id);
    }
  }
  std::vector<IntervalRow> one_;  ///< of the first embedding set alone
};

TEST_F(IntervalsOfTwoSets, AreThoseOfTheirOwnPredictions) {
  const Report made = report();
  const std::vector<IntervalRow>& found = made.tables.at(0).intervals;
  ASSERT_THAT(found, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(found[i].embedding, i < 2 ? "texture/raw" : "texture/equalized");
    EXPECT_EQ(found[i].candidate, i % 2 == 0 ? "baseline" : "disentangled");
    expect_same_numbers(found[i], one_.at(i < 2 ? i : 3 - i));
  }
}

/// Whatever the format, each interval stands beside its embedding set, candidate and score.
TEST_F(IntervalsOfTwoSets, StandInEveryFormatInTheirPlaces) {
  const Report made = report();
  const std::vector<IntervalRow>& rows = made.tables.at(0).intervals;
  ASSERT_THAT(rows, SizeIs(4));
  std::map<std::vector<std::string>, const stats::BagInterval*> expected;
  for (const IntervalRow& row : rows) {
    expected[{row.embedding, row.candidate, "oos_auc"}] = &*row.auc.interval;
    expected[{row.embedding, row.candidate, "oos_acc"}] = &*row.acc.interval;
  }
  const CsvTable csv = parse_csv(render_csv(made), "report.csv");
  const auto at = [&](const std::vector<std::string>& line, const char* name) {
    return line[csv.find_column(name).value()];
  };
  std::size_t lines = 0;
  for (const std::vector<std::string>& line : csv.rows) {
    if (at(line, "bags").empty()) continue;
    ++lines;
    const auto* const of =
        expected.at({at(line, "embedding"), at(line, "candidate"), at(line, "score")});
    EXPECT_EQ(at(line, "bags"), fmt::format("{}", of->bags));
    EXPECT_EQ(std::stod(at(line, "bags95_low")), of->interval.low);
    EXPECT_EQ(std::stod(at(line, "bags95_high")), of->interval.high);
  }
  EXPECT_EQ(lines, expected.size());

  const nlohmann::json json = nlohmann::json::parse(render_json(made))["tables"][0]["intervals"];
  const auto text = [](const BootstrappedScore& of) {
    return fmt::format("{:.3f} ({:.3f} to {:.3f})", *of.mean, of.interval->interval.low,
                       of.interval->interval.high);
  };
  const auto numbers = [](const BootstrappedScore& of) {
    return nlohmann::json{{"mean", *of.mean},
                          {"ci95_low", of.interval->interval.low},
                          {"ci95_high", of.interval->interval.high},
                          {"bags", of.interval->bags}};
  };
  const PrintedReport printed = lay_out(made, {}, {.digits = 3});
  const auto table =
      std::find_if(printed.tables.begin(), printed.tables.end(),
                   [](const PrintedTable& one) { return one.key == "table3-intervals"; });
  ASSERT_NE(table, printed.tables.end());
  ASSERT_THAT(table->rows, SizeIs(4));
  ASSERT_THAT(json, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    const IntervalRow& row = rows[i];
    EXPECT_THAT(table->rows[i], ElementsAre(row.embedding, row.candidate, "oos", "10 (8)", "4",
                                            text(row.auc), text(row.acc)));
    EXPECT_EQ(json[i], (nlohmann::json{{"embedding", row.embedding},
                                       {"candidate", row.candidate},
                                       {"set", "oos"},
                                       {"images", 10},
                                       {"patients", 8},
                                       {"fits", 4},
                                       {"auc", numbers(row.auc)},
                                       {"acc", numbers(row.acc)}}));
  }
}

/// Of any row and score.
TEST_F(IntervalsOfTwoSets, SayWhereBagsWereLeftOut) {
  Report made = report();
  std::vector<IntervalRow>& rows = made.tables.at(0).intervals;
  for (IntervalRow& row : rows) row.auc.interval->undefined = row.acc.interval->undefined = 0;
  const std::string note = "bags without the classes that a score needs";
  EXPECT_THAT(render_text(made, {}), Not(HasSubstr(note)));
  for (IntervalRow& row : rows)
    for (BootstrappedScore* score : {&row.auc, &row.acc}) {
      score->interval->undefined = 1;
      EXPECT_THAT(render_text(made, {}), HasSubstr(note));
      score->interval->undefined = 0;
    }
}

/// Without the predictions of the first samples.
Predictions without_first(const Predictions& all, std::size_t samples) {
  const auto rows = static_cast<std::ptrdiff_t>(samples);
  const auto values = static_cast<std::ptrdiff_t>(samples * all.classes);
  return {.rows = {all.rows.begin() + rows, all.rows.end()},
          .classes = all.classes,
          .probabilities = {all.probabilities.begin() + values, all.probabilities.end()}};
}

/// The bags of a set are drawn from its own patients, however many the set before it has.
TEST_F(Intervals, OfSetsOfMoreAndOfFewerPatientsAreThoseOfEachAlone) {
  const std::map<FitId, Artefacts> before = kept_;
  const std::vector<std::size_t> left_out{0, 2, 4};  // patients of one image each
  std::vector<IntervalRow> alone;
  for (const std::size_t samples : left_out) {
    for (auto& [id, kept] : kept_) kept.oos = without_first(*before.at(id).oos, samples);
    alone.push_back(report().tables.at(0).intervals.at(0));
    EXPECT_EQ(alone.back().scored.patients, 8 - samples);
  }
  records_.job.experiments[0].evaluate_sets = {"north", "south"};
  records_.plan.basis.samples[0].sets.assign(2, records_.plan.basis.samples[0].oos);
  for (auto& [id, result] : records_.results) result.sets.assign(2, testing::even_scores(3, 0.5));
  for (const std::vector<std::size_t>& order :
       std::vector<std::vector<std::size_t>>{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}}) {
    for (auto& [id, kept] : kept_) {
      const Predictions& all = *before.at(id).oos;
      kept.oos = without_first(all, left_out[order[0]]);
      kept.sets = {without_first(all, left_out[order[1]]), without_first(all, left_out[order[2]])};
    }
    const std::vector<IntervalRow> found = report().tables.at(0).intervals;
    ASSERT_THAT(found, SizeIs(6));
    for (std::size_t i = 0; i < 3; ++i) {
      SCOPED_TRACE(found[i].set);
      expect_same_numbers(found[i], alone[order[i]]);
    }
  }
}

}  // namespace
}  // namespace crossfold
