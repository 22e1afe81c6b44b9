#pragma once

#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/hash.h"
#include "crossfold/samples/sample_table.h"
#include "crossfold/store/store.h"

namespace crossfold::testing {

/// A file below tests/cli.
inline nlohmann::json recorded(const std::string& name) {
  return nlohmann::json::parse(std::ifstream(CROSSFOLD_SOURCE_DIR "/tests/cli/" + name));
}

/// 160 samples of three classes and four sources (samples.json, written by make_cases.py).
struct RecordedSamples {
  RecordedSamples() {
    const nlohmann::json data = recorded("split_schemes/samples.json");
    strengths = data["strengths"].get<std::vector<double>>();
    for (const nlohmann::json& row : data["features"])
      for (const double value : row) features.push_back(static_cast<float>(value));
    table.role.levels = {"in", "oos"};
    table.class_label.levels = {"class0", "class1", "class2"};
    table.domain.levels = {"site0", "site1", "site2", "site3"};
    for (std::size_t i = 0; i < data["class_label"].size(); ++i) {
      table.id.push_back("image" + std::to_string(i));
      table.group.push_back("patient" + data["patient"][i].dump());
      table.class_label.codes.push_back(data["class_label"][i]);
      table.domain.codes.push_back(data["source"][i]);
      table.role.codes.push_back(0);
    }
    embeddings = {{.name = "four/raw",
                   .rows = table.size(),
                   .dim = 4,
                   .extractor = "recorded",
                   .extractor_hash = "",
                   .preprocessing = "raw",
                   .content = sha256("recorded")}};
  }

  std::vector<double> strengths;  ///< of the logistic regressions that are compared
  std::vector<float> features;    ///< [160, 4]
  SampleTable table;
  std::vector<EmbeddingInfo> embeddings;  ///< the set of these features
};

}  // namespace crossfold::testing
