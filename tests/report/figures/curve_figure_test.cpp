#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/report/figures.h"

#include "figure_study.h"

namespace crossfold {
namespace {

using testing::artefacts_of;
using testing::Drawn;
using testing::figure_study;
using ::testing::HasSubstr;

TEST(MakeFigure, CurvesKeepTheLastEpochInTheirSummary) {
  const Drawn drawn(figure_study());
  FigureSource source = drawn.source();
  source.read = [&](const FitId& id) {
    Artefacts kept = artefacts_of(drawn.records, id);
    for (int epoch = 2; epoch < 64; ++epoch) kept.curves->validation_loss.push_back(1.0 / epoch);
    return kept;
  };
  const figure::Figure made = make_figure(source, "curves");
  const auto last_of = [](const figure::Table& table) {
    std::string last;
    for (const auto& row : table.rows)
      if (row[1] == "validation_loss") last = row[2];
    return last;
  };
  ASSERT_TRUE(made.summary.has_value());
  EXPECT_EQ(last_of(*made.summary), "64");
  EXPECT_EQ(last_of(made.table), "64");
  EXPECT_LT(made.summary->rows.size(), made.table.rows.size() / 2);
}

/// The first of four fits runs one epoch, the last one four; each epoch adds ten.
std::vector<double> growing(const Fit& fit, double offset) {
  const std::uint32_t before = 2 * fit.seed.value + fit.fold.value;
  std::vector<double> curve;
  for (std::uint32_t epoch = 0; epoch <= before; ++epoch)
    curve.push_back(offset + 1.0 + before + 10.0 * epoch);
  return curve;
}

/// Of one, two, three and four values in steps of one (Hyndman and Fan 1996, type 7), by candidate
/// and curve; what is not finite is left out.
TEST(MakeFigure, CurvesAreQuantilesOfTheFitsThatStillRan) {
  const Drawn drawn(figure_study());
  FigureSource source = drawn.source();
  source.read = [&](const FitId& id) {
    Artefacts kept;
    for (const Fit& fit : drawn.records.plan.fits) {
      if (fit.id != id) continue;
      const double of_candidate = 1000.0 * fit.candidate;
      Curves& curves = kept.curves.emplace();
      curves.validation_loss = growing(fit, of_candidate);
      curves.train_class_loss = growing(fit, of_candidate + 100);
      if (fit.candidate == 0) continue;
      curves.train_domain_loss = growing(fit, of_candidate + 200);
      curves.lambda = growing(fit, of_candidate + 300);
      if (fit.seed.value == 1 && fit.fold.value == 0)
        curves.lambda[0] = std::numeric_limits<double>::infinity();
    }
    return std::optional(kept);
  };
  const figure::Figure made = make_figure(source, "curves");
  EXPECT_EQ(made.table.columns, (std::vector<std::string>{"candidate", "curve", "epoch", "fits",
                                                          "p10", "median", "p90"}));
  const std::map<std::pair<std::string, std::string>, double> offsets{
      {{"baseline", "validation_loss"}, 0},          {{"baseline", "train_class_loss"}, 100},
      {{"disentangled", "validation_loss"}, 1000},   {{"disentangled", "train_class_loss"}, 1100},
      {{"disentangled", "train_domain_loss"}, 1200}, {{"disentangled", "lambda"}, 1300}};
  const double expected[4][3] = {
      {1.3, 2.5, 3.7}, {12.2, 13, 13.8}, {23.1, 23.5, 23.9}, {34, 34, 34}};
  EXPECT_EQ(made.table.rows.size(), 4 * offsets.size());
  for (const auto& row : made.table.rows) {
    SCOPED_TRACE(row[0] + " " + row[1] + " " + row[2]);
    const std::size_t epoch = std::stoul(row[2]);
    ASSERT_GE(epoch, 1U);
    ASSERT_LE(epoch, 4U);
    const double offset = offsets.at({row[0], row[1]});
    if (row[1] == "lambda" && epoch == 1) {  // 1, 2 and 4
      EXPECT_EQ(row[3], "3");
      EXPECT_NEAR(std::stod(row[4]), offset + 1.2, 1e-9);
      EXPECT_NEAR(std::stod(row[5]), offset + 2, 1e-9);
      EXPECT_NEAR(std::stod(row[6]), offset + 3.6, 1e-9);
      continue;
    }
    EXPECT_EQ(row[3], std::to_string(5 - epoch));
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_NEAR(std::stod(row[4 + i]), offset + expected[epoch - 1][i], 1e-9);
  }
  EXPECT_EQ(made.n, "n = 8 fits of 2 candidates");
}

void set_adversaries(RunRecords& records, std::vector<Adversary> adversaries) {
  Candidate& candidate = records.job.experiments[0].candidates[1];
  std::get<DisentangledModel>(candidate.model).adversaries = std::move(adversaries);
}

TEST(MakeFigure, CurvesTellSeveralAdversariesApart) {
  RunRecords records = figure_study();
  set_adversaries(records, {{}, {.of = "sex"}, {.of = "view"}});
  const Drawn drawn(std::move(records));
  FigureSource source = drawn.source();
  source.read = [&](const FitId& id) {
    Artefacts kept = artefacts_of(drawn.records, id);
    kept.curves->train_domain_loss = {1.5, 1.6};
    kept.curves->further_adversaries = {{.train_loss = {0.7, 0.8}, .lambda = {1, 1}},
                                        {.train_loss = {0.5, 0.6}, .lambda = {3, 3}}};
    return kept;
  };
  const figure::Figure made = make_figure(source, "curves");
  EXPECT_THAT(made.caption, HasSubstr("the weight lambda of each reversed gradient."));
  std::set<std::string> labels;
  std::set<std::pair<figure::Colour, figure::Dash>> looks;
  for (const figure::LegendEntry& entry : made.legend) {
    labels.insert(entry.label);
    looks.emplace(entry.colour, entry.dash);
  }
  EXPECT_EQ(looks.size(), made.legend.size());
  for (const char* of : {"domain", "sex", "view"}) {
    EXPECT_TRUE(labels.contains(std::string(of) + " loss, training")) << of;
    EXPECT_TRUE(labels.contains(std::string("lambda of ") + of)) << of;
  }
  for (const figure::Panel& panel : made.panels) {
    std::set<figure::Colour> colours;
    std::size_t lines = 0;
    for (const figure::Mark& mark : panel.marks)
      if (const auto* line = std::get_if<figure::Lines>(&mark)) {
        colours.insert(line->colour);
        ++lines;
      }
    EXPECT_GE(lines, 3U);
    EXPECT_EQ(colours.size(), lines) << panel.title << panel.y.label;
  }
}

TEST(MakeFigure, CurvesOfOneAdversaryNameIt) {
  RunRecords records = figure_study();
  const auto caption = [&] {
    const Drawn drawn(records);
    return make_figure(drawn.source(), "curves").caption;
  };
  EXPECT_THAT(caption(), HasSubstr("lambda of the reversed domain gradient."));
  set_adversaries(records, {{.of = "sex"}});
  EXPECT_THAT(caption(), HasSubstr("lambda of the reversed sex gradient."));
}

}  // namespace
}  // namespace crossfold
