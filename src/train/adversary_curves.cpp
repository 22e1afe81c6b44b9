#include "adversary_curves.h"

#include <cstddef>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/job/lambda_at.h"

namespace crossfold::train {

std::vector<double> lambdas_at(const Candidate& candidate, int epoch) {
  std::vector<double> lambdas;
  for (const Adversary& adversary : adversaries_of(candidate))
    lambdas.push_back(
        lambda_at(lambda_of(candidate, adversary), epoch, training_of(candidate).epochs));
  return lambdas;
}

void add_adversaries(const Candidate& candidate, std::span<const double> losses,
                     std::span<const double> lambdas, Curves& curves) {
  const auto adversaries = adversaries_of(candidate);
  CF_EXPECT(losses.size() == adversaries.size() && lambdas.size() == adversaries.size());
  curves.train_domain_loss.push_back(losses.front());
  curves.lambda.push_back(lambdas.front());
  curves.further_adversaries.resize(adversaries.size() - 1);
  for (std::size_t i = 1; i < adversaries.size(); ++i) {
    AdversaryCurves& further = curves.further_adversaries[i - 1];
    further.train_loss.push_back(losses[i]);
    further.lambda.push_back(lambdas[i]);
  }
}

Error loss_not_finite(const Candidate& candidate, const BrokenLosses& losses) {
  std::string domains;
  const auto adversaries = adversaries_of(candidate);
  for (std::size_t i = 0; i < adversaries.size(); ++i)
    domains += fmt::format(", {} {}", adversaries[i].of, losses.domain[i]);
  if (adversaries.empty()) domains = ", domain 0";
  return {
      ErrorCode::bad_input,
      fmt::format("a training loss is not finite (class {}{}; learning rate {}, lambda {}). "
                  "lower the learning rate or lambda, or check the embedding",
                  losses.class_label, domains, losses.learning_rate,
                  adversaries.empty() ? "0" : fmt::format("{}", fmt::join(losses.lambdas, ", ")))};
}

}  // namespace crossfold::train
