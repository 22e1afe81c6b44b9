// Who looks for a lost fit is told of that fit: each of its names is its own.

#include "fit_text.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/sample_result.h"
#include "plan/schemes_study.h"
#include "plan/small_places.h"

namespace crossfold {
namespace {

TEST(FitText, NamesEveryFitOfAPlan) {
  const Job job = testing::small_job();
  const Plan plan = testing::small_plan(job);
  const std::vector<testing::SmallPlace> places = testing::small_places();
  ASSERT_EQ(places.size(), plan.fits.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const testing::SmallPlace& at = places[i];
    const FitId& id = plan.fits[i].id;
    EXPECT_EQ(fit_text(job, plan, id),
              fmt::format("fit {} of experiment {}, embedding {}, candidate {}, seed {}, fold {}",
                          id.hex(), at.experiment, at.embedding, at.candidate, at.seed, at.fold));
  }
}

TEST(FitText, SaysWhatAFitOfAnotherSchemeHeldOut) {
  const Job job = testing::with_all_schemes();
  const Plan plan = testing::schemes_plan(job);
  const std::vector<std::string> sources{"rsna", "cohen", "sirm"};
  for (const Fit& fit : plan.fits) {
    std::string split = fmt::format("seed {}, fold {}", fit.seed.value, fit.fold.value);
    if (fit.scheme == SplitScheme::nested) split += fmt::format(", inner fold {}", fit.inner.value);
    if (fit.scheme == SplitScheme::source_out)
      split =
          fmt::format("seed {}, source {} left out", fit.seed.value, sources.at(fit.fold.value));
    const std::string& candidate = job.experiments[0].candidates[fit.candidate].name;
    EXPECT_EQ(fit_text(job, plan, fit.id),
              fmt::format("fit {} of experiment task, embedding texture/raw, candidate {}, {}",
                          fit.id.hex(), candidate, split));
  }
}

TEST(FitText, IsTheIdWhereThePlanHasNoSuchFit) {
  EXPECT_EQ(fit_text(testing::small_job(), testing::small_plan(), testing::fit_id('e')),
            "fit " + std::string(32, 'e'));
}

}  // namespace
}  // namespace crossfold
