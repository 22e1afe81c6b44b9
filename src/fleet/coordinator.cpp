#include "crossfold/fleet/coordinator.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace crossfold::fleet {
namespace {

// The item a worker works on and one ahead; a record of its work that is not safe yet counts as
// one.
constexpr std::size_t kDepth = 2;

// How much of the slowest pace is remembered from item to item: an outlier is forgotten.
constexpr double kPaceMemory = 0.9;

}  // namespace

Coordinator::Coordinator(Hello own, Rank first_worker, std::uint32_t workers,
                         CoordinatorLimits limits)
    : own_(std::move(own)), limits_(limits), expected_(workers) {
  for (std::uint32_t i = 0; i < workers; ++i) {
    const Rank rank{first_worker.value + i};
    workers_[rank].report.worker = rank;
  }
  begin_if_all_are_known();
}

std::vector<Action> Coordinator::handle(Event event) {
  std::visit([this]<class E>(E&& e) { on(std::forward<E>(e)); }, std::move(event));
  return std::exchange(actions_, {});
}

void Coordinator::on(WorkerJoined&& event) {
  const auto found = workers_.find(event.worker);
  CF_EXPECT(found != workers_.end());
  Worker& worker = found->second;
  if (worker.state == WorkerState::gone) {  // declared lost too early: send it home
    actions_.push_back(DismissWorker{event.worker});
    return;
  }
  CF_EXPECT(worker.state == WorkerState::expected);
  worker.report.hello = std::move(event.hello);
  --expected_;
  if (const auto reason = incompatibility(own_, worker.report.hello)) {
    refusals_.add(name_of(event.worker), *reason);
    actions_.push_back(RefuseWorker{event.worker, *reason});
    worker.state = WorkerState::leaving;
    ++leaving_;
  } else if (phase_ == Phase::ending) {
    actions_.push_back(DismissWorker{event.worker});
    worker.state = WorkerState::leaving;
    ++leaving_;
  } else {
    worker.state = WorkerState::active;
    ++active_;
  }
  begin_if_all_are_known();
}

void Coordinator::on(WorkStarted&& event) { workers_.at(event.worker).at_hand = event.item; }

void Coordinator::on(ResultArrived&& event) {
  Worker& worker = workers_.at(event.worker);
  const auto task =
      std::find_if(worker.tasks.begin(), worker.tasks.end(),
                   [&](const Task& candidate) { return candidate.item.id == event.item; });
  if (task == worker.tasks.end()) {  // the worker was declared lost: another one has the item now
    actions_.push_back(
        Warn{fmt::format("{} answered too late; its answer is dropped", name_of(event.worker))});
    actions_.push_back(DismissWorker{event.worker});
    return;
  }
  const bool retried = task->failed_on.has_value();
  if (event.outcome.left.empty()) learn_pace(worker, task->item);
  const std::uint32_t kind = task->item.kind;
  count_as_busy(worker);
  worker.load -= task->item.cost;
  assigned_cost_ -= task->item.cost;
  --assigned_;
  worker.tasks.erase(task);
  if (worker.tasks.empty()) worker.load = 0;
  if (assigned_ == 0) assigned_cost_ = 0;
  ++worker.report.items;

  const bool nothing_else = event.outcome.failures.empty() && event.outcome.left.empty();
  if (!event.outcome.results.empty() || nothing_else)
    record({.bytes = std::move(event.outcome.results), .error = {}, .worker = event.worker});
  const bool has_new_work = !event.outcome.failures.empty() && !retried;
  for (Failure& failure : event.outcome.failures)
    take_failure(std::move(failure), kind, retried, event.worker);
  for (Leftover& left : event.outcome.left)
    queue_.push(
        {.item = {ItemId{next_id_++}, left.cost, std::move(left.bytes), kind}, .failed_on = {}});

  if (phase_ != Phase::working) return;
  if (has_new_work)
    serve_all();
  else
    serve(worker, kDepth);
  ask_if_little_waits();
  end_if_done();
}

void Coordinator::on(WorkerLost&& event) {
  Worker& worker = workers_.at(event.worker);
  if (worker.state == WorkerState::gone) return;
  actions_.push_back(Warn{fmt::format("{} is lost ({}); items that go back: {}",
                                      name_of(event.worker), event.reason, worker.tasks.size())});
  --(worker.state == WorkerState::expected ? expected_
     : worker.state == WorkerState::active ? active_
                                           : leaving_);
  worker.state = WorkerState::gone;
  worker.report.lost = true;
  worker.left_by_itself = event.left_by_itself;
  ++lost_;
  last_loss_ = std::move(event);
  // At the end nobody waits for who is slow to leave: that says nothing of its item or its host.
  const bool at_the_end = phase_ == Phase::ending;
  if (!at_the_end && !last_loss_->left_by_itself) suspect(worker);
  take_back_all(worker);
  if (!at_the_end) tell_of_lost_host(worker);

  begin_if_all_are_known();
  if (phase_ != Phase::working) return;
  serve_all();
  end_if_done();
}

