#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/job/candidate.h"
#include "crossfold/job/split_scheme.h"
#include "crossfold/job/sweep_settings.h"

namespace crossfold {

/// The two labels of a sample.
enum class Label { class_label, domain };
/// `in`: the pool that is split into folds. `oos`: scored by every fit, trained on only by filter.
enum class Role { in, oos };

/// Samples by an attribute: one of some names, or a number within a range.
struct AttributeFilter {
  std::string attribute;
  std::vector<std::string> names;  ///< empty: a range
  double low = 0;                  ///< of the range; both ends belong to it
  double high = 0;
  bool operator==(const AttributeFilter&) const = default;
};

/// Which samples: an empty list lets every value pass; what is asked is joined by "and".
struct SampleFilter {
  std::vector<Role> role;
  std::vector<std::string> class_label;
  std::vector<std::string> domain;
  std::vector<std::string> set = {};  ///< named sets (Job::sets), at least one of them
  std::vector<AttributeFilter> attributes = {};
  /// In a named set: so many images of a class ("": of every class that is not named) are drawn, by
  /// patient.
  std::map<std::string, int> at_most = {};
  bool operator==(const SampleFilter&) const = default;
};

/// A named set of samples: what at least one of the filters lets pass.
using SampleSet = std::vector<SampleFilter>;

/// Which features a baseline or disentangled fit is probed on: the embedding or the encoder's.
enum class ProbeOn { embedding, encoded };
/// Where probes are fitted and scored: in the whole pool, or within each class as well.
enum class ProbeWithin { pool, class_label };
/// `train`: each column is scaled by mean and sd (ddof 0) of the fit's own training samples.
enum class Standardize { none, train };

/// One table of the study: a pool of samples, what is predicted, and the candidates.
struct Experiment {
  std::string name;
  Label target = Label::class_label;
  SampleFilter samples{
      .role = {Role::in}, .class_label = {}, .domain = {}};  ///< the pool to be split
  Label stratify = Label::class_label;                       ///< default: the target
  /// Levels of the target that make one class, all others the other one; empty: every level is a
  /// class.
  std::vector<std::string> positive = {};
  /// Each fit trains on as many samples of every level as the rarest has.
  std::optional<Label> balance = {};
  /// The class loss weighs samples so that the levels of this label (of two: the pairs of levels
  /// that occur) count alike; empty: every sample counts alike.
  std::vector<Label> weights = {};
  bool evaluate_oos = false;
  std::vector<std::string> evaluate_sets = {};  ///< named sets that every fit is scored on as well
  /// Of an experiment that was written with several training sets: the name it had. Its parts
  /// differ in `samples` and stand in one matrix.
  std::string matrix = {};
  std::optional<Label> probe;
  std::vector<std::string> probe_attributes = {};  ///< attributes of the store, probed as well
  ProbeWithin probe_within = ProbeWithin::pool;
  ProbeOn probe_on = ProbeOn::encoded;
  Standardize standardize = Standardize::none;
  std::vector<Candidate> candidates;  ///< those of a sweep are drawn already
  std::optional<SweepSettings> sweep = {};
};

/// Attributes of the store that candidates are disentangled from, sorted.
[[nodiscard]] std::vector<std::string> attributes_disentangled_from(const Experiment& experiment);
/// Whether any candidate is a network.
[[nodiscard]] bool has_networks(const Experiment& experiment);
/// Whether anything is probed.
[[nodiscard]] bool has_probes(const Experiment& experiment);
/// Whether there are probes beside that of a label in the whole pool.
[[nodiscard]] bool has_further_probes(const Experiment& experiment);
/// The name of the set that is the whole pool; nullptr where the pool is described otherwise.
[[nodiscard]] const std::string* pool_set(const Experiment& experiment);
/// Whether later candidates of the experiment are drawn by what earlier ones came to.
[[nodiscard]] bool has_generations(const Experiment& experiment);
/// Candidates that were drawn.
[[nodiscard]] std::size_t drawn_candidates(const Experiment& experiment);
/// Candidates of later generations; 0 but for the sampler tpe.
[[nodiscard]] std::size_t candidates_to_come(const Experiment& experiment);

/// What is left out of training and scored, in turns.
struct LeaveOut {
  std::string by = "domain";  ///< "class", "domain" or an attribute that has names
  int levels = 1;             ///< so many of its levels together
};

struct SplitSettings {
  SplitScheme scheme = SplitScheme::k_fold;  ///< k_fold, hold_out or leave_out
  int folds = 10;                            ///< k_fold
  int seeds = 5;
  double test = 0.3;        ///< hold_out: share of the samples of the store
  LeaveOut leave_out = {};  ///< leave_out
  double validation = 0.1;  ///< share of the samples that are not held out; 0: none
  std::optional<std::filesystem::path> file;  ///< parts made elsewhere (samples/split_table.h)
};

/// Which fits leave their features (z') behind.
enum class FeatureOutput { none, first_split, all };

struct OutputSettings {
  bool predictions = true;
  bool curves = true;
  FeatureOutput features = FeatureOutput::none;
};

inline constexpr int kLargestCohort = 256;

/// Everything that a study is made of. Read by parse_job, written by canonical_job.
struct Job {
  std::string name;
  std::filesystem::path store;  ///< as written; relative to the job file's folder
  /// Run directory whose fits are taken over where they are the same; likewise.
  std::optional<std::filesystem::path> warm_start = {};
  std::uint64_t seed = 0;              ///< root of every random stream
  std::map<Role, SampleFilter> roles;  ///< overrides: matching samples get this role
  std::map<std::string, SampleSet> sets = {};
  std::vector<Experiment> experiments;
  std::vector<std::string> embeddings;  ///< "<extractor>/<preprocessing>"
  SplitSettings splits;
  OutputSettings output;
  std::optional<EngineKind> engine = {};  ///< of networks; empty: what their kinds name
  int cohort = 8;  ///< fits trained together at most; the numbers do not depend on it
};

/// Whether any experiment has networks.
[[nodiscard]] bool has_networks(const Job& job);
/// What trains them.
[[nodiscard]] EngineKind network_engine(const Job& job);

}  // namespace crossfold
