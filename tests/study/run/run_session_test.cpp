// The exit code of a run that ends with work left: what it tells the batch script to do next.

#include "run_session.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/results/cohort_record.h"
#include "crossfold/results/run_records.h"
#include "crossfold/results/shards.h"
#include "crossfold/study/shard_share.h"

#include "core/expect_error.h"
#include "fleet/coordinator_words.h"
#include "plan/sample_result.h"
#include "study/small_study.h"
#include "work_kind.h"

namespace crossfold {
namespace {

constexpr int kAskForAnother = 75;
constexpr const char* kTooShort =
    "--time-limit: 1 min 0 s was too short for a single fit, so that the same command would end "
    "like this again and again (--stop-within keeps 25 s of it). give more time";

/// What the fleet reports of one session.
struct Reported {
  std::size_t trained = 0;
  std::size_t failed = 0;
};

class StoppedRun : public ::testing::Test {
 protected:
  /// Fits from `first` of the plan on are reported, then time is up.
  int code_after(const std::string& run, const Reported& reported, std::size_t first = 0) {
    Study study = small_.load();
    const RunControl control{.stop = &stop_};
    RunSession session(study, small_.file(run), {.pinning = Pinning::off}, control);
    session.begin(
        "alone", 1,
        make_worker_setup({.device = DeviceChoice::cpu, .pinning = Pinning::off}, study.job));
    for (std::size_t i = 0; i < reported.trained; ++i) {
      FitRecord fit{.result = testing::full_result(study.plan.fits.at(first + i).id),
                    .artefacts = std::nullopt,
                    .origin = {}};
      fit.result.artefacts = {};
      session.sink().submit(
          {.bytes = encode_cohort({.first_fit = fit.result.id}, fit.origin, {fit}),
           .error = std::nullopt,
           .worker = Rank{}});
    }
    for (std::size_t i = 0; i < reported.failed; ++i) {
      const Fit& fit = study.plan.fits.at(first + reported.trained + i);
      session.sink().submit({.bytes = encode_fits(std::vector{spec_of(study.job, fit)}),
                             .error = "no memory",
                             .worker = Rank{}});
    }
    fleet::FleetReport report;
    report.end = fleet::FleetEnd::stopped;
    return session.finish(report, {.stop_within_s = 20, .time_limit_s = 60});
  }

  const QuietLog quiet_;
  test::SmallStudy small_;
  std::atomic<bool> stop_ = false;
};

/// Time was enough for fits to end, be it that they failed: the next session may come further.
TEST_F(StoppedRun, AsksForAnotherWhateverBecameOfItsFits) {
  EXPECT_EQ(code_after("trained.run", {.trained = 1}), kAskForAnother);
  EXPECT_EQ(code_after("failed.run", {.failed = 1}), kAskForAnother);
  EXPECT_EQ(code_after("all-failed.run", {.failed = 17}), kAskForAnother);
  EXPECT_EQ(code_after("both.run", {.trained = 2, .failed = 3}), kAskForAnother);
}

TEST_F(StoppedRun, AsksForMoreTimeWhereNoFitEndedInIt) {
  expect_error(ErrorCode::usage, kTooShort, [&] { (void)code_after("a.run", {}); });
  ASSERT_EQ(code_after("a.run", {.trained = 1}), kAskForAnother);
  expect_error(ErrorCode::usage, kTooShort, [&] { (void)code_after("a.run", {}); });
  ASSERT_EQ(code_after("a.run", {.failed = 1}, 1), kAskForAnother);
  expect_error(ErrorCode::usage, kTooShort, [&] { (void)code_after("a.run", {}); });
}

TEST_F(StoppedRun, AsksForAnotherWhereSomebodyStoppedIt) {
  stop_ = true;
  EXPECT_EQ(code_after("a.run", {}), kAskForAnother);
  EXPECT_EQ(code_after("a.run", {.failed = 1}), kAskForAnother);
}

/// A session, of the whole plan or of a shard, that ends with all of its fits reported.
struct Ending {
  std::optional<ShardNumber> shard;
  std::size_t failed = 0;
  fleet::FleetEnd end = fleet::FleetEnd::completed;
  int code = 0;
  bool has_final_files = false;
};

class EndedRun : public ::testing::Test {
 protected:
  EndedRun() : study_(small_.load()) {}