void Coordinator::suspect(Worker& worker) {
  const auto at_hand =
      std::find_if(worker.tasks.begin(), worker.tasks.end(),
                   [&](const Task& task) { return task.item.id == worker.at_hand; });
  if (at_hand != worker.tasks.end())
    ++at_hand->lost_workers;
  else if (!worker.tasks.empty())  // it died before it could say what it began with
    ++worker.tasks.front().lost_workers;
}

void Coordinator::on(WorkerLeft&& event) {
  Worker& worker = workers_.at(event.worker);
  if (worker.state == WorkerState::gone) return;
  CF_EXPECT(worker.state == WorkerState::leaving);
  worker.state = WorkerState::gone;
  --leaving_;
  take_back_all(worker);
}

void Coordinator::take_back_all(Worker& worker) {
  count_as_busy(worker);
  for (Task& task : std::exchange(worker.tasks, {})) put_back(std::move(task));
  worker.load = 0;
}

void Coordinator::count_as_busy(Worker& worker) {
  if (!worker.tasks.empty()) worker.report.busy_s += now_s_ - worker.began_s;
  worker.began_s = now_s_;
}

void Coordinator::on(RecordsDurable&& event) {
  CF_EXPECT(event.total >= durable_ && event.total - durable_ <= unsaved_.size());
  std::set<Rank> freed;
  for (; durable_ < event.total; ++durable_) {
    const UnsavedRecord& saved = unsaved_.front();
    if (saved.failure) ++given_up_;
    --workers_.at(saved.worker).unflushed;
    freed.insert(saved.worker);
    unsaved_.pop_front();
  }
  if (phase_ != Phase::working) return;
  serve_all(freed);
  if (supply_ == Supply::waiting && !freed.empty()) ask();
  ask_if_little_waits();
  end_if_done();
}

void Coordinator::on(WorkSupplied&& event) {
  CF_EXPECT(asked_ && (!event.work.items.empty() || event.work.then != Supply::open));
  asked_ = false;
  supply_ = event.work.then;
  for (WorkItem& item : event.work.items) {
    item.id = ItemId{next_id_++};
    queue_.push({.item = std::move(item), .failed_on = {}});
  }
  if (phase_ != Phase::working) return;
  serve_all();
  ask_if_little_waits();
  end_if_done();
}

void Coordinator::on(RecordingFailed&&) { end_with(FleetEnd::recording_failed); }

void Coordinator::on(StopRequested&&) {
  if (phase_ != Phase::ending) end_with(FleetEnd::stopped);
}

void Coordinator::on(TimePassed&& event) {
  if (!started_s_) {
    started_s_ = event.now_s;
    stood_still_before_s_ = event.stood_still_s;
    // What happened before the clock was read for the first time happened now.
    for (auto& [rank, worker] : workers_) worker.began_s = event.now_s;
  }
  now_s_ = event.now_s;
  stood_still_s_ = event.stood_still_s - stood_still_before_s_;
  lose_those_not_joined();
  stop_in_time();
  press_for_the_end();
}

void Coordinator::lose_those_not_joined() {
  if (expected_ == 0 || now_s_ - *started_s_ < limits_.join_s) return;
  for (const auto& [rank, worker] : workers_)
    if (worker.state == WorkerState::expected)
      on(WorkerLost{rank, fmt::format("not heard of within {} s", limits_.join_s)});
}

void Coordinator::stop_in_time() {
  if (!limits_.time_limit_s || phase_ == Phase::ending) return;
  if (seconds_left() > 0) return;
  actions_.push_back(Warn{"the time limit is near: the run stops"});
  end_with(FleetEnd::stopped);
}

void Coordinator::press_for_the_end() {
  const bool pressing = end_ == FleetEnd::stopped || end_ == FleetEnd::recording_failed;
  if (phase_ != Phase::ending || !pressing) return;
  const double waited_s = now_s_ - stopped_s_;
  // What is at hand when nothing can be recorded any more is of no use.
  if (waited_s >= (end_ == FleetEnd::stopped ? limits_.cancel_after_s() : 0)) {
    for (auto& [rank, worker] : workers_) {
      if (worker.state != WorkerState::leaving || std::exchange(worker.cancelled, true)) continue;
      actions_.push_back(CancelWork{rank});
    }
  }
  if (waited_s < limits_.leave_after_s()) return;
  for (const auto& [rank, worker] : workers_)
    if (worker.state != WorkerState::gone)
      on(WorkerLost{rank, fmt::format("did not stop within {:.3g} s", waited_s)});
}

