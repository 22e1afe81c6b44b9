#include "crossfold/store/planted_sources.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/solve/logistic_regression.h"
#include "crossfold/solve/one_thread.h"
#include "crossfold/stats/scores.h"
#include "crossfold/store/synth.h"

#include "core/expect_error.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// Of the recorded values, from 200,000 draws a source for the rule and for its scores.
constexpr double kMonteCarlo = 0.004;

json recorded() {
  return parse_json(
      read_file(std::string(CROSSFOLD_TEST_DATA) + "/planted_sources.json", 1U << 20U),
      "planted_sources.json");
}

void expect_near(const PlantedScores& ours, const json& theirs) {
  EXPECT_NEAR(ours.auc, theirs[0].get<double>(), kMonteCarlo);
  EXPECT_NEAR(ours.balanced_accuracy, theirs[1].get<double>(), kMonteCarlo);
}

TEST(PlantedSources, AnswersAreWhatScikitLearnFindsInManyDraws) {
  for (const json& theirs : recorded()["cases"]) {
    const PlantedAnswers ours = planted_answers(theirs["sources"].get<std::size_t>());
    SCOPED_TRACE(text_of(ours));
    expect_near(ours.pool, theirs["pool"]);
    const std::pair<double, const char*> numbers[] = {{ours.sex_auc, "sex"},
                                                      {ours.view_auc, "view"},
                                                      {ours.sex_auc_healthy, "sex_healthy"},
                                                      {ours.sex_auc_ill, "sex_ill"},
                                                      {ours.view_auc_healthy, "view_healthy"},
                                                      {ours.view_auc_ill, "view_ill"},
                                                      {ours.age_r2, "age_r2"}};
    for (const auto& [number, name] : numbers)
      EXPECT_NEAR(number, theirs[name].get<double>(), kMonteCarlo) << name;
    ASSERT_EQ(ours.sources.size(), theirs["at"].size());
    for (std::size_t i = 0; i < ours.sources.size(); ++i) {
      SCOPED_TRACE(i);
      expect_near(ours.sources[i].inside, theirs["at"][i]["inside"]);
      expect_near(ours.sources[i].left_out, theirs["at"][i]["left_out"]);
      EXPECT_NEAR(ours.sources[i].sex_auc, theirs["at"][i]["sex"].get<double>(), kMonteCarlo);
      EXPECT_NEAR(ours.sources[i].view_auc, theirs["at"][i]["view"].get<double>(), kMonteCarlo);
    }
  }
}

TEST(PlantedSources, SexAndViewCannotBeReadOffWhereTheyAreNotPlanted) {
  const PlantedAnswers answers = planted_answers(5);
  EXPECT_NEAR(answers.sources[2].sex_auc, 0.5, 1e-9);
  EXPECT_NEAR(answers.sources[3].view_auc, 0.5, 1e-9);
  EXPECT_GT(answers.sources[2].view_auc, 0.9);
  EXPECT_GT(answers.sources[3].sex_auc, 0.9);
}

TEST(PlantedSources, TheFifthLosesMostForItsSexesGoTheOtherWay) {
  const PlantedAnswers answers = planted_answers(5);
  const auto loss = [&](std::size_t source) {
    return answers.sources[source].inside.auc - answers.sources[source].left_out.auc;
  };
  for (std::size_t source = 0; source < 4; ++source) EXPECT_GT(loss(4), loss(source) + 0.05);
}

TEST(PlantedSources, RepeatTheirPatternsUnderNamesOfTheirOwn) {
  const std::vector<PlantedSource> sources = planted_sources(26);
  ASSERT_EQ(sources.size(), 26u);
  EXPECT_EQ(sources[0].name, "site_a");
  EXPECT_EQ(sources[25].name, "site_z");
  EXPECT_EQ(sources[7].prevalence, sources[2].prevalence);
  EXPECT_FALSE(sources[7].male.shows);
  EXPECT_EQ(planted_answers(26).sources.size(), 26u);
}

TEST(PlantedSources, RefusesOtherNumbers) {
  expect_error(ErrorCode::usage, "sources is 1 (2 to 26 are allowed)",
               [] { (void)planted_sources(1); });
  expect_error(ErrorCode::usage, "sources is 27 (2 to 26 are allowed)",
               [] { (void)synthesize({.kind = SynthKind::sources, .dim = {}, .sources = 27}); });
}

/// A made store, split by the parity of the row in turns of all sources.
class SourcesStore : public ::testing::Test {
 protected:
  SourcesStore() { solve::use_one_thread(); }

  static bool trained_on(std::size_t row) { return row / kUsualSources % 2 == 0; }

