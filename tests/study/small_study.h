#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "crossfold/store/synth.h"
#include "crossfold/study/study.h"

#include "hdf5/scratch_folder.h"

namespace crossfold::test {

/// A job of 18 fits on a planted store, in a folder of its own: 6 of a linear probe, 6 of a
/// baseline, 6 of a disentangled head.
class SmallStudy {
 public:
  SmallStudy() {
    write_synth_store(folder_ / "s.h5", {.dim = 8, .scale = 0.1, .seed = 3});
    write("job.json", R"({
      "name": "small study", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [
        {"name": "domains", "target": "domain", "candidates": [{"kind": "linear"}]},
        {"name": "task",
         "candidates": [{"kind": "baseline"}, {"kind": "disentangled",
           "lambda": {"schedule": "constant", "from": 1}}]}],
      "splits": {"folds": 3, "seeds": 2},
      "training": {"epochs": 2, "batch": 32}})");
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] Study load() const { return load_study({.job = file("job.json")}); }

 private:
  ScratchFolder folder_;
};

}  // namespace crossfold::test