void Coordinator::learn_pace(const Worker& worker, const WorkItem& item) {
  if (item.cost <= 0) return;
  double& pace = paces_[item.kind];
  pace = std::max(kPaceMemory * pace, (now_s_ - worker.began_s) / item.cost);
}

double Coordinator::pace_of(std::uint32_t kind) const {
  const auto known = paces_.find(kind);
  return known == paces_.end() ? 0 : known->second;
}

double Coordinator::seconds_left() const {
  const double passed_s = now_s_ - started_s_.value_or(now_s_) + stood_still_s_;
  return *limits_.time_limit_s - limits_.stop_within_s - passed_s;
}

double Coordinator::seconds_at_hand(const Worker& worker) const {
  double seconds = 0;
  bool at_work = true;
  for (const Task& task : worker.tasks) {
    double needs_s = task.item.cost * pace_of(task.item.kind);
    // What takes longer than was expected may end at any time.
    if (std::exchange(at_work, false)) needs_s = std::max(0.0, needs_s - (now_s_ - worker.began_s));
    seconds += needs_s;
  }
  return seconds;
}

double Coordinator::affordable_cost(const Worker& worker, std::uint32_t kind) const {
  const double pace = pace_of(kind);
  if (!limits_.time_limit_s || pace <= 0) return WorkQueue::kAnyCost;
  return (seconds_left() - seconds_at_hand(worker)) / pace;
}

void Coordinator::begin_if_all_are_known() {
  if (phase_ != Phase::gathering || expected_ > 0) return;
  if (!refusals_.empty()) return end_with(FleetEnd::refused);
  phase_ = Phase::working;
  ask_if_little_waits();
  end_if_done();
}

void Coordinator::ask_if_little_waits() {
  // So many that the longest of them are started first, and that none is out of work meanwhile.
  if (supply_ == Supply::open && queue_.size() < 4 * (active_ + std::size_t{1})) ask();
}

void Coordinator::ask() {
  if (!std::exchange(asked_, true)) actions_.push_back(AskForWork{});
}

void Coordinator::end_with(FleetEnd end) {
  // A disk that fails after a request to stop gives nobody more time.
  if (end_ != FleetEnd::stopped) stopped_s_ = now_s_;
  phase_ = Phase::ending;
  end_ = end;
  for (auto& [rank, worker] : workers_) {
    if (worker.state != WorkerState::active) continue;
    actions_.push_back(DismissWorker{rank});
    worker.state = WorkerState::leaving;
    --active_;
    ++leaving_;
  }
}

void Coordinator::end_if_done() {
  if (phase_ != Phase::working) return;
  if (queue_.empty() && assigned_ == 0 && supply_ == Supply::complete)
    end_with(FleetEnd::completed);
  else if (active_ == 0)
    end_with(FleetEnd::no_workers);
  else if (asked_)
    return;
  else if (queue_.empty() && assigned_ == 0 && unsaved_.empty())
    end_with(FleetEnd::stalled);
  else if (assigned_ == 0 && unsaved_.empty() && limits_.time_limit_s && supply_ != Supply::open) {
    // Nobody waits for the disk, so the time left is too short for any of it.
    actions_.push_back(Warn{"what is left would not end within the time limit: the run stops"});
    end_with(FleetEnd::stopped);
  }
}

void Coordinator::serve_all() {
  std::set<Rank> all;
  for (const auto& [rank, worker] : workers_) all.insert(all.end(), rank);
  serve_all(all);
}

void Coordinator::serve_all(const std::set<Rank>& ranks) {
  // First an item for each that has none, then one ahead.
  for (const std::size_t depth : {std::size_t{1}, kDepth})
    for (const Rank rank : ranks)
      if (Worker& worker = workers_.at(rank); worker.state == WorkerState::active)
        serve(worker, depth);
}

