// Recording alone: workers that train nothing write artefacts of 36 kB a fit into their segments,
// have them flushed and send the records home; rank 0 writes the journal.
//
//   mpirun -n 5 recording_bench [FITS] [COHORT] [FOLDER]      rank 0 coordinates, the others work

#include <chrono>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/bytes.h"
#include "crossfold/fleet/group_commit_sink.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/mpi/run_fleet.h"
#include "crossfold/mpi/session.h"
#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/results/run_directory.h"

#include "bench/sweep_job.h"
#include "plan/sample_result.h"
#include "plan/small_study.h"
#include "remaining_work.h"
#include "run_recorder.h"

namespace crossfold {
namespace {

struct Settings {
  std::size_t fits = 20'000;
  int cohort = 8;
  std::filesystem::path folder = std::filesystem::temp_directory_path();
};

/// 1,285 samples of three classes: 36 kB.
Artefacts artefacts() {
  Predictions predictions{.rows = std::vector<std::uint32_t>(1285, 1),
                          .classes = 3,
                          .probabilities = std::vector<double>(3 * 1285, 0.25)};
  Artefacts kept;
  kept.held_out = std::move(predictions);
  return kept;
}

class IdleTrainer final : public fleet::Runner {
 public:
  IdleTrainer(const SegmentFolder& folder, Rank worker) : segment_(folder, worker) {}
  fleet::Outcome run(const fleet::WorkItem& item, const std::atomic<bool>& /*cancel*/) override {
    std::vector<FitRecord> records;
    for (const FitSpec& fit : decode_fits(item.bytes)) {
      FitRecord& record = records.emplace_back();
      record.result = testing::full_result(fit.id);
      record.result.artefacts = {};
      record.artefacts = segment_.append(fit.id, artefacts_to_bytes(fit.id, kept_));
    }
    return {.results = encode_cohort({.first_fit = records.at(0).result.id},
                                     {"host", "cpu core 1", "build"}, records),
            .failures = {}};
  }
  void settle() override { segment_.flush(); }

 private:
  SegmentWriter segment_;
  Artefacts kept_ = artefacts();
};

double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void run(const Settings& settings) {
  mpi::Session session(fleet::detect_launch(fleet::process_environment()));
  const std::filesystem::path path = settings.folder / "recording_bench.run";
  const Job job = testing::sweep_job(settings.fits, settings.cohort);
  std::optional<Plan> plan;
  std::optional<RunDirectory> directory;
  std::optional<RunCounters> counters;
  std::optional<RunRecorder> recorder;
  std::optional<RemainingWork> source;
  const std::string told = session.broadcast([&] {
    std::filesystem::remove_all(path);
    plan = testing::small_plan(job);
    directory = RunDirectory::open(path, job, testing::small_samples(), *plan);
    recorder.emplace(*directory, job, *plan, counters.emplace());
    source.emplace(job, *plan, std::unordered_set<FitId>());
    const SegmentFolder folder = directory->begin_segments();
    ByteWriter codec;
    codec(folder.run.string(), folder.session);
    return codec.take();
  });
  std::string run_path;
  SegmentFolder folder;
  ByteReader codec(told);
  codec(run_path, folder.session);
  folder.run = run_path;
  const auto make = [&](Rank worker) { return std::make_unique<IdleTrainer>(folder, worker); };

  session.agree([] {});
  const double before = processor_seconds();
  const auto start = std::chrono::steady_clock::now();
  {
    std::optional<fleet::GroupCommitSink> sink;
    if (session.is_root()) sink.emplace(*recorder);
    (void)mpi::run_fleet(session, {.coordinator = mpi::CoordinatorMode::dedicated},
                         source ? &*source : nullptr, {"build", "study", "host", "cpu"}, make,
                         sink ? &*sink : nullptr);
  }
  if (!session.is_root()) return;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto fits = static_cast<double>(plan->fits.size());
  fmt::print(
      "{} ranks, {} fits in cohorts of {}: {:.0f} fits a second; rank 0 used {:.3f} ms a fit\n",
      session.size(), plan->fits.size(), settings.cohort, fits / seconds,
      1e3 * (processor_seconds() - before) / fits);
  directory.reset();
  std::filesystem::remove_all(path);
}

}  // namespace
}  // namespace crossfold

int main(int argc, char** argv) {
  crossfold::Settings settings;
  if (argc > 1) settings.fits = std::stoull(argv[1]);
  if (argc > 2) settings.cohort = std::stoi(argv[2]);
  if (argc > 3) settings.folder = argv[3];
  crossfold::run(settings);
}
