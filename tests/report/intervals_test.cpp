#include <algorithm>
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

}  // namespace
}  // namespace crossfold
