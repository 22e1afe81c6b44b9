#include "crossfold/study/replay.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/results/run_records.h"
#include "crossfold/store/store.h"
#include "crossfold/study/run_study.h"

#include "results/small_run.h"
#include "study/small_study.h"

namespace crossfold {
namespace {

using test::SmallStudy;
using ::testing::HasSubstr;

class Replay : public ::testing::Test {
 protected:
  void SetUp() override {
    mpi::Session session(fleet::Launch::alone);
    ASSERT_EQ(run_study(session, fleet::Launch::alone, {.value = small_.load(), .failure = nullptr},
                        {.directory = run_, .workers = 2, .pinning = Pinning::off}, {}),
              0);
  }

  /// Every third fit of the plan: of all kinds, of several splits.
  [[nodiscard]] ReplayRequest request() const {
    const RunRecords records = load_run(run_);
    ReplayRequest asked{.study = recorded_study(run_, records, std::nullopt), .fits = {}};
    for (std::size_t i = 0; i < records.plan.fits.size(); i += 3)
      asked.fits.push_back(records.plan.fits[i].id);
    return asked;
  }
  ReplayOutcome replay(ReplayRequest asked, ReplaySettings settings = {}) {
    settings.workers = 2;
    settings.pinning = Pinning::off;
    mpi::Session session(fleet::Launch::alone);
    return *replay_fits(session, fleet::Launch::alone,
                        {.value = std::move(asked), .failure = nullptr}, settings, control_);
  }

  SmallStudy small_;
  std::filesystem::path run_ = small_.file("a.run");
  RunControl control_;
};

TEST_F(Replay, GivesTheSameBitsAgain) {
  const RunRecords records = load_run(run_);
  const ReplayRequest asked = request();
  const ReplayOutcome outcome = replay(asked);
  EXPECT_EQ(outcome.engine, EngineKind::lockstep);
  EXPECT_FALSE(outcome.stopped);
  ASSERT_EQ(outcome.fits.size(), 6U);
  for (std::size_t i = 0; i < outcome.fits.size(); ++i) {
    const FitResult& again = outcome.fits[i].result;
    EXPECT_EQ(again.id, asked.fits[i]);
    EXPECT_EQ(again.error, "");
    EXPECT_EQ(outcome.fits[i].origin.equivalence_class, *records.classes.begin());
    EXPECT_EQ(again.held_out.auc, records.find(again.id)->held_out.auc);
    EXPECT_EQ(artefacts_to_bytes(again.id, again.artefacts),
              artefacts_to_bytes(again.id, read_artefacts(run_, records, again.id)));
  }
}

TEST_F(Replay, WritesNothing) {
  const std::string journal = test::bytes_of(run_ / "journal.jsonl");
  const auto count = [&] {
    return std::distance(std::filesystem::recursive_directory_iterator(run_), {});
  };
  const auto before = count();
  static_cast<void>(replay(request()));
  EXPECT_EQ(test::bytes_of(run_ / "journal.jsonl"), journal);
  EXPECT_EQ(count(), before);
}

TEST_F(Replay, ByTheOtherEngineComesCloseAndSaysSo) {
  const RunRecords records = load_run(run_);
  const ReplayOutcome outcome = replay(request(), {.engine = EngineKind::reference});
  EXPECT_EQ(outcome.engine, EngineKind::reference);
  ASSERT_EQ(outcome.fits.size(), 6U);
  for (const ReplayedFit& fit : outcome.fits) {
    EXPECT_THAT(fit.origin.equivalence_class, HasSubstr("reference engine"));
    EXPECT_NEAR(*fit.result.held_out.auc, *records.find(fit.result.id)->held_out.auc, 0.01);
  }
}

TEST_F(Replay, ShowsHowFarItIsAndStopsWhereItIsToldTo) {
  std::size_t of = 0;
  control_.progress = [&](const ProgressState& state) { of = state.of; };
  static_cast<void>(replay(request()));
  EXPECT_EQ(of, 6U);
  const std::atomic<bool> stop = true;
  control_.stop = &stop;
  const ReplayOutcome stopped = replay(request());
  EXPECT_TRUE(stopped.stopped);
  EXPECT_LT(stopped.fits.size(), 6U);
}

/// An engine that breaks down at every network, as one short of memory does.
class BrokenEngine final : public Engine {
 public:
  [[nodiscard]] std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::vector<FitOutcome> outcomes(cohort.size());
    for (FitOutcome& outcome : outcomes)
      outcome.failure = std::make_exception_ptr(Error(ErrorCode::bad_input, "no such luck"));
    return outcomes;
  }
};

TEST_F(Replay, TellsOfAFitThatFails) {
  ReplaySettings settings;
  settings.engines = [](EngineKind, const ComputeDevice&) {
    return std::make_unique<BrokenEngine>();
  };
  const ReplayOutcome outcome = replay(request(), settings);
  ASSERT_EQ(outcome.fits.size(), 6U);
  for (const ReplayedFit& fit : outcome.fits) EXPECT_THAT(fit.result.error, HasSubstr("no such"));
}

TEST_F(Replay, RefusesOtherNumbersAndOtherFits) {
  write_synth_store(small_.file("other.h5"), {.dim = 8, .scale = 0.1, .seed = 4});
  ReplayRequest asked = request();
  asked.study.store = small_.file("other.h5");
  EXPECT_THROW(static_cast<void>(replay(asked)), Error);
  asked = request();
  asked.fits.front() = FitId{};
  try {
    static_cast<void>(replay(asked));
    ADD_FAILURE() << "a fit of no plan was trained";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is not in the plan"));
  }
}

/// Tells the first and the last number of the set that a fit is to be trained on, and its width.
class SetReader final : public Engine {
 public:
  [[nodiscard]] std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::vector<FitOutcome> outcomes(cohort.size());
    for (std::size_t i = 0; i < cohort.size(); ++i) {
      const std::span<const float> set = cohort[i].embedding;
      FitResult& result = outcomes[i].result;
      result.n_test = static_cast<std::uint32_t>(cohort[i].dim);
      if (set.empty()) continue;
      result.held_out.auc = static_cast<double>(set.front());
      result.held_out.acc = static_cast<double>(set.back());
    }
    return outcomes;
  }
};

