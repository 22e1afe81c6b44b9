#include "crossfold/store/synth.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"

#include "orthonormal.h"
#include "synth_sources.h"

namespace crossfold {
namespace {

constexpr double kClassLength = 1.5;
constexpr double kDomainLength = 3;
const std::vector<std::string> kClasses = {"normal", "pneumonia", "covid19"};

/// What a sample is made of; `planted` is the domain direction, `domain` what its label says.
struct Draft {
  std::int32_t class_label = 0;
  std::int32_t domain = 0;
  std::int32_t planted = 0;
  std::int32_t role = 0;  ///< 0 = in, 1 = oos
};

struct Recipe {
  std::string name;
  std::size_t dim = 0;
  std::vector<std::string> domains;
  std::size_t planted_domains = 0;  ///< the first ones of `domains` have a direction
  std::vector<Draft> drafts;
  /// [planted_domains][directions]: where a domain lies; empty: each in a direction of its own.
  std::vector<std::vector<double>> places = {};
  double spread = 0;  ///< sd of a sample along each of these directions, beside the unit noise

  [[nodiscard]] std::size_t domain_directions() const {
    return places.empty() ? planted_domains : places.front().size();
  }
};

class Streams {
 public:
  explicit Streams(std::uint64_t seed) : key_{.root_seed = seed, .seed = {}, .fold = {}} {}
  [[nodiscard]] RandomStream named(const std::string& purpose) const { return {key_, purpose}; }

