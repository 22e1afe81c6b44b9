#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/plan/plan.h"

#include "job/job_settings.h"
#include "plan/example_study.h"

namespace crossfold {
namespace {

using testing::described;
using testing::example_embeddings;
using testing::example_job;
using testing::example_job_with;
using testing::example_samples;
using testing::job_settings;
using testing::JobSetting;
using testing::parsed;
using testing::SettingValue;

/// (experiment, candidate, seed, fold) of a plan with one embedding set.
using Place = std::tuple<std::uint32_t, std::uint32_t, SeedIndex, FoldIndex>;

std::map<Place, std::string> ids_of(const Plan& plan) {
  std::map<Place, std::string> ids;
  for (const Fit& fit : plan.fits)
    ids[{fit.experiment, fit.candidate, fit.seed, fit.fold}] = fit.id.hex();
  return ids;
}

Plan plan_of(const Job& job) { return make_plan(job, example_samples(), example_embeddings(8)); }

/// The rule of the fit id, for every key of data-schemas/job.schema.json: it changes where the
/// numbers can, and nowhere else.
TEST(FitIdentity, ChangesWithASettingExactlyWhereTheNumbersCan) {
  std::size_t compared = 0;
  for (const JobSetting& setting : job_settings()) {
    if (setting.reach == testing::Reach::given_splits) continue;
    std::vector<Plan> plans;
    for (const SettingValue& value : setting.values)
      plans.push_back(plan_of(parsed(example_job_with(setting.place, value.written))));
    for (std::size_t a = 0; a < plans.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) {
        SCOPED_TRACE(described(setting, setting.values[a]) + " and " +
                     setting.values[b].written.dump());
        const std::map<Place, std::string> first = ids_of(plans[a]), second = ids_of(plans[b]);
        for (const auto& [place, id] : first) {
          const auto found = second.find(place);
          if (found == second.end()) continue;
          const auto [experiment, candidate, seed, fold] = place;
          EXPECT_EQ(found->second != id, testing::reaches(setting, experiment, candidate))
              << experiment << " " << candidate;
          ++compared;
        }
        const bool same_fits = first == second;
        EXPECT_EQ(plans[a].hash == plans[b].hash, same_fits);
      }
  }
  EXPECT_GT(compared, 2000U);
}

TEST(FitIdentity, IsOneForEachFitOfTheExample) {
  const Plan plan = plan_of(parsed(example_job()));
  std::set<std::string> ids;
  for (const Fit& fit : plan.fits) ids.insert(fit.id.hex());
  EXPECT_EQ(ids.size(), plan.fits.size() - 2 * 6);  // "either" repeats two candidates of "task"
}

/// Splits by hand of the example's 72 samples: who is held out and who is validated, by row.
struct GivenSplits {
  Job job = parsed(example_job());
  SampleTable samples = example_samples();
  std::vector<std::uint32_t> validation{1, 3, 5, 7, 9, 11};  // of fold 0, which holds out even rows

  GivenSplits() {
    job.splits = {.folds = 2, .seeds = 2, .validation = 0.1, .file = "folds.csv"};
    job.experiments.resize(1);
  }

  /// Of fold 0 in seed 0, by candidate.
  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const Fit& fit : plan().fits)
      if (fit.seed == SeedIndex(0) && fit.fold == FoldIndex(0)) ids.push_back(fit.id.hex());
    return ids;
  }
  [[nodiscard]] Plan plan() const { return make_plan(job, samples, example_embeddings(8), csv()); }
  /// The same folds for both seeds.
  [[nodiscard]] std::string csv() const {
    std::string csv = kSplitTableHeader;
    for (std::uint32_t seed = 0; seed < 2; ++seed)
      for (std::uint32_t fold = 0; fold < 2; ++fold) {
        Split split;
        for (std::uint32_t row = 0; row < 72; ++row)
          if (samples.role.codes[row] == 0 && row % 2 == fold) split.test.push_back(row);
        for (const std::uint32_t row : validation)
          if (samples.role.codes[row] == 0) split.validation.push_back(row - fold);
        std::sort(split.validation.begin(), split.validation.end());
        csv += split_lines("task", SeedIndex(seed), FoldIndex(fold), split, samples.id);
      }
    return csv;
  }
};

/// How many of the candidates' ids differ.
std::size_t changed(const GivenSplits& one, const GivenSplits& other) {
  const std::vector<std::string> a = one.ids(), b = other.ids();
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i] ? 1 : 0;
  return count;
}

TEST(FitIdentity, HoldsEachPartOfTheSplit) {
  const GivenSplits given;
  ASSERT_EQ(given.ids().size(), 6U);
  EXPECT_EQ(changed(given, given), 0U);

  GivenSplits other_validation;  // one sample fewer, of which training knows nothing
  other_validation.samples.role.codes[11] = -1;
  EXPECT_EQ(changed(given, other_validation), 6U);  // `linear` trains on it

  GivenSplits fewer_held_out;
  fewer_held_out.samples.role.codes[40] = -1;
  EXPECT_EQ(changed(given, fewer_held_out), 6U);

  GivenSplits fewer_trained;
  fewer_trained.samples.role.codes[41] = -1;
  EXPECT_EQ(changed(given, fewer_trained), 6U);

  GivenSplits exchanged;
  exchanged.validation.back() = 13;
  EXPECT_EQ(changed(given, exchanged), 5U);  // `linear` sees no difference
}

TEST(FitIdentity, HoldsSeedAndRootWhereTheSplitIsGiven) {
  const GivenSplits given;
  std::set<std::string> ids;
  for (const Fit& fit : given.plan().fits) ids.insert(fit.id.hex());
  EXPECT_EQ(ids.size(), 6U * 2 * 2);
  GivenSplits other_root;
  other_root.job.seed += 1;
  EXPECT_EQ(changed(given, other_root), 6U);
}

TEST(FitIdentity, HoldsEveryLabelThatAFitSeesAndTheOosSamples) {
  GivenSplits given;
  given.job.experiments[0].evaluate_oos = true;
  GivenSplits class_label = given;
  class_label.samples.class_label.codes[20] = (class_label.samples.class_label.codes[20] + 1) % 3;
  EXPECT_EQ(changed(given, class_label), 6U);
  GivenSplits domain = given;
  domain.samples.domain.codes[20] = (domain.samples.domain.codes[20] + 1) % 4;
  EXPECT_EQ(changed(given, domain), 6U);
  GivenSplits oos = given;
  oos.samples.role.codes[80] = -1;
  EXPECT_EQ(changed(given, oos), 6U);
  GivenSplits oos_class = given;
  oos_class.samples.class_label.codes[80] = (oos_class.samples.class_label.codes[80] + 1) % 3;
  EXPECT_EQ(changed(given, oos_class), 6U);
}

TEST(FitIdentity, KnowsNoNames) {
  GivenSplits given, renamed;
  for (std::string& id : renamed.samples.id) id = "other-" + id;
  for (std::string& group : renamed.samples.group) group = "other-" + group;
  renamed.samples.attributes.push_back({.name = "age", .values = std::vector<double>(84, 50)});
  renamed.job.experiments[0].candidates[1].name = "renamed";
  EXPECT_EQ(changed(given, renamed), 0U);
}

}  // namespace
}  // namespace crossfold
