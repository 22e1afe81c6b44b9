#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/store/store.h"

namespace crossfold::testing {

/// The samples that testing::example_job() is about: three classes in each of four domains, six
/// times each, every patient with one sample; twelve samples of two more domains oos.
inline SampleTable example_samples() {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  const std::vector<std::string> classes{"normal", "pneumonia", "covid19"};
  const std::vector<std::string> domains{"rsna", "cohen", "sirm", "fig1"};
  constexpr std::size_t kIn = 72, kOos = 12;
  for (std::size_t i = 0; i < kIn + kOos; ++i) {
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(i));
    samples.class_label.append(classes[i / 4 % 3]);
    samples.domain.append(i < kIn ? domains[i % 4] : i % 2 == 0 ? "site" : "other site");
    samples.role.append(i < kIn ? "in" : "oos");
  }
  return samples;
}

/// Both embedding sets that the job's settings name.
inline std::vector<EmbeddingInfo> example_embeddings(std::size_t dim) {
  std::vector<EmbeddingInfo> infos;
  for (const char* name : {"texture/raw", "texture/equalized"})
    infos.push_back({.name = name,
                     .rows = example_samples().size(),
                     .dim = dim,
                     .extractor = "texture",
                     .extractor_hash = "",
                     .preprocessing = "",
                     .content = sha256(name)});
  return infos;
}

}  // namespace crossfold::testing
