#include "crossfold/results/timeline.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/core/utc_time.h"
#include "crossfold/results/shards.h"

#include "journal.h"
#include "layout.h"
#include "own_files.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// A session line's time; to the second where an earlier program has written it.
double time_of(const json& facts) {
  if (facts.contains("at")) return facts.at("at").get<double>();
  return static_cast<double>(seconds_of_utc(facts.at("time").get<std::string>()).value_or(0));
}

/// Takes the journal's entries, one after another.
class TimelineReader {
 public:
  void take(const JournalEntry& entry) {
    std::visit([this](const auto& one) { take_one(one); }, entry);
  }

  /// What is taken from here on is another journal's.
  void begin_shard(const std::string& name) {
    shard_ = name;
    trains_ = false;
  }

  Timeline finish() {
    for (TimelineSession& session : timeline_.sessions) {
      for (TimelineRank& rank : session.ranks)
        std::stable_sort(rank.cohorts.begin(), rank.cohorts.end(),
                         [](const auto& a, const auto& b) { return a.start_s < b.start_s; });
      if (session.end == TimelineSession::End::none)
        for (const TimelineRank& rank : session.ranks) {
          session.end_s = std::max(session.end_s, rank.lost_s.value_or(0));
          for (const TimelineCohort& cohort : rank.cohorts)
            session.end_s = std::max(session.end_s, cohort.end_s);
        }
      std::sort(session.ranks.begin(), session.ranks.end(),
                [](const auto& a, const auto& b) { return a.rank < b.rank; });
    }
    return std::move(timeline_);
  }

 private:
  template <class Other>
  void take_one(const Other&) {}

  void take_one(const JournalSession& line) {
    const json& facts = line.facts;
    if (line.event == JournalSession::Event::start) {
      const std::string launch = facts.at("launch");
      trains_ = launch == "alone" || launch == "mpi";
      if (!trains_) return;
      place_of_.clear();
      const double start_s = time_of(facts);
      timeline_.sessions.push_back({.started = facts.at("time"),
                                    .shard = shard_,
                                    .host = facts.at("host"),
                                    .start_s = start_s,
                                    .end_s = start_s,
                                    .end = TimelineSession::End::none,
                                    .workers = facts.at("workers"),
                                    .ranks = {}});
      return;
    }
    if (!trains_) return;
    for (const json& worker : facts.at("by_worker")) {
      TimelineRank& rank = rank_of(worker.at("rank"));
      rank.host = worker.at("host");
      rank.device = worker.at("device");
    }
    TimelineSession& session = timeline_.sessions.back();
    session.end_s = time_of(facts);
    session.end = facts.at("outcome") == "stopped" ? TimelineSession::End::stopped
                                                   : TimelineSession::End::completed;
  }

  void take_one(const JournalStage& line) {
    if (line.record.generation) searched_.insert(line.record.experiment);
  }

  void take_one(const JournalFit& line) {
    host_ = line.host;
    device_ = line.device;
  }

  void take_one(const JournalCohort& line) {
    if (!trains_) return;
    const CohortRecord& cohort = line.record;
    TimelineRank& rank = rank_of(cohort.worker);
    if (rank.host.empty() && cohort.fits > 0) {  // the fits before are its own
      rank.host = host_;
      rank.device = device_;
    }
    rank.cohorts.push_back({.start_s = cohort.times.start_s,
                            .end_s = cohort.times.start_s + cohort.times.seconds,
                            .write_s = std::min(cohort.times.write_s, cohort.times.seconds),
                            .fits = cohort.fits,
                            .stage = stage_of(cohort),
                            .first_fit = cohort.times.first_fit});
  }

  void take_one(const JournalLost& line) {
    if (!trains_) return;
    TimelineRank& rank = rank_of(line.record.worker);
    rank.lost_s = line.record.at_s;
    if (!line.record.host.empty()) {
      rank.host = line.record.host;
      rank.device = line.record.device;
    }
  }

