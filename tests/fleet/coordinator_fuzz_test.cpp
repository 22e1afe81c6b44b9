#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "crossfold/fleet/coordinator.h"

namespace crossfold::fleet {
namespace {

/// A world of workers and a disk that does everything in random order: answers, losses, late
/// answers, slow flushes. Work is a list of fits, one letter each; some fits always fail, some fail
/// once.
class World {
 public:
  explicit World(std::uint32_t seed) : random_(seed) {
    const auto items = pick(0, 40);
    for (std::size_t i = 0; i < items; ++i) {
      WorkItem item{ItemId{i}, static_cast<double>(pick(0, 5)), ""};
      for (std::size_t fits = pick(1, 4); fits > 0; --fits)
        item.bytes += static_cast<char>(next_fit_++);
      items_.push_back(item);
    }
    worker_count_ = static_cast<std::uint32_t>(pick(1, 6));
    may_stop_ = chance(20);
    loses_workers_ = chance(50);
  }

  void run() {
    Coordinator coordinator(hello_, Rank{0}, worker_count_);
    for (std::uint32_t w = 0; w < worker_count_; ++w) to_join_.insert(w);
    for (int steps = 0; coordinator.end() == FleetEnd::running; ++steps) {
      ASSERT_LT(steps, 100'000) << "the run does not end";
      step(coordinator);
    }
    check(coordinator);
  }

 private:
  struct Held {
    std::vector<WorkItem> items;
    bool dismissed = false;
    bool cancelled = false;
  };

  std::size_t pick(std::size_t low, std::size_t high) {
    return std::uniform_int_distribution<std::size_t>(low, high)(random_);
  }
  bool chance(std::size_t percent) { return pick(1, 100) <= percent; }
  std::uint32_t any_of(const std::set<std::uint32_t>& workers) {
    return *std::next(workers.begin(), static_cast<long>(pick(0, workers.size() - 1)));
  }

  /// Some of what is left, all of it or, where the rest is made to hang on results, a part.
  SuppliedWork supply() {
    EXPECT_TRUE(!waits_from_ || durable_ > *waits_from_) << "nothing is new since it was asked";
    SuppliedWork work;
    const std::size_t count = items_.empty() ? 0 : pick(1, items_.size());
    work.items.assign(items_.begin(), items_.begin() + static_cast<long>(count));
    items_.erase(items_.begin(), items_.begin() + static_cast<long>(count));
    if (!items_.empty()) work.then = chance(50) ? Supply::open : Supply::waiting;
    waits_from_.reset();
    if (work.then == Supply::waiting) waits_from_ = durable_;
    return work;
  }

  void tell(Coordinator& coordinator, Event event) {
    bool asked = false;
    for (Action& action : coordinator.handle(std::move(event))) {
      if (const auto* send = std::get_if<SendWork>(&action)) {
        Held& held = alive_.at(send->worker.value);
        ASSERT_FALSE(held.dismissed);
        held.items.push_back(send->item);
        ASSERT_LE(held.items.size() + unsafe_records_of(send->worker), 2U)
            << "more than one ahead, or the disk does not keep up";
      } else if (const auto* dismiss = std::get_if<DismissWorker>(&action)) {
        if (const auto known = alive_.find(dismiss->worker.value); known != alive_.end())
          known->second.dismissed = true;
      } else if (const auto* cancel = std::get_if<CancelWork>(&action)) {
        ASSERT_TRUE(stopped_);
        alive_.at(cancel->worker.value).cancelled = true;
      } else if (const auto* submit = std::get_if<SubmitRecord>(&action)) {
        records_.push_back(submit->record);
      } else if (std::holds_alternative<AskForWork>(action)) {
        asked = true;
      }
    }
    if (asked) tell(coordinator, WorkSupplied{supply()});
  }

  std::size_t unsafe_records_of(Rank worker) const {
    return static_cast<std::size_t>(
        std::count_if(records_.begin() + static_cast<long>(durable_), records_.end(),
                      [&](const Record& record) { return record.worker == worker; }));
  }

  Outcome run_item(const WorkItem& item, bool cancelled) {
    Outcome outcome;
    for (const char fit : item.bytes) {
      if (cancelled && chance(70)) {
        outcome.left.push_back({std::string(1, fit), 1});
        continue;
      }
      const bool fails = fit % 7 == 0 || (fit % 5 == 0 && tries_[fit] == 0);
      ++tries_[fit];
      if (fails)
        outcome.failures.push_back({std::string(1, fit), 1, "failed"});
      else
        outcome.results += fit;
    }
    return outcome;
  }

  void step(Coordinator& coordinator) {
    const std::size_t dice = pick(1, 100);
    if (!to_join_.empty() && dice <= 30) {
      const std::uint32_t worker = any_of(to_join_);
      to_join_.erase(worker);
      alive_[worker];
      tell(coordinator, WorkerJoined{Rank{worker}, hello_});
    } else if (dice <= 40) {
      durable_ += pick(0, records_.size() - durable_);
      tell(coordinator, RecordsDurable{durable_});
    } else if (dice <= 43 && loses_workers_ && !alive_.empty()) {
      const auto lost = std::next(alive_.begin(), static_cast<long>(pick(0, alive_.size() - 1)));
      const std::uint32_t worker = lost->first;
      for (const WorkItem& item : lost->second.items)
        if (chance(30)) late_.push_back({Rank{worker}, item.id, {item.bytes, {}}});
      alive_.erase(lost);
      tell(coordinator, WorkerLost{Rank{worker}, "silent"});
    } else if (dice <= 46 && !late_.empty()) {
      tell(coordinator, std::move(late_.back()));
      late_.pop_back();
    } else if (dice >= 90 && stopped_) {
      now_s_ += 2;
      tell(coordinator, TimePassed{now_s_});
    } else if (dice == 47 && may_stop_) {
      stopped_ = true;
      tell(coordinator, StopRequested{});
    } else if (!alive_.empty()) {
      const auto worker = std::next(alive_.begin(), static_cast<long>(pick(0, alive_.size() - 1)));
      work(coordinator, worker->first, worker->second);
    }
  }

  void work(Coordinator& coordinator, std::uint32_t worker, Held& held) {
    if (held.dismissed && (held.items.empty() || chance(50))) {
      alive_.erase(worker);
      tell(coordinator, WorkerLeft{Rank{worker}});
    } else if (!held.items.empty()) {
      const WorkItem item = held.items.front();
      held.items.erase(held.items.begin());
      tell(coordinator, ResultArrived{Rank{worker}, item.id, run_item(item, held.cancelled)});
    }
  }

  void check(const Coordinator& coordinator) const {
    std::map<char, int> recorded;
    for (const Record& record : records_)
      for (const char fit : record.bytes) ++recorded[fit];
    for (const auto& [fit, count] : recorded) EXPECT_EQ(count, 1) << "fit recorded twice";
    EXPECT_EQ(durable_, records_.size()) << "ended before all was safe";
    EXPECT_EQ(coordinator.status().saved, records_.size());
    const std::size_t all = static_cast<std::size_t>(next_fit_ - kFirstFit);
    if (coordinator.end() == FleetEnd::completed) {
      EXPECT_EQ(recorded.size(), all);
    }
    if (coordinator.end() == FleetEnd::stopped) {
      EXPECT_TRUE(stopped_);
    }
    if (!stopped_ && !loses_workers_) {
      EXPECT_EQ(coordinator.end(), FleetEnd::completed);
    }
    for (const Record& record : records_) {
      if (!record.error || *record.error != "failed") continue;
      EXPECT_EQ(record.bytes[0] % 7, 0) << "a fit that fails once was given up";
    }
  }

  static constexpr int kFirstFit = -128;

  const Hello hello_{"b", "p", "h", "d"};
  std::mt19937 random_;
  int next_fit_ = kFirstFit;
  std::vector<WorkItem> items_;              ///< not supplied yet
  std::optional<std::uint64_t> waits_from_;  ///< records that were safe when the source said so
  std::uint32_t worker_count_ = 0;
  bool may_stop_ = false;
  bool stopped_ = false;
  bool loses_workers_ = false;
  std::set<std::uint32_t> to_join_;
  std::map<std::uint32_t, Held> alive_;
  std::vector<ResultArrived> late_;
  std::vector<Record> records_;
  std::uint64_t durable_ = 0;
  double now_s_ = 0;
  std::map<char, int> tries_;
};

TEST(CoordinatorFuzz, RecordsEveryFitExactlyOnceWhateverHappens) {
  for (std::uint32_t seed = 0; seed < 5000; ++seed) {
    SCOPED_TRACE(seed);
    World(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace crossfold::fleet
