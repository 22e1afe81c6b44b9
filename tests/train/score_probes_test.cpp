#include "score_probes.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/solve/one_thread.h"

#include "solve/lcg.h"

namespace crossfold::train {
namespace {

using nlohmann::json;

constexpr std::uint32_t kCount = 360;
constexpr std::size_t kDim = 7;

json recorded() {
  std::ifstream file(CROSSFOLD_TEST_DATA "/probes.json");
  return json::parse(file);
}

/// The samples of record_probes.py, bit by bit.
class ScoreProbes : public ::testing::Test {
 protected:
  ScoreProbes() {
    solve::use_one_thread();
    test::Lcg lcg(15);
    CodedColumn sex{.codes = {}, .levels = {"F", "M"}};
    CodedColumn view{.codes = {}, .levels = {"PA", "AP", "lateral"}};
    std::vector<double> ages;
    samples_.class_label.levels = {"normal", "pneumonia", "covid19"};
    samples_.domain.levels = {"a", "b", "c", "d"};
    for (std::uint32_t i = 0; i < kCount; ++i) {
      const auto class_label = static_cast<std::int32_t>(i % 3);
      const auto domain = static_cast<std::int32_t>(lcg.uniform() * 4);
      const auto male = static_cast<std::int32_t>(lcg.uniform() < 0.3 + 0.2 * class_label);
      const auto taken = static_cast<std::int32_t>(lcg.uniform() * 3);
      const double age = std::floor(20 + 60 * lcg.uniform());
      double x[kDim];
      for (double& value : x) value = lcg.uniform() - 0.5;
      const double shifts[] = {0.25 * male, 0.125 * taken, age / 128, 0.125 * domain,
                               0.25 * class_label};
      for (std::size_t d = 0; d < kDim; ++d) {
        const auto first = static_cast<float>(x[d]);
        values_.push_back(d < 5 ? static_cast<float>(static_cast<double>(first) + shifts[d])
                                : first);
      }
      samples_.pool.push_back(i);
      samples_.class_label.codes.push_back(class_label);
      samples_.domain.codes.push_back(domain);
      sex.codes.push_back(i % 11 == 0 ? -1 : male);
      view.codes.push_back(taken);
      ages.push_back(i % 7 == 0 ? std::numeric_limits<double>::quiet_NaN() : age);
      (i % 4 == 0 ? split_.test : split_.train).push_back(i);
    }
    samples_.probed = {{.name = "sex", .values = std::move(sex)},
                       {.name = "view", .values = std::move(view)},
                       {.name = "age", .values = std::move(ages)}};
    experiment_.probe = Label::domain;
    experiment_.probe_attributes = {"sex", "view", "age"};
    experiment_.probe_within = ProbeWithin::class_label;
  }

  [[nodiscard]] FeatureRows rows(std::span<const std::uint32_t> of) const {
    return {.values = values_, .dim = kDim, .rows = of, .scaling = nullptr};
  }

  FitResult score(const ProbedFeatures& features) const {
    FitResult result;
    score_probes({.experiment = &experiment_,
                  .candidate = nullptr,
                  .samples = &samples_,
                  .split = &split_,
                  .key = {},
                  .embedding = values_,
                  .dim = kDim},
                 features, best_instruction_set(), result);
    return result;
  }
  [[nodiscard]] FitResult score() const {
    return score({.other_folds = rows(split_.train), .held_out = rows(split_.test)});
  }

