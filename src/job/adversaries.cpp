#include <algorithm>
#include <set>

#include "crossfold/job/job.h"
#include "crossfold/job/names.h"

namespace crossfold {

std::span<const Adversary> adversaries_of(const Candidate& candidate) {
  const auto* const model = std::get_if<DisentangledModel>(&candidate.model);
  if (model == nullptr) return {};
  return model->adversaries;
}

bool is_disentangled_from(const Candidate& candidate, std::string_view of) {
  const auto adversaries = adversaries_of(candidate);
  return std::any_of(adversaries.begin(), adversaries.end(),
                     [&](const Adversary& adversary) { return adversary.of == of; });
}

DomainHead domain_head_of(const Candidate& candidate) {
  const auto* const model = std::get_if<DisentangledModel>(&candidate.model);
  return model == nullptr ? DomainHead::trained : model->domain_head;
}

const LambdaSchedule& lambda_of(const Candidate& candidate, const Adversary& adversary) {
  return adversary.lambda ? *adversary.lambda : std::get<DisentangledModel>(candidate.model).lambda;
}

std::vector<std::string> attributes_disentangled_from(const Experiment& experiment) {
  std::set<std::string> names;
  for (const Candidate& candidate : experiment.candidates)
    for (const Adversary& adversary : adversaries_of(candidate)) names.insert(adversary.of);
  for (const std::string& label : names_of<Label>()) names.erase(label);
  return {names.begin(), names.end()};
}

Candidate with_shared_lambda(Candidate candidate) {
  auto* const model = std::get_if<DisentangledModel>(&candidate.model);
  if (model == nullptr || model->adversaries.empty()) return candidate;
  const LambdaSchedule first = lambda_of(candidate, model->adversaries.front());
  const bool is_shared = std::all_of(
      model->adversaries.begin(), model->adversaries.end(),
      [&](const Adversary& adversary) { return lambda_of(candidate, adversary) == first; });
  for (Adversary& adversary : model->adversaries)
    if (is_shared)
      adversary.lambda.reset();
    else
      adversary.lambda = lambda_of(candidate, adversary);
  model->lambda = is_shared ? first : LambdaSchedule{};
  return candidate;
}

}  // namespace crossfold
