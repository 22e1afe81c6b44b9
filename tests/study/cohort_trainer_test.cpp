#include "cohort_trainer.h"

#include <atomic>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/random_stream.h"
#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/fit_result_json.h"
#include "crossfold/store/store.h"

#include "study/small_study.h"

namespace crossfold {
namespace {

using test::SmallStudy;

/// A result without the time that it took, and what it leaves behind.
using Written = std::map<FitId, std::string>;

class CohortTrainerOf : public ::testing::Test {
 protected:
  [[nodiscard]] static std::vector<float> read_features(const SharedStudy& study) {
    const EmbeddingInfo& info = study.basis.embeddings.front();
    std::vector<float> values(info.rows * info.dim);
    read_embedding(study.store, info, values);
    return values;
  }

  /// Trains the items, each a number of fits of `specs` in turn.
  [[nodiscard]] Written train(std::span<const FitSpec> specs, std::size_t fits_an_item) const {
    CohortTrainer trainer(shared_, views_, make_engine(EngineKind::lockstep, {}));
    const std::atomic<bool> cancel = false;
    Written written;
    for (std::size_t first = 0; first < specs.size(); first += fits_an_item) {
      const auto fits = specs.subspan(first, std::min(fits_an_item, specs.size() - first));
      const fleet::Outcome outcome = trainer.run(
          {.id = {}, .cost = 1, .bytes = encode_fits(fits)}, cancel, [&](FitResult result) {
            result.seconds = 0;
            written[result.id] =
                fit_result_to_json(result).dump() + artefacts_to_bytes(result.id, result.artefacts);
          });
      EXPECT_TRUE(outcome.failures.empty());
    }
    return written;
  }

  SmallStudy small_;
  Study study_ = small_.load();
  SharedStudy shared_ = unpack_study(pack_study(study_));
  std::vector<float> features_ = read_features(shared_);
  EmbeddingViews views_ = {features_};
};

TEST_F(CohortTrainerOf, ACohortMayLieOnManySplits) {
  std::vector<FitSpec> specs;
  for (const Fit& fit : study_.plan.fits) {
    FitSpec spec = spec_of(study_.job, fit);
    spec.keep = {.predictions = true, .curves = true, .features = true};
    specs.push_back(std::move(spec));
  }
  RandomStream stream({.root_seed = 3, .seed = SeedIndex(0), .fold = FoldIndex(0)}, "order");
  stream.shuffle(std::span(specs));
  const Written alone = train(specs, 1);
  EXPECT_EQ(alone.size(), specs.size());
  EXPECT_EQ(train(specs, specs.size()), alone);
  EXPECT_EQ(train(specs, 5), alone);
}

}  // namespace
}  // namespace crossfold
