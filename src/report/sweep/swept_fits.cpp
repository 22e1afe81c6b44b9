#include "swept_fits.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "crossfold/core/error.h"
#include "crossfold/job/lambda_at.h"
#include "crossfold/stats/summary.h"

namespace crossfold {
namespace {

using sweep::CandidateState;

/// The mean over the epochs that training may run of all adversaries' lambdas: how strongly it
/// disentangles.
std::optional<double> lambda_area(const Candidate& candidate) {
  if (!std::holds_alternative<DisentangledModel>(candidate.model)) return std::nullopt;
  const int epochs = training_of(candidate).epochs;
  double sum = 0;
  for (const Adversary& adversary : adversaries_of(candidate))
    for (int epoch = 0; epoch < epochs; ++epoch)
      sum += lambda_at(lambda_of(candidate, adversary), epoch, epochs);
  return sum / epochs;
}

std::optional<double> number_of(const Candidate& candidate, const std::string& key) {
  for (const Parameter& parameter : candidate.parameters)
    if (parameter.key == key)
      if (const auto* number = std::get_if<double>(&parameter.value)) return *number;
  return std::nullopt;
}

std::vector<std::optional<double>> simplicity_of(const Candidate& candidate,
                                                 const SweepSettings& sweep) {
  if (sweep.simplest.empty()) return {lambda_area(candidate)};
  std::vector<std::optional<double>> keys;
  for (const std::string& key : sweep.simplest) keys.push_back(number_of(candidate, key));
  return keys;
}

double share_of_all(const std::vector<CandidateFits>& candidates) {
  RowFits all;
  for (const CandidateFits& candidate : candidates)
    all.insert(all.end(), candidate.fits.begin(), candidate.fits.end());
  return mean_test_share(all).value_or(0);
}

std::vector<CandidateState> states_of(const SweptFits& swept) {
  std::set<std::string> given_up;
  for (const Stage& stage : swept.stages)
    for (const StageRecord::GivenUp& one : stage.record.given_up) given_up.insert(one.candidate);
  std::vector<CandidateState> states;
  for (const CandidateFits& candidate : swept.drawn) {
    const bool complete = done_fits(candidate.fits) == candidate.fits.size();
    states.push_back(given_up.contains(candidate.candidate->name) ? CandidateState::given_up
                     : complete                                   ? CandidateState::complete
                                                                  : CandidateState::incomplete);
  }
  return states;
}

FitsOf fits_of(SplitScheme scheme) {
  switch (scheme) {
    case SplitScheme::k_fold:
      return &CandidateFits::fits;
    case SplitScheme::source_out:
      return &CandidateFits::source_out;
    case SplitScheme::nested:
      return &CandidateFits::nested;
    case SplitScheme::hold_out:
    case SplitScheme::leave_out:
      break;  // no sweep is on these
  }
  throw_contract_error("a known scheme", __FILE__, __LINE__);
}

/// Means over the inner folds of each split.
sweep::ScoreTable inner_auc(const SweptFits& swept) {
  const sweep::ScoreTable inner = table_of(swept.drawn, task_auc_of, &CandidateFits::nested);
  const auto folds = static_cast<std::size_t>(swept.experiment->sweep->nested->folds);
  sweep::ScoreTable means(inner.candidates(), inner.splits() / folds);
  for (std::size_t c = 0; c < inner.candidates(); ++c)
    for (std::size_t split = 0; split < means.splits(); ++split)
      means.set(c, split, stats::summarize(inner.of(c).subspan(split * folds, folds)).mean);
  return means;
}

}  // namespace

SweptFits swept_fits(const RunRecords& records, std::uint32_t experiment, std::uint32_t embedding) {
  SweptFits swept;
  swept.experiment = &records.job.experiments[experiment];
  swept.experiment_index = experiment;
  swept.embedding = embedding;
  std::vector<CandidateFits> all(swept.experiment->candidates.size());
  for (const Fit& fit : records.plan.fits) {
    if (fit.experiment != experiment || fit.embedding != embedding) continue;
    (all[fit.candidate].*fits_of(fit.scheme))
        .push_back({.fit = &fit, .result = records.find(fit.id)});
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].candidate = &swept.experiment->candidates[i];
    (all[i].candidate->parameters.empty() ? swept.fixed : swept.drawn).push_back(std::move(all[i]));
  }
  for (const Stage& stage : records.stages) {
    const Chain& chain = records.plan.chains[stage.chain];
    if (chain.experiment == experiment && chain.embedding == embedding)
      swept.stages.push_back(stage);
  }
  swept.states = states_of(swept);
  return swept;
}

std::vector<CandidateState> states_with(const SweptFits& swept, FitsOf of) {
  std::vector<CandidateState> states = swept.states;
  for (std::size_t c = 0; c < states.size(); ++c) {
    const RowFits& fits = swept.drawn[c].*of;
    if (states[c] == CandidateState::complete && done_fits(fits) < fits.size())
      states[c] = CandidateState::incomplete;
  }
  return states;
}

std::size_t done_fits(const RowFits& fits) {
  return static_cast<std::size_t>(
      std::count_if(fits.begin(), fits.end(), [](const RecordedFit& fit) { return fit.done(); }));
}

sweep::SelectionTables selection_tables(const SweptFits& swept) {
  sweep::SelectionTables tables;
  tables.states = swept.states;
  tables.validation_auc = table_of(swept.drawn, validation_auc_of);
  tables.task_auc = table_of(swept.drawn, task_auc_of);
  if (swept.experiment->probe) tables.domain_auc = table_of(swept.drawn, probe_auc_of);
  if (swept.experiment->evaluate_oos) tables.oos_auc = table_of(swept.drawn, oos_auc_of);
  if (swept.experiment->sweep->selects(SelectionRule::source_out))
    tables.source_out_auc = table_of(swept.drawn, task_auc_of, &CandidateFits::source_out);
  if (swept.experiment->sweep->nested) tables.inner_auc = inner_auc(swept);
  tables.test_share = share_of_all(swept.drawn);
  for (const CandidateFits& candidate : swept.drawn)
    tables.simplicity.push_back(simplicity_of(*candidate.candidate, *swept.experiment->sweep));
  tables.tau = swept.experiment->sweep->tau;
  return tables;
}

sweep::ScoreTable table_of(const std::vector<CandidateFits>& candidates,
                           const std::function<std::optional<double>(const FitResult&)>& get,
                           FitsOf of) {
  if (candidates.empty()) return {};
  sweep::ScoreTable table(candidates.size(), (candidates.front().*of).size());
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const RowFits& fits = candidates[c].*of;
    for (std::size_t s = 0; s < fits.size(); ++s)
      if (fits[s].done()) table.set(c, s, get(*fits[s].result));
  }
  return table;
}

std::optional<double> task_auc_of(const FitResult& result) { return result.held_out.auc; }
std::optional<double> task_acc_of(const FitResult& result) { return result.held_out.acc; }
std::optional<double> validation_auc_of(const FitResult& result) {
  return result.training.validation_auc;
}
std::optional<double> oos_auc_of(const FitResult& result) {
  return result.oos ? result.oos->auc : std::nullopt;
}
std::optional<double> oos_acc_of(const FitResult& result) {
  return result.oos ? result.oos->acc : std::nullopt;
}
std::optional<double> probe_auc_of(const FitResult& result) {
  return result.probe ? result.probe->auc : std::nullopt;
}

}  // namespace crossfold
