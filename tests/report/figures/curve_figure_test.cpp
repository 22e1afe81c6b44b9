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
