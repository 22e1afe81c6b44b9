// A worker whose outcomes wait for its disk: what is sent when, and what becomes of it where the
// disk fails. Seen from the coordinator's end.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/fleet/doorbell.h"
#include "crossfold/fleet/local_hub.h"
#include "crossfold/fleet/messages.h"
#include "crossfold/fleet/worker.h"

namespace crossfold::fleet {
namespace {

using namespace std::chrono_literals;

const Hello own_hello{"build", "plan", "node-a", "cpu"};

/// Runs and settles as the test says.
class ScriptedRunner final : public Runner {
 public:
  using Step = std::function<void(const std::string& item)>;
  ScriptedRunner(Step run, Step settle) : run_(std::move(run)), settle_(std::move(settle)) {}
  Outcome run(const WorkItem& item, const std::atomic<bool>& /*cancel*/) override {
    run_(item.bytes);
    return {.results = "did " + item.bytes, .failures = {}};
  }
  void settle() override { settle_(""); }

 private:
  Step run_, settle_;
};

/// Something that one thread waits for and another lets happen.
class Gate {
 public:
  void open() { bell_.ring(); }
  void pass() {
    if (!bell_.wait_for(60s)) throw Error(ErrorCode::internal, "the gate was never opened");
  }

 private:
  Doorbell bell_;
};

void nothing(const std::string&) {}

class Worker {
 public:
  Worker(ScriptedRunner::Step run, ScriptedRunner::Step settle)
      : make_([run = std::move(run), settle = std::move(settle)](Rank) {
          return std::make_unique<ScriptedRunner>(run, settle);
        }),
        thread_(hub_, Rank{0}, own_hello, make_) {
    EXPECT_EQ(next(), "hello");
  }

  void give(std::uint64_t id) {
    hub_.send(Rank{0}, encode(WorkMessage{{ItemId{id}, 1, "item " + std::to_string(id)}}));
  }
  void dismiss() { hub_.send(Rank{0}, encode(DismissalMessage{})); }
  void join() { thread_.join(); }

  /// The next message in words; "nothing" where none comes in time.
  std::string next(std::chrono::milliseconds longest = 60s) {
    const auto end = std::chrono::steady_clock::now() + longest;
    while (std::chrono::steady_clock::now() < end) {
      const auto message = hub_.poll();
      if (!message) {
        hub_.wait(1ms);
        continue;
      }
      switch (kind_of(message->bytes)) {
        case MessageKind::hello:
          return "hello";
        case MessageKind::started:
          return "started " + std::to_string(decode<StartedMessage>(message->bytes).item.value);
        case MessageKind::result:
          return decode<ResultMessage>(message->bytes).outcome.results;
        case MessageKind::goodbye: {
          const auto goodbye = decode<GoodbyeMessage>(message->bytes);
          return "goodbye " + goodbye.error + (goodbye.code == ErrorCode::io ? " (io)" : "");
        }
        default:
          return "another";
      }
    }
    return "nothing";
  }

