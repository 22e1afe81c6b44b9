// Another program that uses crossfold's modules: a logistic regression and its AUC.
#include <crossfold/solve/logistic_regression.h>
#include <crossfold/stats/scores.h>
#include <cstdint>
#include <iostream>
#include <vector>

int main() {
  const std::vector<float> x{-3, -2, -1, 1, 2, 3};
  const std::vector<std::int32_t> labels{0, 0, 0, 1, 1, 1};
  const crossfold::FeatureRows rows{.values = x, .dim = 1, .rows = {}};
  const crossfold::LogisticFit fit = crossfold::fit_logistic(rows, labels, 2);
  std::vector<double> scores;
  std::vector<std::uint8_t> positive;
  const std::vector<double> probabilities = crossfold::probabilities(fit.model, rows);
  for (std::size_t i = 0; i < x.size(); ++i) {
    scores.push_back(probabilities[2 * i + 1]);
    positive.push_back(labels[i] == 1);
  }
  std::cout << "AUC " << *crossfold::stats::roc_auc(scores, positive)
            << (fit.converged ? ", converged\n" : ", not converged\n");
}