  [[nodiscard]] std::vector<Fit> fits_of(const std::optional<ShardNumber>& shard) const {
    std::vector<Fit> fits;
    const std::unordered_set<FitId> ours =
        shard ? fits_of_shard(study_.plan, *shard) : std::unordered_set<FitId>{};
    for (const Fit& fit : study_.plan.fits)
      if (!shard || ours.contains(fit.id)) fits.push_back(fit);
    return fits;
  }
  /// The last fits fail, of those that the directory lacks; none is reported after a stop but the
  /// first.
  int end(const std::filesystem::path& run, const Ending& ending) {
    Study study = small_.load();
    RunSession session(study, run, {.shard = ending.shard, .pinning = Pinning::off}, control_);
    session.begin(
        "mpi", 6,
        make_worker_setup({.device = DeviceChoice::cpu, .pinning = Pinning::off}, study.job));
    std::vector<FitSpec> fits;
    while (true) {
      const fleet::SuppliedWork work = session.work().next();
      for (const fleet::WorkItem& item : work.items)
        for (FitSpec& fit : decode_fits(item.bytes)) fits.push_back(std::move(fit));
      if (work.then == fleet::Supply::complete) break;
    }
    given_ = fits.size();
    if (ending.end == fleet::FleetEnd::stopped) fits.resize(1 + ending.failed);
    for (std::size_t i = 0; i < fits.size(); ++i) {
      FitRecord record{.result = testing::full_result(fits[i].id), .artefacts = {}, .origin = {}};
      record.result.artefacts = {};
      if (i < fits.size() - ending.failed)
        session.sink().submit(
            {.bytes = encode_cohort({.first_fit = fits[i].id}, record.origin, {record}),
             .error = std::nullopt,
             .worker = Rank{}});
      else
        session.sink().submit(
            {.bytes = encode_fits(std::span(&fits[i], 1)), .error = "no memory", .worker = Rank{}});
    }
    fleet::FleetReport report;
    report.end = ending.end;
    report.workers = {worker_report(0, "alpha", "cpu core 1", 5),
                      worker_report(3, "beta", "cuda:0", 2)};
    report.workers[1].lost = true;
    return session.finish(report, {.stop_within_s = 20, .time_limit_s = 60});
  }
  [[nodiscard]] static fleet::WorkerReport worker_report(std::uint32_t rank, const char* host,
                                                         const char* device, std::size_t items) {
    fleet::WorkerReport report;
    report.worker = Rank{rank};
    report.hello.host = host;
    report.hello.device = device;
    report.items = items;
    return report;
  }
  /// The session lines of a directory.
  [[nodiscard]] static std::vector<nlohmann::json> sessions(const std::filesystem::path& run) {
    std::vector<nlohmann::json> found;
    std::istringstream journal(test::bytes_of(run / "journal.jsonl"));
    for (std::string line; std::getline(journal, line);)
      if (const auto value = nlohmann::json::parse(line); value.at("kind") == "session")
        found.push_back(value);
    return found;
  }

  const QuietLog quiet_;
  const RunControl control_;
  test::SmallStudy small_;
  const Study study_;
  std::size_t given_ = 0;  ///< fits that the last session had to train
};

TEST_F(EndedRun, SaysHowItEndedByCodeFilesAndJournal) {
  const ShardNumber second{.index = 2, .of = 3};
  const auto completed = fleet::FleetEnd::completed;
  const auto stopped = fleet::FleetEnd::stopped;
  int number = 0;
  for (const Ending& ending :
       {Ending{std::nullopt, 0, completed, 0, true}, Ending{std::nullopt, 2, completed, 1, true},
        Ending{std::nullopt, 0, stopped, kAskForAnother, false},
        Ending{std::nullopt, 1, stopped, kAskForAnother, false},
        Ending{second, 0, completed, 0, false}, Ending{second, 2, completed, 1, false},
        Ending{second, 0, stopped, kAskForAnother, false},
        Ending{second, 1, stopped, kAskForAnother, false}}) {
    SCOPED_TRACE(number);
    const std::filesystem::path run = small_.file(std::to_string(number++) + ".run");
    const std::filesystem::path directory = ending.shard ? shard_directory(run, second) : run;
    const std::size_t all = fits_of(ending.shard).size();
    EXPECT_EQ(end(run, ending), ending.code);
    EXPECT_EQ(given_, all);
    const std::size_t done = ending.end == stopped ? 1 : all - ending.failed;
    for (const char* name : {"results.h5", "artefacts.h5", "provenance.json"})
      EXPECT_EQ(std::filesystem::exists(directory / name), ending.has_final_files) << name;
    const std::vector<nlohmann::json> lines = sessions(directory);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].at("launch"), "mpi");
    EXPECT_EQ(lines[0].at("workers"), 6);
    EXPECT_EQ(lines[0].at("store"), study_.store.string());
    EXPECT_EQ(lines[0].contains("shard"), ending.shard.has_value());
    if (ending.shard) {
      EXPECT_EQ(lines[0].at("shard"), nlohmann::json({{"index", 2}, {"of", 3}, {"fits", all}}));
    }
    EXPECT_EQ(lines[1].at("outcome"), ending.end == stopped ? "stopped" : "completed");
    EXPECT_EQ(lines[1].at("trained"), done);
    EXPECT_EQ(lines[1].at("failed"), ending.failed);
    EXPECT_EQ(lines[1].at("by_worker"), nlohmann::json({{{"rank", 0},
                                                         {"host", "alpha"},
                                                         {"device", "cpu core 1"},
                                                         {"cohorts", 5},
                                                         {"lost", false}},
                                                        {{"rank", 3},
                                                         {"host", "beta"},
                                                         {"device", "cuda:0"},
                                                         {"cohorts", 2},
                                                         {"lost", true}}}));
    EXPECT_EQ(load_run(directory).results.size(), done + ending.failed);

