#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"

namespace crossfold {

struct CompareOptions {
  /// Scores, losses and probabilities that differ by no more are within tolerance; absolute, finite
  /// and >= 0. With 0 they agree only to the last bit. Counts and words must be equal in any case.
  double tolerance = 0;
};

/// One of two runs.
struct ComparedRun {
  std::string name;  ///< as the reader knows it: its path
  const RunRecords& records;
  /// What a fit left behind, checked against the journal's hash; nothing where it is lost.
  std::function<std::optional<Artefacts>(const FitId&)> artefacts;
};

enum class Agreement { identical, within_tolerance, different };

/// The samples that the runs stand on, found by their ids.
struct SampleComparison {
  bool identical = true;  ///< by the hash over ids, groups, labels and levels
  std::size_t left = 0;
  std::size_t right = 0;
  std::size_t only_left = 0;
  std::size_t only_right = 0;
  std::size_t relabelled = 0;  ///< in both, with another group, class, domain or role
};

/// One embedding set: its content hash, where a run has it.
struct EmbeddingComparison {
  std::string name;
  std::optional<std::string> left;
  std::optional<std::string> right;
  [[nodiscard]] bool identical() const { return left == right; }
};

/// What became of a planned fit.
enum class FitState { done, failed, missing };

/// The plans, by fit id; each id once.
struct FitComparison {
  std::size_t common = 0;
  std::size_t only_left = 0;
  std::size_t only_right = 0;
  /// The common ones by their state in the left and in the right run.
  std::array<std::array<std::size_t, 3>, 3> states{};
  std::vector<FitPlace> unlike_states;  ///< common fits whose states differ, in the plan's order

  [[nodiscard]] std::size_t in_states(FitState left, FitState right) const {
    return states[static_cast<std::size_t>(left)][static_cast<std::size_t>(right)];
  }
};

/// One field of the common fits that both runs have done, where it differs. The class scores of
/// all classes are one field.
struct ValueDifference {
  std::string field;       ///< as in the journal: "oos.auc", "in.classes.f1", "training.stop"
  std::size_t fits = 0;    ///< in which it differs
  std::size_t beyond = 0;  ///< of these, not within the tolerance
  /// The largest absolute difference; empty where no pair of numbers differs (words, undefined or
  /// infinite values).
  std::optional<double> largest;
  FitPlace place;  ///< the fit of the largest difference, else the first that differs
  std::string left;
  std::string right;
};

/// Predictions, curves and features of the common fits that both runs have done.
struct ArtefactComparison {
  std::size_t identical = 0;  ///< read in both runs
  std::size_t different = 0;
  std::size_t beyond = 0;  ///< of these, probabilities not within the tolerance, or other samples
  std::size_t unread = 0;  ///< missing in a run, so not compared
  /// Of these, under other hashes in the two journals: they count as different.
  std::size_t unread_unlike = 0;
  std::size_t unkept = 0;                     ///< kept by one run alone, so not compared
  std::size_t neither = 0;                    ///< kept by none
  std::optional<double> largest_probability;  ///< largest absolute difference of a probability
  std::optional<FitPlace> place;              ///< its fit
};

/// One score of a table row in both runs. Differences are right - left.
struct ScoreDifference {
  ReportColumn column;
  stats::Summary left;
  stats::Summary right;
  std::optional<double> difference = {};  ///< of the means
  std::size_t pairs = 0;  ///< splits with the same held-out samples and both defined
  std::optional<double> paired_mean = {};
  std::optional<double> largest = {};  ///< largest absolute difference of a pair
  SeedIndex seed = {};                 ///< its split
  FoldIndex fold = {};
};

/// A row of a table that both runs have: same experiment, embedding set and candidate by name.
/// Scores that are no means (diagnostic odds ratios) are left out.
struct RowComparison {
  std::string experiment;
  std::string embedding;
  std::string candidate;
  std::size_t common_fits = 0;    ///< splits of one fit id in both plans
  std::size_t other_fits = 0;     ///< splits of both plans whose fits differ by id
  std::size_t shared_splits = 0;  ///< of the latter, those with the same held-out samples
  FitCounts left;
  FitCounts right;
  std::vector<ScoreDifference> scores = {};
};

/// Names of a row that one run alone has.
struct RowName {
  std::string experiment;
  std::string embedding;
  std::string candidate;
};

/// Two runs, field by field. Times, hosts and workers are not compared.
struct RunComparison {
  std::string left;
  std::string right;
  double tolerance = 0;
  /// Identical: the same rows, fits and states, every value and every artefact that both kept.
  /// Within tolerance: the same rows; the common fits with the same states and no value or
  /// probability beyond it; of rows whose fits differ by id, as many done and the means within it.
  Agreement agreement = Agreement::identical;
  std::vector<std::string> job;  ///< see differing_fields()
  SampleComparison samples;
  std::vector<EmbeddingComparison> embeddings;  ///< the left run's, then those of the right alone
  FitComparison fits;
  std::vector<ValueDifference> values;  ///< whole scores first, class scores last
  std::size_t unlike_values = 0;        ///< common fits with at least one of these
  /// Common fits done whose validation AUC one run alone has: an earlier program trained them in
  /// the other. Not compared.
  std::size_t validation_auc_once = 0;
  ArtefactComparison artefacts;
  std::vector<std::string> classes_left;  ///< equivalence classes that this run alone has
  std::vector<std::string> classes_right;
  std::vector<RowComparison> rows;  ///< in the left run's order
  std::vector<RowName> rows_only_left;
  std::vector<RowName> rows_only_right;
  std::vector<std::string> notes;  ///< noticed while reading, each headed by the run's name
};

/// Error{usage} when the tolerance is out of range.
void check_compare_options(const CompareOptions& options);

/// Pure but for the artefacts asked for. Error{usage} when the tolerance is out of range.
[[nodiscard]] RunComparison compare_runs(const ComparedRun& left, const ComparedRun& right,
                                         const CompareOptions& options = {});

struct ComparisonText {
  std::size_t lines = 15;  ///< of examples of one kind at most; the others are counted
};

/// For a terminal: the verdict first, then what differs, what matters most first.
[[nodiscard]] std::string render_comparison(const RunComparison& comparison,
                                            const ComparisonText& options = {});
/// Everything, for programs: {"format": "crossfold-comparison", ...}. Undefined is "nan".
[[nodiscard]] std::string render_comparison_json(const RunComparison& comparison);

}  // namespace crossfold
