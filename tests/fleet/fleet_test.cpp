#include "crossfold/fleet/fleet.h"

#include <chrono>
#include <optional>
#include <queue>
#include <set>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/fleet/group_commit_sink.h"
#include "crossfold/fleet/messages.h"
#include "crossfold/fleet/ports.h"

#include "fleet/fakes.h"

namespace crossfold::fleet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const Hello own_hello{"build", "plan", "node-a", "cpu"};

RunnerFactory runner(FunctionRunner::Function function) {
  return
      [function = std::move(function)](Rank) { return std::make_unique<FunctionRunner>(function); };
}

FleetReport run_list(std::vector<WorkItem> items, const Hello& hello, std::uint32_t workers,
                     const RunnerFactory& make_runner, Sink& sink,
                     const FleetOptions& options = {}) {
  ListSource source(std::move(items));
  return run_in_process(source, hello, workers, make_runner, sink, options);
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(RunInProcess, RecordsEveryItemOnceWithAnyNumberOfWorkers) {
  for (const std::uint32_t workers : {1U, 2U, 7U}) {
    MemorySink sink;
    const FleetReport report =
        run_list(numbered_items(200), own_hello, workers, make_echo_runner, sink);
    EXPECT_EQ(report.end, FleetEnd::completed);
    EXPECT_EQ(report.status.saved, 200U);
    EXPECT_EQ(report.workers.size(), workers);
    std::set<std::string> results;
    for (const Record& record : sink.records) results.insert(record.bytes);
    EXPECT_EQ(results.size(), 200U);
    EXPECT_EQ(sink.records.size(), 200U);
  }
}

TEST(RunInProcess, WorksWithMoreWorkersThanItemsAndWithNone) {
  MemorySink sink;
  EXPECT_EQ(run_list(numbered_items(1), own_hello, 4, make_echo_runner, sink).end,
            FleetEnd::completed);
  EXPECT_EQ(run_list({}, own_hello, 4, make_echo_runner, sink).end, FleetEnd::completed);
  EXPECT_EQ(sink.records.size(), 1U);
}

TEST(RunInProcess, CountsOnlyItsOwnRecordsInASinkThatServedAnotherRun) {
  MemorySink sink;
  (void)run_list(numbered_items(3), own_hello, 2, make_echo_runner, sink);
  const FleetReport second = run_list(numbered_items(4), own_hello, 2, make_echo_runner, sink);
  EXPECT_EQ(second.end, FleetEnd::completed);
  EXPECT_EQ(second.status.saved, 4U);
  EXPECT_EQ(sink.records.size(), 7U);
}

/// Waits for results, but has given nothing that could have any.
struct WaitingSource final : WorkSource {
  SuppliedWork next() override { return {.items = {}, .then = Supply::waiting}; }
};

TEST(RunInProcess, SaysThatItsSourceWaitsForResultsOfNothing) {
  WaitingSource source;
  MemorySink sink;
  const auto run = [&] { (void)run_in_process(source, own_hello, 2, make_echo_runner, sink); };
  EXPECT_EQ(message_of(run), "further work hangs on results, but none is under way");
}

TEST(RunInProcess, RunsEveryWorkersRunnerInAThreadOfItsOwn) {
  std::mutex mutex;
  std::set<std::thread::id> threads{std::this_thread::get_id()};
  MemorySink sink;
  const auto make = [&](Rank rank) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    return make_echo_runner(rank);
  };
  (void)run_list(numbered_items(4), own_hello, 3, make, sink);
  EXPECT_EQ(threads.size(), 4U);
}

/// Nobody waits for a worker whose thread has ended, whatever ended it.
TEST(RunInProcess, HearsOfAWorkerThatEndsByWhatNobodyExpected) {
  MemorySink sink;
  const auto none = [](Rank) -> std::unique_ptr<Runner> { throw 7; };
  EXPECT_EQ(message_of([&] { (void)run_list(numbered_items(4), own_hello, 1, none, sink); }),
            "no worker is left, but 4 pieces of work are. run again to continue\n  cause: worker "
            "0: an exception of unknown type");
}

