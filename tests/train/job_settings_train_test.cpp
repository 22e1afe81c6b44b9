#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/fit_result_json.h"
#include "crossfold/plan/plan.h"
#include "crossfold/train/engine.h"

#include "job/job_settings.h"
#include "plan/example_study.h"
#include "solve/lcg.h"

namespace crossfold {
namespace {

using testing::described;
using testing::example_job_with;
using testing::example_samples;
using testing::job_settings;
using testing::JobSetting;
using testing::parsed;

constexpr std::size_t kDim = 5;

/// Both embedding sets of the example: classes and domains that show, and much noise.
std::map<std::string, std::vector<float>> example_features() {
  const SampleTable samples = example_samples();
  std::map<std::string, std::vector<float>> features;
  for (const auto& [name, seed] :
       {std::pair("texture/raw", 3U), std::pair("texture/equalized", 4U)}) {
    test::Lcg lcg(seed);
    for (std::size_t row = 0; row < samples.size(); ++row)
      for (std::size_t d = 0; d < kDim; ++d) {
        const auto class_label = static_cast<std::size_t>(samples.class_label.codes[row]);
        const auto domain = static_cast<std::size_t>(samples.domain.codes[row]);
        const double signal = (d == class_label ? 1.2 : 0) + (d == domain ? 1 : 0);
        features[name].push_back(
            static_cast<float>((signal + 2 * lcg.uniform()) * (1 + 0.2 * static_cast<double>(d))));
      }
  }
  return features;
}

/// The first split's fit of a candidate.
FitResult result_of(const Job& job, EngineKind engine, std::uint32_t experiment,
                    std::uint32_t candidate) {
  static const std::map<std::string, std::vector<float>> kFeatures = example_features();
  const Plan plan = make_plan(job, example_samples(), testing::example_embeddings(kDim));
  for (const Fit& fit : plan.fits) {
    if (fit.experiment != experiment || fit.candidate != candidate) continue;
    const Split split = split_of(job, plan, fit);
    const Experiment& of = job.experiments[experiment];
    return make_engine(engine, {})
        ->fit({.experiment = &of,
               .candidate = &of.candidates[candidate],
               .samples = &plan.basis.samples[experiment],
               .split = &split,
               .key = {.root_seed = job.seed, .seed = fit.seed, .fold = fit.fold},
               .embedding = kFeatures.at(plan.basis.embeddings[fit.embedding].name),
               .dim = kDim,
               .keep_predictions = true,
               .keep_curves = true,
               .keep_features = true});
  }
  ADD_FAILURE() << "no such fit";
  return {};
}

/// All that it comes to.
std::string numbers_of(const Job& job, EngineKind engine, std::uint32_t experiment,
                       std::uint32_t candidate) {
  const FitResult result = result_of(job, engine, experiment, candidate);
  nlohmann::json facts = fit_result_to_json(result);
  facts.erase("seconds");
  return facts.dump() + artefacts_to_bytes(result.id, result.artefacts);
}

class JobSettingsIn : public ::testing::TestWithParam<EngineKind> {};

/// For every key of data-schemas/job.schema.json. What numbers they give is another question:
/// see RecordedFits.
TEST_P(JobSettingsIn, ChangeTheNumbersOfTheFitsTheyReachAndOfNoOther) {
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> looked_at{
      {0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}};
  for (const JobSetting& setting : job_settings()) {
    if (setting.reach == testing::Reach::given_splits || setting.key == "engine") continue;
    auto fits = looked_at;
    for (std::uint32_t candidate = 3; candidate < 6; ++candidate)
      if (testing::reaches(setting, 0, candidate) && setting.reach == testing::Reach::candidate)
        fits = {{0, candidate}};
    if (setting.place.starts_with("/experiments/2/")) fits.push_back({2, 1});
    const Job first = parsed(example_job_with(setting.place, setting.values[0].written));
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> before;
    for (const auto& [experiment, candidate] : fits)
      before[{experiment, candidate}] = numbers_of(first, GetParam(), experiment, candidate);
    for (std::size_t i = 1; i < setting.values.size(); ++i) {
      SCOPED_TRACE(described(setting, setting.values[i]));
      const Job other = parsed(example_job_with(setting.place, setting.values[i].written));
      for (const auto& [experiment, candidate] : fits)
        EXPECT_EQ(numbers_of(other, GetParam(), experiment, candidate) !=
                      before[std::pair(experiment, candidate)],
                  testing::reaches(setting, experiment, candidate))
            << experiment << " " << candidate;
    }
  }
}

TEST_P(JobSettingsIn, AFitTakesNoLongerThanOneWaitsForIt) {
  const Job job = parsed(testing::example_job());
  for (std::uint32_t candidate = 0; candidate < job.experiments[0].candidates.size(); ++candidate) {
    const auto start = std::chrono::steady_clock::now();
    const FitResult result = result_of(job, GetParam(), 0, candidate);
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
    EXPECT_GT(result.seconds, 0) << candidate;
    EXPECT_LE(result.seconds, waited.count()) << candidate;
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, JobSettingsIn,
                         ::testing::Values(EngineKind::lockstep, EngineKind::reference),
                         [](const auto& engine) {
                           return engine.param == EngineKind::lockstep ? "lockstep" : "reference";
                         });

}  // namespace
}  // namespace crossfold
