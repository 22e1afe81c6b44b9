#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/train/engine.h"

namespace crossfold::test {

/// The study of record_fits.py as this program reads it, and what PyTorch and scikit-learn made of
/// each of its fits.
class RecordedFits {
 public:
  RecordedFits();

  [[nodiscard]] const Job& job() const { return job_; }
  [[nodiscard]] Job& job() { return job_; }
  [[nodiscard]] const nlohmann::json& written_job() const { return record_.at("job"); }
  /// One fit, with all that can be kept; valid as long as this.
  [[nodiscard]] FitTask task(std::size_t experiment, std::size_t candidate) const;
  /// What was recorded of it.
  [[nodiscard]] const nlohmann::json& recorded(std::size_t experiment,
                                               std::size_t candidate) const {
    return record_.at("fits").at(experiment).at(candidate);
  }
  /// Candidates of an experiment that can be trained together, in their order.
  [[nodiscard]] std::vector<std::vector<std::size_t>> cohorts(std::size_t experiment) const;
  /// Rows of a part: train, validation, test, oos, unused.
  [[nodiscard]] const std::vector<std::uint32_t>& rows(const std::string& part) const {
    return rows_.at(part);
  }
  /// Gives the rows of a part other features and other labels.
  void disturb(const std::string& part);
  /// lambda at every epoch of some schedules: {"schedule", "epochs", "values"}.
  [[nodiscard]] const nlohmann::json& schedules() const { return record_.at("schedules"); }

 private:
  nlohmann::json record_;
  Job job_;
  std::vector<float> embedding_;
  std::vector<ExperimentSamples> samples_;  ///< of each experiment
  std::map<std::string, std::vector<std::uint32_t>> rows_;
  Split split_, unvalidated_split_;
};

/// The norm of the difference between some features and the recorded ones over their norm, as
/// estimated from their products with random signs.
[[nodiscard]] double relative_difference(const std::vector<float>& features,
                                         const nlohmann::json& recorded);

}  // namespace crossfold::test
