#include "crossfold/audit/replay.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "crossfold/audit/finding.h"
#include "crossfold/audit/run_evidence.h"
#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"

namespace crossfold::audit {
namespace {

ReplayRequest request_of(const RunEvidence& evidence, const ReplayDraw& draw, Replay& replay) {
  try {
    const RunRecords& records = evidence.records();
    replay.of = trained_fits(records).size();
    replay.drawn = draw_fits(records, draw);
    CF_VALIDATE(!replay.drawn.empty(), ErrorCode::bad_input,
                "the run records no fit that was trained");
    return {.study = recorded_study(evidence.subject().run, records, evidence.store().path),
            .fits = replay.drawn};
  } catch (const NotAssessed& why) {
    throw Error(ErrorCode::bad_input, why.reason());
  }
}

}  // namespace

std::vector<FitId> trained_fits(const RunRecords& records) {
  std::vector<FitId> fits;
  std::unordered_set<FitId> seen;
  for (const Fit& fit : records.plan.fits) {
    const FitResult* result = records.find(fit.id);
    if (result != nullptr && !result->failed() && seen.insert(fit.id).second)
      fits.push_back(fit.id);
  }
  return fits;
}

std::vector<FitId> draw_fits(const RunRecords& records, const ReplayDraw& draw) {
  std::vector<std::pair<Digest, FitId>> keyed;
  for (const FitId& id : trained_fits(records))
    keyed.emplace_back(sha256(records.plan.hash.hex() + draw.nonce + id.hex()), id);
  const std::size_t count = std::min(draw.fits, keyed.size());
  std::partial_sort(keyed.begin(), keyed.begin() + static_cast<std::ptrdiff_t>(count), keyed.end());
  std::vector<FitId> drawn;
  for (std::size_t i = 0; i < count; ++i) drawn.push_back(keyed[i].second);
  return drawn;
}

void add_replay(mpi::Session& session, fleet::Launch launch, RunEvidence* evidence,
                const ReplayDraw& draw, const ReplaySettings& settings, const RunControl& control) {
  Replay replay{.draw = draw};
  ReadEarly<ReplayRequest> asked;
  if (evidence != nullptr) try {
      asked.value = request_of(*evidence, draw, replay);
    } catch (const Error&) {
      asked.failure = std::current_exception();
    }
  try {
    auto outcome = replay_fits(session, launch, asked, settings, control);
    if (outcome) replay.outcome = std::move(*outcome);
  } catch (const Error& error) {  // known to all ranks
    if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
    replay.why_none = error.what();
  }
  if (evidence == nullptr) return;
  if (const auto& job = evidence->scan().job; !replay.why_none.empty() && job)
    replay.outcome.engine = settings.engine.value_or(network_engine(*job));
  evidence->add_replay(std::move(replay));
}

}  // namespace crossfold::audit
