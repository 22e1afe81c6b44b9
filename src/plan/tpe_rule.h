#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/job/search_space_json.h"
#include "crossfold/plan/stages.h"
#include "crossfold/sweep/tpe.h"

namespace crossfold {

/// Candidates in generations (sweep/tpe.h): those that the job lists are trained first, on all
/// splits and embedding sets; then SweepSettings::generation more of each of its search spaces,
/// which learn from all that are complete, until there are as many as it asks for.
///
/// A candidate's score is the mean over the embedding sets of its means over the splits
/// (SweepSettings::by). One that lacks a score that others have, as some of its fits failed, ranks
/// last. Generation g of a space draws from the stream "tpe" of (root seed, g, index of the space).
class TpeRule final : public StageRule {
 public:
  /// Both must outlive it, and are those to which drawn candidates are added.
  TpeRule(const Job& job, const Plan& plan);

  [[nodiscard]] std::optional<double> score(std::uint32_t chain,
                                            const FitResult& result) const override;
  [[nodiscard]] Stage next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& scores) const override;

 private:
  /// One search: an entry of the job's list with its draws.
  struct Search {
    std::string name;      ///< of the entry
    nlohmann::json entry;  ///< with the draws in place
    SearchSpace space;
  };
  /// The searches of a chain; none where it is not by generations.
  using Searches = std::vector<Search>;

  [[nodiscard]] static Searches read_searches(const Experiment& experiment);
  /// By candidate; empty where it has none.
  [[nodiscard]] std::map<std::uint32_t, std::optional<double>> scores_of(
      std::uint32_t chain, const ChainScores& scores) const;
  /// `count` further candidates of a search that nobody has drawn, or as many as there are.
  [[nodiscard]] std::vector<Candidate> draw(const Search& search,
                                            const std::vector<sweep::ScoredPoint>& completed,
                                            std::set<std::string>& known, std::size_t count,
                                            RandomStream& stream) const;
  [[nodiscard]] std::vector<Candidate> draw_generation(
      std::uint32_t chain, std::uint32_t generation,
      const std::map<std::uint32_t, std::optional<double>>& scores) const;

  const Job* job_;
  const Plan* plan_;
  std::vector<Searches> searches_;  ///< one for each chain
};

}  // namespace crossfold
