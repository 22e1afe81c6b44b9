#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/stats/scores.h"

namespace crossfold {

/// Why training ended.
enum class StopReason {
  closed_form,  ///< linear: solved, not trained by epochs
  plateau,      ///< the plateau rule's last drop
  epochs,       ///< all epochs allowed were run
};

/// What training an encoder came to.
struct TrainingFacts {
  int epochs = 0;
  int learning_rate_drops = 0;
  StopReason stop = StopReason::closed_form;
  std::optional<double> validation_loss;  ///< class cross-entropy of the scored model
  /// Of the scored model on the validation samples, as ScoreSet::auc; empty without any, where it
  /// is undefined, and in runs recorded before it was computed.
  std::optional<double> validation_auc;
};

/// All logistic regressions of a fit together.
struct SolverFacts {
  int solves = 0;
  int unconverged = 0;        ///< solves that ended above the gradient tolerance
  double worst_gradient = 0;  ///< largest absolute gradient entry at the end of any solve
};

/// Curves of an adversary of a disentangled candidate, one value per epoch run.
struct AdversaryCurves {
  std::vector<double> train_loss;  ///< mean over the epoch's batches, in training mode
  std::vector<double> lambda;
};

/// One value per epoch run; a curve that does not apply is empty.
struct Curves {
  std::vector<double> train_class_loss;   ///< mean over the epoch's batches, in training mode
  std::vector<double> train_domain_loss;  ///< likewise; disentangled only: the first adversary's
  std::vector<double> validation_loss;    ///< class cross-entropy, evaluation mode
  std::vector<double> learning_rate;
  std::vector<double> lambda;                             ///< likewise
  std::vector<AdversaryCurves> further_adversaries = {};  ///< in the candidate's order
};

/// A probe beside that of a label in the whole pool: of an attribute, or within one class.
struct ProbeResult {
  std::string of;                 ///< "class", "domain" or the attribute
  std::string within = {};        ///< level of the class; empty: the whole pool
  stats::ScoreSet scores = {};    ///< on the held-out fold; of numbers: of their thirds
  std::optional<double> r2 = {};  ///< of numbers only; empty where it is undefined
  std::uint32_t missing = 0;      ///< samples of the held-out fold (and the class) without a value
};

/// Class probabilities [rows, classes] of some samples, row-major.
struct Predictions {
  std::vector<std::uint32_t> rows;  ///< rows of the store
  std::size_t classes = 0;
  std::vector<double> probabilities;
};

/// Encoder features z' [rows, dim] of some samples, row-major, evaluation mode.
struct Features {
  std::vector<std::uint32_t> rows;
  std::size_t dim = 0;
  std::vector<float> values;
};

/// What a fit leaves behind beside its scores.
struct Artefacts {
  std::optional<Predictions> held_out;
  std::optional<Predictions> oos;
  std::optional<Curves> curves;
  std::optional<Features> features;    ///< of the pool and the oos samples
  std::vector<Predictions> sets = {};  ///< one for each of FitResult::sets
  [[nodiscard]] bool empty() const {
    return !held_out && !oos && !curves && !features && sets.empty();
  }
};

/// What one fit returns: its scores, or the reason why it failed.
struct FitResult {
  FitId id;
  std::string error;  ///< empty: the fit succeeded, and only then the fields below count

  stats::ScoreSet held_out;            ///< target on the held-out fold (suffix _in)
  std::optional<stats::ScoreSet> oos;  ///< target on the out-of-sample set
  std::vector<stats::ScoreSet> sets;   ///< target on each of Experiment::evaluate_sets
  std::optional<stats::ScoreSet>
      probe;  ///< probed label on the held-out fold; its auc is domain_auc
  std::vector<ProbeResult> probes = {};  ///< further ones, as further_probes() has them

  std::uint32_t n_train = 0;  ///< samples outside the held-out fold, validation included
  std::uint32_t n_validation = 0;
  std::uint32_t n_test = 0;

  TrainingFacts training;
  SolverFacts solver;
  double seconds = 0;  ///< wall time; in journal and provenance, never in a report
  Artefacts artefacts;

  [[nodiscard]] bool failed() const { return !error.empty(); }
};

}  // namespace crossfold