 private:
  LocalHub hub_{Rank{0}, 1};
  RunnerFactory make_;
  WorkerThread thread_;
};

[[noreturn]] void fail(const std::string&) { throw Error(ErrorCode::io, "the disk is full"); }

TEST(Outbox, SendsAResultOnceItIsSafeWhileTheNextItemRuns) {
  Gate settled;
  Worker worker(nothing, [&](const std::string&) { settled.pass(); });
  worker.give(0);
  worker.give(1);
  EXPECT_EQ(worker.next(), "started 0");
  EXPECT_EQ(worker.next(), "started 1") << "it goes on meanwhile";
  EXPECT_EQ(worker.next(100ms), "nothing");
  settled.open();
  EXPECT_EQ(worker.next(), "did item 0");
  settled.open();  // for the second, if the first settling did not cover it
  EXPECT_EQ(worker.next(), "did item 1");
  worker.dismiss();
  EXPECT_EQ(worker.next(), "goodbye ") << "without a reason";
}

TEST(Outbox, SendsWhatIsBeingSettledBeforeTheGoodbye) {
  Gate settled;
  Worker worker(nothing, [&](const std::string&) { settled.pass(); });
  worker.give(0);
  EXPECT_EQ(worker.next(), "started 0");
  worker.dismiss();
  EXPECT_EQ(worker.next(100ms), "nothing");
  settled.open();
  EXPECT_EQ(worker.next(), "did item 0");
  EXPECT_EQ(worker.next().substr(0, 7), "goodbye");
}

TEST(Outbox, OneSettlingCoversAllThatCameInMeanwhile) {
  Gate first_began, first_settled, last_run;
  std::atomic<int> settlings = 0;
  Worker worker(
      [&](const std::string& item) {
        if (item == "item 1") first_began.pass();  // the first settling is of item 0 alone
        if (item == "item 3") last_run.pass();
      },
      [&](const std::string&) {
        if (++settlings > 1) return;
        first_began.open();
        first_settled.pass();
      });
  for (std::uint64_t id = 0; id < 4; ++id) worker.give(id);
  for (int id = 0; id < 4; ++id) EXPECT_EQ(worker.next(), "started " + std::to_string(id));
  first_settled.open();  // items 1 and 2 wait by now
  for (int id = 0; id < 3; ++id) EXPECT_EQ(worker.next(), "did item " + std::to_string(id));
  EXPECT_EQ(settlings, 2);
  last_run.open();
  EXPECT_EQ(worker.next(), "did item 3");
}

TEST(Outbox, SaysAtOnceThatTheDiskFailsThoughTheWorkerSleeps) {
  Worker worker(nothing, fail);
  worker.give(0);
  EXPECT_EQ(worker.next(), "started 0");
  EXPECT_EQ(worker.next(), "goodbye the disk is full (io)") << "and no result";
  worker.join();
  EXPECT_EQ(worker.next(10ms), "nothing");
}

TEST(Outbox, SaysAtOnceThatTheDiskFailsThoughTheWorkerIsAtTheNextItem) {
  Gate run;
  Worker worker(
      [&](const std::string& item) {
        if (item == "item 1") run.pass();
      },
      fail);
  worker.give(0);
  worker.give(1);
  EXPECT_EQ(worker.next(), "started 0");
  std::string said = worker.next();
  if (said == "started 1") said = worker.next();
  EXPECT_EQ(said, "goodbye the disk is full (io)");
  run.open();
  worker.join();
  for (said = worker.next(10ms); said == "started 1";) said = worker.next(10ms);
  EXPECT_EQ(said, "nothing") << "what came after is not sent";
}

TEST(Outbox, SendsWhatWasDoneBeforeTheWorkerBecameUnfit) {
  Gate settled;
  Worker worker(
      [](const std::string& item) {
        if (item == "item 1") throw WorkerUnfit(Error(ErrorCode::io, "no room"));
      },
      [&](const std::string&) { settled.pass(); });
  worker.give(0);
  worker.give(1);
  EXPECT_EQ(worker.next(), "started 0");
  EXPECT_EQ(worker.next(), "started 1");
  settled.open();
  EXPECT_EQ(worker.next(), "did item 0");
  EXPECT_EQ(worker.next(), "goodbye no room (io)");
}

TEST(Serve, FinishesTheItemAtHandAndDropsThoseAheadWhenDismissed) {
  Gate run;
  Worker worker([&](const std::string&) { run.pass(); }, nothing);
  for (std::uint64_t id = 0; id < 3; ++id) worker.give(id);
  EXPECT_EQ(worker.next(), "started 0");
  worker.dismiss();
  run.open();
  EXPECT_EQ(worker.next(), "did item 0");
  EXPECT_EQ(worker.next(), "goodbye ");
}

TEST(Outbox, SurvivesAnExceptionOfAnyType) {
  Worker worker(nothing, [](const std::string&) { throw 7; });
  worker.give(0);
  EXPECT_EQ(worker.next(), "started 0");
  EXPECT_EQ(worker.next(), "goodbye an exception of unknown type");
}

}  // namespace
}  // namespace crossfold::fleet