 private:
  StreamKey key_;
};

std::size_t scaled(double count, double scale, std::size_t at_least) {
  return std::max(at_least, static_cast<std::size_t>(std::llround(count * scale)));
}

std::int32_t any_of_three(RandomStream& random) {
  return static_cast<std::int32_t>(random.below(3));
}

Recipe shortcut_recipe(const SynthSettings& settings, const Streams& streams) {
  Recipe recipe{.name = "shortcut",
                .dim = settings.dim.value_or(64),
                .domains = {"site_a", "site_b", "site_c", "new_site"},
                .planted_domains = 3,
                .drafts = {}};
  RandomStream in = streams.named("synth-in");
  for (std::size_t i = scaled(3000, settings.scale, 1); i > 0; --i) {
    const std::int32_t class_label = any_of_three(in);
    const bool shortcut = in.uniform() < 0.8;
    const std::int32_t other = any_of_three(in);
    const std::int32_t domain = shortcut ? class_label : other;
    recipe.drafts.push_back(
        {.class_label = class_label, .domain = domain, .planted = domain, .role = 0});
  }
  RandomStream oos = streams.named("synth-oos");
  for (std::size_t i = scaled(1000, settings.scale, 1); i > 0; --i) {
    const std::int32_t class_label = any_of_three(oos);
    recipe.drafts.push_back(
        {.class_label = class_label, .domain = 3, .planted = any_of_three(oos), .role = 1});
  }
  return recipe;
}

/// Patients of COVIDx 5, first image of each (METHODS 2).
struct Cell {
  std::int32_t domain;
  std::int32_t class_label;
  int count;
};
constexpr Cell kCovidx[] = {{0, 0, 8066}, {0, 1, 5520}, {1, 1, 29}, {1, 2, 295},
                            {2, 2, 51},   {3, 2, 46},   {4, 2, 35}};

Recipe covidx_recipe(const SynthSettings& settings, const Streams& streams) {
  Recipe recipe{.name = "covidx",
                .dim = settings.dim.value_or(1024),
                .domains = {"rsna", "cohen", "actmed", "sirm", "fig1", "new_site"},
                .planted_domains = 6,
                .drafts = {}};
  for (const Cell& cell : kCovidx)
    recipe.drafts.insert(recipe.drafts.end(), scaled(cell.count, settings.scale, 12),
                         {.class_label = cell.class_label,
                          .domain = cell.domain,
                          .planted = cell.domain,
                          .role = 0});
  const std::size_t oos = scaled(1500, settings.scale, 100);
  for (std::size_t i = 0; i < oos; ++i)
    recipe.drafts.push_back(
        {.class_label = static_cast<std::int32_t>(i % 3), .domain = 5, .planted = 5, .role = 1});
  streams.named("synth-order").shuffle(std::span(recipe.drafts));
  return recipe;
}

/// Places on a ring, in this order: new_site lies between the first and the third source.
constexpr std::int32_t kSites = 5;
constexpr int kPlaceOnRing[kSites + 1] = {0, 2, 4, 1, 3, 5};

std::vector<std::vector<double>> ring() {
  std::vector<std::vector<double>> places;
  for (const int place : kPlaceOnRing) {
    const double angle = 2 * std::numbers::pi * place / (kSites + 1);
    places.push_back({kDomainLength * std::cos(angle), kDomainLength * std::sin(angle)});
  }
  return places;
}

Recipe sites_recipe(const SynthSettings& settings, const Streams& streams) {
  Recipe recipe{.name = "sites",
                .dim = settings.dim.value_or(64),
                .domains = {"site_a", "site_b", "site_c", "site_d", "site_e", "new_site"},
                .planted_domains = kSites + 1,
                .drafts = {},
                .places = ring(),
                .spread = 1.5};
  RandomStream in = streams.named("synth-in");
  for (std::size_t i = scaled(3000, settings.scale, kSites); i > 0; --i) {
    const auto site = static_cast<std::int32_t>(i % kSites);
    const bool frequent = in.uniform() < 0.85;  // and a third of the others
    const std::int32_t other = any_of_three(in);
    recipe.drafts.push_back(
        {.class_label = frequent ? site % 3 : other, .domain = site, .planted = site, .role = 0});
  }
  RandomStream oos = streams.named("synth-oos");
  for (std::size_t i = scaled(1000, settings.scale, 1); i > 0; --i)
    recipe.drafts.push_back(
        {.class_label = any_of_three(oos), .domain = kSites, .planted = kSites, .role = 1});
  return recipe;
}

Recipe recipe_of(const SynthSettings& settings, const Streams& streams) {
  switch (settings.kind) {
    case SynthKind::shortcut:
      return shortcut_recipe(settings, streams);
    case SynthKind::covidx:
      return covidx_recipe(settings, streams);
    case SynthKind::sites:
      return sites_recipe(settings, streams);
    case SynthKind::sources:
      break;  // made of its own: synth_sources.h
  }
  throw_contract_error("a known kind", __FILE__, __LINE__);
}

SampleTable sample_table(const Recipe& recipe) {
  SampleTable samples;
  samples.class_label.levels = kClasses;
  samples.domain.levels = recipe.domains;
  samples.role.levels = role_levels();
  CodedColumn planted{
      .codes = {},
      .levels = {recipe.domains.begin(),
                 recipe.domains.begin() + static_cast<std::ptrdiff_t>(recipe.planted_domains)}};
  for (const Draft& draft : recipe.drafts) {
    const std::size_t number = samples.size();
    samples.id.push_back(fmt::format("{}-{:06}", recipe.name, number));
    samples.group.push_back(fmt::format("{}-patient-{:06}", recipe.name, number));
    samples.class_label.codes.push_back(draft.class_label);
    samples.domain.codes.push_back(draft.domain);
    samples.role.codes.push_back(draft.role);
    planted.codes.push_back(draft.planted);
  }
  samples.attributes.push_back({.name = "planted_domain", .values = std::move(planted)});
  return samples;
}

/// What the domain adds to a sample.
std::vector<double> domain_part(const Recipe& recipe, const Draft& draft,
                                std::span<const std::vector<double>> directions,
                                RandomStream& noise) {
  const auto planted = static_cast<std::size_t>(draft.planted);
  std::vector<double> part(recipe.dim);
  for (std::size_t d = 0; d < directions.size(); ++d) {
    double length =
        recipe.places.empty() ? (d == planted ? kDomainLength : 0) : recipe.places[planted][d];
    if (recipe.spread > 0) length += recipe.spread * noise.normal();
    for (std::size_t i = 0; i < recipe.dim; ++i) part[i] += length * directions[d][i];
  }
  return part;
}

std::vector<float> embed(const Recipe& recipe, const Streams& streams) {
  const std::vector<std::vector<double>> directions = orthonormal(
      kClasses.size() + recipe.domain_directions(), recipe.dim, streams.named("synth-directions"));
  RandomStream in_noise = streams.named("synth-in-noise");
  RandomStream oos_noise = streams.named("synth-oos-noise");
  std::vector<float> values;
  values.reserve(recipe.drafts.size() * recipe.dim);
  for (const Draft& draft : recipe.drafts) {
    const auto& of_class = directions[static_cast<std::size_t>(draft.class_label)];
    RandomStream& noise = draft.role == 0 ? in_noise : oos_noise;
    const std::vector<double> of_domain =
        domain_part(recipe, draft, std::span(directions).subspan(kClasses.size()), noise);
    for (std::size_t i = 0; i < recipe.dim; ++i)
      values.push_back(
          static_cast<float>(kClassLength * of_class[i] + of_domain[i] + noise.normal()));
  }
  return values;
}

/// How many orthonormal directions a kind needs.
std::size_t planted_directions(const SynthSettings& settings) {
  switch (settings.kind) {
    case SynthKind::shortcut:
      return 6;
    case SynthKind::covidx:
      return 9;
    case SynthKind::sites:
      return 5;
    case SynthKind::sources:
      return source_directions(settings);
  }
  throw_contract_error("a known kind", __FILE__, __LINE__);
}

}  // namespace

SynthStore synthesize(const SynthSettings& settings) {
  constexpr double kMaxScale = 100;
  CF_VALIDATE(settings.scale >= 0.01 && settings.scale <= kMaxScale, ErrorCode::usage,
              fmt::format("scale is {} (0.01 to {} are allowed)", settings.scale, kMaxScale));
  CF_VALIDATE(
      !settings.sources || settings.kind == SynthKind::sources, ErrorCode::usage,
      fmt::format("sources is {} (only the kind sources has a number of them). leave it out",
                  settings.sources.value_or(0)));
  const std::size_t directions = planted_directions(settings);
  const std::size_t dim = settings.dim.value_or(directions);
  CF_VALIDATE(dim >= directions && dim <= 65'536, ErrorCode::usage,
              fmt::format("dim is {} ({} to 65536 are allowed: that many directions are planted)",
                          dim, directions));
  if (settings.kind == SynthKind::sources) return synthesize_sources(settings);
  const Streams streams(settings.seed);
  const Recipe recipe = recipe_of(settings, streams);
  SynthStore store;
  store.samples = sample_table(recipe);
  EmbeddingSet& set = store.embeddings.emplace_back();
  set.info.name = "synth/" + recipe.name;
  set.info.dim = recipe.dim;
  set.info.extractor =
      fmt::format("synth {} (scale {}, seed {})", recipe.name, settings.scale, settings.seed);
  set.values = embed(recipe, streams);
  return store;
}

void write_synth_store(const std::filesystem::path& path, const SynthSettings& settings) {
  const SynthStore store = synthesize(settings);
  write_store(path, store.samples, store.embeddings);
}

}  // namespace crossfold
