#include "fit_runner.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/core/utc_time.h"
#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/fit_spec.h"

namespace crossfold {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// To the microsecond: the rest is noise, and digits in every line.
double rounded(double seconds) { return std::round(seconds * 1e6) / 1e6; }

}  // namespace

FitRunner::FitRunner(CohortTrainer trainer, std::unique_ptr<SegmentWriter> segment, Origin origin)
    : trainer_(std::move(trainer)), segment_(std::move(segment)), origin_(std::move(origin)) {}

fleet::Outcome FitRunner::run(const fleet::WorkItem& item, const std::atomic<bool>& cancel) {
  const double start_s = unix_now_s();
  const Clock::time_point start = Clock::now();
  write_s_ = 0;
  std::vector<FitRecord> records;
  fleet::Outcome outcome = trainer_.run(
      item, cancel, [&](FitResult result) { records.push_back(record_of(std::move(result))); });
  // Also where no fit has succeeded: that time was spent all the same.
  const FitId first =
      records.empty() ? decode_fits(item.bytes).at(0).id : records.front().result.id;
  const CohortTimes times{.first_fit = first,
                          .start_s = start_s,
                          .seconds = rounded(seconds_since(start)),
                          .write_s = rounded(write_s_)};
  outcome.results = encode_cohort(times, origin_, records);
  return outcome;
}

void FitRunner::settle() {
  if (segment_) segment_->flush();
}

FitRecord FitRunner::record_of(FitResult result) {
  FitRecord record{.result = std::move(result), .artefacts = std::nullopt, .origin = {}};
  const Artefacts artefacts = std::exchange(record.result.artefacts, {});
  if (artefacts.empty()) return record;
  CF_EXPECT(segment_ != nullptr);
  const Clock::time_point start = Clock::now();
  try {
    const FitId& id = record.result.id;
    record.artefacts = segment_->append(id, artefacts_to_bytes(id, artefacts));
  } catch (const Error& error) {
    throw fleet::WorkerUnfit(error);
  }
  write_s_ += seconds_since(start);
  return record;
}

std::unique_ptr<fleet::Runner> make_fit_runner(const SharedStudy& study,
                                               const EmbeddingViews& embeddings,
                                               const WorkerSetup& setup,
                                               const SegmentFolder& segments, Rank worker,
                                               std::uint32_t local) {
  CohortTrainer trainer = make_cohort_trainer(study, embeddings, setup, local);
  auto segment =
      segments.session.empty() ? nullptr : std::make_unique<SegmentWriter>(segments, worker);
  return std::make_unique<FitRunner>(std::move(trainer), std::move(segment),
                                     origin_of(study.job, setup, local));
}

}  // namespace crossfold