  /// AUC of a logistic regression of `labels` from the rows that `train` takes, on those `test`
  /// takes.
  template <class Train, class Test>
  double auc(const std::vector<std::int32_t>& labels, const Train& train, const Test& test) {
    std::vector<std::uint32_t> rows[2];
    std::vector<std::int32_t> of[2];
    for (std::uint32_t row = 0; row < labels.size(); ++row) {
      const bool chosen[2] = {train(row), test(row)};
      for (const int side : {0, 1})
        if (chosen[side]) {
          rows[side].push_back(row);
          of[side].push_back(labels[row]);
        }
    }
    const EmbeddingSet& set = store_.embeddings.front();
    const auto features = [&](int side) {
      return FeatureRows{.values = set.values, .dim = set.info.dim, .rows = rows[side]};
    };
    const LogisticFit fit = fit_logistic(features(0), of[0], 2);
    return stats::score_probabilities(probabilities(fit.model, features(1)), of[1], 2).auc.value();
  }

  [[nodiscard]] const std::vector<std::int32_t>& attribute(std::size_t i) const {
    return std::get<CodedColumn>(store_.samples.attributes[i].values).codes;
  }

  SynthStore store_ = synthesize({.kind = SynthKind::sources, .dim = {}, .seed = 1});
  PlantedAnswers answers_ = planted_answers(kUsualSources);
};

TEST_F(SourcesStore, LosesWhatWasPlantedWhereASourceIsLeftOut) {
  const auto& sources = store_.samples.domain.codes;
  const auto& classes = store_.samples.class_label.codes;
  for (std::int32_t source = 0; source < 5; ++source) {
    const SourceAnswer& planted = answers_.sources[static_cast<std::size_t>(source)];
    const auto scored = [&](std::uint32_t row) {
      return sources[row] == source && !trained_on(row);
    };
    const double inside = auc(classes, trained_on, scored);
    const double left_out = auc(
        classes, [&](std::uint32_t row) { return sources[row] != source; }, scored);
    EXPECT_NEAR(inside - left_out, planted.inside.auc - planted.left_out.auc, 0.02) << source;
  }
}

TEST_F(SourcesStore, SexAndViewAreReadOffAsPlanted) {
  const auto& sources = store_.samples.domain.codes;
  for (std::int32_t source = 0; source < 5; ++source) {
    const SourceAnswer& planted = answers_.sources[static_cast<std::size_t>(source)];
    const auto scored = [&](std::uint32_t row) {
      return sources[row] == source && !trained_on(row);
    };
    // Five standard errors of an AUC of 1,000 samples, half of them positive.
    EXPECT_NEAR(auc(attribute(0), trained_on, scored), planted.sex_auc, 0.09) << source;
    EXPECT_NEAR(auc(attribute(1), trained_on, scored), planted.view_auc, 0.09) << source;
  }
  const auto scored = [](std::uint32_t row) { return !trained_on(row); };
  EXPECT_NEAR(auc(attribute(0), trained_on, scored), answers_.sex_auc, 0.02);
  EXPECT_NEAR(auc(attribute(1), trained_on, scored), answers_.view_auc, 0.02);
}

TEST_F(SourcesStore, HasAttributesWithTheirShares) {
  const SampleTable& samples = store_.samples;
  ValidationErrors errors;
  check_samples(samples, errors);
  EXPECT_THAT(errors.lines(), ::testing::IsEmpty());
  ASSERT_EQ(samples.size(), 10'000u);
  ASSERT_EQ(samples.attributes.size(), 3u);
  EXPECT_EQ(samples.attributes[0].name, "sex");
  EXPECT_EQ(samples.attributes[1].name, "view");
  EXPECT_EQ(samples.attributes[2].name, "age");
  double ill = 0, ill_men = 0;
  for (std::size_t row = 4; row < samples.size(); row += 5) {  // site_e: prevalence 0.8, men 0.3
    EXPECT_EQ(samples.domain.codes[row], 4);
    ill += samples.class_label.codes[row];
    ill_men += samples.class_label.codes[row] * attribute(0)[row];
  }
  EXPECT_NEAR(ill / 2000, 0.8, 5 * std::sqrt(0.8 * 0.2 / 2000));
  EXPECT_NEAR(ill_men / ill, 0.3, 5 * std::sqrt(0.3 * 0.7 / 1600));
  const auto& ages = std::get<std::vector<double>>(samples.attributes[2].values);
  double sum = 0;
  for (const double age : ages) sum += age;
  EXPECT_NEAR(sum / 10'000, kMeanAge, 5 * kAgeSd / 100);
}

}  // namespace
}  // namespace crossfold
