#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/fleet/sink.h"
#include "crossfold/fleet/work.h"

namespace crossfold::fleet {

/// Keeps records in memory; they are safe at once.
class MemorySink : public Sink {
 public:
  void submit(Record record) override { records.push_back(std::move(record)); }
  std::uint64_t durable() override { return records.size(); }
  std::vector<Record> records;
};

/// Items "item 0", "item 1", ... of equal cost.
inline std::vector<WorkItem> numbered_items(std::uint64_t count, double cost = 1) {
  std::vector<WorkItem> items;
  for (std::uint64_t i = 0; i < count; ++i)
    items.push_back({ItemId{i}, cost, "item " + std::to_string(i)});
  return items;
}

/// Runs items by a function.
class FunctionRunner final : public Runner {
 public:
  using Function = std::function<Outcome(const WorkItem&)>;
  explicit FunctionRunner(Function function) : function_(std::move(function)) {}
  Outcome run(const WorkItem& item, const std::atomic<bool>& /*cancel*/) override {
    return function_(item);
  }

 private:
  Function function_;
};

/// Every worker answers `done <bytes>`.
inline std::unique_ptr<Runner> make_echo_runner(Rank) {
  return std::make_unique<FunctionRunner>([](const WorkItem& item) {
    return Outcome{.results = "done " + item.bytes, .failures = {}};
  });
}

}  // namespace crossfold::fleet