    // The next one has what was not reported or has failed, and ends as if nothing had happened.
    EXPECT_EQ(end(run, {.shard = ending.shard}), 0);
    EXPECT_EQ(given_, all - done);
    EXPECT_EQ(load_run(directory).results.size(), all);
    EXPECT_EQ(sessions(directory).back().at("trained"), all - done);
    EXPECT_EQ(std::filesystem::exists(directory / "results.h5"), !ending.shard);
  }
}

/// A run that goes on knows from its first moment how long cohorts took in its earlier sessions,
/// those of solvers apart from those of networks.
TEST_F(EndedRun, IsForeseenByTheTimesOfItsEarlierSessions) {
  const std::filesystem::path run = small_.file("a.run");
  const std::vector<Fit>& fits = study_.plan.fits;
  {
    RunDirectory directory = RunDirectory::open(run, recorded_job(study_, run), study_.samples,
                                                study_.plan, study_.split_csv);
    const auto took = [&](const FitId& first, std::size_t succeeded, double seconds) {
      directory.append(CohortRecord{
          .worker = 3,
          .times = {.first_fit = first, .start_s = 1, .seconds = seconds, .write_s = 0.5},
          .fits = succeeded,
          .experiment = "task",
          .stage = std::nullopt});
    };
    took(fits.at(0).id, 1, 3);
    took(fits.at(4).id, 1, 5);
    took(fits.at(6).id, 3, 10);
    took(fits.at(13).id, 2, 8);
    took(fits.at(1).id, 0, 1000);  // all of it failed
    took(testing::fit_id('e'), 4, 1000);
    directory.flush();
  }
  CostByKind costs{};
  for (const Fit& fit : fits) costs[index_of(kind_of(study_.job, fit))] += fit.cost;
  ASSERT_EQ(kind_of(study_.job, fits[5]), WorkKind::linear);
  ASSERT_EQ(kind_of(study_.job, fits[6]), WorkKind::network);
  const double solvers_s =
      costs[index_of(WorkKind::linear)] * (3 + 5) / (fits[0].cost + fits[4].cost);
  const double networks_s =
      costs[index_of(WorkKind::network)] * (10 + 8) / (3 * fits[6].cost + 2 * fits[13].cost);

  std::vector<ProgressState> states;
  RunControl control;
  control.progress = [&](const ProgressState& state) { states.push_back(state); };
  Study study = small_.load();
  RunSession session(study, run, {.pinning = Pinning::off}, control);
  session.begin(
      "alone", 1,
      make_worker_setup({.device = DeviceChoice::cpu, .pinning = Pinning::off}, study.job));
  fleet::Fleet fleet({fleet::item(0, 0)}, 1);
  static_cast<void>(fleet.join(0));
  session.fleet_options().on_progress(fleet.coordinator);
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].done, 0U);
  EXPECT_EQ(states[0].of, 18U);
  EXPECT_EQ(states[0].workers, 1U);
  EXPECT_EQ(states[0].at_work, 1U);
  EXPECT_FALSE(states[0].rate_per_s.has_value());
  ASSERT_TRUE(states[0].left.has_value());
  EXPECT_NEAR(states[0].left->seconds / (solvers_s + networks_s), 1, 1e-9);
}

