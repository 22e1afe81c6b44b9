#include "candidate_fits.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace crossfold::audit {
namespace {

/// Drawn candidates that a rule chose, by experiment and embedding set.
std::map<std::pair<std::string, std::string>, std::set<std::string>> chosen(const Report& report) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> names;
  for (const ReportTable& table : report.tables)
    for (const SweepReport& sweep : table.sweeps)
      for (const SweepChoice& choice : sweep.choices) {
        std::set<std::string>& of = names[{table.experiment, sweep.embedding}];
        of.insert(choice.candidate);
        for (const auto& [candidate, splits] : choice.per_split) of.insert(candidate);
      }
  return names;
}

}  // namespace

std::size_t CandidateFits::done_count() const {
  return static_cast<std::size_t>(
      std::count_if(done.begin(), done.end(), [](const FitResult* fit) { return fit != nullptr; }));
}

std::vector<CandidateFits> candidate_fits(const RunRecords& records) {
  std::vector<CandidateFits> all;
  for (const Fit& fit : records.plan.fits) {
    if (serves_selection(fit.scheme)) continue;
    if (all.empty() || all.back().experiment != fit.experiment ||
        all.back().embedding != fit.embedding || all.back().candidate != fit.candidate)
      all.push_back({.experiment = fit.experiment,
                     .embedding = fit.embedding,
                     .candidate = fit.candidate,
                     .planned = {},
                     .done = {}});
    const FitResult* result = records.find(fit.id);
    all.back().planned.push_back(&fit);
    all.back().done.push_back(result == nullptr || result->failed() ? nullptr : result);
  }
  return all;
}

std::vector<CandidateFits> shown_candidates(const RunEvidence& evidence) {
  const RunRecords& records = evidence.records();
  const auto by_rule = chosen(evidence.report());
  std::vector<CandidateFits> all = candidate_fits(records);
  std::erase_if(all, [&](const CandidateFits& fits) {
    const Experiment& experiment = records.job.experiments[fits.experiment];
    const Candidate& candidate = experiment.candidates[fits.candidate];
    if (candidate.parameters.empty()) return fits.done_count() == 0;
    const auto names = by_rule.find({experiment.name, records.job.embeddings[fits.embedding]});
    return !fits.complete() || names == by_rule.end() || !names->second.contains(candidate.name);
  });
  return all;
}

std::string row_name(const RunRecords& records, const CandidateFits& fits) {
  const Experiment& experiment = records.job.experiments[fits.experiment];
  return fmt::format("{}, {}, {}", experiment.name, records.job.embeddings[fits.embedding],
                     experiment.candidates[fits.candidate].name);
}

double shared_test_share(const CandidateFits& a, const CandidateFits& b) {
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t i = 0; i < std::min(a.done.size(), b.done.size()); ++i) {
    if (a.done[i] == nullptr || b.done[i] == nullptr || a.done[i]->n_train == 0) continue;
    sum += static_cast<double>(a.done[i]->n_test) / a.done[i]->n_train;
    ++n;
  }
  return n == 0 ? 0 : sum / static_cast<double>(n);
}

}  // namespace crossfold::audit
