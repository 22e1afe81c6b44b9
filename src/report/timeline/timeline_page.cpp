#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/counted.h"
#include "crossfold/core/text_lines.h"
#include "crossfold/core/text_of_json.h"

#include "html_text.h"
#include "lanes.h"
#include "security_policy.h"
#include "timeline_assets.h"
#include "timeline_text.h"

namespace crossfold {
namespace {

using html::escaped;
using html::isolated;
using nlohmann::json;

/// Three decimals: milliseconds, as precise as clocks of several hosts ever are.
double milli(double seconds) { return std::round(seconds * 1e3) / 1e3; }
double micro(double seconds) { return std::round(seconds * 1e6) / 1e6; }

json columns_of(const TimelineSession& session, const TimelineRank& rank) {
  constexpr std::size_t kDigits = 12;  // of a fit's id: enough to find it in the journal
  json columns{{"rank", rank.rank},
               {"host", printable(rank.host)},
               {"device", printable(rank.device)},
               {"lost", nullptr}};
  if (rank.lost_s) columns["lost"] = milli(*rank.lost_s - session.start_s);
  std::vector<double> start, seconds, write;
  std::vector<std::size_t> fits, stage;
  std::vector<std::string> id;
  for (const TimelineCohort& cohort : rank.cohorts) {
    start.push_back(milli(cohort.start_s - session.start_s));
    seconds.push_back(micro(cohort.end_s - cohort.start_s));
    write.push_back(micro(cohort.write_s));
    fits.push_back(cohort.fits);
    stage.push_back(cohort.stage);
    id.push_back(cohort.first_fit.hex().substr(0, kDigits));
  }
  columns["s"] = start;
  columns["d"] = seconds;
  columns["w"] = write;
  columns["f"] = fits;
  columns["g"] = stage;
  columns["id"] = id;
  return columns;
}

/// As JSON in a script tag that is not run; `<` cannot end it.
std::string data_of(const Timeline& timeline) {
  json sessions = json::array();
  for (const TimelineSession& session : timeline.sessions) {
    const Lanes lanes = lanes_of(session);
    json ranks = json::array();
    for (const TimelineRank& rank : session.ranks) ranks.push_back(columns_of(session, rank));
    sessions.push_back({{"left", lanes.left},
                        {"right", lanes.right},
                        {"top", lanes.top},
                        {"row", lanes.row},
                        {"length", lanes.length_s},
                        {"ranks", std::move(ranks)}});
  }
  json stages = json::array();
  for (const std::string& stage : timeline.stages) stages.push_back(printable(stage));
  std::string text = json_text({{"sessions", std::move(sessions)}, {"stages", std::move(stages)}});
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at))
    text.replace(at, 1, "\\u003c");
  return text;
}

std::string table_row(const std::string& head, const TimelineRank* rank, const TimeShares& shares) {
  const double whole_s = shares.total_s();
  return fmt::format(
      "<tr><th scope=\"row\">{}</th><td class=\"name\">{}</td><td class=\"name\">{}</td><td>{}</td>"
      "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
      head, rank == nullptr ? "" : isolated(rank->host),
      rank == nullptr ? "" : isolated(rank->device), share_text(shares.train_s, whole_s),
      share_text(shares.write_s, whole_s), share_text(shares.wait_s, whole_s),
      share_text(shares.lost_s, whole_s), shares.cohorts, shares.fits);
}

std::string share_table(const TimelineSession& session) {
  std::string text =
      "<details><summary>Show as table</summary>\n<table><thead><tr><th scope=\"col\">rank</th>"
      "<th scope=\"col\" class=\"name\">host</th><th scope=\"col\" class=\"name\">device</th>"
      "<th scope=\"col\">train</th><th scope=\"col\">write</th><th scope=\"col\">wait</th>"
      "<th scope=\"col\">lost</th><th scope=\"col\">cohorts</th><th scope=\"col\">fits</th></tr>"
      "</thead><tbody>\n";
  for (const TimelineRank& rank : session.ranks)
    text += table_row(std::to_string(rank.rank), &rank, shares_of(session, rank));
  text += table_row("all", nullptr, shares_of(session));
  return text + "</tbody></table></details>\n";
}

std::string key_of(const std::vector<std::string>& stages) {
  constexpr std::size_t kMost = 40;
  std::string text = "<ul class=\"key\">";
  const auto entry = [&](const std::string& path_class, const std::string& name) {
    text += fmt::format(
        "<li><svg viewBox=\"0 0 22 12\" aria-hidden=\"true\"><path class=\"{}\" stroke-width=\"10\""
        " d=\"M0 6h22\"/></svg>{}</li>",
        path_class, name);
  };
  for (std::size_t i = 0; i < std::min(stages.size(), kMost); ++i)
    entry(stage_class(i), isolated(stages[i]));
  if (stages.size() > kMost)
    text += fmt::format("<li>and {} more, in the same colours again</li>", stages.size() - kMost);
  entry("write", "writing");
  entry("lane", "waiting");
  entry("lost", "lost");
  return text + "</ul>\n";
}

std::string session_section(const Timeline& timeline, std::size_t at) {
  const TimelineSession& session = timeline.sessions[at];
  return fmt::format(
      "<section>\n<h2>{}</h2>\n<p class=\"tools\" hidden><button data-what=\"in\">Zoom in</button>"
      "<button data-what=\"out\">Zoom out</button><button data-what=\"earlier\">Earlier</button>"
      "<button data-what=\"later\">Later</button><button data-what=\"all\">All</button></p>\n"
      "<div class=\"lanes\" tabindex=\"0\" role=\"group\" aria-label=\"Time line of session {}: "
      "arrow keys go from cohort to cohort, + and - zoom\">\n{}</div>\n"
      "<output aria-live=\"polite\"></output>\n{}</section>\n",
      escaped(session_text(session, at + 1)), at + 1,
      lanes_svg(session, at + 1, timeline.stages.size()), share_table(session));
}

}  // namespace

std::string timeline_page(const Timeline& timeline) {
  const std::string style(timeline_style());
  const std::string script(timeline_script());
  const TimeShares all = shares_of(timeline);
  const double whole_s = all.total_s();
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}: time line</title>\n"
      "<style>{}</style></head>\n<body><main>\n<h1>{}: what each rank did when</h1>\n",
      html::security_policy(style, script), escaped(timeline.name), style, isolated(timeline.name));
  page += fmt::format(
      "<p>{} on record; of all time {} training, {} writing, {} waiting, {} lost.</p>\n"
      "<p>How to read it: a row is a rank, a bar the time it was at one cohort of fits, in the "
      "colour of its stage; the thin line at a bar's end is writing, and where there is no bar the "
      "rank had nothing to do, or its work was lost with the run.</p>\n{}",
      counted(timeline.cohorts(), "cohort"), share_text(all.train_s, whole_s),
      share_text(all.write_s, whole_s), share_text(all.wait_s, whole_s),
      share_text(all.lost_s, whole_s), key_of(timeline.stages));
  for (std::size_t at = 0; at < timeline.sessions.size(); ++at)
    page += session_section(timeline, at);
  page += "</main>\n<script type=\"application/json\" id=\"cohorts\">" + data_of(timeline) +
          "</script>\n<script>" + script + "</script>\n</body></html>\n";
  return page;
}

}  // namespace crossfold
