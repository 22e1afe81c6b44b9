#include "crossfold/plan/fit_spec.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"

#include "job/job_settings.h"
#include "plan/example_study.h"

namespace crossfold {
namespace {

using testing::example_job;
using testing::example_job_with;
using testing::parsed;

Plan plan_of(const Job& job) {
  return make_plan(job, testing::example_samples(), testing::example_embeddings(8));
}

FitSpec sent(const FitSpec& fit) { return decode_fits(encode_fits(std::span(&fit, 1))).at(0); }

/// For every key of data-schemas/job.schema.json: what a candidate's numbers hang on arrives.
TEST(FitSpec, CarriesEverySettingOfItsCandidate) {
  std::size_t compared = 0;
  for (const testing::JobSetting& setting : testing::job_settings()) {
    if (setting.reach == testing::Reach::given_splits) continue;
    for (const testing::SettingValue& value : setting.values) {
      SCOPED_TRACE(testing::described(setting, value));
      const Job job = parsed(example_job_with(setting.place, value.written));
      for (const Experiment& experiment : job.experiments)
        for (const Candidate& candidate : experiment.candidates) {
          const FitSpec arrived =
              sent({.id = {}, .candidate = candidate, .seed = {}, .fold = {}, .keep = {}});
          EXPECT_EQ(arrived.candidate.name, candidate.name);
          EXPECT_EQ(canonical_settings(arrived.candidate), canonical_settings(candidate));
          ++compared;
        }
    }
  }
  EXPECT_GT(compared, 200U);
}

TEST(FitSpec, CarriesTheAdversariesOfItsCandidate) {
  Candidate candidate;
  candidate.model = default_model(CandidateKind::disentangled);
  LambdaSchedule own;
  own.from = 3;
  std::get<DisentangledModel>(candidate.model).adversaries = {{.of = "domain"},
                                                              {.of = "sex", .lambda = own}};
  const FitSpec arrived =
      sent({.id = {}, .candidate = candidate, .seed = {}, .fold = {}, .keep = {}});
  EXPECT_EQ(canonical_settings(arrived.candidate), canonical_settings(candidate));
  ASSERT_EQ(std::get<DisentangledModel>(arrived.candidate.model).adversaries.size(), 2U);
  EXPECT_EQ(std::get<DisentangledModel>(arrived.candidate.model).adversaries[1].lambda, own);
}

TEST(FitSpec, SaysWhereItsFitStands) {
  const Job job = parsed(example_job());
  const Plan plan = plan_of(job);
  for (const Fit& fit : plan.fits) {
    const FitSpec spec = sent(spec_of(job, fit));
    EXPECT_EQ(spec.id, fit.id);
    EXPECT_EQ(spec.experiment, fit.experiment);
    EXPECT_EQ(spec.embedding, fit.embedding);
    EXPECT_EQ(spec.candidate.name, job.experiments[fit.experiment].candidates[fit.candidate].name);
    EXPECT_EQ(spec.seed, fit.seed);
    EXPECT_EQ(spec.fold, fit.fold);
    EXPECT_EQ(spec.cost, fit.cost);
    EXPECT_EQ(split_at(job, plan.basis, split_place_of(spec)), split_of(job, plan, fit));
  }
}

TEST(FitSpec, SaysWhatIsKept) {
  Job job = parsed(example_job());
  const Plan plan = plan_of(job);
  const auto kept = [&](std::uint32_t seed, std::uint32_t fold) {
    const KeptOutput keep =
        sent(spec_of(job, {.id = {}, .seed = SeedIndex(seed), .fold = FoldIndex(fold)})).keep;
    return std::string(keep.predictions ? "p" : "") + (keep.curves ? "c" : "") +
           (keep.features ? "f" : "");
  };
  job.output = {.predictions = true, .curves = false, .features = FeatureOutput::none};
  EXPECT_EQ(kept(0, 0), "p");
  job.output = {.predictions = false, .curves = true, .features = FeatureOutput::first_split};
  EXPECT_EQ(kept(0, 0), "cf");
  EXPECT_EQ(kept(0, 1), "c");
  EXPECT_EQ(kept(1, 0), "c");
  job.output.features = FeatureOutput::all;
  EXPECT_EQ(kept(1, 1), "cf");
}

/// Fits that serve a choice leave no features behind, those on inner folds
/// nothing but their scores.
TEST(FitSpec, SaysWhatIsKeptOfEveryScheme) {
  using enum SplitScheme;
  for (const SplitScheme scheme : {k_fold, source_out, nested, hold_out, leave_out})
    for (const bool predictions : {false, true})
      for (const bool curves : {false, true})
        for (const FeatureOutput features :
             {FeatureOutput::none, FeatureOutput::first_split, FeatureOutput::all})
          for (std::uint32_t place = 0; place < 4; ++place) {
            const OutputSettings output{
                .predictions = predictions, .curves = curves, .features = features};
            const KeptOutput keep = kept_output(output, {.id = {},
                                                         .seed = SeedIndex(place / 2),
                                                         .fold = FoldIndex(place % 2),
                                                         .scheme = scheme});
            const bool chooses = scheme == source_out || scheme == nested;
            const bool wanted = features == FeatureOutput::all ||
                                (features == FeatureOutput::first_split && place == 0);
            SCOPED_TRACE(static_cast<int>(scheme));
            EXPECT_EQ(keep.predictions, predictions && scheme != nested);
            EXPECT_EQ(keep.curves, curves && scheme != nested);
            EXPECT_EQ(keep.features, wanted && !chooses);
          }
}

TEST(FitSpec, CutAnywhereIsRefused) {
  const Job job = parsed(example_job());
  const FitSpec fit = spec_of(job, plan_of(job).fits.front());
  const std::string bytes = encode_fits(std::span(&fit, 1));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW((void)decode_fits(bytes.substr(0, size)), Error) << size;
  EXPECT_THROW((void)decode_fits(bytes + "x"), Error);
}

}  // namespace
}  // namespace crossfold
