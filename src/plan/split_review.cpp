#include "split_review.h"

#include <algorithm>
#include <span>
#include <utility>

#include "crossfold/job/names.h"
#include "crossfold/samples/part_levels.h"

namespace crossfold {
namespace {

/// Whether the parts are random, or meant to be like random ones. Where levels are left out in
/// turns, what a test part lacks and what seeds share is what was asked for.
bool is_random(SplitScheme scheme) {
  return scheme != SplitScheme::leave_out && scheme != SplitScheme::source_out;
}

bool is_scored(Learner learner) { return learner != Learner::adversary; }

/// A model is trained without the validation samples, a probe is fitted with them.
PartLevels levels_of_parts(const LearnedLabel& label, const Split& split,
                           std::span<const std::uint32_t> others,
                           std::span<const std::span<const std::uint32_t>> elsewhere) {
  switch (label.learner) {
    case Learner::model:
      return part_levels(*label.column, split.train, split.test, elsewhere);
    case Learner::adversary:
      return part_levels(*label.column, split.train, split.test);
    case Learner::label_probe:
      break;
  }
  return part_levels(*label.column, others, split.test);
}

bool has_level(const CodedColumn& column, std::span<const std::uint32_t> rows,
               std::uint32_t level) {
  return std::any_of(rows.begin(), rows.end(), [&](std::uint32_t row) {
    return column.codes[row] == static_cast<std::int32_t>(level);
  });
}

/// Whether every fit on such a split fails.
bool fails(const LearnedLabel& label, const PartLevels& levels, Validation validation) {
  if (levels.learned > 1) return false;
  return label.learner == Learner::label_probe ||
         (label.learner == Learner::model && validation == Validation::none);
}

void take_scored(const PartLevels& levels, const SplitPlace& place, const Split& split,
                 LearnedLabel& label) {
  if (!levels.unseen.empty()) label.some_unseen.add(place);
  for (const std::uint32_t level : levels.unseen) {
    label.unseen[level].add(place);
    label.is_in_validation |= has_level(*label.column, split.validation, level);
  }
  if (!is_random(place.scheme)) return;
  if (!levels.untested.empty()) label.some_untested.add(place);
  for (const std::uint32_t level : levels.untested) label.untested[level].add(place);
  if (levels.tested == 1) label.one_tested.add(place);
}

}  // namespace

void SplitReview::look_at(const SplitPlace& place, const Split& split) {
  compare(place, split);
  ReviewedSplits& of = reviewed_[{.scheme = place.scheme, .validation = place.validation}];
  if (of.splits++ == 0) of.labels = labels_learned(place.validation);
  const std::vector<std::uint32_t> others = all_other_folds(split);
  std::vector<std::span<const std::uint32_t>> elsewhere(split.sets.begin(), split.sets.end());
  if (experiment_.evaluate_oos) elsewhere.emplace_back(samples_.oos);

  std::vector<PartLevels> levels;
  bool any_fails = false;
  for (LearnedLabel& label : of.labels) {
    levels.push_back(levels_of_parts(label, split, others, elsewhere));
    if (levels.back().learned < 2) label.one_level.add(place);
    any_fails |= fails(label, levels.back(), place.validation);
  }
  if (any_fails) return;  // nothing is scored
  for (std::size_t i = 0; i < of.labels.size(); ++i) {
    const Learner learner = of.labels[i].learner;
    const bool is_model = learner == Learner::model;
    if (!is_scored(learner) || (!is_model && !is_random(place.scheme))) continue;
    take_scored(levels[i], place, split, of.labels[i]);
  }
}

std::vector<LearnedLabel> SplitReview::labels_learned(Validation validation) const {
  std::vector<LearnedLabel> labels;
  const auto add = [&](Learner learner, const std::string& name, const CodedColumn& column) {
    LearnedLabel& label = labels.emplace_back();
    label.learner = learner;
    label.name = name;
    label.column = &column;
  };
  add(Learner::model, name_of(experiment_.target), samples_.column(experiment_.target));
  if (experiment_.probe)
    add(Learner::label_probe, name_of(*experiment_.probe), samples_.column(*experiment_.probe));
  if (validation == Validation::none) return labels;
  const bool from_domain = std::any_of(
      experiment_.candidates.begin(), experiment_.candidates.end(), [](const Candidate& candidate) {
        return is_disentangled_from(candidate, name_of(Label::domain));
      });
  if (from_domain) add(Learner::adversary, name_of(Label::domain), samples_.domain);
  for (const ProbedAttribute& attribute : samples_.adversaries)
    add(Learner::adversary, attribute.name, std::get<CodedColumn>(attribute.values));
  return labels;
}

void SplitReview::compare(const SplitPlace& place, const Split& split) {
  if (serves_selection(place.scheme) || !is_random(place.scheme)) return;
  if (compared_.value_or(place.validation) != place.validation) return;
  compared_ = place.validation;
  comparison_.add(place.seed, split.test);
}

}  // namespace crossfold
