#include "crossfold/results/fit_record.h"

#include "crossfold/core/bytes.h"

namespace crossfold {

// Each function below serves writing and reading.

namespace stats {

void byte_fields(auto& codec, same_but_const<ClassScores> auto& c) {
  codec(c.auc, c.sensitivity, c.specificity, c.precision, c.f1, c.support);
}

void byte_fields(auto& codec, same_but_const<ScoreSet> auto& s) {
  codec(s.auc, s.acc, s.accuracy, s.balanced_accuracy, s.diagnostic_odds_ratio, s.classes,
        s.samples, s.undefined_aucs, s.undefined_recalls);
}

}  // namespace stats

void byte_fields(auto& codec, same_but_const<TrainingFacts> auto& t) {
  codec(t.epochs, t.learning_rate_drops, t.stop, t.validation_loss, t.validation_auc);
}

void byte_fields(auto& codec, same_but_const<SolverFacts> auto& s) {
  codec(s.solves, s.unconverged, s.worst_gradient);
}

void byte_fields(auto& codec, same_but_const<ProbeResult> auto& p) {
  codec(p.of, p.within, p.scores, p.r2, p.missing);
}

void byte_fields(auto& codec, same_but_const<FitResult> auto& r) {
  codec(r.id, r.error, r.held_out, r.oos, r.sets, r.probe, r.probes, r.n_train, r.n_validation,
        r.n_test, r.training, r.solver, r.seconds);
}

void byte_fields(auto& codec, same_but_const<ArtefactPlace> auto& p) {
  codec(p.segment, p.offset, p.bytes, p.sha256);
}

namespace {

/// A record without its origin, which all of a message share.
struct Entry {
  FitResult result;
  std::optional<ArtefactPlace> artefacts;
  static void fields(auto& codec, auto& e) { codec(e.result, e.artefacts); }
};

struct FitsMessage {
  Origin origin;
  std::vector<Entry> entries;
  static void fields(auto& codec, auto& m) {
    codec(m.origin.host, m.origin.device, m.origin.equivalence_class, m.entries);
  }
};

}  // namespace

std::string encode_records(const Origin& origin, const std::vector<FitRecord>& records) {
  FitsMessage message{.origin = origin, .entries = {}};
  message.entries.reserve(records.size());
  for (const FitRecord& record : records)
    message.entries.push_back({.result = record.result, .artefacts = record.artefacts});
  return to_bytes(message);
}

std::vector<FitRecord> decode_records(std::string_view bytes) {
  FitsMessage message = from_bytes<FitsMessage>(bytes);
  std::vector<FitRecord> records;
  records.reserve(message.entries.size());
  for (Entry& entry : message.entries)
    records.push_back({.result = std::move(entry.result),
                       .artefacts = std::move(entry.artefacts),
                       .origin = message.origin});
  return records;
}

}  // namespace crossfold
