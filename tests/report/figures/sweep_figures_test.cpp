// The numbers that figures of sweeps show: those of the candidates and fits that they name.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/report/figures.h"

#include "figure_study.h"
#include "report/swept_study.h"

namespace crossfold {
namespace {

using testing::Drawn;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::swept_study;
using Row = std::vector<std::string>;

/// The marks of a kind in a panel.
template <class Mark>
std::vector<Mark> marks_of(const figure::Panel& panel) {
  std::vector<Mark> found;
  for (const figure::Mark& mark : panel.marks)
    if (const auto* one = std::get_if<Mark>(&mark)) found.push_back(*one);
  return found;
}

/// Means of the four candidates of the swept study: of the task, the domain, out of sample.
struct Means {
  double task = 0;
  double domain = 0;
  double oos = 0;
};
using FourMeans = std::array<Means, 4>;

/// Two fits of a candidate are above its mean by a hundredth, and two below, in every score.
RunRecords study_of_means(const FourMeans& means) {
  RunRecords records = swept_study();
  for (const Fit& fit : records.plan.fits) {
    FitResult& result = records.results.at(fit.id);
    const double apart = fit.fold.value == 0 ? 0.01 : -0.01;
    result.held_out.auc = means.at(fit.candidate).task + apart;
    result.probe->auc = means.at(fit.candidate).domain + apart;
    result.oos->auc = means.at(fit.candidate).oos + apart;
  }
  return records;
}

constexpr FourMeans kMeans{{{.task = 0.95, .domain = 0.9, .oos = 0.6},
                            {.task = 0.9, .domain = 0.8, .oos = 0.65},
                            {.task = 0.75, .domain = 0.4, .oos = 0.7},
                            {.task = 0.8, .domain = 0.45, .oos = 0.75}}};

/// sqrt((1/n + n_test/n_train) s^2) of such fits (Nadeau and Bengio 2003): four, as many held out
/// as trained on.
const double kError = std::sqrt((0.25 + 1) * 4 * 0.01 * 0.01 / 3);

/// A domain AUC below one half is none that is hidden any better: of those the better task wins.
TEST(MakeFigure, FrontHasWhomNoOtherBeatsInBothScores) {
  RunRecords records = study_of_means(kMeans);
  const Drawn drawn(records);
  const figure::Figure front = make_figure(drawn.source(), "front");
  EXPECT_THAT(front.table.columns,
              ElementsAre("candidate", "domain_auc", "domain_auc_error", "task_auc",
                          "task_auc_error", "oos_auc", "on_front"));
  const std::vector<std::pair<std::string, std::string>> expected{{"baseline", "yes"},
                                                                  {"d[lambda.from=1]", "yes"},
                                                                  {"d[lambda.from=3]", "no"},
                                                                  {"d[lambda.from=10]", "yes"}};
  ASSERT_THAT(front.table.rows, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    const Row& row = front.table.rows[i];
    SCOPED_TRACE(row[0]);
    EXPECT_EQ(row[0], expected[i].first);
    EXPECT_NEAR(std::stod(row[1]), kMeans[i].domain, 1e-12);
    EXPECT_NEAR(std::stod(row[2]), kError, 1e-12);
    EXPECT_NEAR(std::stod(row[3]), kMeans[i].task, 1e-12);
    EXPECT_NEAR(std::stod(row[4]), kError, 1e-12);
    EXPECT_NEAR(std::stod(row[5]), kMeans[i].oos, 1e-12);
    EXPECT_EQ(row[6], expected[i].second);
  }
  EXPECT_EQ(front.n, "n = 4 candidates with all splits, 3 on the front");
  ASSERT_THAT(front.panels, SizeIs(2));
  for (std::size_t panel = 0; panel < 2; ++panel) {
    SCOPED_TRACE(front.panels[panel].title);
    for (const auto& points : marks_of<figure::Points>(front.panels[panel])) {
      const std::size_t first = points.series == "baseline" ? 0 : points.series == "drawn" ? 2 : 1;
      ASSERT_THAT(points.at, SizeIs(points.series == "on the front" ? 2 : 1)) << points.series;
      for (std::size_t i = 0; i < points.at.size(); ++i) {
        const Means& means = kMeans[first + 2 * i];
        EXPECT_NEAR(points.at[i].x, means.domain, 1e-12) << points.series;
        EXPECT_NEAR(points.at[i].y, panel == 0 ? means.task : means.oos, 1e-12) << points.series;
      }
    }
  }

  RunRecords uneven = records;  // five times as many held out as trained on, once of four times
  FitResult& first = uneven.results.at(testing::fit_at(uneven, 0, 1, 0, 0).id);
  first.n_test = 5 * first.n_train;
  const Drawn of_uneven(uneven);
  EXPECT_NEAR(std::stod(make_figure(of_uneven.source(), "front").table.rows[1].at(4)),
              kError * std::sqrt((0.25 + 2) / (0.25 + 1)), 1e-12)
      << "the mean over the fits, as in tables";

  records.results.erase(testing::fit_at(records, 0, 1, 1, 1).id);
  const Drawn without(records);
  const figure::Figure three = make_figure(without.source(), "front");
  EXPECT_THAT(three.table.rows, SizeIs(3)) << "a mean over some splits is none to compare";
  EXPECT_EQ(three.n, "n = 3 candidates with all splits, 2 on the front");
  records.job.experiments[0].probe.reset();
  records.job.experiments[0].sweep->select = {SelectionRule::held_out};
  EXPECT_THAT(error_of(Drawn(records).source(), "front"),
              HasSubstr("the experiment does not probe the domain"));
}

TEST(MakeFigure, SweepOfOneSettingHasTheSpreadOfEachValue) {
  const Drawn drawn(study_of_means(kMeans));
  const figure::Figure made = make_figure(drawn.source(), "sweep");
  EXPECT_THAT(made.table.columns,
              ElementsAre("candidate", "lambda.from", "task_auc", "oos_auc", "domain_auc"));
  EXPECT_EQ(made.n, "n = 3 candidates with all splits, of 3");
  ASSERT_THAT(made.table.rows, SizeIs(3));
  ASSERT_THAT(made.panels, SizeIs(1));
  const auto bands = marks_of<figure::Band>(made.panels[0]);
  const auto lines = marks_of<figure::Lines>(made.panels[0]);
  const auto rules = marks_of<figure::Rule>(made.panels[0]);
  const auto points = marks_of<figure::Points>(made.panels[0]);
  ASSERT_THAT(bands, SizeIs(3));
  ASSERT_THAT(lines, SizeIs(3));
  ASSERT_THAT(rules, SizeIs(3));
  ASSERT_THAT(points, SizeIs(3));
  const double values[] = {1, 3, 10};
  constexpr double kStudentT = 3.182446305284263;  // two-sided 95 %, three degrees of freedom
  for (std::size_t score = 0; score < 3; ++score) {
    const char* const label = std::array{"task AUC", "oos AUC", "domain AUC"}[score];
    SCOPED_TRACE(label);
    const auto mean_of = [&](std::size_t candidate) {
      const Means& of = kMeans[candidate];
      return score == 0 ? of.task : score == 1 ? of.oos : of.domain;
    };
    // Out of sample the middle 80 % of four fits are all of them.
    const double half = score == 1 ? 0.01 : kStudentT * kError;
    EXPECT_EQ(bands[score].series, label);
    EXPECT_EQ(rules[score].series, std::string("baseline, ") + label);
    EXPECT_NEAR(rules[score].at, mean_of(0), 1e-12);
    ASSERT_THAT(bands[score].x, ElementsAre(1, 3, 10));
    ASSERT_THAT(points[score].at, SizeIs(3));
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(bands[score].low[i], mean_of(i + 1) - half, 1e-9);
      EXPECT_NEAR(bands[score].high[i], mean_of(i + 1) + half, 1e-9);
      EXPECT_EQ(lines[score].strands.at(0).at(i).x, values[i]);
      EXPECT_NEAR(lines[score].strands.at(0).at(i).y, mean_of(i + 1), 1e-12);
      EXPECT_EQ(points[score].at[i].x, values[i]);
      EXPECT_NEAR(points[score].at[i].y, mean_of(i + 1), 1e-12);
      EXPECT_NEAR(std::stod(made.table.rows[i].at(2 + score)), mean_of(i + 1), 1e-12);
    }
  }
}

/// Two settings, of which a candidate may have one alone; those that are not complete are left out.
TEST(MakeFigure, ParallelHasEveryCompleteCandidateTheBestFirst) {
  RunRecords records = study_of_means(kMeans);
  std::vector<Candidate>& candidates = records.job.experiments[0].candidates;
  candidates[1].parameters = {{.key = "lambda.from", .value = 1.0}, {.key = "kind", .value = "b"}};
  candidates[2].parameters = {{.key = "lambda.from", .value = 3.0}};
  candidates[3].parameters = {{.key = "lambda.from", .value = 10.0}, {.key = "kind", .value = "a"}};
  const auto names_of = [](const figure::Figure& made) {
    std::vector<Row> rows;
    for (const Row& row : made.table.rows) rows.emplace_back(row.begin(), row.begin() + 3);
    return rows;
  };
  const Drawn drawn(records);
  const figure::Figure made = make_figure(drawn.source(), "parallel");
  EXPECT_THAT(made.table.columns,
              ElementsAre("candidate", "lambda.from", "kind", "task_auc", "oos_auc", "domain_auc"));
  EXPECT_THAT(names_of(made),
              ElementsAre(Row{"d[lambda.from=1]", "1", "b"}, Row{"d[lambda.from=10]", "10", "a"},
                          Row{"d[lambda.from=3]", "3", ""}));
  const std::size_t order[] = {1, 3, 2};
  for (std::size_t i = 0; i < 3; ++i) {
    const Row& row = made.table.rows[i];
    EXPECT_NEAR(std::stod(row.at(3)), kMeans[order[i]].task, 1e-12);
    EXPECT_NEAR(std::stod(row.at(4)), kMeans[order[i]].oos, 1e-12);
    EXPECT_NEAR(std::stod(row.at(5)), kMeans[order[i]].domain, 1e-12);
  }
  std::size_t strands = 0;
  for (const auto& lines : marks_of<figure::Lines>(made.panels.at(0)))
    if (lines.series == "best")
      for (const std::vector<figure::XY>& strand : lines.strands) {
        EXPECT_THAT(strand, SizeIs(strands == 2 ? 4 : 5)) << "an axis for each that it has";
        ++strands;
      }
  EXPECT_EQ(strands, 3U);

  records.results.erase(testing::fit_at(records, 0, 3, 0, 0).id);
  const Drawn without(records);
  const figure::Figure two = make_figure(without.source(), "sweep");
  EXPECT_EQ(two.n, "n = 2 candidates with all splits, of 3");
  EXPECT_THAT(names_of(two).at(1), ElementsAre("d[lambda.from=3]", "3", ::testing::_));
}

/// The swept study as a race whose second and third rung give a candidate up.
RunRecords raced_study() {
  RunRecords records = study_of_means(kMeans);
  records.job.experiments[0].sweep->race = RaceSettings{};
  Chain chain;
  chain.embedding = 0;
  records.plan.chains = {chain};
  const std::vector<std::vector<StageRecord::GivenUp>> given_up{
      {},
      {{.candidate = "d[lambda.from=10]", .reason = "worse", .n = 1, .mean = 0.5}},
      {{.candidate = "d[lambda.from=3]", .reason = "futile", .n = 2, .mean = 0.5}}};
  for (std::uint32_t rung = 0; rung < 3; ++rung) {
    Stage stage;
    stage.record.splits = rung + 1;
    stage.record.living = 3 - rung;
    stage.record.given_up = given_up[rung];
    stage.record.fits_of_all = 40;
    records.stages.push_back(stage);
  }
  return records;
}

/// Whoever was given up at a rung has the splits of the rung before.
TEST(MakeFigure, RaceTellsHowFarEachCandidateCame) {
  const Drawn drawn(raced_study());
  const figure::Figure race = make_figure(drawn.source(), "race");
  EXPECT_THAT(race.table.columns, ElementsAre("candidate", "splits", "given_up", "task_auc"));
  ASSERT_THAT(race.table.rows, SizeIs(3));
  const std::vector<std::pair<std::size_t, Row>> expected{{1, {"d[lambda.from=1]", "4", ""}},
                                                          {2, {"d[lambda.from=3]", "2", "futile"}},
                                                          {3, {"d[lambda.from=10]", "1", "worse"}}};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& [candidate, head] = expected[i];
    const Row& row = race.table.rows[i];
    EXPECT_EQ(Row(row.begin(), row.begin() + 3), head);
    EXPECT_NEAR(std::stod(row.at(3)), kMeans[candidate].task, 1e-12);
  }
  EXPECT_EQ(race.n, "n = 3 candidates, 1 on all splits; 12 of 40 fits trained");
  ASSERT_THAT(race.panels, SizeIs(2));
  std::vector<double> rungs;
  for (const auto& rule : marks_of<figure::Rule>(race.panels[0])) rungs.push_back(rule.at);
  EXPECT_THAT(rungs, ElementsAre(1, 2, 3));
  for (const auto& bars : marks_of<figure::Bars>(race.panels[0])) {
    std::vector<double> lengths;
    for (const figure::Bar& bar : bars.bars) lengths.push_back(bar.high.x);
    EXPECT_EQ(lengths,
              bars.series == "given up" ? (std::vector<double>{2, 1}) : std::vector<double>{4})
        << bars.series;
  }
  for (const auto& points : marks_of<figure::Points>(race.panels[1])) {
    EXPECT_THAT(points.at, SizeIs(points.series == "given up" ? 2 : 1)) << points.series;
    EXPECT_EQ(points.at.at(0).x, points.series == "given up" ? 2 : 4) << points.series;
  }
}

}  // namespace
}  // namespace crossfold
