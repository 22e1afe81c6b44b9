#include "replay_runner.h"

#include <utility>

#include "crossfold/core/bytes.h"
#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/plan/fit_spec.h"

namespace crossfold {
namespace {

/// What a worker sends home of an item: both ends.
struct Message {
  std::string records;                 ///< see encode_records
  std::vector<std::string> artefacts;  ///< a document for each record
  static void fields(auto& codec, auto& m) { codec(m.records, m.artefacts); }
};

}  // namespace

ReplayRunner::ReplayRunner(CohortTrainer trainer, Origin origin)
    : trainer_(std::move(trainer)), origin_(std::move(origin)) {}

fleet::Outcome ReplayRunner::run(const fleet::WorkItem& item, const std::atomic<bool>& cancel) {
  std::vector<FitRecord> records;
  Message message;
  fleet::Outcome outcome = trainer_.run(item, cancel, [&](FitResult result) {
    const Artefacts artefacts = std::exchange(result.artefacts, {});
    message.artefacts.push_back(artefacts_to_bytes(result.id, artefacts));
    records.push_back({.result = std::move(result), .artefacts = {}, .origin = {}});
  });
  if (records.empty()) return outcome;
  message.records = encode_records(origin_, records);
  outcome.results = to_bytes(message);
  return outcome;
}

void ReplaySink::submit(fleet::Record record) {
  ++submitted_;
  if (record.error) {
    for (const FitSpec& fit : decode_fits(record.bytes)) {
      ReplayedFit failed;
      failed.result.id = fit.id;
      failed.result.error = *record.error;
      failed_ += fits_.insert_or_assign(fit.id, std::move(failed)).second;
    }
    return;
  }
  auto message = from_bytes<Message>(record.bytes);
  std::vector<FitRecord> records = decode_records(message.records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    FitResult& result = records[i].result;
    const FitId id = result.id;
    result.artefacts = artefacts_from_bytes(message.artefacts.at(i), id);
    fits_.insert_or_assign(
        id, ReplayedFit{.result = std::move(result), .origin = std::move(records[i].origin)});
  }
}

std::vector<ReplayedFit> ReplaySink::take(const std::vector<FitId>& wanted) {
  std::vector<ReplayedFit> fits;
  for (const FitId& id : wanted)
    if (auto fit = fits_.extract(id)) fits.push_back(std::move(fit.mapped()));
  return fits;
}

}  // namespace crossfold
