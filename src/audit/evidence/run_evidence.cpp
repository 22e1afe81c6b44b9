#include "crossfold/audit/run_evidence.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "crossfold/audit/finding.h"
#include "crossfold/core/error.h"

#include "near_rows.h"

namespace crossfold::audit {

namespace fs = std::filesystem;

struct RunEvidence::State {
  explicit State(AuditSubject given) : subject(std::move(given)), scan(scan_run(subject.run)) {
    read_records();
    open_named_store();
  }

  void read_records();
  void open_named_store();

  AuditSubject subject;
  RunScan scan;
  std::optional<RunRecords> records;
  std::string why_no_records;
  std::optional<StoreContents> store;
  std::optional<Error> store_failure;
  std::optional<ArtefactReader> artefacts;

  std::optional<std::size_t> loaded;  ///< whose numbers `matrix` holds
  std::vector<float> matrix;
  std::map<std::size_t, NearRows> near_rows;  ///< by embedding set
  std::optional<Report> report;
};

void RunEvidence::State::read_records() try {
  records = load_run(subject.run);
  artefacts.emplace(subject.run, *records);
} catch (const Error& error) {
  why_no_records = error.what();
}

void RunEvidence::State::open_named_store() try {
  CF_VALIDATE(subject.store || scan.job, ErrorCode::io,
              "job.json, which names the store, cannot be read. name the store by --store");
  store = open_store(subject.store ? *subject.store : subject.run / scan.job->store);
} catch (const Error& error) {
  store_failure = error;
}

RunEvidence::RunEvidence(AuditSubject subject)
    : state_(std::make_unique<State>(std::move(subject))) {}
RunEvidence::~RunEvidence() = default;

void RunEvidence::add_replay(Replay replay) {
  state_->subject.replays.push_back(std::move(replay));
}

const AuditSubject& RunEvidence::subject() const { return state_->subject; }
const RunScan& RunEvidence::scan() const { return state_->scan; }
const std::string& RunEvidence::why_no_records() const { return state_->why_no_records; }

const RunRecords& RunEvidence::records() const {
  if (!state_->records)
    throw NotAssessed("the run cannot be read as a whole: " + state_->why_no_records);
  return *state_->records;
}

PlannedWork RunEvidence::planned() const {
  const RunScan& scan = state_->scan;
  if (!scan.plan)
    throw NotAssessed(
        fmt::format("{}: {}", scan.unreadable.front().place, scan.unreadable.front().problem));
  if (fits_to_come(*scan.plan) == 0) return {&*scan.job, &*scan.plan};
  return {&records().job, &records().plan};
}

const StoreContents& RunEvidence::store() const {
  if (!state_->store)
    throw NotAssessed(fmt::format("the store cannot be read: {}{}", state_->store_failure->what(),
                                  state_->subject.store ? "" : ". name another place by --store"));
  return *state_->store;
}

const std::optional<Error>& RunEvidence::store_failure() const { return state_->store_failure; }

std::span<const float> RunEvidence::matrix(std::size_t embedding) const {
  if (state_->loaded == embedding) return state_->matrix;
  const EmbeddingInfo& planned = records().plan.basis.embeddings.at(embedding);
  const EmbeddingInfo* stored = store().find(planned.name);
  if (stored == nullptr)
    throw NotAssessed(fmt::format("the store holds no embedding set {}", planned.name));
  state_->loaded.reset();
  state_->matrix.resize(stored->rows * stored->dim);
  read_embedding(store().path, *stored, state_->matrix);
  state_->loaded = embedding;
  return state_->matrix;
}

std::optional<Artefacts> RunEvidence::artefacts(const FitId& fit) const {
  static_cast<void>(records());
  return state_->artefacts->read(fit);
}

const NearRows& RunEvidence::near_rows(std::size_t embedding) const {
  const auto known = state_->near_rows.find(embedding);
  if (known != state_->near_rows.end()) return known->second;
  return state_->near_rows.emplace(embedding, find_near_rows(*this, embedding)).first->second;
}

const Report& RunEvidence::report() const {
  if (!state_->report)
    state_->report = build_report(records(),
                                  {.corrected = CorrectedErrors::shown,
                                   .fits = FitRows::left_out,
                                   .swept = SweptRows::complete},
                                  [this](const FitId& fit) { return artefacts(fit); });
  return *state_->report;
}

}  // namespace crossfold::audit
