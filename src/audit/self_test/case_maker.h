#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/audit/replay.h"
#include "crossfold/audit/run_evidence.h"
#include "crossfold/samples/sample_table.h"
#include "crossfold/store/store.h"

namespace crossfold::audit {

/// A run made for a rule, as it would be given to an auditor.
struct AuditCase {
  std::string what;  ///< was planted, or could be taken for it: a clause
  AuditSubject subject;
  /// Other rules (ids) that object to the case as well, and rightly.
  std::vector<std::string> also = {};
};

/// Made-up samples with their embedding, and the job that is run on them.
struct MadeStudy {
  SampleTable samples;
  std::size_t dim = 0;
  std::vector<float> values;              ///< [N, dim], the embedding set "made/z"
  nlohmann::json job;                     ///< without the store's name
  std::vector<EmbeddingSet> others = {};  ///< further sets of the same samples
};

/// Makes runs by training them, each in a place of its own below a folder; run directories of one
/// maker can be changed freely, their stores lie beside them.
class CaseMaker {
 public:
  /// `folder` must be there and empty.
  explicit CaseMaker(std::filesystem::path folder);

  /// Nothing to object to: 3 classes of 120 images, 3 domains and the attributes sex, view and age,
  /// all independent of each other; patients with 1 to 3 images; 120 images out of sample from a
  /// domain of their own. Classes have directions (length 3), domains and attributes none; unit
  /// noise. A linear candidate, a baseline and a disentangled one on 3 folds x 2 seeds.
  [[nodiscard]] MadeStudy clean_study() const;
  /// The same with the domain's direction (length 3) and a domain that is the class with
  /// probability 0.8: a classifier can learn the hospital.
  [[nodiscard]] MadeStudy shortcut_study() const;

  /// Writes the store and runs the job: the run directory.
  [[nodiscard]] std::filesystem::path train(const MadeStudy& study);
  /// Goes on with a run that lacks fits.
  void go_on(const std::filesystem::path& run);
  /// Trains fits of a run again: all of them, unless it has very many.
  [[nodiscard]] Replay replay(const std::filesystem::path& run, ReplaySettings settings = {});
  /// A run of clean_study(), of shortcut_study(): trained once, copied each time.
  [[nodiscard]] std::filesystem::path clean_run() { return copy_of_run("clean", clean_study()); }
  [[nodiscard]] std::filesystem::path shortcut_run() {
    return copy_of_run("shortcut", shortcut_study());
  }

  /// A name for a file or folder that is not there yet.
  [[nodiscard]] std::filesystem::path fresh(const std::string& name);

 private:
  [[nodiscard]] std::filesystem::path copy_of_run(const std::string& name, const MadeStudy& study);

  std::filesystem::path folder_;
  std::map<std::string, std::filesystem::path> trained_;
  std::size_t made_ = 0;
};

/// The embedding set of a made study, and its store.
[[nodiscard]] EmbeddingSet made_set(const MadeStudy& study);
void write_made_store(const std::filesystem::path& path, const MadeStudy& study);

/// Puts a row of `study` behind the others: the same labels and numbers, another id.
void append_copy(MadeStudy& study, std::size_t row, const std::string& id);

}  // namespace crossfold::audit
