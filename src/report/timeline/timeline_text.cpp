#include "timeline_text.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/csv.h"
#include "crossfold/core/duration.h"
#include "crossfold/core/text_lines.h"
#include "crossfold/report/timeline.h"

#include "layout.h"
#include "text_table.h"

namespace crossfold {
namespace {

std::vector<std::string> row_of(const std::string& rank, const std::string& host,
                                const std::string& device, const TimeShares& shares) {
  const double whole_s = shares.total_s();
  return {rank,
          printable(host),
          printable(device),
          share_text(shares.train_s, whole_s),
          share_text(shares.write_s, whole_s),
          share_text(shares.wait_s, whole_s),
          share_text(shares.lost_s, whole_s),
          std::to_string(shares.cohorts),
          std::to_string(shares.fits)};
}

std::string session_table(const TimelineSession& session) {
  PrintedTable table;
  table.columns = {
      {"rank", ColumnKind::number},  {"host", ColumnKind::label},     {"device", ColumnKind::label},
      {"train", ColumnKind::number}, {"write", ColumnKind::number},   {"wait", ColumnKind::number},
      {"lost", ColumnKind::number},  {"cohorts", ColumnKind::number}, {"fits", ColumnKind::number}};
  for (const TimelineRank& rank : session.ranks)
    table.rows.push_back(
        row_of(std::to_string(rank.rank), rank.host, rank.device, shares_of(session, rank)));
  table.rows.push_back(row_of("all", "", "", shares_of(session)));
  table.last_row_is_total = true;
  return text_grid(table);
}

}  // namespace

std::string share_text(double part_s, double whole_s) {
  return whole_s > 0 ? fmt::format("{:.1f} %", 100 * part_s / whole_s) : "-";
}

std::string session_text(const TimelineSession& session, std::size_t number) {
  const char* end = session.end == TimelineSession::End::completed ? "completed"
                    : session.end == TimelineSession::End::stopped
                        ? "stopped"
                        : "no end recorded (it runs, or was killed)";
  const std::string shard = session.shard.empty() ? "" : " of shard " + session.shard;
  return fmt::format("session {}{}: started {} on {}, {}, {}, {}", number, shard, session.started,
                     session.host, counted(session.workers, "worker"),
                     duration_text(session.end_s - session.start_s), end);
}

std::string timeline_text(const Timeline& timeline) {
  std::string text = fmt::format("{}: {} on record\n", printable(timeline.name),
                                 counted(timeline.cohorts(), "cohort"));
  std::size_t number = 0;
  for (const TimelineSession& session : timeline.sessions) {
    text += "\n" + printable(session_text(session, ++number)) + "\n";
    if (session.ranks.empty())
      text += "  nothing is recorded of its workers\n";
    else
      text += session_table(session);
    if (!session.ranks.empty() && session.ranks.size() < session.workers)
      text += fmt::format("  of {} nothing is recorded\n",
                          counted(session.workers - session.ranks.size(), "worker"));
  }
  if (timeline.sessions.size() > 1) {
    const TimeShares all = shares_of(timeline);
    const double whole_s = all.total_s();
    text += fmt::format("\nall sessions: train {}, write {}, wait {}, lost {}\n",
                        share_text(all.train_s, whole_s), share_text(all.write_s, whole_s),
                        share_text(all.wait_s, whole_s), share_text(all.lost_s, whole_s));
  }
  return text;
}

std::string timeline_csv(const Timeline& timeline) {
  std::string text = csv_line({"session", "rank", "host", "device", "what", "start_s", "seconds",
                               "write_s", "fits", "stage", "first_fit", "shard"});
  std::size_t number = 0;
  for (const TimelineSession& session : timeline.sessions) {
    ++number;
    for (const TimelineRank& rank : session.ranks) {
      const std::string place = fmt::format("{},{},{},{}", number, rank.rank, csv_field(rank.host),
                                            csv_field(rank.device));
      for (const TimelineCohort& cohort : rank.cohorts)
        text += fmt::format("{},cohort,{:.3f},{:.6f},{:.6f},{},{},{},{}\n", place, cohort.start_s,
                            cohort.end_s - cohort.start_s, cohort.write_s, cohort.fits,
                            csv_field(timeline.stages[cohort.stage]), cohort.first_fit.hex(),
                            session.shard);
      if (rank.lost_s)
        text += fmt::format("{},lost,{:.3f},{:.6f},,,,,{}\n", place, *rank.lost_s,
                            shares_of(session, rank).lost_s, session.shard);
    }
  }
  return text;
}

std::string render_timeline(const Timeline& timeline, TimelineFormat format) {
  switch (format) {
    case TimelineFormat::text:
      return timeline_text(timeline);
    case TimelineFormat::csv:
      return timeline_csv(timeline);
    case TimelineFormat::trace:
      return timeline_trace(timeline);
    case TimelineFormat::page:
      return timeline_page(timeline);
  }
  return {};
}

}  // namespace crossfold
