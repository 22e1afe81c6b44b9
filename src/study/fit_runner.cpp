#include "fit_runner.h"

#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/plan/artefact_bytes.h"

namespace crossfold {

FitRunner::FitRunner(CohortTrainer trainer, std::unique_ptr<SegmentWriter> segment, Origin origin)
    : trainer_(std::move(trainer)), segment_(std::move(segment)), origin_(std::move(origin)) {}

fleet::Outcome FitRunner::run(const fleet::WorkItem& item, const std::atomic<bool>& cancel) {
  std::vector<FitRecord> records;
  fleet::Outcome outcome = trainer_.run(
      item, cancel, [&](FitResult result) { records.push_back(record_of(std::move(result))); });
  if (!records.empty()) outcome.results = encode_records(origin_, records);
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
  try {
    const FitId& id = record.result.id;
    record.artefacts = segment_->append(id, artefacts_to_bytes(id, artefacts));
  } catch (const Error& error) {
    throw fleet::WorkerUnfit(error);
  }
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
