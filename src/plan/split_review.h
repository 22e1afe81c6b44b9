#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan_basis.h"
#include "crossfold/samples/repeated_splits.h"

namespace crossfold {

/// Splits in which something is so.
struct Occurrences {
  std::size_t splits = 0;
  SplitPlace first;

  void add(const SplitPlace& place) {
    if (splits++ == 0) first = place;
  }
};
using OccurrencesByLevel = std::map<std::uint32_t, Occurrences>;

/// Who learns a label. Where one level alone is left, a linear model, the probe of a label and an
/// adversary fail; a network does not. Probes of attributes are not looked at: they are undefined
/// then, and rare levels of an attribute are no design of the study.
enum class Learner { model, label_probe, adversary };

/// A label in the splits of some fits.
struct LearnedLabel {
  Learner learner = Learner::model;
  std::string name;  ///< "class", "domain" or the attribute
  const CodedColumn* column = nullptr;

  Occurrences one_level;          ///< one level at most is learned from
  Occurrences some_unseen;        ///< a level is scored that is not learned from
  OccurrencesByLevel unseen;      ///< which
  bool is_in_validation = false;  ///< one of them is among the validation samples
  Occurrences some_untested;      ///< the test part lacks a level
  OccurrencesByLevel untested;    ///< which
  Occurrences one_tested;         ///< the test part has one level alone
};

/// Splits of one scheme, of fits that set validation samples aside (networks) or do not.
struct SplitKind {
  SplitScheme scheme = SplitScheme::k_fold;
  Validation validation = Validation::none;
  auto operator<=>(const SplitKind&) const = default;
};
struct ReviewedSplits {
  std::size_t splits = 0;
  std::vector<LearnedLabel> labels;
};

/// What can be foreseen of an experiment's fits from their splits alone.
class SplitReview {
 public:
  /// Both must outlive it.
  SplitReview(const Experiment& experiment, const ExperimentSamples& samples)
      : experiment_(experiment), samples_(samples) {}

  /// Every place once.
  void look_at(const SplitPlace& place, const Split& split);

  [[nodiscard]] const std::map<SplitKind, ReviewedSplits>& reviewed() const { return reviewed_; }
  /// Of the splits that the job asks for, where they are drawn at random or given.
  [[nodiscard]] RepeatedSplits repeated() const { return comparison_.repeated(); }

 private:
  [[nodiscard]] std::vector<LearnedLabel> labels_learned(Validation validation) const;
  void compare(const SplitPlace& place, const Split& split);

  const Experiment& experiment_;
  const ExperimentSamples& samples_;
  std::map<SplitKind, ReviewedSplits> reviewed_;
  std::optional<Validation> compared_;  ///< the kind of fits whose splits are compared
  SplitComparison comparison_;
};

}  // namespace crossfold
