#include "crossfold/store/planted_sources.h"

#include <array>
#include <functional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "population_rule.h"

namespace crossfold {
namespace {

/// Who a sample is: one part of a source.
struct Person {
  std::size_t source = 0;
  bool ill = false, male = false, ap = false;
};

struct Part {
  Person person;
  double weight = 0;
  std::vector<double> mean;  ///< along c, x, r, d_1 .. d_n; age is left out: it goes with nothing
};

using Parts = std::vector<Part>;
using Who = std::function<bool(const Person&)>;

double share(const PlantedProperty& property, bool ill) {
  return ill ? property.share_ill : property.share_healthy;
}

Part part_of(const std::vector<PlantedSource>& sources, const Person& person) {
  const PlantedSource& source = sources[person.source];
  const auto chance = [](double yes, bool answer) { return answer ? yes : 1 - yes; };
  const auto side = [](bool answer) { return answer ? 0.5 : -0.5; };
  Part part{.person = person,
            .weight = chance(source.prevalence, person.ill) *
                      chance(share(source.male, person.ill), person.male) *
                      chance(share(source.ap, person.ill), person.ap),
            .mean = std::vector<double>(3 + sources.size())};
  part.mean[0] = side(person.ill) * kPlantedClass;
  part.mean[1] = source.male.shows ? side(person.male) * kPlantedProperty : 0;
  part.mean[2] = source.ap.shows ? side(person.ap) * kPlantedProperty : 0;
  part.mean[3 + person.source] = kPlantedSource + side(person.ill) * kPlantedOwnShortcut;
  return part;
}

Parts all_parts(const std::vector<PlantedSource>& sources) {
  Parts parts;
  for (std::size_t source = 0; source < sources.size(); ++source)
    for (const bool ill : {false, true})
      for (const bool male : {false, true})
        for (const bool ap : {false, true})
          parts.push_back(part_of(sources, {.source = source, .ill = ill, .male = male, .ap = ap}));
  return parts;
}

/// Those of `among` as a mixture with an answer.
std::vector<MixturePart> mixture(const Parts& parts, const Who& among, const Who& positive) {
  std::vector<MixturePart> chosen;
  for (const Part& part : parts)
    if (among(part.person))
      chosen.push_back(
          {.weight = part.weight, .mean = part.mean, .positive = positive(part.person)});
  return chosen;
}

PlantedScores scores(const LinearRule& rule, std::span<const MixturePart> parts) {
  return {.auc = population_auc(rule, parts),
          .balanced_accuracy = population_balanced_accuracy(rule, parts)};
}

/// AUC of a rule that is made from the same samples as it is scored on.
double own_auc(const Parts& parts, const Who& among, const Who& positive) {
  const std::vector<MixturePart> chosen = mixture(parts, among, positive);
  return population_auc(population_logistic(chosen), chosen);
}

bool anyone(const Person&) { return true; }
bool is_ill(const Person& person) { return person.ill; }
bool is_healthy(const Person& person) { return !person.ill; }
bool is_male(const Person& person) { return person.male; }
bool is_ap(const Person& person) { return person.ap; }

/// The rules that the whole pool makes.
struct PoolRules {
  LinearRule ill, male, ap;
};

SourceAnswer source_answer(const Parts& parts, const PoolRules& pool, std::size_t source) {
  const Who here = [source](const Person& person) { return person.source == source; };
  const Who elsewhere = [source](const Person& person) { return person.source != source; };
  const std::vector<MixturePart> patients = mixture(parts, here, is_ill);
  return {.inside = scores(pool.ill, patients),
          .left_out = scores(population_logistic(mixture(parts, elsewhere, is_ill)), patients),
          .sex_auc = population_auc(pool.male, mixture(parts, here, is_male)),
          .view_auc = population_auc(pool.ap, mixture(parts, here, is_ap))};
}

constexpr PlantedProperty kWithTheDisease{.share_ill = 0.8, .share_healthy = 0.3, .shows = true};
constexpr PlantedProperty kAgainstIt{.share_ill = 0.3, .share_healthy = 0.8, .shows = true};
constexpr PlantedProperty kAbsent{.share_ill = 0.5, .share_healthy = 0.5, .shows = false};

}  // namespace

std::vector<PlantedSource> planted_sources(std::size_t count) {
  CF_VALIDATE(count >= 2 && count <= kMostPlantedSources, ErrorCode::usage,
              fmt::format("sources is {} (2 to {} are allowed)", count, kMostPlantedSources));
  static const std::array<PlantedSource, 5> kPatterns = {
      {{.name = {}, .prevalence = 0.2, .male = kWithTheDisease, .ap = kWithTheDisease},
       {.name = {}, .prevalence = 0.35, .male = kWithTheDisease, .ap = kWithTheDisease},
       {.name = {}, .prevalence = 0.5, .male = kAbsent, .ap = kWithTheDisease},
       {.name = {}, .prevalence = 0.65, .male = kWithTheDisease, .ap = kAbsent},
       {.name = {}, .prevalence = 0.8, .male = kAgainstIt, .ap = kAgainstIt}}};
  std::vector<PlantedSource> sources;
  for (std::size_t i = 0; i < count; ++i) {
    PlantedSource source = kPatterns[i % kPatterns.size()];
    source.name = fmt::format("site_{}", static_cast<char>('a' + i));
    sources.push_back(std::move(source));
  }
  return sources;
}

PlantedAnswers planted_answers(std::size_t sources) {
  const Parts parts = all_parts(planted_sources(sources));
  const std::vector<MixturePart> patients = mixture(parts, anyone, is_ill);
  const std::vector<MixturePart> sexes = mixture(parts, anyone, is_male);
  const std::vector<MixturePart> views = mixture(parts, anyone, is_ap);
  const PoolRules pool{.ill = population_logistic(patients),
                       .male = population_logistic(sexes),
                       .ap = population_logistic(views)};
  PlantedAnswers answers{.pool = scores(pool.ill, patients),
                         .sex_auc = population_auc(pool.male, sexes),
                         .view_auc = population_auc(pool.ap, views),
                         .sex_auc_healthy = own_auc(parts, is_healthy, is_male),
                         .sex_auc_ill = own_auc(parts, is_ill, is_male),
                         .view_auc_healthy = own_auc(parts, is_healthy, is_ap),
                         .view_auc_ill = own_auc(parts, is_ill, is_ap),
                         .age_r2 = kPlantedAge * kPlantedAge / (kPlantedAge * kPlantedAge + 1),
                         .sources = {}};
  for (std::size_t source = 0; source < sources; ++source)
    answers.sources.push_back(source_answer(parts, pool, source));
  return answers;
}

std::string text_of(const PlantedAnswers& answers) {
  const std::vector<PlantedSource> sources = planted_sources(answers.sources.size());
  std::string text =
      "what logistic regression finds, from infinitely many samples of these sources:\n"
      "            ------- class AUC --------  - balanced accuracy -  ---- probe AUC ----\n"
      "source      inside  left out      loss  inside  left out        sex      view\n";
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SourceAnswer& at = answers.sources[i];
    text += fmt::format("{:10}  {:6.3f}  {:8.3f}  {:8.3f}  {:6.3f}  {:8.3f}   {:8.3f}  {:8.3f}\n",
                        sources[i].name, at.inside.auc, at.left_out.auc,
                        at.inside.auc - at.left_out.auc, at.inside.balanced_accuracy,
                        at.left_out.balanced_accuracy, at.sex_auc, at.view_auc);
  }
  text += fmt::format("{:10}  {:6.3f}                      {:6.3f}             {:8.3f}  {:8.3f}\n",
                      "all", answers.pool.auc, answers.pool.balanced_accuracy, answers.sex_auc,
                      answers.view_auc);
  text += fmt::format("within class: sex {:.3f} (normal), {:.3f} (covid19); view {:.3f}, {:.3f}\n",
                      answers.sex_auc_healthy, answers.sex_auc_ill, answers.view_auc_healthy,
                      answers.view_auc_ill);
  text += fmt::format("age: R2 {:.3f}\n", answers.age_r2);
  return text;
}

}  // namespace crossfold
