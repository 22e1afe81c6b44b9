#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/job/job.h"

namespace crossfold::testing {

/// Whose numbers a setting can change.
enum class Reach {
  nothing,              ///< of no fit
  candidate,            ///< of the candidate it stands in
  experiment_networks,  ///< of the experiment's candidates that train an encoder
  experiment,
  job_networks,
  job,
  given_splits,  ///< of what the file holds: only its own tests can say
};

/// One way to give a setting, and what must become of it.
struct SettingValue {
  nlohmann::json written;  ///< in the job; null: the key is absent
  nlohmann::json read;     ///< what JobSetting::of finds then
};

/// One key of data-schemas/job.schema.json where it stands in example_job().
struct JobSetting {
  std::string key;    ///< "plateau.patience": keys below a definition, or below the root
  std::string place;  ///< JSON pointer into the job
  Reach reach;
  std::vector<SettingValue> values;  ///< two or more, each of which gives other numbers
  std::function<nlohmann::json(const Job&)> of;
};

/// A job in which every setting of the table can be changed. Its first experiment has a candidate
/// of every kind and of every schedule that has settings of its own, its second one predicts the
/// domain and probes the class, its third one leaves all to defaults.
[[nodiscard]] nlohmann::json example_job();

/// Every key of the schema, some of them in two places. The first value is the default where there
/// is one.
[[nodiscard]] const std::vector<JobSetting>& job_settings();

/// example_job() with one setting given; null removes the key.
[[nodiscard]] nlohmann::json example_job_with(const std::string& place,
                                              const nlohmann::json& value);

/// Reads it.
[[nodiscard]] Job parsed(const nlohmann::json& job);

/// Whether the setting can change the numbers of this candidate of example_job().
[[nodiscard]] bool reaches(const JobSetting& setting, std::size_t experiment,
                           std::size_t candidate);

/// For messages: "/training/epochs = 9".
[[nodiscard]] std::string described(const JobSetting& setting, const SettingValue& value);

}  // namespace crossfold::testing
