#include "split_warnings.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/first_named.h"
#include "crossfold/job/names.h"

namespace crossfold {
namespace {

/// "a, b or c".
std::string alternatives(const std::vector<std::string>& ways) {
  std::string text;
  for (std::size_t i = 0; i < ways.size(); ++i)
    text += (i == 0 ? "" : i + 1 == ways.size() ? " or " : ", ") + ways[i];
  return text;
}

const char* name_of_splits(SplitScheme scheme) {
  switch (scheme) {
    case SplitScheme::nested:
      return "inner split";
    case SplitScheme::source_out:
      return "split without a source";
    default:
      return "split";
  }
}

/// The part of a split that lacks levels.
enum class Part { training, test };

/// Whether fits fail where one level of the label is left.
bool fails_with_one_level(const SplitKind& kind, const LearnedLabel& label) {
  return label.learner != Learner::model || kind.validation == Validation::none;
}

class SplitWarnings {
 public:
  SplitWarnings(const Job& job, const Plan& plan, std::uint32_t experiment)
      : job_(job),
        plan_(plan),
        index_(experiment),
        experiment_(job.experiments[experiment]),
        samples_(plan.basis.samples[experiment]) {}

  void add_error(const SplitKind& kind, const ReviewedSplits& of, const LearnedLabel& label,
                 ValidationErrors& errors) const {
    if (label.one_level.splits < of.splits) return;
    errors.add(
        fmt::format("/experiments/{}", index_),
        fmt::format("has fits of {} from which nothing can come (on every split {}: there is "
                    "nothing to tell apart). {}",
                    candidates_of(kind, label), text_of_one_level(label),
                    remedy(kind, label, {}, Part::training)));
  }

  void tell_of_failures(const SplitKind& kind, const ReviewedSplits& of, const LearnedLabel& label,
                        std::vector<std::string>& warnings) const {
    if (label.one_level.splits == 0 || !fails_with_one_level(kind, label)) return;
    warnings.push_back(fmt::format(
        "experiment '{}': fits of {} are certain to fail on {} of {}, first {} ({}: there is "
        "nothing to tell apart). {}",
        experiment_.name, candidates_of(kind, label), label.one_level.splits,
        counted(of.splits, name_of_splits(kind.scheme)), place_text(label.one_level.first),
        text_of_one_level(label), remedy(kind, label, {}, Part::training)));
  }

  void tell_of_unseen(const SplitKind& kind, const ReviewedSplits& of, const LearnedLabel& label,
                      std::vector<std::string>& warnings) const {
    if (label.unseen.empty()) return;
    const bool is_model = label.learner == Learner::model;
    const std::string what =
        is_model ? fmt::format("the training part lacks a {} that is scored", label.name)
                 : fmt::format("the probe of '{}' is fitted without a level that it is scored on",
                               label.name);
    const char* const why =
        is_model ? "the model never saw it, and the scores of that class enter the means all the "
                   "same"
                 : "its scores enter the means all the same";
    warnings.push_back(
        told(what, kind, of, label, label.some_unseen, label.unseen, why, Part::training));
  }

  void tell_of_untested(const SplitKind& kind, const ReviewedSplits& of, const LearnedLabel& label,
                        std::vector<std::string>& warnings) const {
    if (label.untested.empty()) return;
    const std::string what =
        label.learner == Learner::model
            ? fmt::format("the test part lacks a {}", label.name)
            : fmt::format("the test part lacks a level of the probed '{}'", label.name);
    std::string why = "its AUC and recall are undefined there, and enter no mean";
    if (label.one_tested.splits > 0)
      why += fmt::format("; {} of these splits test one {} alone and have no AUC at all",
                         label.one_tested.splits,
                         label.learner == Learner::model ? label.name : "level");
    warnings.push_back(
        told(what, kind, of, label, label.some_untested, label.untested, why, Part::test));
  }

  void tell_of_repeated(const RepeatedSplits& repeated, std::vector<std::string>& warnings) const {
    if (!repeated.matters()) return;
    const bool folds = job_.splits.scheme == SplitScheme::k_fold;
    const std::string seeds = text_of_seeds(repeated);
    std::string same;
    if (!seeds.empty())
      same = fmt::format(": {} {}", seeds, folds ? "deal the same folds" : "test the same samples");
    warnings.push_back(fmt::format(
        "experiment '{}': {} of {} are distinct{} ({}, and intervals and tests that count a split "
        "more than once come out too narrow). use fewer seeds{}",
        experiment_.name, repeated.distinct, counted(repeated.splits, "split"), same,
        plan_.basis.given_splits
            ? "the split file gives them so"
            : fmt::format("{} can be dealt in few ways", counted(groups_of_pool(), "group")),
        plan_.basis.given_splits ? ""
        : folds                  ? " or fewer folds"
                                 : " or another splits.test"));
  }

