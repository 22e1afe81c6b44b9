#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "crossfold/fleet/coordinator.h"

namespace crossfold::fleet {

inline const Hello own_hello{"build 1", "plan 1", "node-a", "cpu"};

inline WorkItem item(std::uint64_t id, double cost) {
  return {ItemId{id}, cost, "item " + std::to_string(id)};
}

inline Outcome done(const std::string& results) { return {.results = results, .failures = {}}; }

inline Outcome failed(const std::string& bytes, const std::string& error) {
  return {.results = {}, .failures = {{bytes, 1, error}}};
}

/// What was asked for, in words.
inline std::string in_words(const Action& action) {
  struct Words {
    std::string operator()(const SendWork& a) const {
      return std::to_string(a.worker.value) + " <- " + a.item.bytes;
    }
    std::string operator()(const DismissWorker& a) const {
      return "dismiss " + std::to_string(a.worker.value);
    }
    std::string operator()(const CancelWork& a) const {
      return "cancel " + std::to_string(a.worker.value);
    }
    std::string operator()(const RefuseWorker& a) const {
      return "refuse " + std::to_string(a.worker.value) + ": " + a.reason;
    }
    std::string operator()(const SubmitRecord& a) const {
      return "record " + a.record.bytes + (a.record.error ? " failed: " + *a.record.error : "");
    }
    std::string operator()(const AskForWork&) const { return "ask"; }
    std::string operator()(const Warn& a) const { return "warn " + a.message; }
  };
  return std::visit(Words{}, action);
}

/// A coordinator beside a list of work.
struct Fleet {
  Coordinator coordinator;
  ListSource source;

  Fleet(std::vector<WorkItem> items, std::uint32_t workers, CoordinatorLimits limits = {})
      : coordinator(own_hello, Rank{0}, workers, limits), source(std::move(items)) {}

  /// The source is asked when the coordinator asks, as by fleet.cpp.
  std::vector<std::string> tell(Event event) {
    std::vector<std::string> words;
    bool asked = false;
    for (const Action& action : coordinator.handle(std::move(event)))
      if (std::holds_alternative<AskForWork>(action))
        asked = true;
      else
        words.push_back(in_words(action));
    if (asked)
      for (std::string& word : tell(WorkSupplied{source.next()})) words.push_back(std::move(word));
    return words;
  }
  std::vector<std::string> join(std::uint32_t worker, Hello hello = own_hello) {
    return tell(WorkerJoined{Rank{worker}, std::move(hello)});
  }
  std::vector<std::string> result(std::uint32_t worker, std::uint64_t id, Outcome outcome) {
    return tell(ResultArrived{Rank{worker}, ItemId{id}, std::move(outcome)});
  }
};

}  // namespace crossfold::fleet
