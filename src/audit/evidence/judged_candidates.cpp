#include "judged_candidates.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace crossfold::audit {

std::vector<JudgedCandidate> candidates_with_fits(const RunRecords& records,
                                                  std::size_t experiment) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, JudgedCandidate> found;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<double, std::size_t>> sums;
  for (const Fit& fit : records.plan.fits) {
    if (fit.experiment != experiment || serves_selection(fit.scheme)) continue;
    const FitResult* result = records.find(fit.id);
    if (result == nullptr || result->failed()) continue;
    const std::pair key(fit.embedding, fit.candidate);
    JudgedCandidate& judged = found[key];
    judged.experiment = experiment;
    judged.embedding = fit.embedding;
    judged.candidate = fit.candidate;
    judged.fits.push_back(&fit);
    if (!result->held_out.auc) continue;
    auto& [sum, n] = sums[key];
    sum += *result->held_out.auc;
    ++n;
    judged.task_auc = sum / static_cast<double>(n);
  }
  std::vector<JudgedCandidate> all;
  for (auto& [key, judged] : found) all.push_back(std::move(judged));
  return all;
}

std::vector<JudgedCandidate> judged_candidates(const RunRecords& records, std::size_t experiment) {
  std::map<std::pair<std::size_t, CandidateKind>, JudgedCandidate> best;
  for (JudgedCandidate& judged : candidates_with_fits(records, experiment)) {
    const CandidateKind kind =
        kind_of(records.job.experiments[experiment].candidates[judged.candidate]);
    JudgedCandidate& known = best[{judged.embedding, kind}];
    const auto rank = [](const JudgedCandidate& one) {
      return std::tuple(one.fits.size(), one.task_auc.value_or(-1));
    };
    if (rank(judged) > rank(known)) known = std::move(judged);
  }
  std::vector<JudgedCandidate> chosen;
  for (auto& [key, judged] : best) chosen.push_back(std::move(judged));
  return chosen;
}

std::string name_of(const RunRecords& records, const JudgedCandidate& judged) {
  return fmt::format("{} on {}",
                     records.job.experiments[judged.experiment].candidates[judged.candidate].name,
                     records.job.embeddings[judged.embedding]);
}

}  // namespace crossfold::audit
