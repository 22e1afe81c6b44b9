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

/// Fits on one split of a job on samples of several sources.
class TrainedFor : public CohortTrainerOf {
 protected:
  void SetUp() override {
    write_synth_store(small_.file("sources.h5"),
                      {.kind = SynthKind::sources, .dim = 16, .scale = 0.05});
  }

  /// Of an experiment with these settings (JSON fields, each with a comma behind), the fit that
  /// lies on the first split of the scheme.
  [[nodiscard]] FitResult result_of(SplitScheme scheme, const std::string& settings) const {
    small_.write("full.json", R"({
      "name": "full", "store": "sources.h5", "embeddings": "synth/sources",
      "sets": {"women": {"attributes": {"sex": "F"}}},
      "experiments": [{"name": "task", )" +
                                  settings + R"(
        "candidates": [{"kind": "linear"}]}],
      "splits": {"folds": 3, "seeds": 1}})");
    const Study study = load_study({.job = small_.file("full.json")});
    const SharedStudy shared = unpack_study(pack_study(study));
    const std::vector<float> features = read_features(shared);
    const EmbeddingViews views{features};
    CohortTrainer trainer(shared, views, make_engine(EngineKind::lockstep, {}));
    FitSpec spec = spec_of(study.job, study.plan.fits.front());
    spec.scheme = scheme;
    FitResult found;
    const std::atomic<bool> cancel = false;
    const fleet::Outcome outcome =
        trainer.run({.id = {}, .cost = 1, .bytes = encode_fits(std::span(&spec, 1))}, cancel,
                    [&](FitResult result) { found = std::move(result); });
    EXPECT_TRUE(outcome.failures.empty());
    return found;
  }
};

/// What serves to choose a candidate is scored on its target alone: the rest would be looked at
/// before the choice is made, and for nothing.
TEST_F(TrainedFor, AChoiceIsScoredOnItsTargetAlone) {
  const std::string looks = R"("evaluate": ["in", "women"], "probe": ["domain", "sex"],)";
  const FitResult shown = result_of(SplitScheme::k_fold, looks);
  EXPECT_TRUE(shown.probe && !shown.probes.empty() && !shown.sets.empty());
  const FitResult chooses = result_of(SplitScheme::source_out, looks);
  EXPECT_GT(chooses.held_out.samples, 0U);
  EXPECT_TRUE(!chooses.probe && chooses.probes.empty() && chooses.sets.empty());
}

/// What changes how a fit is trained or scored changes those that serve a choice as well; what only
/// looks at it afterwards does not.
TEST_F(TrainedFor, AChoiceIsTrainedByTheExperimentsSettings) {
  for (const SplitScheme scheme : {SplitScheme::k_fold, SplitScheme::source_out}) {
    const auto scores = [&](const std::string& settings) {
      FitResult scored;
      scored.held_out = result_of(scheme, settings).held_out;
      return fit_result_to_json(scored).dump();
    };
    const std::string plain = scores("");
    EXPECT_NE(scores(R"("weights": "balanced",)"), plain) << static_cast<int>(scheme);
    EXPECT_NE(scores(R"("target": "domain",)"), plain) << static_cast<int>(scheme);
    EXPECT_EQ(scores(R"("probe": ["domain", "sex"],)"), plain) << static_cast<int>(scheme);
  }
}

}  // namespace
}  // namespace crossfold
