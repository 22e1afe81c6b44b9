#include "synth_sources.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/random_stream.h"
#include "crossfold/store/planted_sources.h"

#include "orthonormal.h"

namespace crossfold {
namespace {

constexpr double kSamplesOfSource = 2000;
constexpr std::size_t kUsualDim = 64;

struct Patient {
  std::size_t source = 0;
  bool ill = false, male = false, ap = false;
  double age = 0;  ///< years
};

bool drawn(const PlantedProperty& property, bool ill, RandomStream& random) {
  return random.uniform() < (ill ? property.share_ill : property.share_healthy);
}

/// The sources in turn.
std::vector<Patient> draw_patients(const std::vector<PlantedSource>& sources, double scale,
                                   RandomStream random) {
  const auto each =
      std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(kSamplesOfSource * scale)));
  std::vector<Patient> patients;
  for (std::size_t i = 0; i < each * sources.size(); ++i) {
    const std::size_t source = i % sources.size();
    Patient patient{.source = source};
    patient.ill = random.uniform() < sources[source].prevalence;
    patient.male = drawn(sources[source].male, patient.ill, random);
    patient.ap = drawn(sources[source].ap, patient.ill, random);
    patient.age = kMeanAge + kAgeSd * random.normal();
    patients.push_back(patient);
  }
  return patients;
}

SampleTable sample_table(const std::vector<PlantedSource>& sources,
                         const std::vector<Patient>& patients) {
  SampleTable samples;
  samples.class_label.levels = {"normal", "covid19"};
  for (const PlantedSource& source : sources) samples.domain.levels.push_back(source.name);
  samples.role.levels = role_levels();
  CodedColumn sex{.codes = {}, .levels = {"F", "M"}};
  CodedColumn view{.codes = {}, .levels = {"PA", "AP"}};
  std::vector<double> age;
  for (const Patient& patient : patients) {
    const std::size_t number = samples.size();
    samples.id.push_back(fmt::format("sources-{:06}", number));
    samples.group.push_back(fmt::format("sources-patient-{:06}", number));
    samples.class_label.codes.push_back(patient.ill ? 1 : 0);
    samples.domain.codes.push_back(static_cast<std::int32_t>(patient.source));
    samples.role.codes.push_back(0);
    sex.codes.push_back(patient.male ? 1 : 0);
    view.codes.push_back(patient.ap ? 1 : 0);
    age.push_back(patient.age);
  }
  samples.attributes = {{.name = "sex", .values = std::move(sex)},
                        {.name = "view", .values = std::move(view)},
                        {.name = "age", .values = std::move(age)}};
  return samples;
}

/// The model of planted_sources.h; directions in the order class, sex, view, age, sources.
std::vector<float> embed(const std::vector<PlantedSource>& sources,
                         const std::vector<Patient>& patients, std::size_t dim,
                         const StreamKey& key) {
  const std::vector<std::vector<double>> directions =
      orthonormal(4 + sources.size(), dim, RandomStream(key, "synth-directions"));
  RandomStream noise(key, "synth-in-noise");
  const auto side = [](bool answer) { return answer ? 0.5 : -0.5; };
  std::vector<float> values;
  values.reserve(patients.size() * dim);
  for (const Patient& patient : patients) {
    const PlantedSource& source = sources[patient.source];
    const double class_part = side(patient.ill) * kPlantedClass;
    const double sex_part = source.male.shows ? side(patient.male) * kPlantedProperty : 0;
    const double view_part = source.ap.shows ? side(patient.ap) * kPlantedProperty : 0;
    const double age_part = (patient.age - kMeanAge) / kAgeSd * kPlantedAge;
    const double source_part = kPlantedSource + side(patient.ill) * kPlantedOwnShortcut;
    for (std::size_t i = 0; i < dim; ++i)
      values.push_back(
          static_cast<float>(class_part * directions[0][i] + sex_part * directions[1][i] +
                             view_part * directions[2][i] + age_part * directions[3][i] +
                             source_part * directions[4 + patient.source][i] + noise.normal()));
  }
  return values;
}

}  // namespace

std::size_t source_directions(const SynthSettings& settings) {
  return 4 + planted_sources(settings.sources.value_or(kUsualSources)).size();
}

SynthStore synthesize_sources(const SynthSettings& settings) {
  const std::vector<PlantedSource> sources =
      planted_sources(settings.sources.value_or(kUsualSources));
  const StreamKey key{.root_seed = settings.seed, .seed = {}, .fold = {}};
  const std::vector<Patient> patients =
      draw_patients(sources, settings.scale, RandomStream(key, "synth-in"));
  SynthStore store;
  store.samples = sample_table(sources, patients);
  EmbeddingSet& set = store.embeddings.emplace_back();
  set.info.name = "synth/sources";
  set.info.dim = settings.dim.value_or(kUsualDim);
  set.info.extractor = fmt::format("synth sources ({} sources, scale {}, seed {})", sources.size(),
                                   settings.scale, settings.seed);
  set.values = embed(sources, patients, set.info.dim, key);
  return store;
}

}  // namespace crossfold
