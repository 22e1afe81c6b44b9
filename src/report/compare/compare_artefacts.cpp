#include "compare_artefacts.h"

#include <algorithm>
#include <cmath>

#include "crossfold/plan/artefact_bytes.h"

namespace crossfold {
namespace {

template <class Part>
void keep_common(std::optional<Part>& left, std::optional<Part>& right) {
  if (left && right) return;
  left.reset();
  right.reset();
}

void keep_common(Artefacts& left, Artefacts& right) {
  keep_common(left.held_out, right.held_out);
  keep_common(left.oos, right.oos);
  const std::size_t sets = std::min(left.sets.size(), right.sets.size());
  left.sets.resize(sets);
  right.sets.resize(sets);
  keep_common(left.curves, right.curves);
  keep_common(left.features, right.features);
}

/// The largest difference of a probability; nothing when they are of other samples or classes.
std::optional<double> largest_difference(const std::optional<Predictions>& left,
                                         const std::optional<Predictions>& right) {
  if (!left) return 0.0;
  if (left->rows != right->rows || left->probabilities.size() != right->probabilities.size())
    return std::nullopt;
  double largest = 0;
  for (std::size_t i = 0; i < left->probabilities.size(); ++i)
    largest = std::max(largest, std::abs(left->probabilities[i] - right->probabilities[i]));
  return largest;
}

}  // namespace

void ArtefactComparer::add(const FitPlace& place) {
  const auto& of_left = left_.records.artefacts;
  const auto& of_right = right_.records.artefacts;
  const auto a = of_left.find(place.id);
  const auto b = of_right.find(place.id);
  if (a == of_left.end() && b == of_right.end())
    ++comparison_.neither;
  else if (a == of_left.end() || b == of_right.end())
    ++comparison_.unkept;
  else
    compare(place, a->second.sha256 == b->second.sha256);
}

void ArtefactComparer::compare(const FitPlace& place, bool same_hash) {
  std::optional<Artefacts> a = left_.artefacts(place.id);
  std::optional<Artefacts> b = right_.artefacts(place.id);
  if (!a || !b) {
    ++comparison_.unread;
    if (same_hash) return;
    ++comparison_.unread_unlike;
    ++comparison_.different;
    return;
  }
  keep_common(*a, *b);
  if (same_hash || artefacts_to_bytes(place.id, *a) == artefacts_to_bytes(place.id, *b)) {
    ++comparison_.identical;
    return;
  }
  ++comparison_.different;
  std::vector<std::optional<double>> differences{largest_difference(a->held_out, b->held_out),
                                                 largest_difference(a->oos, b->oos)};
  for (std::size_t i = 0; i < a->sets.size(); ++i)
    differences.push_back(largest_difference(a->sets[i], b->sets[i]));
  const auto largest_of = std::max_element(differences.begin(), differences.end());
  if (std::find(differences.begin(), differences.end(), std::nullopt) != differences.end()) {
    ++comparison_.beyond;
    if (!comparison_.place) comparison_.place = place;
    return;
  }
  const double largest = largest_of->value_or(0);
  if (!(largest <= tolerance_)) ++comparison_.beyond;
  if (comparison_.largest_probability >= largest) return;
  comparison_.largest_probability = largest;
  comparison_.place = place;
}

}  // namespace crossfold
