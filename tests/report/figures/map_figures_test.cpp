#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/figure/svg.h"
#include "crossfold/report/figures.h"

#include "figure_study.h"

namespace crossfold {
namespace {

using testing::Drawn;
using ::testing::ElementsAre;
using testing::error_of;
using testing::even_result;
using testing::figure_study;
using ::testing::HasSubstr;
using testing::record_all;
using testing::small_study;
using ::testing::StartsWith;

/// The study with so many samples that each method can map them; the first split keeps its
/// features.
RunRecords mapped_study() {
  RunRecords records = small_study();
  records.job.output.features = FeatureOutput::first_split;
  records = testing::empty_run(records.job,
                               testing::make_samples({{"normal", "rsna", "in", 60, 1},
                                                      {"pneumonia", "rsna", "in", 60, 1},
                                                      {"covid19", "cohen", "in", 60, 1},
                                                      {"normal", "new_site", "oos", 40, 1},
                                                      {"covid19", "new_site", "oos", 40, 1}}));
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, 0.7); });
  return records;
}

/// Features of the first split: of the first candidate they tell the domain, of the second the
/// class.
std::optional<Artefacts> with_features(const RunRecords& records, const FitId& id) {
  const auto fit = std::find_if(records.plan.fits.begin(), records.plan.fits.end(),
                                [&](const Fit& one) { return one.id == id; });
  if (fit->seed != SeedIndex{0} || fit->fold != FoldIndex{0}) return Artefacts{};
  const ExperimentSamples& samples = records.plan.basis.samples[0];
  Features features{.rows = samples.pool, .dim = 3, .values = {}};
  features.rows.insert(features.rows.end(), samples.oos.begin(), samples.oos.end());
  std::sort(features.rows.begin(), features.rows.end());
  const CodedColumn& told =
      fit->candidate == 0 ? records.samples.domain : records.samples.class_label;
  for (const std::uint32_t row : features.rows)
    for (const std::uint32_t times : {7U, 11U, 13U})
      features.values.push_back(static_cast<float>(10 * told.codes[row]) +
                                0.01F * static_cast<float>(row * times % 101));
  Artefacts kept;
  kept.features = std::move(features);
  return kept;
}

TEST(MakeFigure, MapsShowEverySampleByDomainAndByClassAndHowAlikeNeighboursAre) {
  const Drawn drawn(mapped_study());
  FigureSource source = drawn.source();
  source.read = [&](const FitId& id) { return with_features(drawn.records, id); };
  for (const FigureEntry& entry : figure_list(source))
    EXPECT_TRUE(!entry.is_for_page() || !entry.id.starts_with("maps")) << entry.id;
  const figure::Figure made = make_figure(source, "maps");
  const ExperimentSamples& samples = drawn.records.plan.basis.samples[0];
  const std::size_t all = samples.pool.size() + samples.oos.size();
  ASSERT_EQ(made.panels.size(), 4U);
  for (const figure::Panel& panel : made.panels) {
    std::size_t dots = 0;
    for (const figure::Mark& mark : panel.marks) dots += std::get<figure::Points>(mark).at.size();
    EXPECT_EQ(dots, all) << panel.title;
  }
  EXPECT_THAT(made.panels[0].title, StartsWith("baseline, by domain"));
  EXPECT_EQ(made.table.rows.size(), 2 * all);
  const auto held_out = std::count_if(made.table.rows.begin(), made.table.rows.end(),
                                      [](const auto& row) { return row[2] == "held out"; });
  const Split split =
      split_of(drawn.records.job, drawn.records.plan, testing::fit_at(drawn.records, 0, 0, 0, 0));
  EXPECT_EQ(static_cast<std::size_t>(held_out), 2 * split.test.size());
  ASSERT_TRUE(made.summary.has_value());
  const auto purity = [&](std::size_t row, const char* column) {
    const auto& names = made.summary->columns;
    const auto at = std::find(names.begin(), names.end(), column) - names.begin();
    return std::stod(made.summary->rows.at(row).at(static_cast<std::size_t>(at)));
  };
  EXPECT_GT(purity(0, "domain_purity"), 0.95);
  EXPECT_LT(purity(1, "domain_purity"), 0.9);
  EXPECT_GT(purity(1, "class_purity"), 0.95);
  source.threads = 3;
  EXPECT_EQ(figure::svg(made), figure::svg(make_figure(source, "maps")));
  EXPECT_THAT(make_figure(source, "maps-tsne").caption, StartsWith("t-SNE"));
}

/// 90 samples each are trained on and held out.
TEST(MakeFigure, MapsDrawTheFewSamplesAboveTheMany) {
  const Drawn drawn(mapped_study());
  FigureSource source = drawn.source();
  source.read = [&](const FitId& id) { return with_features(drawn.records, id); };
  for (const figure::Panel& panel : make_figure(source, "maps").panels) {
    std::vector<std::string> roles;
    for (const figure::Mark& mark : panel.marks) {
      const std::string& series = std::get<figure::Points>(mark).series;
      roles.push_back(series.substr(series.find(", ") + 2));
    }
    roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
    EXPECT_THAT(roles, ElementsAre("trained on", "held out", "out of sample"));
  }
}

TEST(MakeFigure, MapsOfFewSamplesSayWhatTheyNeed) {
  RunRecords records = figure_study();
  records.job.output.features = FeatureOutput::first_split;
  const Drawn drawn(std::move(records));
  FigureSource source = drawn.source();
  source.read = [&](const FitId& id) { return with_features(drawn.records, id); };
  EXPECT_EQ(error_of(source, "maps-tsne"),
            "table3: has 40 samples (this map looks at neighbours of each, and needs 91). "
            "`crossfold project` makes maps of fewer: lower its --neighbors or --perplexity");
  source.read = [](const FitId&) { return Artefacts{}; };
  EXPECT_THAT(error_of(source, "maps"), HasSubstr("has no features of this experiment"));
}

}  // namespace
}  // namespace crossfold