std::vector<ReplayedFit> read_sets_of(const Study& study, const std::vector<FitId>& fits) {
  ReplaySettings settings;
  settings.workers = 2;
  settings.pinning = Pinning::off;
  settings.engines = [](EngineKind, const ComputeDevice&) { return std::make_unique<SetReader>(); };
  const RunControl control{};
  mpi::Session session(fleet::Launch::alone);
  return replay_fits(session, fleet::Launch::alone,
                     {.value = ReplayRequest{.study = study, .fits = fits}, .failure = nullptr},
                     settings, control)
      ->fits;
}

/// Numbers that count up from the first one.
EmbeddingSet counting_set(const std::string& name, std::size_t rows, std::size_t dim, float first) {
  EmbeddingSet set;
  set.info.name = name;
  set.info.rows = rows;
  set.info.dim = dim;
  set.values.resize(rows * dim);
  std::iota(set.values.begin(), set.values.end(), first);
  return set;
}

/// Whichever of the sets are needed; the job names them in another order than the store.
TEST(ReplayedFits, AreGivenTheEmbeddingSetOfTheirOwn) {
  const SmallStudy small;
  const SampleTable samples = open_store(small.file("s.h5")).samples;
  write_store(small.file("two.h5"), samples,
              {counting_set("a/narrow", samples.size(), 2, 10'000.0F),
               counting_set("b/wide", samples.size(), 3, 20'000.0F)});
  small.write("job.json", R"({"name": "two sets", "store": "two.h5",
      "embeddings": ["b/wide", "a/narrow"],
      "experiments": [{"name": "task", "candidates": [{"kind": "linear"}]}],
      "splits": {"folds": 2, "seeds": 1}})");
  const Study study = small.load();
  const auto rows = static_cast<double>(samples.size());
  for (const std::vector<std::uint32_t>& sets :
       std::vector<std::vector<std::uint32_t>>{{0}, {1}, {0, 1}, {1, 0}}) {
    std::vector<FitId> asked;
    std::vector<bool> are_wide;
    for (const std::uint32_t set : sets)
      for (const Fit& fit : study.plan.fits)
        if (fit.embedding == set) {
          asked.push_back(fit.id);
          are_wide.push_back(set == 0);
        }
    const std::vector<ReplayedFit> replayed = read_sets_of(study, asked);
    ASSERT_EQ(replayed.size(), 2 * sets.size());
    for (std::size_t i = 0; i < replayed.size(); ++i) {
      const FitResult& result = replayed[i].result;
      EXPECT_EQ(result.id, asked[i]);
      EXPECT_EQ(result.n_test, are_wide[i] ? 3U : 2U);
      EXPECT_EQ(result.held_out.auc, are_wide[i] ? 20'000.0 : 10'000.0);
      EXPECT_EQ(result.held_out.acc, are_wide[i] ? 20'000 + 3 * rows - 1 : 10'000 + 2 * rows - 1);
    }
  }
}

/// What a run directory records is all that its fits were planned from, splits made elsewhere too.
TEST(RecordedStudy, IsTheOneThatWasPlanned) {
  Job job = testing::small_job();
  job.splits.file = "folds.csv";
  const Plan drawn = testing::small_plan();
  const SampleTable samples = testing::small_samples();
  std::string csv = kSplitTableHeader;
  for (const Fit& fit : drawn.fits)
    if (fit.embedding == 0 && fit.candidate == 0)  // folds 1, 2 and 0 of the plan without a file
      csv += split_lines(job.experiments[fit.experiment].name, fit.seed,
                         FoldIndex((fit.fold.value + 2) % 3),
                         split_of(testing::small_job(), drawn, fit), samples.id);
  const Plan plan = make_plan(job, samples, testing::small_embeddings(), csv);
  const testing::SmallRun run;
  static_cast<void>(RunDirectory::open(run.path(), job, samples, plan, csv));
  const Study found = recorded_study(run.path(), run.load(), std::nullopt);
  EXPECT_EQ(found.split_csv, csv);
  EXPECT_EQ(found.plan.hash, plan.hash);
  EXPECT_EQ(found.samples.id, samples.id);
  EXPECT_EQ(found.store, std::filesystem::weakly_canonical(run.path() / "small.h5"));
  EXPECT_EQ(recorded_study(run.path(), run.load(), "moved.h5").store,
            std::filesystem::absolute("moved.h5"));
  const SharedStudy shared = unpack_study(pack_study(found));
  for (const Fit& fit : plan.fits)
    EXPECT_EQ(split_at(shared.job, shared.basis, split_place_of(spec_of(job, fit))),
              split_of(job, plan, fit));
  const testing::SmallRun plain;
  plain.record(0, 1);
  EXPECT_EQ(recorded_study(plain.path(), plain.load(), std::nullopt).split_csv, "");
}

}  // namespace
}  // namespace crossfold
