#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/random_stream.h"

#include "case_maker.h"
#include "near_rows.h"
#include "rules.h"
#include "stored_rows.h"

namespace crossfold::audit {
namespace {

/// The two sides of an experiment that must share nothing.
struct Sides {
  std::vector<bool> in_pool, in_oos;  ///< by row
  const ExperimentSamples* samples = nullptr;
};

Sides sides_of(const RunRecords& records, std::size_t experiment) {
  const ExperimentSamples& samples = records.plan.basis.samples[experiment];
  Sides sides{.in_pool = std::vector<bool>(records.samples.size(), false),
              .in_oos = std::vector<bool>(records.samples.size(), false),
              .samples = &samples};
  for (const std::uint32_t row : samples.pool) sides.in_pool[row] = true;
  for (const std::uint32_t row : samples.oos) sides.in_oos[row] = true;
  return sides;
}

void find_patients(const RunEvidence& evidence, const Sides& sides, Finding& finding) {
  const std::vector<std::uint32_t> patients = known_patients(evidence);
  std::unordered_set<std::uint32_t> pooled;
  for (const std::uint32_t row : sides.samples->pool) pooled.insert(patients[row]);
  for (const std::uint32_t row : sides.samples->oos)
    if (pooled.contains(patients[row]))
      finding.evidence.push_back(row_name(evidence.records(), row) +
                                 " is of a patient whom the pool has");
}

/// Rows out of sample with the numbers of a row of the pool.
void find_identical(const RunEvidence& evidence, std::size_t embedding, const Sides& sides,
                    Finding& finding) {
  const RunRecords& records = evidence.records();
  for (const auto& equal : evidence.near_rows(embedding).identical) {
    const auto pooled = std::find_if(equal.begin(), equal.end(),
                                     [&](std::uint32_t row) { return sides.in_pool[row]; });
    if (pooled == equal.end()) continue;
    for (const std::uint32_t row : equal)
      if (sides.in_oos[row])
        finding.evidence.push_back(fmt::format("{}: {} equals {} of the pool",
                                               records.job.embeddings[embedding],
                                               row_name(records, row), row_name(records, *pooled)));
  }
}

/// Whether rows of both sides are nearer than chance brings them.
bool find_near(const RunEvidence& evidence, std::size_t embedding, const Sides& sides,
               const Thresholds& thresholds, Finding& finding) {
  const RunRecords& records = evidence.records();
  const NearPairs& near = evidence.near_rows(embedding).oos;
  std::size_t count = 0;
  double nearest = 1;
  for (std::size_t i = 0; i < near.count_within(thresholds["max_expected"]); ++i) {
    const solve::ClosePair& pair = near.pairs[i];
    if (!sides.in_oos[pair.a] || !sides.in_pool[pair.b]) continue;
    ++count;
    nearest = std::min(nearest, near.expected(pair));
    finding.evidence.push_back(fmt::format(
        "{}: {} is near {} of the pool (cosine {:.6f}, {:.1e} such pairs expected)",
        records.job.embeddings[embedding], row_name(records, pair.a), row_name(records, pair.b),
        1 - pair.distance * pair.distance / 2, near.expected(pair)));
  }
  return count > 0 && (nearest <= thresholds["certain"] ||
                       count >= surprising_count(thresholds["max_expected"]));
}

/// Share of the samples out of sample that come from a domain of the pool.
double shared_domains(const RunRecords& records, const Sides& sides, std::set<std::string>& names) {
  const CodedColumn& domain = records.samples.domain;
  std::set<std::int32_t> pooled;
  for (const std::uint32_t row : sides.samples->pool) pooled.insert(domain.codes[row]);
  std::size_t shared = 0;
  for (const std::uint32_t row : sides.samples->oos) {
    if (domain.codes[row] < 0 || !pooled.contains(domain.codes[row])) continue;
    ++shared;
    names.insert(*domain.name_of(row));
  }
  return static_cast<double>(shared) / static_cast<double>(sides.samples->oos.size());
}

Finding judge_experiment(const RunEvidence& evidence, const Thresholds& thresholds,
                         std::size_t experiment) {
  const RunRecords& records = evidence.records();
  const Sides sides = sides_of(records, experiment);
  const std::string& name = records.job.experiments[experiment].name;
  Finding finding;
  find_patients(evidence, sides, finding);
  for (std::size_t e = 0; e < records.job.embeddings.size(); ++e)
    find_identical(evidence, e, sides, finding);
  const std::size_t certain = finding.evidence.size();
  bool near = false;
  for (std::size_t e = 0; e < records.job.embeddings.size(); ++e)
    near |= find_near(evidence, e, sides, thresholds, finding);
  const std::size_t shared = finding.evidence.size();
  std::set<std::string> domains;
  const double share = shared_domains(records, sides, domains);
  for (const std::string& domain : domains)
    finding.evidence.push_back(fmt::format("domain {} is in the pool too", domain));

  finding.value = static_cast<double>(shared);
  finding.threshold = 0;
  if (certain > 0)
    finding.verdict = Verdict::fail;
  else if (near || share >= thresholds["domain_share"])
    finding.verdict = Verdict::warn;
  else if (shared > 0 || share > 0)
    finding.verdict = Verdict::note;
  finding.text = fmt::format(
      "{}: of {} out of sample, {} a patient or a row with the pool, {} near a row of it, {:.0f} % "
      "are from a domain of it",
      name, counted(sides.samples->oos.size(), "sample"),
      certain == 1 ? "1 shares" : fmt::format("{} share", certain),
      shared - certain == 1 ? "1 is" : fmt::format("{} are", shared - certain), 100 * share);
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  std::vector<Finding> findings;
  for (std::size_t e = 0; e < records.job.experiments.size(); ++e)
    if (!records.plan.basis.samples[e].oos.empty())
      findings.push_back(judge_experiment(evidence, thresholds, e));
  if (findings.empty()) throw NotAssessed("no experiment is evaluated out of sample");
  return worst_of(std::move(findings));
}

/// Copies of five rows of the pool, out of sample, with so much noise.
MadeStudy with_copies(CaseMaker& maker, double noise) {
  MadeStudy study = maker.clean_study();
  RandomStream random({.root_seed = 6, .seed = {}, .fold = {}}, "near-duplicate");
  for (const std::size_t row : {3U, 50U, 100U, 200U, 300U}) {
    append_copy(study, row, fmt::format("copy-{}", row));
    study.samples.group.back() = fmt::format("new patient {}", row);
    study.samples.role.codes.back() = static_cast<std::int32_t>(Role::oos);
    study.samples.domain.codes.back() = study.samples.domain.codes[study.samples.size() - 9];
    for (std::size_t d = 0; d < study.dim; ++d)
      study.values[study.values.size() - study.dim + d] +=
          static_cast<float>(noise * random.normal());
  }
  return study;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy same_site = maker.clean_study();
  for (std::size_t row = 0; row < same_site.samples.size(); ++row)
    if (same_site.samples.role.codes[row] == static_cast<std::int32_t>(Role::oos))
      same_site.samples.domain.codes[row] = 1;
  return {{.what = "five rows of the pool copied out of sample",
           .subject = {.run = maker.train(with_copies(maker, 0))}},
          {.what = "the same with one percent of noise",
           .subject = {.run = maker.train(with_copies(maker, 0.01))}},
          {.what = "samples out of sample from a site of the pool",
           .subject = {.run = maker.train(same_site)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "a new site", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& lea_05() {
  static const Rule rule{
      .id = "LEA-05",
      .title = "out of sample",
      .computes =
          "samples out of sample that share a patient with the pool (as the store names them), "
          "have the numbers of a row of it, are nearer to one than chance brings them (as LEA-03, "
          "by the tail of the distances between the two sides), or come from a domain of it "
          "(Kapoor and Narayanan 2023, L3)",
      .does_not_establish =
          "that the new samples are like those that a model will meet; only that they are others",
      .serves = "REFORMS: generalizability, data leakage; PROBAST+AI: analysis",
      .thresholds = {{"max_expected", 1, "as LEA-03"},
                     {"certain", 0.01, "as LEA-03"},
                     {"domain_share", 0.5,
                      "of the samples: where most come from the pool's own domains, the score says "
                      "nothing of a new one"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
