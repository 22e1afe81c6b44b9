#include "crossfold/job/names.h"

namespace crossfold {

using Names = std::vector<std::string>;

template <>
const Names& names_of<Label>() {
  static const Names kNames{"class", "domain"};
  return kNames;
}

template <>
const Names& names_of<Role>() {
  static const Names kNames{"in", "oos"};
  return kNames;
}

template <>
const Names& names_of<CandidateKind>() {
  static const Names kNames{"linear", "baseline", "disentangled"};
  return kNames;
}

template <>
const Names& names_of<DomainHead>() {
  static const Names kNames{"trained", "still"};
  return kNames;
}

template <>
const Names& names_of<ScoredModel>() {
  static const Names kNames{"last", "best"};
  return kNames;
}

template <>
const Names& names_of<ProbeWithin>() {
  static const Names kNames{"pool", "class"};
  return kNames;
}

template <>
const Names& names_of<ProbeOn>() {
  static const Names kNames{"z", "encoded"};
  return kNames;
}

template <>
const Names& names_of<Standardize>() {
  static const Names kNames{"none", "train"};
  return kNames;
}

template <>
const Names& names_of<FeatureOutput>() {
  static const Names kNames{"none", "first-split", "all"};
  return kNames;
}

template <>
const Names& names_of<ScheduleKind>() {
  static const Names kNames{"exponential", "linear",   "cosine", "sigmoid",
                            "step",        "constant", "table"};
  return kNames;
}

template <>
const Names& names_of<EngineKind>() {
  static const Names kNames{"lockstep", "reference", "solver"};
  return kNames;
}

const Names& network_engines() {
  static const Names kNames{name_of(EngineKind::lockstep), name_of(EngineKind::reference)};
  return kNames;
}

template <>
const Names& names_of<Sampler>() {
  static const Names kNames{"grid", "random", "sobol", "tpe"};
  return kNames;
}

template <>
const Names& names_of<RaceScore>() {
  static const Names kNames{"task_auc", "task_acc"};
  return kNames;
}

template <>
const Names& names_of<SelectionRule>() {
  static const Names kNames{"validation", "held-out",    "one-se",
                            "source-out", "constrained", "oracle"};
  return kNames;
}

template <>
const Names& names_of<SplitScheme>() {
  static const Names kNames{"k-fold", "source-out", "nested", "hold-out", "leave-out"};
  return kNames;
}

}  // namespace crossfold
