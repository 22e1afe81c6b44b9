#include "crossfold/study/map_input.h"

#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/job/names.h"
#include "crossfold/store/store.h"

namespace crossfold {
namespace {

bool is_shown(const std::string& role, MapRole wanted) {
  if (wanted == MapRole::all) return true;
  return (role == "oos") == (wanted == MapRole::oos) && !role.empty();
}

/// Keeps the rows whose role is wanted; `role_of` and `features_of` take a place among `rows`.
template <class RoleOf, class FeaturesOf>
void take_rows(MapInput& input, const std::vector<std::uint32_t>& rows, MapRole wanted,
               const RoleOf& role_of, const FeaturesOf& features_of) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string role = role_of(i);
    if (!is_shown(role, wanted)) continue;
    const std::span<const float> features = features_of(i);
    input.rows.push_back(rows[i]);
    input.roles.push_back(role);
    input.values.insert(input.values.end(), features.begin(), features.end());
  }
  CF_VALIDATE(!input.rows.empty(), ErrorCode::bad_input,
              "no sample has the role asked for (a map needs points). give another --role",
              input.source);
}

std::string names_of_sets(const StoreContents& store) {
  std::vector<std::string> names;
  for (const EmbeddingInfo& info : store.embeddings) names.push_back(info.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

const EmbeddingInfo& embedding_of(const StoreContents& store,
                                  const std::optional<std::string>& name) {
  if (!name) {
    CF_VALIDATE(store.embeddings.size() == 1, ErrorCode::bad_input,
                fmt::format("has {} embedding sets (a map shows one). choose one with --embedding: "
                            "{}",
                            store.embeddings.size(), names_of_sets(store)),
                store.path.string());
    return store.embeddings.front();
  }
  const EmbeddingInfo* info = store.find(*name);
  CF_VALIDATE(info != nullptr, ErrorCode::bad_input,
              fmt::format("has no embedding set '{}' (no set has this name). choose one of {}",
                          *name, names_of_sets(store)),
              store.path.string());
  return *info;
}

std::string without_commas(std::string text) {
  std::erase(text, ',');
  return text;
}

/// Experiment, embedding set, candidate and split of a fit, for people.
std::string place_of(const RunRecords& records, const Fit& fit) {
  const Experiment& experiment = records.job.experiments[fit.experiment];
  return fmt::format("experiment {}, embedding set {}, candidate {}, {}", experiment.name,
                     records.job.embeddings[fit.embedding],
                     experiment.candidates[fit.candidate].name, split_text(records.plan, fit));
}

bool is_chosen(const RunRecords& records, const Fit& fit, const FitChoice& choice) {
  const Experiment& experiment = records.job.experiments[fit.experiment];
  return experiment.candidates[fit.candidate].name == choice.candidate &&
         without_commas(split_text(records.plan, fit)) == without_commas(choice.split) &&
         choice.experiment.value_or(experiment.name) == experiment.name &&
         choice.embedding.value_or(records.job.embeddings[fit.embedding]) ==
             records.job.embeddings[fit.embedding];
}

const Fit& fit_of(const std::string& where, const RunRecords& records, const FitChoice& choice) {
  std::vector<const Fit*> chosen;
  for (const Fit& fit : records.plan.fits)
    if (is_chosen(records, fit, choice)) chosen.push_back(&fit);
  CF_VALIDATE(!chosen.empty(), ErrorCode::bad_input,
              fmt::format("has no fit of candidate '{}' on split '{}' (no planned fit has these "
                          "names). `crossfold plan` lists candidates and splits; a split reads "
                          "\"seed 0 fold 0\"",
                          choice.candidate, choice.split),
              where);
  CF_VALIDATE(
      chosen.size() == 1, ErrorCode::bad_input,
      fmt::format("{} fits are meant (features of different fits share no axes). choose "
                  "one with --experiment and --embedding: {}; {}; ...",
                  chosen.size(), place_of(records, *chosen[0]), place_of(records, *chosen[1])),
      where);
  return *chosen.front();
}

}  // namespace

MapInput map_input_of_store(const std::filesystem::path& path,
                            const std::optional<std::string>& embedding, MapRole role) {
  StoreContents store = open_store(path);
  const EmbeddingInfo& info = embedding_of(store, embedding);
  MapInput input{
      .source = info.name, .samples = {}, .rows = {}, .roles = {}, .values = {}, .dim = info.dim};
  std::vector<float> all(info.rows * info.dim);
  read_embedding(store.path, info, all);
  std::vector<std::uint32_t> rows(info.rows);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
  const auto role_of = [&](std::size_t i) {
    const std::string* name = store.samples.role.name_of(i);
    return name == nullptr ? std::string() : *name;
  };
  take_rows(input, rows, role, role_of, [&](std::size_t i) {
    return std::span<const float>(all).subspan(i * info.dim, info.dim);
  });
  input.samples = std::move(store.samples);
  return input;
}

MapInput map_input_of_fit(const std::filesystem::path& directory, const RunRecords& records,
                          const FitChoice& choice, MapRole role) {
  const Fit& fit = fit_of(directory.string(), records, choice);
  const Artefacts artefacts = read_artefacts(directory, records, fit.id);
  CF_VALIDATE(artefacts.features.has_value(), ErrorCode::bad_input,
              fmt::format("keeps no features of {} (the job's output.features is '{}', or the fit "
                          "is missing, failed or of kind linear). run the job with \"features\": "
                          "\"all\" in another directory",
                          place_of(records, fit), name_of(records.job.output.features)),
              directory.string());
  const Features& features = *artefacts.features;
  const Split split = split_of(records.job, records.plan, fit);
  const ExperimentSamples& samples = records.plan.basis.samples[fit.experiment];
  const std::set<std::uint32_t> held_out(split.test.begin(), split.test.end());
  const std::set<std::uint32_t> oos(samples.oos.begin(), samples.oos.end());
  MapInput input{.source = place_of(records, fit),
                 .samples = records.samples,
                 .rows = {},
                 .roles = {},
                 .values = {},
                 .dim = features.dim};
  const auto role_of = [&](std::size_t i) -> std::string {
    const std::uint32_t row = features.rows[i];
    return oos.contains(row) ? "oos" : held_out.contains(row) ? "held_out" : "train";
  };
  take_rows(input, features.rows, role, role_of, [&](std::size_t i) {
    return std::span<const float>(features.values).subspan(i * features.dim, features.dim);
  });
  return input;
}

}  // namespace crossfold
