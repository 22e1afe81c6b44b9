#include "crossfold/report/figures.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/figure/csv.h"
#include "crossfold/figure/pdf.h"
#include "crossfold/figure/svg.h"
#include "crossfold/stats/scores.h"

#include "figure_study.h"

namespace crossfold {
namespace {

using testing::artefacts_of;
using testing::Drawn;
using testing::error_of;
using testing::even_result;
using testing::figure_study;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::record_all;
using testing::small_study;
using ::testing::StartsWith;

std::map<std::string, std::string> reasons(const FigureSource& source) {
  std::map<std::string, std::string> found;
  for (const FigureEntry& entry : figure_list(source)) found[entry.id] = entry.why_not;
  return found;
}

TEST(FigureList, TellsWhatThereIsAndWhyOthersAreNot) {
  const Drawn drawn(figure_study());
  const auto found = reasons(drawn.source());
  EXPECT_EQ(found.size(), 17U);
  for (const char* there : {"strip", "differences", "front", "roc", "roc-domains", "calibration",
                            "confusion", "domains", "curves"})
    EXPECT_EQ(found.at(there), "") << there;
  for (const char* missing : {"sweep", "parallel", "race"})
    EXPECT_EQ(found.at(missing), "the experiment has no sweep") << missing;
  EXPECT_EQ(found.at("matrix"), "the experiment has one training set (no 'train')");
  for (const char* map : {"maps", "maps-tsne"})
    EXPECT_EQ(found.at(map), "the job keeps no features (output.features)") << map;
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

/// Two training sets of one matrix; "B" is scored on "A" and "B".
RunRecords matrix_study() {
  RunRecords records = small_study();
  Experiment part = records.job.experiments[0];
  part.probe.reset();
  part.evaluate_oos = false;
  part.evaluate_sets = {"A", "B"};
  part.matrix = "m";
  records.job.experiments.clear();
  for (const char* set : {"A", "B"}) {
    part.name = std::string("m[train=") + set + "]";
    part.samples = {.role = {}, .class_label = {}, .domain = {}, .set = {set}};
    records.job.experiments.push_back(part);
  }
  records = testing::empty_run(records.job, records.samples);
  for (ExperimentSamples& samples : records.plan.basis.samples)
    samples.sets = {samples.pool, samples.pool};
  for (const Fit& fit : records.plan.fits) {
    FitResult result = even_result(records, fit, 0.75);
    for (std::uint32_t set = 0; set < 2; ++set)
      result.sets.push_back(testing::even_scores(3, set == fit.experiment ? 0.875 : 0.5625));
    records.results[fit.id] = result;
  }
  return records;
}

TEST(MakeFigure, OfAMatrixHasACellForEveryPairOfSets) {
  const Drawn drawn(matrix_study());
  const auto found = reasons(drawn.source());
  EXPECT_EQ(found.at("matrix"), "") << "of both parts together";
  EXPECT_FALSE(found.contains("matrix.m-train-A-"));
  const figure::Figure made = make_figure(drawn.source(), "matrix");
  ASSERT_EQ(made.panels.size(), 2U);
  EXPECT_EQ(made.panels[0].title, "baseline");
  const auto& cells = std::get<figure::Cells>(made.panels[0].marks.at(0)).cells;
  ASSERT_EQ(cells.size(), 4U);
  for (const figure::Cell& cell : cells) {
    const bool own = cell.at.x == cell.at.y;
    EXPECT_EQ(cell.share, own ? 0.75 : 0.125);
    EXPECT_EQ(cell.text, own ? "0.88 \u00b1 0.00" : "0.56 \u00b1 0.00");
  }
  EXPECT_EQ(made.table.columns, (std::vector<std::string>{"candidate", "trained_on", "scored_on",
                                                          "fits", "auc_mean", "auc_sd"}));
  EXPECT_EQ(made.table.rows.at(1),
            (std::vector<std::string>{"baseline", "A", "B", "4", "0.5625", "0"}));
}

TEST(MakeFigure, NamesTheFiguresOfTheRunWhereThereIsNone) {
  const Drawn drawn(figure_study());
  EXPECT_THAT(error_of(drawn.source(), "umap"),
              StartsWith("umap: is no figure of this run (its figures are: strip, differences, "));
  EXPECT_EQ(error_of(drawn.source(), "race"),
            "race: is no figure of this run (the experiment has no sweep). choose one that "
            "`--figure list` names");
}

TEST(MakeFigure, SaysWhenAllArtefactsAreLost) {
  const Drawn drawn(figure_study());
  const FigureSource lost{drawn.records, drawn.report, [](const FitId&) { return std::nullopt; }};
  EXPECT_THAT(error_of(lost, "roc"), HasSubstr("has no predictions of this experiment"));
  EXPECT_THAT(error_of(lost, "curves"), HasSubstr("has no learning curves of this experiment"));
}

TEST(MakeFigure, StripHoldsEveryFitAndTheMeansOfTheTable) {
  const Drawn drawn(figure_study());
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
  const Drawn drawn(figure_study());
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

/// The study with five seeds, so that a candidate has 30 curves.
RunRecords study_of_many_fits() {
  RunRecords records = small_study();
  records.job.splits.seeds = 5;
  records = testing::empty_run(records.job, records.samples);
  record_all(records, [&](const Fit& fit) {
    return even_result(records, fit, 0.6 + 0.01 * fit.seed.value + 0.005 * fit.fold.value);
  });
  return records;
}

TEST(MakeFigure, RocHasALineForEachOfFewCurves) {
  const Drawn drawn(figure_study());
  const figure::Figure made = make_figure(drawn.source(), "roc");
  const auto* fits = std::get_if<figure::Lines>(&made.panels.at(0).marks.at(1));
  ASSERT_NE(fits, nullptr);
  EXPECT_EQ(fits->strands.size(), 4U * 3);  // fits, classes
}

TEST(MakeFigure, RocHasTheAreaOfManyCurvesAroundTheirMean) {
  const Drawn drawn(study_of_many_fits());
  const figure::Figure made = make_figure(drawn.source(), "roc");
  const std::vector<figure::Mark>& marks = made.panels.at(0).marks;
  const auto* all = std::get_if<figure::Band>(&marks.at(1));
  const auto* middle = std::get_if<figure::Band>(&marks.at(2));
  // out of sample are two classes alone: 20 curves, which are lines
  const auto* mean = std::get_if<figure::Lines>(&marks.at(4));
  ASSERT_TRUE(all != nullptr && middle != nullptr && mean != nullptr);
  ASSERT_EQ(all->x.size(), 102U);  // (0, 0), and every hundredth
  for (std::size_t i = 0; i < all->x.size(); ++i) {
    EXPECT_LE(all->low[i], mean->strands[0][i].y);
    EXPECT_GE(all->high[i], mean->strands[0][i].y);
    // ten equal curves of each class: a tenth of all lies within the lowest ten, and the highest
    EXPECT_DOUBLE_EQ(all->low[i], middle->low[i]);
    EXPECT_DOUBLE_EQ(all->high[i], middle->high[i]);
  }
  EXPECT_EQ(made.table.rows.size(), 2U * 2 * 102);  // candidates, sets
  ASSERT_TRUE(made.summary.has_value());
  EXPECT_EQ(made.summary->rows.size(), 2U * 2 * 21);
  EXPECT_EQ(made.summary->rows.at(1).at(4), "0.05");
}

TEST(MakeFigure, ConfusionCountsEveryPredictionOnce) {
  const Drawn drawn(figure_study());
  const figure::Figure made = make_figure(drawn.source(), "confusion");
  std::size_t held_out = 0;
  for (const auto& row : made.table.rows)
    if (row[2] == "held out") held_out += std::stoul(row[5]);
  EXPECT_EQ(held_out, 8 * drawn.records.plan.basis.samples[0].pool.size());
}

/// Counted here once more, from the artefacts.
TEST(MakeFigure, ConfusionTellsWhatIsTakenForWhat) {
  const Drawn drawn(figure_study());
  const CodedColumn& class_label = drawn.records.plan.basis.samples[0].class_label;
  std::map<std::vector<std::string>, std::size_t> expected;  // candidate, truth, predicted
  for (const Fit& fit : drawn.records.plan.fits) {
    const Predictions made = *artefacts_of(drawn.records, fit.id).held_out;
    for (std::size_t i = 0; i < made.rows.size(); ++i) {
      const auto of = made.probabilities.begin() + static_cast<std::ptrdiff_t>(i * made.classes);
      const auto level = std::max_element(of, of + static_cast<std::ptrdiff_t>(made.classes)) - of;
      ++expected[{drawn.records.job.experiments[0].candidates[fit.candidate].name,
                  *class_label.name_of(made.rows[i]),
                  class_label.levels[static_cast<std::size_t>(level)]}];
    }
  }
  std::map<std::vector<std::string>, std::size_t> found;
  for (const auto& row : make_figure(drawn.source(), "confusion").table.rows)
    if (row[2] == "held out" && row[5] != "0") found[{row[0], row[3], row[4]}] = std::stoul(row[5]);
  EXPECT_EQ(found, expected);
  EXPECT_NE((expected[{"baseline", "normal", "covid19"}]),
            (expected[{"baseline", "covid19", "normal"}]));
}

/// What a fit predicts of the samples that are out of sample, or not, by their domains in the
/// store.
std::map<std::string, std::vector<std::size_t>> places_by_domain(const RunRecords& records,
                                                                 const Predictions& made) {
  std::map<std::string, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < made.rows.size(); ++i)
    places[*records.samples.domain.name_of(made.rows[i])].push_back(i);
  return places;
}

/// Each domain by its own samples alone, of each candidate and set; one of a single class has no
/// AUC.
TEST(MakeFigure, DomainsAreScoredByTheirOwnSamples) {
  const Drawn drawn(figure_study());
  const CodedColumn& truth = drawn.records.plan.basis.samples[0].class_label;
  struct Expected {
    std::size_t images = 0;
    std::vector<double> aucs = {};
  };
  std::map<std::vector<std::string>, Expected> expected;  // domain, set, candidate
  for (const Fit& fit : drawn.records.plan.fits) {
    const Artefacts kept = artefacts_of(drawn.records, fit.id);
    const std::string& candidate = drawn.records.job.experiments[0].candidates[fit.candidate].name;
    for (const bool oos : {false, true}) {
      const Predictions& made = oos ? *kept.oos : *kept.held_out;
      for (const auto& [domain, places] : places_by_domain(drawn.records, made)) {
        Expected& of = expected[{domain, oos ? "out of sample" : "held out", candidate}];
        of.images = places.size();
        std::vector<double> probabilities;
        std::vector<std::int32_t> labels;
        for (const std::size_t i : places) {
          labels.push_back(truth.codes[made.rows[i]]);
          for (std::size_t k = 0; k < made.classes; ++k)
            probabilities.push_back(made.probabilities[i * made.classes + k]);
        }
        const auto auc = stats::score_probabilities(probabilities, labels, made.classes).auc;
        if (auc) of.aucs.push_back(*auc);
      }
    }
  }
  const figure::Figure made = make_figure(drawn.source(), "domains");
  EXPECT_EQ(made.table.columns,
            (std::vector<std::string>{"domain", "set", "candidate", "images", "fits", "mean_auc"}));
  EXPECT_EQ(made.table.rows.size(), expected.size());
  std::size_t without = 0;
  for (const std::vector<std::string>& row : made.table.rows) {
    SCOPED_TRACE(row[0] + row[1] + row[2]);
    const Expected& of = expected.at({row[0], row[1], row[2]});
    EXPECT_EQ(row[3], std::to_string(of.images));
    EXPECT_EQ(row[4], std::to_string(of.aucs.size()));
    without += of.aucs.empty() ? 1 : 0;
    ASSERT_EQ(row[5].empty(), of.aucs.empty());
    if (of.aucs.empty()) continue;
    double sum = 0;
    for (const double auc : of.aucs) sum += auc;
    EXPECT_NEAR(std::stod(row[5]), sum / static_cast<double>(of.aucs.size()), 1e-12);
  }
  EXPECT_EQ(without, 2U) << "all of cohen's are of one class";
}

/// As confusion has it, but each sample with its domain.
TEST(MakeFigure, ConfusionByDomainsCountsEachSampleInItsDomain) {
  const Drawn drawn(figure_study());
  const CodedColumn& class_label = drawn.records.plan.basis.samples[0].class_label;
  std::map<std::vector<std::string>, std::size_t> expected;
  for (const Fit& fit : drawn.records.plan.fits) {
    const Artefacts kept = artefacts_of(drawn.records, fit.id);
    for (const bool oos : {false, true}) {
      const Predictions& made = oos ? *kept.oos : *kept.held_out;
      for (const auto& [domain, places] : places_by_domain(drawn.records, made))
        for (const std::size_t i : places) {
          const auto of =
              made.probabilities.begin() + static_cast<std::ptrdiff_t>(i * made.classes);
          const auto level =
              std::max_element(of, of + static_cast<std::ptrdiff_t>(made.classes)) - of;
          ++expected[{drawn.records.job.experiments[0].candidates[fit.candidate].name, domain,
                      oos ? "out of sample" : "held out", *class_label.name_of(made.rows[i]),
                      class_label.levels[static_cast<std::size_t>(level)]}];
        }
    }
  }
  std::map<std::vector<std::string>, std::size_t> found;
  for (const auto& row : make_figure(drawn.source(), "confusion-domains").table.rows)
    if (row[5] != "0") found[{row.begin(), row.begin() + 5}] = std::stoul(row[5]);
  EXPECT_EQ(found, expected);
}

/// Of two classes the figure follows the probability of the second, also where the first is
/// predicted.
TEST(MakeFigure, CalibrationOfTwoClassesIsThatOfTheSecond) {
  RunRecords records = small_study();
  records = testing::empty_run(records.job,
                               testing::make_samples({{"covid19", "rsna", "in", 12, 1},
                                                      {"normal", "cohen", "in", 9, 1},
                                                      {"normal", "new_site", "oos", 6, 1},
                                                      {"covid19", "new_site", "oos", 4, 1}}));
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, 0.7); });
  const Drawn drawn(std::move(records));
  double probability = 0;
  double positive = 0;
  for (const Fit& fit : drawn.records.plan.fits) {
    if (fit.candidate != 0) continue;
    const Predictions made = *artefacts_of(drawn.records, fit.id).held_out;
    for (std::size_t i = 0; i < made.rows.size(); ++i) {
      probability += made.probabilities[2 * i + 1];
      positive += drawn.records.plan.basis.samples[0].class_label.codes[made.rows[i]];
    }
  }
  double n = 0;
  double drawn_probability = 0;
  double drawn_positive = 0;
  for (const auto& row : make_figure(drawn.source(), "calibration").table.rows) {
    if (row[0] != "baseline" || row[2] != "held out" || row[5] == "0") continue;
    const double in_bin = std::stod(row[5]);
    n += in_bin;
    drawn_probability += in_bin * std::stod(row[6]);
    drawn_positive += in_bin * std::stod(row[7]);
  }
  EXPECT_EQ(n, 4 * 21);
  EXPECT_NEAR(drawn_probability, probability, 0.01);
  EXPECT_NEAR(drawn_positive, positive, 0.01);
}

