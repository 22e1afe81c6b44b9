// Races replayed over complete runs, the order of their splits drawn anew each time: how often the
// race loses the candidate that the complete run chooses, and how many fits it needs; beside it
// what others do. One core; prints tables.
//
//   race_replay [REPLAYS] [SURFACE.json...]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <boost/math/distributions/binomial.hpp>
#include <fmt/format.h>

#include "crossfold/core/random_stream.h"
#include "crossfold/stats/student_t.h"
#include "crossfold/stats/summary.h"

#include "sweep/replay.h"

namespace crossfold::sweep {
namespace {

constexpr std::uint32_t kRungs[] = {5, 10, 15, 20, 30, 40};
constexpr double kLevel = 0.05;  // of the tests that correct for nothing

using Scores = std::span<const std::optional<double>>;

/// A rival gives up who loses a test against the leader, which has the best mean.
RungRule pairwise_rule(double (*t_or_w)(std::span<const double>)) {
  return [t_or_w](const Rung& rung, std::span<const Contender> living, Scores scores) {
    std::size_t leader = 0;
    double best = -1;
    for (std::size_t i = 0; i < living.size(); ++i) {
      const double mean =
          stats::summarize(scores.subspan(i * rung.splits, rung.splits)).mean.value_or(-1);
      if (mean > best) {
        leader = i;
        best = mean;
      }
    }
    RungDecision decision;
    decision.leader = living[leader].candidate;
    std::vector<double> ahead;
    for (std::size_t i = 0; i < living.size(); ++i) {
      ahead.clear();
      for (std::size_t split = 0; split < rung.splits; ++split) {
        const auto& a = scores[leader * rung.splits + split];
        const auto& b = scores[i * rung.splits + split];
        if (a && b) ahead.push_back(*a - *b);
      }
      if (i == leader || ahead.size() < 2 || t_or_w(ahead) <= 0)
        decision.going_on.push_back(living[i]);
    }
    return decision;
  };
}

/// How far Student's paired t is above its one-sided critical value.
double t_excess(std::span<const double> ahead) {
  static std::vector<double> critical(2, 0.0);  // by n
  while (critical.size() <= ahead.size())
    critical.push_back(stats::student_t_quantile(kLevel, critical.size() - 1));
  const auto n = static_cast<double>(ahead.size());
  double mean = 0;
  for (const double d : ahead) mean += d / n;
  double squares = 0;
  for (const double d : ahead) squares += (d - mean) * (d - mean);
  return mean - critical[ahead.size()] * std::sqrt(squares / (n - 1) / n);
}

/// The largest sum of the ranks of negative differences that n differences of either sign alike
/// have with a probability of at most kLevel (Wilcoxon 1945); -1 where there is none.
double critical_rank_sum(std::size_t n) {
  std::vector<double> ways(n * (n + 1) / 2 + 1, 0.0);
  ways[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank)
    for (std::size_t sum = ways.size(); sum-- > rank;) ways[sum] += ways[sum - rank];
  double below = 0;
  double critical = -1;
  for (const double here : ways) {
    below += here;
    if (below > kLevel * std::exp2(static_cast<double>(n))) break;
    critical += 1;
  }
  return critical;
}

/// How far Wilcoxon's rank sum is below its one-sided critical value, and a half; differences of
/// zero are left out, equal ones have the mean of their ranks.
double rank_excess(std::span<const double> ahead) {
  static std::vector<double> critical(1, -1.0);  // by n
  while (critical.size() <= ahead.size()) critical.push_back(critical_rank_sum(critical.size()));
  std::vector<std::pair<double, bool>> sizes;
  for (const double d : ahead)
    if (d != 0) sizes.emplace_back(std::abs(d), d < 0);
  std::sort(sizes.begin(), sizes.end());
  double negative = 0;
  for (std::size_t i = 0; i < sizes.size();) {
    std::size_t end = i;
    while (end < sizes.size() && sizes[end].first == sizes[i].first) ++end;
    const double rank = 0.5 * static_cast<double>(i + 1 + end);
    for (; i < end; ++i)
      if (sizes[i].second) negative += rank;
  }
  return critical[sizes.size()] + 0.5 - negative;
}

/// What a table is about: candidates of a true mean, one effect a split, noise of each fit. One
/// fit in `collapse` of them collapses and loses a tenth (0: none).
Surface simulated(const std::string& name, std::uint64_t seed, std::size_t candidates,
                  std::uint64_t collapse) {
  Surface surface{.name = name, .seeds = 5, .folds = 10, .candidates = candidates, .scores = {}};
  RandomStream stream({.root_seed = seed}, "simulated surface");
  std::vector<double> split_effect(surface.splits());
  for (double& effect : split_effect) effect = 0.02 * stream.normal();
  for (std::size_t i = 0; i < candidates; ++i) {
    const double mean = 0.8 + 0.005 * stream.normal();
    for (const double effect : split_effect) {
      const bool collapses = collapse > 0 && stream.below(collapse) == 0;
      surface.scores.emplace_back(mean + effect + 0.01 * stream.normal() - (collapses ? 0.1 : 0));
    }
  }
  return surface;
}

/// Replays of several surfaces taken together.
Replays together(const std::vector<Surface>& surfaces, std::size_t replays, const RungRule& rule,
                 double indifference) {
  Replays all;
  const auto parts = static_cast<double>(surfaces.size());
  for (const Surface& surface : surfaces) {
    const Replays some =
        replay_races(surface, 1, replays / surfaces.size(), kRungs, rule, indifference);
    all.replays += some.replays;
    all.other += some.other;
    all.lost += some.lost;
    all.mean_regret += some.mean_regret / parts;
    all.largest_regret = std::max(all.largest_regret, some.largest_regret);
    all.share_of_fits += some.share_of_fits / parts;
  }
  return all;
}

/// Upper end of the two-sided 95 % interval of Clopper and Pearson (1934).
double upper_limit(const Replays& all) {
  return boost::math::binomial_distribution<>::find_upper_bound_on_p(
      static_cast<double>(all.replays), static_cast<double>(all.lost), 0.025);
}

RungRule race_by(const RaceSettings& settings) {
  return [settings](const Rung& rung, std::span<const Contender> living, Scores scores) {
    return decide_rung(rung, living, scores, settings);
  };
}

/// What the race would be if it divided the risk by the living, and nobody had to stay.
RungRule looser_race(const RaceSettings& settings) {
  return [settings](const Rung& rung, std::span<const Contender> living, Scores scores) {
    Rung of_living = rung;
    of_living.candidates = living.size();
    RungDecision decision = decide_rung(of_living, living, scores, settings);
    for (Contender& contender : decision.going_on) contender.stays = false;
    return decision;
  };
}

void print_table(const std::vector<Surface>& surfaces, std::size_t replays,
                 const RaceSettings& race) {
  RaceSettings greedy = race;
  greedy.risk.reset();
  const std::pair<const char*, RungRule> rules[] = {
      {"race, risk 0.05", race_by(race)},
      {"the same, risk divided by the living, leaders may go", looser_race(race)},
      {"greedy: best third (successive halving)", race_by(greedy)},
      {"paired t at 0.05, uncorrected", pairwise_rule(t_excess)},
      {"Wilcoxon at 0.05, uncorrected", pairwise_rule(rank_excess)}};
  fmt::print("\n{}: {} candidates x {} splits\n\n", surfaces[0].name, surfaces[0].candidates,
             surfaces[0].splits());
  fmt::print(
      "| rule | regret > {} | upper limit | other choice | mean regret | largest | fits | ms |\n",
      race.indifference);
  fmt::print("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (const auto& [name, rule] : rules) {
    const std::clock_t start = std::clock();
    const Replays all = together(surfaces, replays, rule, race.indifference);
    fmt::print("| {} | {} of {} | {:.4f} | {:.3f} | {:.6f} | {:.5f} | {:.3f} | {:.1f} |\n", name,
               all.lost, all.replays, upper_limit(all),
               static_cast<double>(all.other) / static_cast<double>(all.replays), all.mean_regret,
               all.largest_regret, all.share_of_fits,
               1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC /
                   static_cast<double>(all.replays));
    std::fflush(stdout);
  }
}

std::vector<Surface> simulations(const std::string& name, std::size_t tables,
                                 std::size_t candidates, std::uint64_t collapse) {
  std::vector<Surface> surfaces;
  for (std::uint64_t seed = 0; seed < tables; ++seed)
    surfaces.push_back(simulated(name, seed, candidates, collapse));
  return surfaces;
}

int main_of(const std::vector<std::string>& arguments) {
  const std::size_t replays = arguments.empty() ? 10'000 : std::stoul(arguments[0]);
  std::vector<std::string> paths(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (paths.empty())
    for (const char* name : {"shortcut_task.json", "shortcut_oos.json", "cxr_task.json"})
      paths.push_back(std::string(CROSSFOLD_SOURCE_DIR "/tests/sweep/surfaces/") + name);
  for (const std::string& path : paths) print_table({read_surface(path)}, replays, {});
  print_table(simulations("simulated, close together", 20, 500, 0), replays, {});
  print_table(simulations("simulated, one fit in 20 collapses", 20, 500, 20), replays, {});
  RaceSettings exact;
  exact.indifference = 0;
  print_table(simulations("simulated, few, nothing indifferent", 500, 10, 0), replays, exact);
  print_table(
      simulations("simulated, few, one fit in 20 collapses, nothing indifferent", 500, 10, 20),
      replays, exact);
  return 0;
}

}  // namespace
}  // namespace crossfold::sweep

int main(int argc, char** argv) {
  return crossfold::sweep::main_of(std::vector<std::string>(argv + 1, argv + argc));
}
