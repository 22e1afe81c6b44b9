#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "crossfold/hdf5/file.h"
#include "crossfold/store/store.h"

namespace crossfold::test {

/// Twelve samples of six patients with every kind of column, among them missing values.
inline SampleTable twelve_samples() {
  SampleTable samples;
  samples.class_label.levels = {"normal", "pneumonia", "covid19"};
  samples.domain.levels = {"cohen", "größer"};
  samples.role.levels = role_levels();
  std::vector<double> age;
  CodedColumn view{.codes = {}, .levels = {"PA", "AP"}};
  for (int i = 0; i < 12; ++i) {
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(i / 2));
    samples.class_label.codes.push_back(i == 5 ? -1 : i % 3);
    samples.domain.codes.push_back(i % 2);
    samples.role.codes.push_back(i < 10 ? 0 : 1);
    age.push_back(i == 3 ? std::numeric_limits<double>::quiet_NaN() : 40 + 0.1 * i);
    view.codes.push_back(i == 7 ? -1 : i % 2);
  }
  samples.attributes = {{"age", age}, {"view", view}};
  return samples;
}

inline EmbeddingSet twelve_rows(const std::string& name, std::size_t dim) {
  EmbeddingSet set;
  set.info.name = name;
  set.info.dim = dim;
  for (std::size_t i = 0; i < 12 * dim; ++i)
    set.values.push_back(std::sin(static_cast<float>(i + dim)));
  return set;
}

/// A store written by hand, as a foreign program might: without hashes, without the checks of
/// write_store, and with parts missing or added.
struct LooseStore {
  SampleTable samples = twelve_samples();
  EmbeddingSet set = twelve_rows("net/raw", 3);
  std::string format = "crossfold-store";
  std::int64_t version = 1;
  std::set<std::string> without;             ///< "format", "samples", "class", "embeddings", ...
  std::function<void(hdf5::Group&)> change;  ///< is given the root at the end

  void write(const std::filesystem::path& path) const {
    hdf5::File file = hdf5::File::create(path);
    hdf5::Group root = file.root();
    if (has("format")) root.write_attribute("format", format);
    if (has("format_version")) root.write_attribute("format_version", version);
    if (has("samples")) write_samples(root.create_group("samples"));
    if (has("embeddings"))
      root.create_group("embeddings")
          .create_group("net")
          .write<float>("raw", set.values, {set.values.size() / set.info.dim, set.info.dim});
    if (change) change(root);
  }

  /// Codes with levels; none are written where the column has none.
  static void write_codes(hdf5::Group& group, const std::string& name, const CodedColumn& column) {
    hdf5::Dataset dataset = group.write<std::int32_t>(name, column.codes, {column.codes.size()});
    if (!column.levels.empty()) dataset.write_attribute("levels", column.levels);
  }

 private:
  [[nodiscard]] bool has(const std::string& part) const { return !without.contains(part); }

  void write_samples(hdf5::Group group) const {
    if (has("id")) group.write_texts("id", samples.id);
    if (has("group")) group.write_texts("group", samples.group);
    if (has("class")) write_codes(group, "class", samples.class_label);
    if (has("domain")) write_codes(group, "domain", samples.domain);
    if (has("role")) write_codes(group, "role", samples.role);
  }
};

}  // namespace crossfold::test