TEST(RunInProcess, RetriesARunnerThatThrowsThenGivesUp) {
  std::atomic<int> calls = 0;
  MemorySink sink;
  const auto throwing = [&](const WorkItem& item) -> Outcome {
    if (item.bytes != "item 3") return {.results = item.bytes, .failures = {}};
    ++calls;
    if (calls == 1) throw std::runtime_error("first");
    throw 7;
  };
  const FleetReport report = run_list(numbered_items(10), own_hello, 2, runner(throwing), sink);
  EXPECT_EQ(report.end, FleetEnd::completed);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(report.status.given_up, 1U);
  EXPECT_EQ(report.status.saved, 10U);
  const auto failure = std::find_if(sink.records.begin(), sink.records.end(),
                                    [](const Record& record) { return record.error.has_value(); });
  ASSERT_NE(failure, sink.records.end());
  EXPECT_EQ(failure->bytes, "item 3");
  EXPECT_EQ(failure->error, "an exception of unknown type");
}

TEST(RunInProcess, GoesOnWithoutAWorkerThatCannotStart) {
  MemorySink sink;
  const auto make = [](Rank worker) {
    if (worker == Rank{1}) throw Error(ErrorCode::bad_input, "cuda:1 cannot be used");
    return make_echo_runner(worker);
  };
  const FleetReport report = run_list(numbered_items(10), own_hello, 3, make, sink);
  EXPECT_EQ(report.end, FleetEnd::completed);
  EXPECT_EQ(report.status.lost, 1U);
  EXPECT_EQ(sink.records.size(), 10U);
}

TEST(RunInProcess, SaysWhyWhenNoWorkerCanStart) {
  MemorySink sink;
  const auto make = [](Rank) -> std::unique_ptr<Runner> {
    throw Error(ErrorCode::bad_input, "cuda:1 cannot be used");
  };
  try {
    (void)run_list(numbered_items(10), own_hello, 1, make, sink);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_STREQ(error.what(),
                 "no worker is left, but 10 pieces of work are. run again to continue\n  cause: "
                 "worker 0: on node-a: cuda:1 cannot be used");
  }
}

