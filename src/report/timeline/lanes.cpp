#include "lanes.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/counted.h"

#include "html_text.h"
#include "timeline_text.h"

namespace crossfold {
namespace {

constexpr double kLeft = 70;
constexpr double kRight = 1180;
constexpr double kTop = 28;
constexpr double kMostTicks = 8;
constexpr std::size_t kBand = 20;  ///< ranks

double row_height(std::size_t ranks) {
  if (ranks <= 40) return 18;
  return ranks <= 200 ? 12 : 8;
}

/// Seconds along the session to x.
class Axis {
 public:
  Axis(const TimelineSession& session, const Lanes& lanes)
      : start_s_(session.start_s),
        left_(lanes.left),
        unit_((lanes.right - lanes.left) / lanes.length_s) {}
  [[nodiscard]] double x(double time_s) const { return left_ + (time_s - start_s_) * unit_; }
  [[nodiscard]] double width(double seconds) const { return std::max(0.02, seconds * unit_); }

 private:
  double start_s_;
  double left_;
  double unit_;
};

std::string path(const std::string& path_class, double width, const std::string& steps) {
  if (steps.empty()) return "";
  return fmt::format("<path class=\"{}\" stroke-width=\"{:.1f}\" d=\"{}\"/>\n", path_class, width,
                     steps);
}

/// 1, 2 or 5 times a power of ten, so that few ticks divide the time.
double tick_step(double length_s) {
  const double least = length_s / kMostTicks;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double times : {1.0, 2.0, 5.0})
    if (times * power >= least) return times * power;
  return 10 * power;
}

/// The same as the script draws on zooming.
std::string axis_svg(const Lanes& lanes, double bottom) {
  std::string text = fmt::format("<g class=\"axis\" data-bottom=\"{:.1f}\">\n", bottom);
  const double step = tick_step(lanes.length_s);
  for (std::size_t i = 0; static_cast<double>(i) * step <= lanes.length_s; ++i) {
    const double time_s = static_cast<double>(i) * step;
    const double x = lanes.left + time_s / lanes.length_s * (lanes.right - lanes.left);
    text += fmt::format(
        "<path class=\"grid\" d=\"M{:.1f} {:.1f}V{:.1f}\"/><text x=\"{:.1f}\" y=\"16\" "
        "text-anchor=\"middle\">{:.6g} s</text>\n",
        x, lanes.top - 6, bottom, x, time_s);
  }
  return text + "</g>\n";
}

std::string labels_svg(const TimelineSession& session, const Lanes& lanes) {
  std::string text;
  const std::size_t every = lanes.row >= 12 ? 1 : 10;
  for (std::size_t i = 0; i < session.ranks.size(); i += every)
    text += fmt::format("<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">rank {}</text>\n",
                        lanes.left - 6, lanes.top + (static_cast<double>(i) + 0.5) * lanes.row + 4,
                        session.ranks[i].rank);
  return text;
}

/// The bars of some ranks: what a browser draws, or leaves out where it is not in sight, at once.
std::string band_svg(const TimelineSession& session, const Lanes& lanes, std::size_t first,
                     std::size_t end_rank, std::size_t stages) {
  const Axis axis(session, lanes);
  std::vector<std::string> bars(stages);
  std::string lane, lost, write;
  for (std::size_t i = first; i < end_rank; ++i) {
    const TimelineRank& rank = session.ranks[i];
    const double y = lanes.top + (static_cast<double>(i) + 0.5) * lanes.row;
    const double end = axis.x(rank.lost_s.value_or(session.end_s));
    lane += fmt::format("M{:.2f} {:.1f}H{:.2f}", lanes.left, y, end);
    if (rank.lost_s) lost += fmt::format("M{:.2f} {:.1f}H{:.2f}", end, y, axis.x(session.end_s));
    for (const TimelineCohort& cohort : rank.cohorts) {
      const double x = axis.x(cohort.start_s);
      bars[cohort.stage] +=
          fmt::format("M{:.2f} {:.1f}h{:.2f}", x, y, axis.width(cohort.end_s - cohort.start_s));
      if (cohort.write_s > 0)
        write += fmt::format("M{:.2f} {:.1f}h{:.2f}", axis.x(cohort.end_s - cohort.write_s), y,
                             axis.width(cohort.write_s));
    }
  }
  std::string text = path("lane", lanes.row * 0.15, lane) + path("lost", lanes.row * 0.5, lost);
  for (std::size_t stage = 0; stage < stages; ++stage)
    text += path(stage_class(stage), lanes.row * 0.7, bars[stage]);
  return text + path("write", lanes.row * 0.25, write);
}

}  // namespace

std::string stage_class(std::size_t stage) { return fmt::format("c{}", stage % 7); }

Lanes lanes_of(const TimelineSession& session) {
  double end_s = session.end_s;
  for (const TimelineRank& rank : session.ranks)
    for (const TimelineCohort& cohort : rank.cohorts) end_s = std::max(end_s, cohort.end_s);
  return {.left = kLeft,
          .right = kRight,
          .top = kTop,
          .row = row_height(session.ranks.size()),
          .length_s = std::max(1e-3, end_s - session.start_s)};
}

std::string lanes_svg(const TimelineSession& session, std::size_t number, std::size_t stages) {
  const Lanes lanes = lanes_of(session);
  const double bottom = lanes.top + static_cast<double>(session.ranks.size()) * lanes.row;
  std::string text = fmt::format(
      "<svg viewBox=\"0 0 1200 {:.0f}\" role=\"img\" aria-labelledby=\"t{} d{}\">\n"
      "<title id=\"t{}\">Time line of session {}</title>\n<desc id=\"d{}\">{}; {} in rows. The "
      "table below has the shares.</desc>\n",
      bottom + 10, number, number, number, number, number,
      html::escaped(session_text(session, number)), counted(session.ranks.size(), "rank"));
  text += fmt::format(
      "<clipPath id=\"c{}\"><rect x=\"{:.0f}\" y=\"0\" width=\"{:.0f}\" height=\"{:.0f}\"/>"
      "</clipPath>\n",
      number, lanes.left, lanes.right - lanes.left, bottom + 10);
  text += labels_svg(session, lanes);
  text += fmt::format("<g clip-path=\"url(#c{})\"><g class=\"bars\">\n", number);
  for (std::size_t first = 0; first < session.ranks.size(); first += kBand)
    text += band_svg(session, lanes, first, std::min(first + kBand, session.ranks.size()), stages);
  text += "</g></g>\n" + axis_svg(lanes, bottom);
  // The mark lies above, so that moving it draws no bar again.
  return text + fmt::format(
                    "</svg>\n<svg class=\"over\" viewBox=\"0 0 1200 {:.0f}\" aria-hidden=\"true\">"
                    "<rect class=\"mark\" width=\"0\" height=\"0\"/></svg>\n",
                    bottom + 10);
}

}  // namespace crossfold
