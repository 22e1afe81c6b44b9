#include "crossfold/study/worker_setup.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/train/engine.h"

#include "cohort_trainer.h"
#include "study/small_study.h"

namespace crossfold {
namespace {

using test::SmallStudy;
using testing::HasSubstr;

/// A GPU that is lost at its first cohort.
class LostEngine final : public Engine {
 public:
  [[nodiscard]] std::vector<FitOutcome> fit_cohort(std::span<const FitTask>) override {
    throw DeviceLost("the GPU failed at a copy to it");
  }
};

class WorkerSetupOf : public ::testing::Test {
 protected:
  /// The GPU that a worker's engine is asked to train on.
  [[nodiscard]] std::optional<std::uint32_t> gpu_of(const WorkerSetup& setup,
                                                    std::uint32_t local) const {
    std::optional<std::uint32_t> gpu;
    const EmbeddingViews none;
    (void)make_cohort_trainer(shared_, none, setup, local,
                              [&](EngineKind, const ComputeDevice& device) {
                                gpu = device.gpu;
                                return std::make_unique<LostEngine>();
                              });
    return gpu;
  }
  /// What is said while that happens.
  [[nodiscard]] std::string said(const WorkerSetup& setup, std::uint32_t local) const {
    testing::internal::CaptureStderr();
    start_log(LogLevel::normal);
    (void)gpu_of(setup, local);
    return testing::internal::GetCapturedStderr();
  }

  SmallStudy small_;
  Study study_ = small_.load();
  SharedStudy shared_ = unpack_study(pack_study(study_));
};

TEST_F(WorkerSetupOf, TheWorkersOfANodeTakeItsGpusInTurn) {
  const WorkerSetup setup{.cores = {4, 5}, .gpus = 2};
  for (std::uint32_t local = 0; local < 5; ++local) {
    EXPECT_EQ(gpu_of(setup, local), local % 2);
    EXPECT_EQ(device_of(setup, local), local % 2 == 0 ? "cuda:0" : "cuda:1");
  }
  EXPECT_EQ(gpu_of({.pinning = Pinning::off, .cores = {4}, .gpus = 0}, 1), std::nullopt);
}

/// As it stands in the journal: the core that the worker is held to, where it is held to one.
TEST_F(WorkerSetupOf, AWorkerOnAProcessorIsNamedByItsCore) {
  WorkerSetup setup{.pinning = Pinning::on, .cores = {4, 9, 5}, .gpus = 0};
  const std::vector<std::string> names{"cpu core 4", "cpu core 9", "cpu core 5", "cpu core 4"};
  for (std::uint32_t local = 0; local < names.size(); ++local) {
    EXPECT_EQ(device_of(setup, local), names[local]);
    const Origin origin = origin_of(study_.job, setup, local);
    EXPECT_EQ(origin.host, host_info().name);
    EXPECT_EQ(origin.device, names[local]);
    EXPECT_EQ(origin.equivalence_class, equivalence_class(study_.job, setup, local));
  }
  setup.pinning = Pinning::off;
  EXPECT_EQ(device_of(setup, 1), "cpu");
  setup.pinning = Pinning::on;
  setup.cores.clear();
  EXPECT_EQ(device_of(setup, 1), "cpu") << "the system does not tell its cores";
}

TEST_F(WorkerSetupOf, AGpuOfSeveralRanksIsServedAndSaid) {
  const WorkerSetup setup{.cores = {4, 5}, .gpus = 2};
  EXPECT_EQ(said(setup, 1), "");
  EXPECT_THAT(said(setup, 3),
              HasSubstr("warning GPU 1 is shared by several ranks of this node (which has fewer "
                        "GPUs than ranks): each takes its part of the memory, and all are slower. "
                        "start as many ranks as there are GPUs\n"));
}

/// No fit is blamed: they go to others.
TEST_F(WorkerSetupOf, AWorkerWhoseGpuIsLostLeaves) {
  const EmbeddingInfo& embedding = study_.plan.basis.embeddings.front();
  const std::vector<float> numbers(embedding.rows * embedding.dim);
  const EmbeddingViews views{numbers};
  CohortTrainer trainer(shared_, views, std::make_unique<LostEngine>());
  const FitSpec spec = spec_of(study_.job, study_.plan.fits.front());
  const std::atomic<bool> cancel = false;
  try {
    (void)trainer.run({.id = {}, .cost = 1, .bytes = encode_fits(std::span(&spec, 1))}, cancel,
                      [](FitResult) { ADD_FAILURE() << "it was trained"; });
    ADD_FAILURE() << "the worker goes on";
  } catch (const fleet::WorkerUnfit& why) {
    EXPECT_STREQ(why.what(), "the GPU failed at a copy to it");
  }
}

TEST(CheckGpusCanTrain, NamesAllCandidatesThatTheyCannot) {
  const auto candidate = [](const char* name, CandidateKind kind) {
    return Candidate{.name = name, .model = default_model(kind)};
  };
  const auto adversaries = [](Candidate& of) -> std::vector<Adversary>& {
    return std::get<DisentangledModel>(of.model).adversaries;
  };
  Job job;
  job.experiments.resize(2);
  job.experiments[0].name = "first";
  job.experiments[1].name = "second";
  Experiment& plain = job.experiments[0];
  plain.candidates = {candidate("linear", CandidateKind::linear),
                      candidate("baseline", CandidateKind::baseline),
                      candidate("domain", CandidateKind::disentangled)};
  EXPECT_NO_THROW(check_gpus_can_train(job));

  plain.candidates.push_back(candidate("domain and sex", CandidateKind::disentangled));
  adversaries(plain.candidates.back()).push_back({.of = "sex"});
  Experiment& weighted = job.experiments[1];
  weighted.weights = {Label::class_label};
  weighted.candidates = {candidate("linear", CandidateKind::linear),
                         candidate("weighted", CandidateKind::baseline),
                         candidate("sex", CandidateKind::disentangled)};
  adversaries(weighted.candidates.back()).front().of = "sex";
  try {
    check_gpus_can_train(job);
    ADD_FAILURE() << "they train anything";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    const std::string why =
        " (the lockstep engine's kernels for GPUs cannot do that yet). use --device cpu, or the "
        "reference engine";
    EXPECT_EQ(
        error.what(),
        "--device cuda: 4 errors"
        "\n  candidate 'domain and sex' of experiment 'first' has another adversary than the "
        "domain alone" +
            why + "\n  candidate 'weighted' of experiment 'second' has weights in its loss" + why +
            "\n  candidate 'sex' of experiment 'second' has another adversary than the domain "
            "alone" +
            why + "\n  candidate 'sex' of experiment 'second' has weights in its loss" + why);
  }
}

}  // namespace
}  // namespace crossfold