 private:
  /// "... in 2 of 10 splits: 'c1' (1 group) in 2, first seed 0, fold 3 (why). what to do".
  [[nodiscard]] std::string told(const std::string& what, const SplitKind& kind,
                                 const ReviewedSplits& of, const LearnedLabel& label,
                                 const Occurrences& some, const OccurrencesByLevel& levels,
                                 const std::string& why, Part lacking) const {
    std::vector<std::string> cases;
    for (const auto& [level, where] : levels)
      cases.push_back(fmt::format("'{}' ({}) in {}, first {}", label.column->levels[level],
                                  counted(groups_of(label, level), "group"), where.splits,
                                  place_text(where.first)));
    return fmt::format("experiment '{}': {} in {} of {}: {} ({}). {}", experiment_.name, what,
                       some.splits, counted(of.splits, name_of_splits(kind.scheme)),
                       first_named(cases, cases.size(), "; "), why,
                       remedy(kind, label, levels, lacking));
  }

  [[nodiscard]] std::string place_text(const SplitPlace& place) const {
    return split_text(plan_, {.id = {},
                              .experiment = place.experiment,
                              .seed = place.seed,
                              .fold = place.fold,
                              .scheme = place.scheme,
                              .inner = place.inner});
  }

  static std::string text_of_one_level(const LearnedLabel& label) {
    switch (label.learner) {
      case Learner::model:
        return fmt::format("the training part has one {} alone", label.name);
      case Learner::adversary:
        return fmt::format("the training part has one level of '{}' alone", label.name);
      default:
        return fmt::format("the probe of '{}' is fitted on one level alone", label.name);
    }
  }

  /// Whose fits fail where a label has one level.
  [[nodiscard]] std::string candidates_of(const SplitKind& kind, const LearnedLabel& label) const {
    std::vector<std::string> names;
    for (const Candidate& candidate : experiment_.candidates) {
      if (label.learner == Learner::adversary && !is_disentangled_from(candidate, label.name))
        continue;
      if (label.learner == Learner::model && validation_of(candidate) != kind.validation) continue;
      names.push_back("'" + candidate.name + "'");
    }
    return first_named(names);
  }

  [[nodiscard]] std::string remedy(const SplitKind& kind, const LearnedLabel& label,
                                   const OccurrencesByLevel& levels, Part lacking) const {
    const bool can_be_dealt = std::any_of(levels.begin(), levels.end(), [&](const auto& one) {
      return groups_of(label, one.first) > 1;
    });
    std::vector<std::string> ways;
    if (plan_.basis.given_splits)
      ways.emplace_back("change the split file");
    else if (can_be_dealt && kind.scheme == SplitScheme::hold_out)
      ways.emplace_back("change splits.test");
    else if (can_be_dealt)
      ways.emplace_back(kind.scheme == SplitScheme::nested ? "use fewer inner folds"
                                                           : "use fewer folds");
    if (lacking == Part::training && label.is_in_validation)
      ways.emplace_back("lower splits.validation");
    constexpr std::size_t kFewestLevels = 2;
    if (levels.empty() || levels.size() + kFewestLevels > label.column->levels.size())
      ways.emplace_back("widen 'samples'");
    else
      ways.emplace_back(levels.size() == 1 ? "leave it out by 'samples'"
                                           : "leave them out by 'samples'");
    switch (label.learner) {
      case Learner::model:
        ways.emplace_back("choose another target");
        break;
      case Learner::adversary:
        ways.emplace_back("choose another adversary");
        break;
      default:
        ways.emplace_back("probe something else");
    }
    return alternatives(ways);
  }

  [[nodiscard]] std::size_t groups_of(const LearnedLabel& label, std::uint32_t level) const {
    std::set<std::uint32_t> groups;
    for (const std::uint32_t row : samples_.pool)
      if (label.column->codes[row] == static_cast<std::int32_t>(level))
        groups.insert(samples_.group[row]);
    return groups.size();
  }

  [[nodiscard]] std::size_t groups_of_pool() const {
    std::set<std::uint32_t> groups;
    for (const std::uint32_t row : samples_.pool) groups.insert(samples_.group[row]);
    return groups.size();
  }

  const Job& job_;
  const Plan& plan_;
  std::uint32_t index_;
  const Experiment& experiment_;
  const ExperimentSamples& samples_;
};

}  // namespace

std::vector<std::string> split_warnings(const Job& job, const Plan& plan, std::uint32_t experiment,
                                        const SplitReview& review) {
  const SplitWarnings text(job, plan, experiment);
  std::vector<std::string> warnings;
  for (const auto& [kind, of] : review.reviewed()) {
    // Networks train on a part of what linear models train on: what they lack includes the rest.
    const SplitKind networks{.scheme = kind.scheme, .validation = Validation::set_aside};
    const bool told_by_networks =
        kind.validation == Validation::none && review.reviewed().contains(networks);
    for (const LearnedLabel& label : of.labels) {
      if (!told_by_networks || label.learner == Learner::model)
        text.tell_of_failures(kind, of, label, warnings);
      if (told_by_networks) continue;
      text.tell_of_unseen(kind, of, label, warnings);
      text.tell_of_untested(kind, of, label, warnings);
    }
  }
  text.tell_of_repeated(review.repeated(), warnings);
  return warnings;
}

void add_errors(const Job& job, const Plan& plan, std::uint32_t experiment,
                const SplitReview& review, ValidationErrors& errors) {
  const SplitWarnings text(job, plan, experiment);
  for (const auto& [kind, of] : review.reviewed())
    for (const LearnedLabel& label : of.labels) text.add_error(kind, of, label, errors);
}

}  // namespace crossfold