  ExperimentSamples samples_;
  Experiment experiment_;
  Split split_;
  std::vector<float> values_;
};

TEST_F(ScoreProbes, AreThoseOfScikitLearn) {
  const json expected = recorded();
  const FitResult result = score();
  EXPECT_NEAR(*result.probe->auc, expected["domain"]["auc"], 1e-12);
  ASSERT_EQ(result.probes.size(), expected["probes"].size());
  for (std::size_t i = 0; i < result.probes.size(); ++i) {
    const json& theirs = expected["probes"][i];
    const ProbeResult& ours = result.probes[i];
    SCOPED_TRACE(theirs.dump());
    EXPECT_EQ(ours.of, theirs["of"].get<std::string>());
    EXPECT_EQ(ours.within, theirs.contains("within")
                               ? samples_.class_label.levels[theirs["within"].get<std::size_t>()]
                               : "");
    EXPECT_EQ(ours.missing, theirs["missing"]);
    EXPECT_EQ(ours.scores.samples, theirs["samples"]);
    EXPECT_NEAR(ours.scores.auc.value(), theirs["auc"], 1e-12);
    ASSERT_EQ(ours.r2.has_value(), theirs.contains("r2"));
    if (ours.r2) {
      EXPECT_NEAR(*ours.r2, theirs["r2"], 1e-9);
    }
  }
  EXPECT_EQ(result.solver.solves, 16);
  EXPECT_EQ(result.solver.unconverged, 0);
}

/// What an encoder made of the rows comes as a matrix of its own, not as rows of the embedding.
TEST_F(ScoreProbes, DoNotDependOnWhereTheFeaturesLie) {
  const auto copied = [&](std::span<const std::uint32_t> of) {
    std::vector<float> values;
    for (const std::uint32_t row : of)
      values.insert(values.end(), values_.begin() + static_cast<std::ptrdiff_t>(row * kDim),
                    values_.begin() + static_cast<std::ptrdiff_t>((row + 1) * kDim));
    return values;
  };
  const std::vector<float> fitted = copied(split_.train), held_out = copied(split_.test);
  const FitResult moved = score(
      {.other_folds = {.values = fitted, .dim = kDim, .rows = std::nullopt, .scaling = nullptr},
       .held_out = {.values = held_out, .dim = kDim, .rows = std::nullopt, .scaling = nullptr}});
  const FitResult seen = score();
  ASSERT_EQ(moved.probes.size(), seen.probes.size());
  for (std::size_t i = 0; i < seen.probes.size(); ++i) {
    EXPECT_EQ(moved.probes[i].scores.auc, seen.probes[i].scores.auc);
    EXPECT_EQ(moved.probes[i].r2, seen.probes[i].r2);
  }
}

TEST_F(ScoreProbes, CutThirdsWhereTheOtherFoldsHaveThem) {
  auto& ages = std::get<std::vector<double>>(samples_.probed[2].values);
  for (const std::uint32_t row : split_.test) ages[row] += 100;  // all older than the others
  const stats::ScoreSet scores = score().probes[2].scores;
  EXPECT_EQ(scores.auc, std::nullopt);
  EXPECT_EQ(scores.samples, 77u);
  EXPECT_EQ(scores.classes[2].support, 77u);
}

TEST_F(ScoreProbes, AreUndefinedWhereThereIsNothingToLearnOrToScore) {
  auto& sex = std::get<CodedColumn>(samples_.probed[0].values).codes;
  for (const std::uint32_t row : split_.train)
    if (samples_.class_label.codes[row] == 1) sex[row] = 1;
  auto& ages = std::get<std::vector<double>>(samples_.probed[2].values);
  for (const std::uint32_t row : split_.test)
    if (samples_.class_label.codes[row] == 2) ages[row] = std::nan("");
  const FitResult result = score();
  const ProbeResult& sex_in_pneumonia = result.probes[3 + 4 + 1];
  EXPECT_EQ(sex_in_pneumonia.within, "pneumonia");
  EXPECT_EQ(sex_in_pneumonia.scores.auc, std::nullopt);
  EXPECT_EQ(sex_in_pneumonia.scores.samples, 0u);
  EXPECT_EQ(sex_in_pneumonia.scores.classes.size(), 2u);
  const ProbeResult& age_in_covid = result.probes[3 + 8 + 3];
  EXPECT_EQ(age_in_covid.within, "covid19");
  EXPECT_EQ(age_in_covid.missing, 30u);
  EXPECT_EQ(age_in_covid.scores.auc, std::nullopt);
  EXPECT_EQ(age_in_covid.r2, std::nullopt);
}

/// Of sex and age, in the pool and in each class; those of view and domain stay as they are.
TEST_F(ScoreProbes, AreUndefinedWhereOneSideHasNoValue) {
  for (const std::vector<std::uint32_t>* side : {&split_.train, &split_.test}) {
    const ExperimentSamples before = samples_;
    for (const std::uint32_t row : *side) {
      std::get<CodedColumn>(samples_.probed[0].values).codes[row] = -1;
      std::get<std::vector<double>>(samples_.probed[2].values)[row] = std::nan("");
    }
    const FitResult result = score();
    ASSERT_EQ(result.probes.size(), 15U);
    for (const ProbeResult& probe : result.probes) {
      SCOPED_TRACE(probe.of + " in " + probe.within);
      const bool has_values = probe.of == "view" || probe.of == "domain";
      EXPECT_EQ(probe.scores.auc.has_value(), has_values);
      EXPECT_EQ(probe.scores.samples > 0, has_values);
      EXPECT_FALSE(probe.r2);
      std::uint32_t missing = 0;
      for (const std::uint32_t row : split_.test) {
        const bool counts =
            probe.within.empty() || *samples_.class_label.name_of(row) == probe.within;
        const bool lacks = side == &split_.test || row % (probe.of == "sex" ? 11U : 7U) == 0;
        if (counts && lacks && !has_values) ++missing;
      }
      EXPECT_EQ(probe.missing, missing);
    }
    EXPECT_EQ(result.solver.solves, 1 + 1 + 3 * 2);  // domain and view alone
    samples_ = before;
  }
}

TEST_F(ScoreProbes, ALabelAloneHasNoFurtherOnes) {
  experiment_.probe_within = ProbeWithin::pool;
  experiment_.probe_attributes.clear();
  const FitResult result = score();
  EXPECT_NEAR(*result.probe->auc, recorded()["domain"]["auc"], 1e-12);
  EXPECT_TRUE(result.probes.empty());
  EXPECT_EQ(result.solver.solves, 1);
}

}  // namespace
}  // namespace crossfold::train
