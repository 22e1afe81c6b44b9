// What `crossfold run` does to the disk, call by call, and what it says when a call fails.

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/disk_rules.h"
#include "core/disk_watch.h"
#include "faults/small_study.h"

namespace crossfold::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Settings = std::map<std::string, std::string>;

class DurableRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    study_ = new SmallStudy(2);  // owned by the suite, freed below
    const Ended whole = run_crossfold(study_->run("whole"));
    ASSERT_EQ(whole.code, 0) << whole.err;
    expected_ = study_->report("whole");
  }
  static void TearDownTestSuite() { delete study_; }

  /// `crossfold run` into `name` under the watch; `before` stands before the program.
  static std::vector<std::string> watched(const std::string& name, const Settings& settings,
                                          const std::vector<std::string>& command) {
    std::vector<std::string> all{"env", std::string("LD_PRELOAD=") + CROSSFOLD_DISK_WATCH,
                                 "DISK_WATCH_BELOW=" + study_->out(name),
                                 "DISK_WATCH_LOG=" + study_->out(name) + ".log"};
    for (const auto& [key, value] : settings) all.push_back(key + "=" + value);
    all.insert(all.end(), command.begin(), command.end());
    return all;
  }
  static std::vector<std::string> alone(const std::string& name) {
    std::vector<std::string> command = study_->run(name, {"--workers", "2"});
    command.insert(command.begin(), crossfold_program());
    return command;
  }
  static Ended run(const std::string& name, const Settings& settings) {
    return Child(watched(name, settings, alone(name)), study_->folder()).wait();
  }
  static std::vector<DiskCall> calls(const std::string& name) {
    return disk_log(study_->out(name) + ".log");
  }
  static void expect_completed_by_another_run(const std::string& name) {
    const Ended again = run_crossfold(study_->run(name));
    EXPECT_EQ(again.code, 0) << name << ": " << again.err;
    EXPECT_EQ(study_->report(name), expected_) << name;
  }

  static SmallStudy* study_;
  static std::string expected_;
};

SmallStudy* DurableRun::study_ = nullptr;
std::string DurableRun::expected_;

TEST_F(DurableRun, KeepsTheOrderThatSurvivesAPowerCut) {
  const Ended ended = run("order", {});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const std::vector<DiskCall> all = calls("order");
  expect_whole_files(all);
  expect_artefacts_before_their_lines(all, 24);
  expect_flushed_before_the_end(all);
  EXPECT_EQ(flushed_fits(all).size(), 24U);
  EXPECT_EQ(study_->report("order"), expected_);
}

/// A disk that takes its time over the first record: nobody says meanwhile that it is safe.
TEST_F(DurableRun, CountsNothingBeforeItIsOnDisk) {
  const Ended ended = run("stalled", {{"DISK_WATCH_STALL", "/heartbeat.json"}});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_GE(expect_only_flushed_fits_counted(calls("stalled")), 3U);
  EXPECT_EQ(study_->report("stalled"), expected_);
}

/// One call of every kind fails, the first of its kind or the last. (durability_test has them all.)
TEST_F(DurableRun, SaysWhyWhicheverCallFailsAndIsHealedByAnotherRun) {
  ASSERT_EQ(run("kinds", {}).code, 0);
  std::map<std::string, std::pair<std::size_t, std::size_t>> kinds;
  std::vector<DiskCall> all = calls("kinds");
  std::erase_if(all, [](const DiskCall& call) { return call.name == "fdatasync done"; });
  const std::vector<std::string> names = short_names(all);
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string kind = names[i];
    if (kind.find(".bin") != std::string::npos) kind = kind.substr(0, kind.find(' ')) + " segment";
    if (kind.find('-') != std::string::npos) kind = kind.substr(0, kind.find(' ')) + " session";
    const auto [known, fresh] = kinds.emplace(kind, std::pair(i, i));
    known->second.second = i;
  }
  EXPECT_GE(kinds.size(), 12U);
  bool first = true;
  for (const auto& [kind, places] : kinds) {
    first = !first;
    const std::size_t place = first ? places.first : places.second;
    const std::string name = "fails-" + std::to_string(place);
    const Ended ended = run(name, {{"DISK_WATCH_FAIL", std::to_string(place)}});
    const std::string about = kind + " (call " + std::to_string(place) + "): " + ended.err;
    EXPECT_THAT(ended.code, ::testing::AnyOf(0, 4)) << about;
    EXPECT_THAT(ended.err, Not(HasSubstr("internal error"))) << about;
    EXPECT_THAT(ended.err, Not(HasSubstr("terminate called"))) << about;
    if (ended.code == 4) {
      EXPECT_THAT(ended.err, HasSubstr(study_->out(name))) << about;
    }
    expect_completed_by_another_run(name);
  }
}

TEST_F(DurableRun, WhoseResultsCannotBeWrittenEndsWithFourAndTheReason) {
  const Settings settings{{"DISK_WATCH_FAIL_NAME", "/.results.h5."}};
  const Ended one = run("alone", settings);
  EXPECT_EQ(one.code, 4) << one.err;
  EXPECT_THAT(one.err, HasSubstr("alone/results.h5: cannot create (Input/output error)"));
  EXPECT_THAT(one.err, HasSubstr("24 fits trained"));
  expect_completed_by_another_run("alone");

  const Ended ranks =
      Child(watched("ranks", settings, with_ranks(3, study_->run("ranks"))), study_->folder())
          .wait();
  EXPECT_EQ(ranks.code, 4) << ranks.err;
  EXPECT_THAT(ranks.err, HasSubstr("ranks/results.h5: cannot create (Input/output error)"));
  EXPECT_THAT(ranks.err, Not(HasSubstr("ends the run for all ranks"))) << "they left in order";
  EXPECT_THAT(ranks.err, Not(HasSubstr("MPI_ABORT")));
  expect_completed_by_another_run("ranks");
}

}  // namespace
}  // namespace crossfold::test