TEST(MakeFigure, EveryFigureHasWhatAReaderNeedsAndTheSameBytesEachTime) {
  const Drawn drawn(figure_study());
  const Drawn again(figure_study());
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
  RunRecords records = figure_study();
  records.job.experiments[0].candidates[1].name =
      "</script><img src=x onerror=alert(1)>\u202E" + std::string(300, 'n');
  const Drawn drawn(std::move(records));
  for (const FigureEntry& entry : figure_list(drawn.source())) {
    if (!entry.why_not.empty()) continue;
    EXPECT_THAT(figure::svg(make_figure(drawn.source(), entry.id)), Not(HasSubstr("<img")));
  }
}

/// Two experiments on two embedding sets; candidates differ by another step on each of the four.
double task_auc_at(const Fit& fit) {
  const double step = 0.01 * (1 + 2 * fit.experiment + fit.embedding);
  return 0.3 + 0.2 * fit.experiment + 0.1 * fit.embedding + step * fit.candidate +
         0.004 * fit.seed.value + 0.001 * fit.fold.value;
}

/// The numbers of a figure are of its own experiment and embedding set alone.
TEST(MakeFigure, OfEachPlaceHasTheFitsOfThatPlace) {
  Job job = small_study().job;
  job.embeddings = {"texture/raw", "texture/equalized"};
  job.experiments.push_back(job.experiments.front());
  job.experiments.back().name = "other";
  RunRecords records = testing::empty_run(job, small_study().samples);
  record_all(records, [&](const Fit& fit) {
    FitResult result = even_result(records, fit, 0.5);
    result.held_out.auc = task_auc_at(fit);
    return result;
  });
  const Drawn drawn(std::move(records));
  for (std::uint32_t e = 0; e < 2; ++e)
    for (std::uint32_t z = 0; z < 2; ++z) {
      const std::string where = std::string(e == 0 ? ".table3" : ".other") +
                                (z == 0 ? ".texture-raw" : ".texture-equalized");
      SCOPED_TRACE(where);
      const auto fit_at = [&](std::uint32_t candidate, const std::string& seed,
                              const std::string& fold) {
        return Fit{.id = {},
                   .experiment = e,
                   .embedding = z,
                   .candidate = candidate,
                   .seed = SeedIndex(static_cast<std::uint32_t>(std::stoul(seed))),
                   .fold = FoldIndex(static_cast<std::uint32_t>(std::stoul(fold)))};
      };
      const figure::Figure strip = make_figure(drawn.source(), "strip" + where);
      EXPECT_THAT(strip.title, ::testing::EndsWith(", " + drawn.records.job.experiments[e].name +
                                                   " on " + drawn.records.job.embeddings[z]));
      ASSERT_EQ(strip.table.rows.size(), 8U);
      EXPECT_EQ(strip.table.columns.at(3), "task_auc");
      for (const auto& row : strip.table.rows)
        EXPECT_NEAR(std::stod(row.at(3)),
                    task_auc_at(fit_at(row[0] == "baseline" ? 0 : 1, row[1], row[2])), 1e-12);
      std::size_t splits = 0;
      for (const auto& row : make_figure(drawn.source(), "differences" + where).table.rows) {
        if (row[0] != "task_auc") continue;
        ++splits;
        EXPECT_EQ(row[1], "disentangled");
        EXPECT_EQ(row[2], "baseline");
        EXPECT_NEAR(std::stod(row[5]),
                    task_auc_at(fit_at(1, row[3], row[4])) - task_auc_at(fit_at(0, row[3], row[4])),
                    1e-12);
      }
      EXPECT_EQ(splits, 4U);
    }
}

TEST(MakeFigure, SeveralEmbeddingSetsHaveFiguresOfTheirOwn) {
  RunRecords records = figure_study();
  records.job.embeddings.push_back("other/set");
  const Drawn drawn(std::move(records));
  const auto found = reasons(drawn.source());
  EXPECT_EQ(found.size(), 34U);
  EXPECT_TRUE(found.contains("roc.texture-raw"));
  EXPECT_EQ(found.at("strip.other-set"), "no fit is done");
}

}  // namespace
}  // namespace crossfold
