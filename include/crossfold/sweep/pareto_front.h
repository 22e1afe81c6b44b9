#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/core/random_stream.h"
#include "crossfold/sweep/selection.h"

namespace crossfold::sweep {

/// Whether no other candidate is at least as good in both scores and better in one.
enum class FrontPlace { on_front, dominated };

/// A complete candidate in the plane of task AUC and domain AUC.
struct FrontPoint {
  std::size_t candidate = 0;
  double task_auc = 0;    ///< mean over splits; higher is better
  double domain_auc = 0;  ///< mean over splits as it is; lower is better, down to one half
  FrontPlace place = FrontPlace::dominated;
  double share = 0;  ///< of the bootstraps in which it is on the front
};

/// The front of domain AUC against task AUC, of all complete candidates with both means, by index.
///
/// A mean domain AUC below one half counts as one half: a probe that does worse than chance on
/// held-out samples has found nothing, and how far below it fell is noise. The mean is cut and not
/// the scores of the splits, whose noise would then only ever count upwards. Candidates equal in
/// both scores are on the front together.
///
/// The shares are those of bootstraps over splits, the same for all candidates and both scores,
/// since the probe's predictions are not kept (a bootstrap over patients would need them). Splits
/// share their training samples; as many as there are would pretend to be independent and give a
/// front that is too sure. Each bootstrap therefore draws m of the n splits, 1 / m = 1 / n +
/// test_share rounded, so that a mean varies as the corrected standard error says (Nadeau and
/// Bengio 2003, equation 9; drawing fewer than n: Bickel, Goetze and van Zwet 1997). The stream's
/// purpose is "bootstrap".
[[nodiscard]] std::vector<FrontPoint> pareto_front(const SelectionTables& tables,
                                                   std::size_t bootstraps, RandomStream& stream);

}  // namespace crossfold::sweep
