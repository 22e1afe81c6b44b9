#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/samples/experiment_samples.h"
#include "crossfold/samples/splits.h"

namespace crossfold {

/// Splits made elsewhere. As a file: CSV with the columns experiment, seed, fold, part, id, one
/// line for each held-out (`test`) and each `validation` sample; every other sample of the pool
/// trains. A split without validation lines gets its validation part from crossfold.
class SplitTable {
 public:
  struct Parts {
    std::vector<std::uint32_t> test;        ///< rows of the store, ascending
    std::vector<std::uint32_t> validation;  ///< likewise; empty: to be drawn
  };

  /// `name` stands in messages. Error{bad_input} names every bad line: unknown sample, unknown
  /// part, a sample twice in one split, numbers that are none.
  [[nodiscard]] static SplitTable parse(std::string_view csv, const std::string& name,
                                        const std::vector<std::string>& sample_ids);

  [[nodiscard]] const Parts* find(const std::string& experiment, SeedIndex seed,
                                  FoldIndex fold) const;

  /// Adds to `errors` what keeps the table from being the folds of this experiment, with file,
  /// line, sample and patient: a missing split, one that leaves nothing to train on, a sample
  /// outside of the pool or in no fold or in two, a group on both sides. `selected` are the samples
  /// of the experiment, `table` all of the store. Further seeds and other experiments are left
  /// alone.
  void check(const std::string& experiment, const ExperimentSamples& selected,
             const SampleTable& table, const SplitSettings& settings,
             ValidationErrors& errors) const;

 private:
  /// One split, and where the file has its samples.
  struct Given {
    Parts parts;
    std::unordered_map<std::uint32_t, std::size_t> line_of;  ///< by the row of the store
  };
  friend class SplitTableCheck;

  std::string name_;
  std::map<std::tuple<std::string, SeedIndex, FoldIndex>, Given> splits_;
};

/// As make_split, with the held-out fold (and, where given, the validation part) of the table.
[[nodiscard]] Split split_from(const SplitTable::Parts& parts, const ExperimentSamples& samples,
                               Label stratify, const SplitSettings& settings, const StreamKey& key,
                               Validation validation);

/// The lines of one split, as SplitTable::parse reads them; `kSplitTableHeader` comes first.
inline constexpr const char* kSplitTableHeader = "experiment,seed,fold,part,id\n";
[[nodiscard]] std::string split_lines(const std::string& experiment, SeedIndex seed, FoldIndex fold,
                                      const Split& split,
                                      const std::vector<std::string>& sample_ids);

}  // namespace crossfold
