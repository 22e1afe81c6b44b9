#include "crossfold/report/figures.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/figure/csv.h"
#include "crossfold/figure/pdf.h"
#include "crossfold/figure/svg.h"

#include "report/run_builder.h"

namespace crossfold {
namespace {

using testing::even_result;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::record_all;
using testing::small_study;
using ::testing::StartsWith;

/// Every fit with a score of its own, so that nothing is drawn on one place.
RunRecords study() {
  RunRecords records = small_study();
  record_all(records, [&](const Fit& fit) {
    const double value = 0.6 + 0.1 * fit.candidate + 0.02 * fit.seed.value + 0.005 * fit.fold.value;
    FitResult result = even_result(records, fit, value);
    if (result.probe) result.probe->auc = 1.3 - value;
    return result;
  });
  return records;
}

/// Probabilities of the fit's held-out samples: right for two of three.
Artefacts artefacts_of(const RunRecords& records, const FitId& id) {
  Artefacts kept;
  for (const Fit& fit : records.plan.fits) {
    if (fit.id != id) continue;
    const ExperimentSamples& samples = records.plan.basis.samples[fit.experiment];
    const auto predict = [&](const std::vector<std::uint32_t>& rows) {
      Predictions made{.rows = rows, .classes = samples.klass.levels.size(), .probabilities = {}};
      for (const std::uint32_t row : rows)
        for (std::size_t k = 0; k < made.classes; ++k) {
          const bool right = (row % 3 != 0) == (samples.klass.codes[row] == static_cast<int>(k));
          made.probabilities.push_back(right ? 0.8 - 0.01 * (row % 7) : 0.1);
        }
      return made;
    };
    kept.held_out = predict(samples.pool);
    kept.oos = predict(samples.oos);
    kept.curves = Curves{.train_class_loss = {1, 0.5},
                         .train_domain_loss = {},
                         .validation_loss = {1.1, 0.7},
                         .learning_rate = {0.1, 0.1},
                         .lambda = {10, 5}};
  }
  return kept;
}

struct Drawn {
  explicit Drawn(RunRecords of)
      : records(std::move(of)),
        report(build_report(records,
                            {.corrected = CorrectedErrors::shown, .fits = FitRows::included})) {}
  [[nodiscard]] FigureSource source() const {
    return {records, report, [this](const FitId& id) { return artefacts_of(records, id); }};
  }
  RunRecords records;
  Report report;
};

std::map<std::string, std::string> reasons(const FigureSource& source) {
  std::map<std::string, std::string> found;
  for (const FigureEntry& entry : figure_list(source)) found[entry.id] = entry.why_not;
  return found;
}

std::string error_of(const FigureSource& source, const char* id) {
  try {
    static_cast<void>(make_figure(source, id));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(FigureList, TellsWhatThereIsAndWhyOthersAreNot) {
  const Drawn drawn(study());
  const auto found = reasons(drawn.source());
  EXPECT_EQ(found.size(), 14U);
  for (const char* there : {"strip", "differences", "front", "roc", "roc-domains", "calibration",
                            "confusion", "domains", "curves"})
    EXPECT_EQ(found.at(there), "") << there;
  for (const char* missing : {"sweep", "parallel", "race"})
    EXPECT_EQ(found.at(missing), "the experiment has no sweep") << missing;
}

TEST(FigureList, OfARunWithoutFitsPredictionsAndCurvesGivesReasons) {
  RunRecords records = small_study();
  records.job.output = {.predictions = false, .curves = false};
  const Drawn drawn(std::move(records));
  const auto found = reasons(drawn.source());
  EXPECT_EQ(found.at("strip"), "no fit is done");
  EXPECT_EQ(found.at("differences"), "fewer than two candidates have fits to compare");
  EXPECT_EQ(found.at("front"), "fewer than two candidates have all splits and both scores");
  EXPECT_EQ(found.at("roc"), "the job keeps no predictions");
  EXPECT_EQ(found.at("curves"), "the job keeps no learning curves");
}

TEST(MakeFigure, NamesTheFiguresOfTheRunWhereThereIsNone) {
  const Drawn drawn(study());
  EXPECT_THAT(error_of(drawn.source(), "umap"),
              StartsWith("umap: is no figure of this run (its figures are: strip, differences, "));
  EXPECT_EQ(error_of(drawn.source(), "race"),
            "race: is no figure of this run (the experiment has no sweep). choose one that "
            "`--figure list` names");
}

TEST(MakeFigure, SaysWhenAllArtefactsAreLost) {
  const Drawn drawn(study());
  const FigureSource lost{drawn.records, drawn.report, [](const FitId&) { return std::nullopt; }};
  EXPECT_THAT(error_of(lost, "roc"), HasSubstr("has no predictions of this experiment"));
  EXPECT_THAT(error_of(lost, "curves"), HasSubstr("has no learning curves of this experiment"));
}

TEST(MakeFigure, StripHoldsEveryFitAndTheMeansOfTheTable) {
  const Drawn drawn(study());
  const figure::Figure strip = make_figure(drawn.source(), "strip");
  EXPECT_EQ(strip.table.rows.size(), 8U);
  EXPECT_EQ(strip.n, "n = 8 fits of 2 candidates");
  std::size_t dots = 0;
  for (const figure::Mark& mark : strip.panels.at(0).marks) {
    const auto* points = std::get_if<figure::Points>(&mark);
    if (points == nullptr) continue;
    if (points->series != "means") {
      dots += points->at.size();
      continue;
    }
    ASSERT_EQ(points->at.size(), 2U);
    EXPECT_DOUBLE_EQ(points->at[0].x, *drawn.report.tables[0].rows[0].cells[0].summary.mean);
  }
  EXPECT_EQ(dots, 8U);
}

TEST(MakeFigure, DifferencesAreThoseOfThePairedTest) {
  const Drawn drawn(study());
  const figure::Figure made = make_figure(drawn.source(), "differences");
  double sum = 0;
  std::size_t n = 0;
  for (const auto& row : made.table.rows) {
    if (row[0] != "task_auc") continue;
    sum += std::stod(row[5]);
    ++n;
  }
  EXPECT_EQ(n, 4U);
  EXPECT_NEAR(sum / 4, 0.1, 1e-12);
}

TEST(MakeFigure, ConfusionCountsEveryPredictionOnce) {
  const Drawn drawn(study());
  const figure::Figure made = make_figure(drawn.source(), "confusion");
  std::size_t held_out = 0;
  for (const auto& row : made.table.rows)
    if (row[2] == "held out") held_out += std::stoul(row[5]);
  EXPECT_EQ(held_out, 8 * drawn.records.plan.basis.samples[0].pool.size());
}

TEST(MakeFigure, EveryFigureHasWhatAReaderNeedsAndTheSameBytesEachTime) {
  const Drawn drawn(study());
  const Drawn again(study());
  for (const FigureEntry& entry : figure_list(drawn.source())) {
    if (!entry.why_not.empty()) continue;
    SCOPED_TRACE(entry.id);
    const figure::Figure made = make_figure(drawn.source(), entry.id);
    EXPECT_EQ(made.id, entry.id);
    EXPECT_THAT(made.n, StartsWith("n = "));
    EXPECT_FALSE(made.caption.empty() || made.how_to_read.empty() || made.title.empty());
    EXPECT_FALSE(made.panels.empty() || made.table.rows.empty());
    for (const auto& row : made.table.rows) EXPECT_EQ(row.size(), made.table.columns.size());
    const figure::Figure second = make_figure(again.source(), entry.id);
    EXPECT_EQ(figure::svg(made), figure::svg(second));
    EXPECT_EQ(figure::pdf(made), figure::pdf(second));
    EXPECT_EQ(figure::csv(made), figure::csv(second));
  }
}

TEST(MakeFigure, NamesOfAJobStayText) {
  RunRecords records = study();
  records.job.experiments[0].candidates[1].name =
      "</script><img src=x onerror=alert(1)>\u202E" + std::string(300, 'n');
  const Drawn drawn(std::move(records));
  for (const FigureEntry& entry : figure_list(drawn.source()))
    if (entry.why_not.empty()) {
      EXPECT_THAT(figure::svg(make_figure(drawn.source(), entry.id)), Not(HasSubstr("<img")));
    }
}

TEST(MakeFigure, SeveralExperimentsHaveFiguresOfTheirOwn) {
  RunRecords records = study();
  records.job.embeddings.push_back("other/set");
  const Drawn drawn(std::move(records));
  EXPECT_THAT(reasons(drawn.source()).begin()->first, StartsWith("calibration."));
}

}  // namespace
}  // namespace crossfold