TEST(RunInProcess, StopsOnRequestAndKeepsWhatIsDone) {
  std::atomic<bool> stop = false;
  MemorySink sink;
  const auto slow = [&](const WorkItem& item) -> Outcome {
    if (item.bytes == "item 5") stop = true;
    std::this_thread::sleep_for(2ms);
    return {.results = item.bytes, .failures = {}};
  };
  FleetOptions options;
  options.stop = &stop;
  const FleetReport report =
      run_list(numbered_items(10'000), own_hello, 2, runner(slow), sink, options);
  EXPECT_EQ(report.end, FleetEnd::stopped);
  EXPECT_GE(sink.records.size(), 5U);
  EXPECT_EQ(report.status.saved, sink.records.size());
  EXPECT_EQ(report.status.waiting, 10'000 - sink.records.size());
}

/// One worker, whose hello is there before the coordinator begins.
class EarlyWorker : public CoordinatorPort {
 public:
  EarlyWorker() { say(HelloMessage{own_hello}); }
  void send(Rank, std::string bytes) override {
    if (kind_of(bytes) == MessageKind::dismissal) return say(GoodbyeMessage{});
    const WorkItem item = decode<WorkMessage>(bytes).item;
    handed_out.push_back(item.bytes);
    say(ResultMessage{.item = item.id, .outcome = {.results = item.bytes, .failures = {}}});
  }
  std::optional<FromWorker> poll() override {
    if (inbox_.empty()) return std::nullopt;
    FromWorker message{Rank{0}, std::move(inbox_.front())};
    inbox_.pop();
    return message;
  }
  void wait(std::chrono::microseconds) override {}
  std::vector<Rank> silent_for(double) override { return {}; }

  std::vector<std::string> handed_out;

 private:
  void say(const auto& message) { inbox_.push(encode(message)); }
  std::queue<std::string> inbox_;
};

TEST(Coordinate, HandsOutNothingOnceTheTimeIsUpOrAStopIsWanted) {
  const auto handed_out = [](const FleetOptions& options, FleetEnd expected) {
    Coordinator coordinator(own_hello, Rank{0}, 1, options.limits);
    EarlyWorker worker;
    ListSource source(numbered_items(3));
    MemorySink sink;
    EXPECT_EQ(coordinate(coordinator, worker, source, sink, options).end, expected);
    return worker.handed_out;
  };
  EXPECT_THAT(handed_out({}, FleetEnd::completed), ElementsAre("item 0", "item 1", "item 2"));
  FleetOptions late;
  late.limits.time_limit_s = late.limits.stop_within_s;
  EXPECT_THAT(handed_out(late, FleetEnd::stopped), ElementsAre());
  const std::atomic<bool> stop = true;
  FleetOptions stopped;
  stopped.stop = &stop;
  EXPECT_THAT(handed_out(stopped, FleetEnd::stopped), ElementsAre());
}

/// The early worker, and ranks without a heartbeat.
struct SilentRanks final : EarlyWorker {
  explicit SilentRanks(std::vector<Rank> ranks) : silent(std::move(ranks)) {}
  std::vector<Rank> silent_for(double seconds) override {
    asked_s = seconds;
    return silent;
  }
  std::vector<Rank> silent;
  double asked_s = 0;
};

TEST(Coordinate, GoesOnWithoutAllRanksThatAreSilent) {
  std::atomic<bool> stop = false;
  FleetOptions options;
  options.limits = {.silence_s = 7, .stop_within_s = 0};
  options.stop = &stop;  // rather than wait for a rank that is not declared lost
  options.on_progress = [&](const Coordinator& c) { stop = stop || c.status().lost < 2; };
  Coordinator coordinator(own_hello, Rank{0}, 3, options.limits);
  SilentRanks ranks({Rank{1}, Rank{2}});
  ListSource source(numbered_items(2));
  MemorySink sink;
  EXPECT_EQ(coordinate(coordinator, ranks, source, sink, options).end, FleetEnd::completed);
  EXPECT_THAT(ranks.handed_out, ElementsAre("item 0", "item 1"));
  EXPECT_EQ(ranks.asked_s, 7);
}

TEST(Coordinate, SaysOfTheLastRankWhyNoneIsLeft) {
  FleetOptions options;
  options.limits.silence_s = 7;
  Coordinator coordinator(own_hello, Rank{0}, 2, options.limits);
  SilentRanks ranks({Rank{0}, Rank{1}});
  ListSource source(numbered_items(3));
  MemorySink sink;
  try {
    (void)coordinate(coordinator, ranks, source, sink, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::stopped);
    EXPECT_STREQ(error.what(),
                 "no worker is left, but 3 pieces of work are. run again to continue\n  cause: "
                 "worker 1: no heartbeat for 7 s");
  }
}

/// Says without end that it is at its item, until it is dismissed.
class TalkingWorker final : public CoordinatorPort {
 public:
  void send(Rank, std::string bytes) override {
    if (kind_of(bytes) == MessageKind::dismissal) is_dismissed_ = true;
  }
  std::optional<FromWorker> poll() override {
    if (++polls == 1) return say(HelloMessage{own_hello});
    stop = true;
    if (has_left_) return std::nullopt;
    if (is_dismissed_) {
      has_left_ = true;
      return say(GoodbyeMessage{});
    }
    if (polls > 10'000) return std::nullopt;  // so that the test ends
    return say(StartedMessage{ItemId{0}});
  }
  void wait(std::chrono::microseconds) override {}
  std::vector<Rank> silent_for(double) override { return {}; }

  std::atomic<bool> stop = false;  ///< from its first message at work
  int polls = 0;

 private:
  static FromWorker say(const auto& message) { return {Rank{0}, encode(message)}; }
  bool is_dismissed_ = false;
  bool has_left_ = false;
};

TEST(Coordinate, HearsAStopThroughMessagesWithoutEnd) {
  TalkingWorker worker;
  FleetOptions options;
  options.stop = &worker.stop;
  Coordinator coordinator(own_hello, Rank{0}, 1, options.limits);
  ListSource source(numbered_items(1));
  MemorySink sink;
  EXPECT_EQ(coordinate(coordinator, worker, source, sink, options).end, FleetEnd::stopped);
  EXPECT_LT(worker.polls, 1000);
}

/// Works on an item until it is cancelled; half of it is done then.
struct EndlessRunner : Runner {
  explicit EndlessRunner(std::atomic<bool>& started) : started_(&started) {}
  Outcome run(const WorkItem& item, const std::atomic<bool>& cancel) override {
    *started_ = true;
    while (!cancel) std::this_thread::sleep_for(1ms);
    return {.results = "half of " + item.bytes, .failures = {}, .left = {{"other half", 1}}};
  }

 private:
  std::atomic<bool>* started_;
};

TEST(RunInProcess, AStopCancelsWhatWouldTakeTooLongAndKeepsItsDoneParts) {
  std::atomic<bool> started = false;
  MemorySink sink;
  FleetOptions options;
  options.stop = &started;
  options.limits.stop_within_s = 4;
  const auto make = [&](Rank) { return std::make_unique<EndlessRunner>(started); };
  const FleetReport report = run_list(numbered_items(1), own_hello, 1, make, sink, options);
  EXPECT_EQ(report.end, FleetEnd::stopped);
  EXPECT_FALSE(report.must_exit);
  ASSERT_EQ(sink.records.size(), 1U);
  EXPECT_EQ(sink.records[0].bytes, "half of item 0");
  EXPECT_EQ(report.status.waiting, 1U);
}

TEST(RunInProcess, AThreadThatCannotBeStoppedIsLeftToTheEndOfTheProcess) {
  const auto run = [] {
    std::atomic<bool> started = false;
    const auto deaf = [&](const WorkItem&) -> Outcome {
      started = true;
      while (true) std::this_thread::sleep_for(1s);
    };
    MemorySink sink;
    FleetOptions options;
    options.stop = &started;
    options.limits.stop_within_s = 1;
    const FleetReport report =
        run_list(numbered_items(1), own_hello, 1, runner(deaf), sink, options);
    ::_exit(report.must_exit && report.end == FleetEnd::stopped ? 7 : 1);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(7), "");
}

TEST(RunInProcess, TellsProgressUntilAllIsSaved) {
  std::vector<std::size_t> saved;
  FleetOptions options;
  options.on_progress = [&](const Coordinator& c) { saved.push_back(c.status().saved); };
  MemorySink sink;
  (void)run_list(numbered_items(50), own_hello, 2, make_echo_runner, sink, options);
  ASSERT_FALSE(saved.empty());
  EXPECT_TRUE(std::is_sorted(saved.begin(), saved.end()));
  EXPECT_EQ(saved.back(), 50U);
}

/// A disk that is full after some records.
struct SmallDisk : RecordWriter {
  void append(const Record&) override {
    if (++records > 20) throw Error(ErrorCode::io, "cannot write (no space left)", "journal.jsonl");
  }
  void flush() override {}
  int records = 0;
};

TEST(RunInProcess, EndsWithTheSinksErrorWhenTheDiskIsFull) {
  SmallDisk disk;
  GroupCommitSink sink(disk);
  EXPECT_EQ(message_of([&] {
              (void)run_list(numbered_items(50'000), own_hello, 2, make_echo_runner, sink);
            }),
            "journal.jsonl: cannot write (no space left)");
}

/// Refuses at once.
struct ClosedSink : Sink {
  void submit(Record) override { throw Error(ErrorCode::io, "closed"); }
  std::uint64_t durable() override { return 0; }
};

TEST(RunInProcess, EndsWithTheSinksErrorWhenItTakesNothing) {
  ClosedSink sink;
  EXPECT_EQ(message_of(
                [&] { (void)run_list(numbered_items(100), own_hello, 2, make_echo_runner, sink); }),
            "closed");
}

TEST(RunInProcess, EndsItsThreadsWhenTheCoordinatorFails) {
  FleetOptions options;
  options.on_progress = [](const Coordinator&) { throw Error(ErrorCode::internal, "a bug"); };
  MemorySink sink;
  EXPECT_EQ(message_of([&] {
              (void)run_list(numbered_items(100), own_hello, 3, make_echo_runner, sink, options);
            }),
            "a bug");
}

}  // namespace
}  // namespace crossfold::fleet
