#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/results/run_status.h"
#include "crossfold/results/shards.h"

#include "results/small_run.h"
#include "run_history.h"

namespace crossfold::testing {

inline const Origin kOwn{.host = "own", .device = "cpu core 7", .equivalence_class = "build C"};

/// Fits of one directory, numbered from 0.
inline constexpr std::size_t kFits = 4;

struct Session {
  std::vector<std::size_t> done;
  std::vector<std::size_t> failed = {};  ///< behind those done
  enum class End { completed, stopped, killed } end = End::completed;
};

/// How a directory was left.
struct Left {
  const char* name;
  std::vector<Session> sessions;
  RunState state;
  const char* as_shard;       ///< what a merge says of it; empty: nothing
  const char* as_warm_start;  ///< what a run that takes its fits over says of it

  [[nodiscard]] bool has_done(std::size_t fit) const {
    return std::any_of(sessions.begin(), sessions.end(), [&](const Session& session) {
      return std::count(session.done.begin(), session.done.end(), fit) > 0;
    });
  }
  [[nodiscard]] bool has_failed(std::size_t fit) const {
    return !has_done(fit) &&
           std::any_of(sessions.begin(), sessions.end(), [&](const Session& session) {
             return std::count(session.failed.begin(), session.failed.end(), fit) > 0;
           });
  }
  [[nodiscard]] std::vector<std::size_t> done() const {
    std::vector<std::size_t> found;
    for (std::size_t fit = 0; fit < kFits; ++fit)
      if (has_done(fit)) found.push_back(fit);
    return found;
  }
};

inline constexpr const char* kNotEnded = " has not ended (it runs, or was killed)";
inline constexpr const char* kStopped = " was stopped with work left";
inline constexpr const char* kWasKilled = "was killed before its end";
inline constexpr const char* kWasStopped = "was stopped with work left";

inline const std::vector<Left> kLeft{
    {"all done", {{.done = {0, 1, 2, 3}}}, RunState::finished, "", ""},
    {"one failed", {{.done = {0, 1, 3}, .failed = {2}}}, RunState::finished, "", ""},
    {"the first failed", {{.done = {1, 2, 3}, .failed = {0}}}, RunState::finished, "", ""},
    {"failed, then done",
     {{.done = {0, 1}, .failed = {2}}, {.done = {2, 3}}},
     RunState::finished,
     "",
     ""},
    {"done, then failed",
     {{.done = {0, 1, 2, 3}}, {.done = {}, .failed = {2}}},
     RunState::finished,
     "",
     ""},
    {"stopped",
     {{.done = {0, 1}, .end = Session::End::stopped}},
     RunState::stopped,
     kStopped,
     kWasStopped},
    {"stopped, then completed",
     {{.done = {0, 1}, .end = Session::End::stopped}, {.done = {2, 3}}},
     RunState::finished,
     "",
     ""},
    {"completed, then stopped",
     {{.done = {0, 1, 3}, .failed = {2}}, {.done = {}, .end = Session::End::stopped}},
     RunState::stopped,
     kStopped,
     kWasStopped},
    {"killed",
     {{.done = {0, 2}, .end = Session::End::killed}},
     RunState::interrupted,
     kNotEnded,
     kWasKilled},
    {"killed, then completed",
     {{.done = {0, 2}, .end = Session::End::killed}, {.done = {1, 3}}},
     RunState::finished,
     "",
     ""},
    {"stopped, then killed",
     {{.done = {0}, .end = Session::End::stopped}, {.done = {1}, .end = Session::End::killed}},
     RunState::interrupted,
     kNotEnded,
     kWasKilled},
    {"nothing started", {}, RunState::not_started, kNotEnded, "has not started to train"},
};

/// Who has a fit in the end; nothing: it failed.
using Holders = std::map<std::size_t, std::optional<Origin>>;

class Takeover : public ::testing::Test {
 protected:
  /// Unlike those of all other fits.
  [[nodiscard]] FitResult result_of(std::size_t fit) const {
    FitResult result = testing::result_of(plan_, plan_.fits[fit]);
    result.held_out.auc = 0.5 + 0.001 * static_cast<double>(fit);
    result.seconds = static_cast<double>(fit);
    result.artefacts.held_out->probabilities.front() = 0.001 * static_cast<double>(fit);
    return result;
  }
  [[nodiscard]] RunDirectory open(const std::filesystem::path& path, Repairs repairs = {}) const {
    return RunDirectory::open(path, small_job(), small_samples(), plan_, {}, repairs);
  }
  void train(const std::filesystem::path& path, const std::vector<std::size_t>& fits,
             const Origin& origin) const {
    RunDirectory directory = open(path);
    for (const std::size_t fit : fits) record(directory, result_of(fit), origin);
    directory.flush();
  }