/// Each has a line of its own, once, however often progress is shown and whoever is lost later.
TEST_F(EndedRun, NotesEachWorkerThatIsLost) {
  const std::filesystem::path run = small_.file("a.run");
  Study study = small_.load();
  RunSession session(study, run, {.pinning = Pinning::off}, control_);
  session.begin(
      "mpi", 4,
      make_worker_setup({.device = DeviceChoice::cpu, .pinning = Pinning::off}, study.job));
  std::vector<fleet::WorkItem> items;
  for (std::uint64_t id = 0; id < 8; ++id) items.push_back(fleet::item(id, 1));
  fleet::Fleet fleet(std::move(items), 4);
  for (std::uint32_t worker = 0; worker < 4; ++worker)
    static_cast<void>(
        fleet.join(worker, {"build 1", "plan 1", "host-" + std::to_string(worker), "cpu"}));
  const auto show_progress = session.fleet_options().on_progress;
  show_progress(fleet.coordinator);
  for (const std::uint32_t worker : {1U, 3U, 2U}) {
    static_cast<void>(fleet.tell(fleet::WorkerLost{Rank{worker}, "silent"}));
    show_progress(fleet.coordinator);
    show_progress(fleet.coordinator);
  }
  fleet::FleetReport report;
  report.end = fleet::FleetEnd::stopped;
  EXPECT_EQ(session.finish(report, {}), kAskForAnother);

  std::vector<std::pair<std::uint32_t, std::string>> lost;
  std::istringstream journal(test::bytes_of(run / "journal.jsonl"));
  for (std::string line; std::getline(journal, line);)
    if (const auto value = nlohmann::json::parse(line); value.at("kind") == "lost")
      lost.emplace_back(value.at("worker").get<std::uint32_t>(),
                        value.at("host").get<std::string>());
  EXPECT_EQ(lost, (std::vector<std::pair<std::uint32_t, std::string>>{
                      {1, "host-1"}, {3, "host-3"}, {2, "host-2"}}));
}

/// A run may have been continued on several machines.
TEST_F(EndedRun, WarnsOfEveryEquivalenceClassThatIsNotItsOwn) {
  const std::filesystem::path run = small_.file("a.run");
  const std::vector<std::string> others{"build A", "build B", "build C"};
  {
    RunDirectory directory = RunDirectory::open(run, recorded_job(study_, run), study_.samples,
                                                study_.plan, study_.split_csv);
    for (std::size_t i = 0; i < others.size(); ++i) {
      FitRecord fit{.result = testing::full_result(study_.plan.fits.at(i).id),
                    .artefacts = std::nullopt,
                    .origin = {.host = "alpha", .device = "cpu", .equivalence_class = others[i]}};
      fit.result.artefacts = {};
      directory.append(fit);
    }
    directory.flush();
  }
  Study study = small_.load();
  RunSession session(study, run, {.pinning = Pinning::off}, control_);
  ::testing::internal::CaptureStderr();
  start_log(LogLevel::normal);
  session.begin(
      "alone", 1,
      make_worker_setup({.device = DeviceChoice::cpu, .pinning = Pinning::off}, study.job));
  const std::string said = ::testing::internal::GetCapturedStderr();
  for (const std::string& other : others)
    EXPECT_NE(said.find("\n  there: " + other + "\n"), std::string::npos) << other;
}

/// Workers are given a folder to write into where something is kept of some fit, and only there.
TEST_F(EndedRun, HasNoSegmentsWhereNothingIsKept) {
  const auto has_segments = [&](const std::string& name, const OutputSettings& output) {
    Study study = small_.load();
    study.job.output = output;
    RunSession session(study, small_.file(name), {.pinning = Pinning::off}, control_);
    return !session.begin_segments().session.empty();
  };
  const OutputSettings none{.predictions = false, .curves = false, .features = FeatureOutput::none};
  EXPECT_FALSE(has_segments("none.run", none));
  OutputSettings output = none;
  output.predictions = true;
  EXPECT_TRUE(has_segments("predictions.run", output));
  output = none;
  output.curves = true;
  EXPECT_TRUE(has_segments("curves.run", output));
  output = none;
  output.features = FeatureOutput::first_split;
  EXPECT_TRUE(has_segments("features.run", output));
  ASSERT_EQ(end(small_.file("all.run"), {}), 0);
  EXPECT_FALSE(has_segments("all.run", small_.load().job.output)) << "nothing is to be trained";
}

}  // namespace
}  // namespace crossfold
