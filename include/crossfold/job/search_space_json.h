#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"
#include "crossfold/job/search_dimension.h"
#include "crossfold/job/sweep_settings.h"

namespace crossfold {

/// More axes than this are refused.
inline constexpr std::size_t kMostDimensions = 256;

/// What a candidate of a job leaves open: each number or word written as {"uniform": [low, high]},
/// {"log": [low, high]}, {"int": [low, high]} or {"choice": [...]}. A choice is of numbers and
/// words, or of objects ("branches"), which may hold draws again: these are axes of their own that
/// exist only where the branch is taken, so the axes form a forest. They stand in the order of
/// their keys, a choice before what its branches hold.
class SearchSpace {
 public:
  /// `candidate` has no grids. What is wrong with its draws is added to `errors`, under
  /// `pointer`, and the space may not be used then.
  static SearchSpace read(const nlohmann::json& candidate, const std::string& pointer,
                          ValidationErrors& errors);

  [[nodiscard]] const std::vector<SearchDimension>& dimensions() const { return dimensions_; }

  /// How many different points there are; empty where numbers are drawn from an interval.
  [[nodiscard]] std::optional<std::uint64_t> size() const;

  /// The values at a point of the unit cube (one coordinate in [0, 1) for each dimension; those of
  /// dimensions that do not exist there do not matter), sorted by key. The value of a branch is its
  /// "schedule" where these differ, else its index.
  [[nodiscard]] std::vector<Parameter> parameters_at(std::span<const double> point) const;

  /// The candidate with the values of that point in place.
  [[nodiscard]] nlohmann::json settings_at(std::span<const double> point) const;

  /// The way back from parameters_at: a coordinate for each dimension, empty where the dimension
  /// does not exist. Error{bad_input}: the parameters are not those of a point of this space.
  [[nodiscard]] std::vector<std::optional<double>> point_of(
      std::span<const Parameter> parameters) const;

  /// Points at which every dimension takes each of its options or both of its ends: what is wrong
  /// with any value alone is wrong at one of these.
  [[nodiscard]] std::vector<std::vector<double>> end_points() const;

 private:
  struct Field {
    nlohmann::json::json_pointer place;
    std::vector<nlohmann::json> options;                    ///< choice: without the draws inside
    std::vector<std::variant<double, std::string>> values;  ///< choice: as parameters
  };
  class Reader;

  template <class Visit>
  void visit(std::span<const double> point, Visit visit) const;

  nlohmann::json bare_;  ///< the candidate, null where a draw stands
  std::vector<SearchDimension> dimensions_;
  std::vector<Field> fields_;  ///< one for each dimension
};

/// The candidates of a later generation: `candidate` is the entry of a job with its draws, as
/// SweepSettings::spaces keeps it, and each point one of the cube of SearchSpace::read of it.
/// Error{bad_input}: the entry is not one of a job.
[[nodiscard]] std::vector<Candidate> candidates_at(const nlohmann::json& candidate,
                                                   std::span<const std::vector<double>> points);

/// Where the first draw in `settings` stands, as a JSON pointer below `pointer`.
[[nodiscard]] std::optional<std::string> find_draw(const nlohmann::json& settings,
                                                   const std::string& pointer);

/// Whether the value is {"grid": ...} or a draw: stands for several, instead of being one.
[[nodiscard]] bool stands_for_several(const nlohmann::json& value);

/// Whether it does, or something inside does.
[[nodiscard]] bool has_several(const nlohmann::json& settings);

}  // namespace crossfold
