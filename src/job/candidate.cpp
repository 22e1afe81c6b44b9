#include "crossfold/job/candidate.h"

#include <type_traits>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

/// The training settings of a network's model; nullptr of another.
template <class Model>
auto* training_in(Model& model) {
  return std::visit(
      [](auto& one) {
        using Settings =
            std::conditional_t<std::is_const_v<Model>, const TrainingSettings*, TrainingSettings*>;
        if constexpr (requires { one.training; })
          return Settings{&one.training};
        else
          return Settings{nullptr};
      },
      model);
}

}  // namespace

CandidateKind kind_of(const Candidate& candidate) {
  return static_cast<CandidateKind>(candidate.model.index());
}

CandidateModel default_model(CandidateKind kind) {
  CandidateModel model;  // made in place: GCC 12 takes members of a temporary for uninitialised
  switch (kind) {
    case CandidateKind::linear:
      model.emplace<LinearModel>();
      break;
    case CandidateKind::baseline:
      model.emplace<BaselineModel>();
      break;
    case CandidateKind::disentangled:
      model.emplace<DisentangledModel>();
      break;
  }
  return model;
}

bool is_network(const Candidate& candidate) { return training_in(candidate.model) != nullptr; }

const TrainingSettings& training_of(const Candidate& candidate) {
  const TrainingSettings* const training = training_in(candidate.model);
  CF_EXPECT(training != nullptr);
  return *training;
}

TrainingSettings& training_of(Candidate& candidate) {
  TrainingSettings* const training = training_in(candidate.model);
  CF_EXPECT(training != nullptr);
  return *training;
}

EngineKind engine_of(const Candidate& candidate, std::optional<EngineKind> for_networks) {
  if (for_networks && is_network(candidate)) return *for_networks;
  return std::visit([](const auto& model) { return model.kEngine; }, candidate.model);
}

}  // namespace crossfold