  /// Fit 0 of `left` is fit `first` of the plan.
  void leave(const std::filesystem::path& path, const Left& left, std::size_t first,
             const Origin& origin, std::optional<ShardNumber> shard = std::nullopt) const {
    static_cast<void>(open(path));
    for (const Session& session : left.sessions) {
      {
        RunDirectory directory = open(path);
        SessionStart start;
        start.launch = "mpi";
        if (shard) start.shard = ShardShare{.index = shard->index, .of = shard->of, .fits = kFits};
        directory.append_session(start);
        for (const std::size_t fit : session.done)
          record(directory, result_of(first + fit), origin);
        for (const std::size_t fit : session.failed) {
          FitRecord failed;
          failed.result = failed_result(plan_.fits[first + fit].id);
          directory.append(failed);
        }
        directory.flush();
        if (session.end != Session::End::killed) {
          SessionEnd end;
          if (session.end == Session::End::stopped) end.outcome = SessionEnd::Outcome::stopped;
          directory.append_session(end);
        }
      }
      if (session.end == Session::End::killed) {
        const std::filesystem::path journal = path / "journal.jsonl";
        test::write_bytes(journal, test::bytes_of(journal) + "{\"artefacts\":{\"by");
      }
    }
  }

  /// The directory has the fits of `holders`, each as it was trained, and no others.
  void expect_holds(const std::filesystem::path& path, const Holders& holders) const {
    const RunRecords records = load_run(path);
    const RunHistory history = read_history(RunLayout{path});
    EXPECT_EQ(records.results.size(), holders.size());
    std::set<std::string> classes;
    for (const auto& [fit, origin] : holders) {
      SCOPED_TRACE("fit " + std::to_string(fit));
      const FitId& id = plan_.fits[fit].id;
      const FitResult* result = records.find(id);
      ASSERT_NE(result, nullptr);
      EXPECT_EQ(result->failed(), !origin.has_value());
      if (!origin) continue;
      EXPECT_EQ(result->held_out.auc, result_of(fit).held_out.auc);
      EXPECT_EQ(result->seconds, static_cast<double>(fit));
      EXPECT_EQ(read_artefacts(path, records, id).held_out->probabilities,
                result_of(fit).artefacts.held_out->probabilities);
      const JournalFit& line = history.fits.at(id);
      EXPECT_EQ(line.host, origin->host);
      EXPECT_EQ(line.device, origin->device);
      EXPECT_EQ(history.classes.at(line.class_id), origin->equivalence_class);
      classes.insert(origin->equivalence_class);
    }
    EXPECT_EQ(records.classes, classes);
  }
  [[nodiscard]] static Holders holders_of(const Left& left, std::size_t first,
                                          const Origin& origin) {
    Holders holders;
    for (std::size_t fit = 0; fit < kFits; ++fit)
      if (left.has_done(fit))
        holders[first + fit] = origin;
      else if (left.has_failed(fit))
        holders[first + fit] = std::nullopt;
    return holders;
  }
  [[nodiscard]] std::unordered_set<FitId> ids_of(const Holders& holders) const {
    std::unordered_set<FitId> ids;
    for (const auto& [fit, origin] : holders)
      if (origin) ids.insert(plan_.fits[fit].id);
    return ids;
  }
  SmallRun run_;
  SmallRun other_;
  const Plan& plan_ = run_.plan();
  const Job job_ = small_job();
};

}  // namespace crossfold::testing