void Coordinator::serve(Worker& worker, std::size_t depth) {
  const auto others = active_ > 1 ? WorkQueue::Others::available : WorkQueue::Others::none;
  while (worker.tasks.size() < depth && worker.tasks.size() + worker.unflushed < kDepth) {
    const Task* best = queue_.best_for(worker.report.worker, others, [&](std::uint32_t kind) {
      return affordable_cost(worker, kind);
    });
    if (best == nullptr) {  // of what is to come some may be cheap enough, or for this worker
      if (supply_ == Supply::open) ask();
      return;
    }
    if (!worker.tasks.empty() && !keeps_even_share(worker, best->item.cost)) return;
    assign(worker, queue_.take(*best));
  }
}

bool Coordinator::keeps_even_share(const Worker& worker, double cost) const {
  if (supply_ == Supply::open) return true;  // much more is to come
  const double even_share = (queue_.cost() + assigned_cost_) / active_;
  return worker.load + cost <= even_share * (1 + 1e-9);  // sums are rounded
}

void Coordinator::assign(Worker& worker, Task task) {
  if (worker.tasks.empty()) worker.began_s = now_s_;
  worker.load += task.item.cost;
  assigned_cost_ += task.item.cost;
  ++assigned_;
  actions_.push_back(SendWork{worker.report.worker, task.item});
  worker.tasks.push_back(std::move(task));
}

void Coordinator::take_failure(Failure failure, std::uint32_t kind, bool retried, Rank worker) {
  if (retried) {
    record({std::move(failure.bytes), std::move(failure.error), worker});
    return;
  }
  actions_.push_back(Warn{fmt::format("a piece of work failed on {} and is tried once more: {}",
                                      name_of(worker), failure.error)});
  ++retries_;
  queue_.push({.item = {ItemId{next_id_++}, failure.cost, std::move(failure.bytes), kind},
               .failed_on = worker});
}

void Coordinator::tell_of_lost_host(const Worker& last) {
  const std::string& host = last.report.hello.host;
  std::size_t here = 0;
  for (const auto& [rank, worker] : workers_) {
    if (worker.report.hello.host != host) continue;
    if (!worker.report.lost || worker.left_by_itself) return;
    ++here;
  }
  if (here < 2 || here == workers_.size() || host.empty()) return;
  actions_.push_back(Warn{
      fmt::format("all {} workers on {} are lost (the host may be down or cut off)", here, host)});
}

void Coordinator::put_back(Task task) {
  assigned_cost_ -= task.item.cost;
  --assigned_;
  if (assigned_ == 0) assigned_cost_ = 0;
  if (task.lost_workers < limits_.lost_workers) return queue_.push(std::move(task));
  record({.bytes = std::move(task.item.bytes),
          .error = fmt::format("{} workers were lost while they worked on this (it may need more "
                               "memory than a worker has)",
                               task.lost_workers),
          .worker = last_loss_->worker});
}

void Coordinator::record(Record record) {
  if (end_ == FleetEnd::recording_failed) return;
  unsaved_.push_back({.worker = record.worker, .failure = record.error.has_value()});
  ++workers_.at(record.worker).unflushed;
  actions_.push_back(SubmitRecord{std::move(record)});
}

FleetEnd Coordinator::end() const {
  if (phase_ != Phase::ending || expected_ + active_ + leaving_ > 0) return FleetEnd::running;
  if (end_ == FleetEnd::recording_failed) return end_;
  if (!unsaved_.empty()) return FleetEnd::running;
  const bool all_done = queue_.empty() && supply_ == Supply::complete;
  const bool left_early = end_ == FleetEnd::stopped || end_ == FleetEnd::no_workers;
  return left_early && all_done ? FleetEnd::completed : end_;
}

FleetStatus Coordinator::status() const {
  return {.waiting = queue_.size(),
          .more = supply_ != Supply::complete,
          .assigned = assigned_,
          .unsaved = unsaved_.size(),
          .saved = durable_,
          .given_up = given_up_,
          .retries = retries_,
          .workers = active_,
          .lost = lost_};
}

std::vector<WorkerReport> Coordinator::workers() const {
  std::vector<WorkerReport> reports;
  for (const auto& [rank, worker] : workers_) {
    WorkerReport& report = reports.emplace_back(worker.report);
    report.held = worker.tasks.size();
    if (worker.tasks.empty()) continue;
    const WorkItem& item = worker.tasks.front().item;
    const double since_s = now_s_ - worker.began_s;
    report.at_hand = ItemAtHand{.kind = item.kind, .cost = item.cost, .since_s = since_s};
    report.busy_s += since_s;
  }
  return reports;
}

std::string Coordinator::name_of(Rank worker) const {
  const std::string& host = workers_.at(worker).report.hello.host;
  return host.empty() ? fmt::format("worker {}", worker.value)
                      : fmt::format("worker {} on {}", worker.value, host);
}

}  // namespace crossfold::fleet
