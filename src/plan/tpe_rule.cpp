#include "tpe_rule.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "score_by.h"

namespace crossfold {
namespace {

using sweep::ScoredPoint;
using sweep::TreePoint;

/// So many draws without anything new, as a multiple of what is known: there is nothing more.
constexpr std::size_t kFruitless = 100;

/// What tells candidates of one space apart.
std::string key_of(const std::vector<Parameter>& parameters) {
  std::string key;
  for (const Parameter& parameter : parameters) {
    key += parameter.key + "=";
    if (const auto* number = std::get_if<double>(&parameter.value))
      key += fmt::format("{:.17g};", *number);
    else
      key += std::get<std::string>(parameter.value) + ";";
  }
  return key;
}

/// A coordinate for every dimension; where one does not exist, any will do.
std::vector<double> filled(const TreePoint& point) {
  std::vector<double> coordinates;
  coordinates.reserve(point.size());
  for (const std::optional<double>& coordinate : point)
    coordinates.push_back(coordinate.value_or(0));
  return coordinates;
}

}  // namespace

TpeRule::TpeRule(const Job& job, const Plan& plan) : job_(&job), plan_(&plan) {
  for (const Chain& chain : plan.chains)
    searches_.push_back(read_searches(job.experiments[chain.experiment]));
}

TpeRule::Searches TpeRule::read_searches(const Experiment& experiment) {
  Searches searches;
  if (!has_generations(experiment)) return searches;
  ValidationErrors none;  // the job was read before
  for (const std::string& text : experiment.sweep->spaces) {
    nlohmann::json entry = nlohmann::json::parse(text);
    SearchSpace space = SearchSpace::read(entry, "/space", none);
    std::string name = entry.value("name", entry.value("kind", ""));
    searches.push_back(
        {.name = std::move(name), .entry = std::move(entry), .space = std::move(space)});
  }
  none.throw_if_any(ErrorCode::bad_input, "sweep");
  return searches;
}

std::optional<double> TpeRule::score(std::uint32_t chain, const FitResult& result) const {
  return score_by(job_->experiments[plan_->chains[chain].experiment].sweep->by, result);
}

std::map<std::uint32_t, std::optional<double>> TpeRule::scores_of(std::uint32_t chain,
                                                                  const ChainScores& scores) const {
  struct Sum {
    double sum = 0;
    std::size_t n = 0;
  };
  const std::size_t sets = job_->embeddings.size();
  std::map<std::uint32_t, std::vector<Sum>> sums;  // by candidate, of each embedding set
  std::vector<std::size_t> most(sets, 0);          // scores that a candidate has
  for (const std::uint32_t index : plan_->chains[chain].fits) {
    const Fit& fit = plan_->fits[index];
    if (fit.scheme != SplitScheme::k_fold) continue;  // of the rule source_out
    std::vector<Sum>& of_sets = sums[fit.candidate];
    of_sets.resize(sets);
    const std::optional<double> score = scores.of(fit.id);
    if (!score) continue;
    of_sets[fit.embedding].sum += *score;
    most[fit.embedding] = std::max(most[fit.embedding], ++of_sets[fit.embedding].n);
  }
  std::map<std::uint32_t, std::optional<double>> means;
  for (const auto& [candidate, of_sets] : sums) {
    double sum = 0;
    bool has_all = true;
    for (std::size_t z = 0; z < sets; ++z) {
      has_all = has_all && of_sets[z].n > 0 && of_sets[z].n == most[z];
      if (has_all) sum += of_sets[z].sum / static_cast<double>(of_sets[z].n);
    }
    means[candidate] = has_all ? std::optional(sum / static_cast<double>(sets)) : std::nullopt;
  }
  return means;
}

std::vector<Candidate> TpeRule::draw(const Search& search,
                                     const std::vector<ScoredPoint>& completed,
                                     std::set<std::string>& known, std::size_t count,
                                     RandomStream& stream) const {
  // After so many values that are known already the whole space is drawn from.
  constexpr std::size_t kPatience = 20;
  sweep::TpeSearch tpe(search.space.dimensions(), completed);
  std::vector<std::vector<double>> points;
  std::size_t fruitless = 0;
  while (points.size() < count && fruitless <= kFruitless * (known.size() + 10)) {
    std::vector<double> point =
        filled(fruitless < kPatience ? tpe.next(stream) : tpe.next_uniform(stream));
    ++fruitless;
    if (!known.insert(key_of(search.space.parameters_at(point))).second) continue;
    fruitless = 0;
    points.push_back(std::move(point));
  }
  return candidates_at(search.entry, points);
}

std::vector<Candidate> TpeRule::draw_generation(
    std::uint32_t chain, std::uint32_t generation,
    const std::map<std::uint32_t, std::optional<double>>& scores) const {
  const Experiment& experiment = job_->experiments[plan_->chains[chain].experiment];
  const Searches& searches = searches_[chain];
  // The entry whose name is followed by the parameters; of several the one with the longest name.
  const auto search_of = [&](const Candidate& candidate) {
    std::size_t found = searches.size();
    for (std::size_t i = 0; i < searches.size(); ++i)
      if (candidate.name.starts_with(searches[i].name + "[") &&
          (found == searches.size() || searches[i].name.size() > searches[found].name.size()))
        found = i;
    return found;
  };
  std::vector<std::vector<ScoredPoint>> completed(searches.size());
  std::vector<std::set<std::string>> known(searches.size());
  for (const auto& [index, score] : scores) {
    const Candidate& candidate = experiment.candidates[index];
    const std::size_t of = search_of(candidate);
    if (of == searches.size()) continue;
    completed[of].push_back({searches[of].space.point_of(candidate.parameters), score});
    known[of].insert(key_of(candidate.parameters));
  }
  std::vector<Candidate> drawn;
  for (std::size_t i = 0; i < searches.size(); ++i) {
    const std::size_t left =
        experiment.sweep->candidates -
        std::min<std::size_t>(experiment.sweep->candidates, completed[i].size());
    RandomStream stream({.root_seed = job_->seed,
                         .seed = SeedIndex(generation),
                         .fold = FoldIndex(static_cast<std::uint32_t>(i))},
                        "tpe");
    std::vector<Candidate> of_search =
        draw(searches[i], completed[i], known[i],
             std::min<std::size_t>(left, experiment.sweep->generation), stream);
    std::move(of_search.begin(), of_search.end(), std::back_inserter(drawn));
  }
  return drawn;
}

Stage TpeRule::next(std::uint32_t chain, std::span<const Stage> before,
                    const ChainScores& scores) const {
  const Chain& of = plan_->chains[chain];
  const Experiment& experiment = job_->experiments[of.experiment];
  Stage stage;
  StageRecord& record = stage.record;
  record.splits = static_cast<std::uint32_t>(job_->splits.seeds * job_->splits.folds);
  record.generation = StageRecord::Generation{
      .drawn = {},
      .candidates = static_cast<std::uint32_t>(drawn_candidates(experiment)),
      .of = static_cast<std::uint32_t>(drawn_candidates(experiment) +
                                       candidates_to_come(experiment))};
  std::vector<std::string>& names = record.generation->drawn;
  if (before.empty()) {
    stage.fits = of.fits;
    for (const Candidate& candidate : experiment.candidates)
      if (!candidate.parameters.empty()) names.push_back(candidate.name);
  } else {
    const std::map<std::uint32_t, std::optional<double>> known = scores_of(chain, scores);
    std::optional<double> best;
    for (const auto& [candidate, score] : known) {
      if (!score || (best && *score <= *best)) continue;
      best = score;
      record.leader = experiment.candidates[candidate].name;
    }
    if (candidates_to_come(experiment) > 0)
      stage.drawn = draw_generation(chain, static_cast<std::uint32_t>(before.size()), known);
    for (const Candidate& candidate : stage.drawn) names.push_back(candidate.name);
    record.generation->candidates += static_cast<std::uint32_t>(stage.drawn.size());
    record.over = stage.drawn.empty();
  }
  record.living =
      record.over ? record.generation->candidates : static_cast<std::uint32_t>(names.size());
  return stage;
}

}  // namespace crossfold
