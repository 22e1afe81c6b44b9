#include <cmath>
#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/text_of_json.h"

#include "timeline_text.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// Microseconds from the first session's start on.
std::int64_t us(double seconds) { return std::llround(seconds * 1e6); }

/// The Trace Event Format (Google, 2016): complete events, and metadata that names what is drawn.
class TraceWriter {
 public:
  explicit TraceWriter(const Timeline& timeline) : timeline_(timeline) {}

  std::string write() {
    const double origin_s = timeline_.sessions.empty() ? 0 : timeline_.sessions.front().start_s;
    std::size_t number = 0;
    for (const TimelineSession& session : timeline_.sessions) {
      ++number;
      event({{"ph", "M"},
             {"name", "process_name"},
             {"pid", number},
             {"args", {{"name", session_text(session, number)}}}});
      for (const TimelineRank& rank : session.ranks) write(session, rank, number, origin_s);
    }
    return R"({"displayTimeUnit":"ms","traceEvents":[)" + events_ + "\n]}\n";
  }

 private:
  void write(const TimelineSession& session, const TimelineRank& rank, std::size_t number,
             double origin_s) {
    event({{"ph", "M"},
           {"name", "thread_name"},
           {"pid", number},
           {"tid", rank.rank},
           {"args", {{"name", fmt::format("rank {} {} {}", rank.rank, rank.host, rank.device)}}}});
    const auto span = [&](const std::string& name, const char* category, double start_s,
                          double seconds, json arguments) {
      event({{"ph", "X"},
             {"name", name},
             {"cat", category},
             {"pid", number},
             {"tid", rank.rank},
             {"ts", us(start_s - origin_s)},
             {"dur", us(seconds)},
             {"args", std::move(arguments)}});
    };
    for (const TimelineCohort& cohort : rank.cohorts) {
      span(timeline_.stages[cohort.stage], "cohort", cohort.start_s, cohort.end_s - cohort.start_s,
           {{"fits", cohort.fits}, {"first_fit", cohort.first_fit.hex()}});
      if (us(cohort.write_s) > 0)
        span("write", "write", cohort.end_s - cohort.write_s, cohort.write_s, json::object());
    }
    if (rank.lost_s)
      span("lost", "lost", *rank.lost_s, shares_of(session, rank).lost_s, json::object());
  }

  void event(const json& value) {
    events_ += events_.empty() ? "\n" : ",\n";
    events_ += json_text(value);
  }

  const Timeline& timeline_;
  std::string events_;
};

}  // namespace

std::string timeline_trace(const Timeline& timeline) { return TraceWriter(timeline).write(); }

}  // namespace crossfold