  /// Of the session at hand.
  TimelineRank& rank_of(std::uint32_t rank) {
    std::vector<TimelineRank>& ranks = timeline_.sessions.back().ranks;
    const auto [place, fresh] = place_of_.emplace(rank, ranks.size());
    if (fresh)
      ranks.push_back({.rank = rank, .host = {}, .device = {}, .cohorts = {}, .lost_s = {}});
    return ranks[place->second];
  }

  std::uint32_t stage_of(const CohortRecord& cohort) {
    std::string text = cohort.experiment;
    if (cohort.stage)
      text += fmt::format(", {} {}", searched_.contains(text) ? "generation" : "rung",
                          *cohort.stage + 1);
    const auto [known, fresh] =
        stages_.emplace(std::move(text), static_cast<std::uint32_t>(timeline_.stages.size()));
    if (fresh) timeline_.stages.push_back(known->first);
    return known->second;
  }

  Timeline timeline_;
  std::string shard_;                              ///< whose journal this is
  bool trains_ = false;                            ///< the session at hand
  std::map<std::uint32_t, std::size_t> place_of_;  ///< of each rank in it
  std::map<std::string, std::uint32_t> stages_;
  std::set<std::string> searched_;  ///< experiments whose stages are generations
  std::string host_, device_;       ///< of the latest fit
};

}  // namespace

TimeShares& TimeShares::operator+=(const TimeShares& other) {
  train_s += other.train_s;
  write_s += other.write_s;
  wait_s += other.wait_s;
  lost_s += other.lost_s;
  cohorts += other.cohorts;
  fits += other.fits;
  return *this;
}

std::size_t Timeline::cohorts() const {
  std::size_t count = 0;
  for (const TimelineSession& session : sessions)
    for (const TimelineRank& rank : session.ranks) count += rank.cohorts.size();
  return count;
}

TimeShares shares_of(const TimelineSession& session, const TimelineRank& rank) {
  TimeShares shares;
  for (const TimelineCohort& cohort : rank.cohorts) {
    shares.train_s += cohort.end_s - cohort.start_s - cohort.write_s;
    shares.write_s += cohort.write_s;
    shares.fits += cohort.fits;
  }
  shares.cohorts = rank.cohorts.size();
  const double length_s = std::max(0.0, session.end_s - session.start_s);
  if (rank.lost_s) shares.lost_s = std::clamp(session.end_s - *rank.lost_s, 0.0, length_s);
  const double busy_s = shares.train_s + shares.write_s;
  shares.wait_s = std::max(0.0, length_s - shares.lost_s - busy_s);
  return shares;
}

TimeShares shares_of(const TimelineSession& session) {
  TimeShares shares;
  for (const TimelineRank& rank : session.ranks) shares += shares_of(session, rank);
  return shares;
}

TimeShares shares_of(const Timeline& timeline) {
  TimeShares shares;
  for (const TimelineSession& session : timeline.sessions) shares += shares_of(session);
  return shares;
}

namespace {

void read_into(TimelineReader& reader, const RunLayout& layout) {
  static_cast<void>(read_journal(layout.journal(), [&](JournalEntry&& entry) {
    try {
      reader.take(entry);
    } catch (const json::exception& failure) {
      throw Error(ErrorCode::bad_input,
                  fmt::format("is a session that cannot be understood ({})", failure.what()));
    }
  }));
}

std::vector<FoundShard> begun_shards(const std::filesystem::path& directory) {
  std::vector<FoundShard> shards = find_shards(directory);
  std::erase_if(shards,
                [](const FoundShard& shard) { return !holds_run(RunLayout{shard.directory}); });
  return shards;
}

}  // namespace

Timeline load_timeline(const std::filesystem::path& directory) {
  const std::vector<FoundShard> shards = begun_shards(directory);
  const bool has_own = shards.empty() || holds_run(RunLayout{directory});
  const RunLayout layout = existing_run(has_own ? directory : shards.front().directory);
  TimelineReader reader;
  if (has_own) read_into(reader, layout);
  for (const FoundShard& shard : shards) {
    reader.begin_shard(name_of(shard.number));
    read_into(reader, existing_run(shard.directory));
  }
  Timeline timeline = reader.finish();
  const json job = read_json(layout.job());
  timeline.name = job.value("name", "");
  return timeline;
}

}  // namespace crossfold
