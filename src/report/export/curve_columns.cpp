#include "curve_columns.h"

#include <cstddef>
#include <set>

#include "crossfold/job/names.h"

namespace crossfold {
namespace {

CurveColumn of_any(const char* name, std::vector<double> Curves::*values) {
  return {name, [=](const Candidate&, const Curves& curves) { return &(curves.*values); }};
}

/// `first` where it is the candidate's first adversary, whose curves stand by themselves.
CurveColumn of_adversary(const std::string& name, const std::string& adversary,
                         std::vector<double> Curves::*first,
                         std::vector<double> AdversaryCurves::*further) {
  return {name,
          [=](const Candidate& candidate, const Curves& curves) -> const std::vector<double>* {
            const auto adversaries = adversaries_of(candidate);
            for (std::size_t i = 0; i < adversaries.size(); ++i)
              if (adversaries[i].of == adversary)
                return i == 0 ? &(curves.*first) : &(curves.further_adversaries.at(i - 1).*further);
            return nullptr;
          }};
}

std::set<std::string> attributes_forgotten(const RunRecords& records) {
  std::set<std::string> names;
  for (const Experiment& experiment : records.job.experiments)
    for (const Candidate& candidate : experiment.candidates)
      for (const Adversary& adversary : adversaries_of(candidate)) names.insert(adversary.of);
  names.erase(name_of(Label::domain));
  return names;
}

}  // namespace

std::vector<CurveColumn> curve_columns(const RunRecords& records) {
  const std::string domain = name_of(Label::domain);
  std::vector<CurveColumn> columns{
      of_any("train_class_loss", &Curves::train_class_loss),
      of_adversary("train_domain_loss", domain, &Curves::train_domain_loss,
                   &AdversaryCurves::train_loss),
      of_any("validation_loss", &Curves::validation_loss),
      of_any("learning_rate", &Curves::learning_rate),
      of_adversary("lambda", domain, &Curves::lambda, &AdversaryCurves::lambda)};
  for (const std::string& name : attributes_forgotten(records)) {
    columns.push_back(of_adversary("train_" + name + "_loss", name, &Curves::train_domain_loss,
                                   &AdversaryCurves::train_loss));
    columns.push_back(
        of_adversary("lambda_of_" + name, name, &Curves::lambda, &AdversaryCurves::lambda));
  }
  return columns;
}

}  // namespace crossfold
