#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crossfold/job/job.h"

namespace crossfold {

/// The words that stand for an enumeration's values in a job, in the order of the values.
template <class Enum>
[[nodiscard]] const std::vector<std::string>& names_of();

template <>
const std::vector<std::string>& names_of<Label>();
template <>
const std::vector<std::string>& names_of<Role>();
template <>
const std::vector<std::string>& names_of<CandidateKind>();
template <>
const std::vector<std::string>& names_of<DomainHead>();
template <>
const std::vector<std::string>& names_of<ScoredModel>();
template <>
const std::vector<std::string>& names_of<ProbeOn>();
template <>
const std::vector<std::string>& names_of<ProbeWithin>();
template <>
const std::vector<std::string>& names_of<Standardize>();
template <>
const std::vector<std::string>& names_of<FeatureOutput>();
template <>
const std::vector<std::string>& names_of<ScheduleKind>();
template <>
const std::vector<std::string>& names_of<EngineKind>();
/// Those that a job may choose for its networks, in the order of EngineKind.
const std::vector<std::string>& network_engines();
template <>
const std::vector<std::string>& names_of<Sampler>();
template <>
const std::vector<std::string>& names_of<RaceScore>();
template <>
const std::vector<std::string>& names_of<SelectionRule>();
template <>
const std::vector<std::string>& names_of<SplitScheme>();

template <class Enum>
[[nodiscard]] const std::string& name_of(Enum value) {
  return names_of<Enum>()[static_cast<std::size_t>(value)];
}

}  // namespace crossfold
