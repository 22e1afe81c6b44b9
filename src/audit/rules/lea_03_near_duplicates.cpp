#include <algorithm>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/random_stream.h"

#include "case_maker.h"
#include "fold_table.h"
#include "near_rows.h"
#include "rules.h"
#include "stored_rows.h"

namespace crossfold::audit {
namespace {

Finding judge_set(const RunEvidence& evidence, const Thresholds& thresholds, std::size_t embedding,
                  const std::vector<FoldTable>& folds) {
  const RunRecords& records = evidence.records();
  const std::string& name = records.job.embeddings[embedding];
  const NearPairs& near = evidence.near_rows(embedding).pool;
  if (!near.tail)
    throw NotAssessed(name + ": too few rows to tell how near two patients' pictures usually are");
  const double most = thresholds["max_expected"];
  const std::size_t within = near.count_within(most);
  std::size_t parted = 0;
  double nearest = most;
  Finding finding;
  for (std::size_t i = 0; i < within; ++i) {
    const solve::ClosePair& pair = near.pairs[i];
    if (std::none_of(folds.begin(), folds.end(),
                     [&](const FoldTable& table) { return table.crosses(pair.a, pair.b); }))
      continue;
    ++parted;
    nearest = std::min(nearest, near.expected(pair));
    finding.evidence.push_back(fmt::format(
        "{} and {}: cosine {:.6f}, {:.1e} such pairs expected", row_name(records, pair.a),
        row_name(records, pair.b), 1 - pair.distance * pair.distance / 2, near.expected(pair)));
  }
  finding.value = static_cast<double>(parted);
  finding.threshold = most;
  const std::string pairs = fmt::format(
      "{}: of {} pairs of different patients, {} nearer than at most {} of different pictures "
      "would be in this store",
      name, near.compared, within == 1 ? "1 is" : fmt::format("{} are", within), most);
  if (parted > 0 && (nearest <= thresholds["certain"] || parted >= surprising_count(most))) {
    finding.verdict = Verdict::warn;
    finding.text = fmt::format("{}; {} of them on two sides of a split (nearest: {:.1e} expected)",
                               pairs, parted, nearest);
  } else {
    finding.verdict = within > 0 ? Verdict::note : Verdict::pass;
    finding.text = pairs;
    if (within > 0)
      finding.text += parted == 0 ? ", and no split parts them" : ", which chance can do";
  }
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const std::vector<FoldTable> folds = fold_tables(evidence.records());
  std::vector<Finding> findings;
  for (std::size_t e = 0; e < evidence.records().job.embeddings.size(); ++e)
    findings.push_back(judge_set(evidence, thresholds, e, folds));
  return worst_of(std::move(findings));
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  RandomStream random({.root_seed = 5, .seed = {}, .fold = {}}, "near-duplicate");
  for (const std::size_t row : {17U, 90U}) {
    append_copy(study, row, fmt::format("near-{}", row));
    study.samples.group.back() = fmt::format("new patient {}", row);
    for (std::size_t d = 0; d < study.dim; ++d)
      study.values[study.values.size() - study.dim + d] +=
          static_cast<float>(0.01 * random.normal());
  }
  return {{.what = "two rows with one percent of noise under new patients",
           .subject = {.run = maker.train(study)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy cone = maker.clean_study();
  for (float& value : cone.values) value += 9;
  // The shortcut is what the rules of confounding are for.
  return {{.what = "an embedding that is a narrow cone (mean cosine 0.98)",
           .subject = {.run = maker.train(cone)}},
          {.what = "a shortcut, which is no leak",
           .subject = {.run = maker.shortcut_run()},
           .also = {"CON-01", "CON-02", "CON-03", "CON-04", "CON-05"}}};
}

}  // namespace

const Rule& lea_03() {
  static const Rule rule{
      .id = "LEA-03",
      .title = "near duplicates",
      .computes =
          "cosines of all pairs of rows of different patients, rows centred by the pool's mean; a "
          "pair counts where so near a pair of different pictures is expected at most max_expected "
          "times, by the tail of this store's own distances: r = sqrt(2 (1 - cosine)), -log r is "
          "exponential in the tail (Levina and Bickel 2004), its rate from normalised spacings "
          "(Renyi 1953; Hill 1975) without the nearest quarter",
      .does_not_establish =
          "that pairs found show one person, or that pictures of one person that look different "
          "are found",
      .serves = "REFORMS: data leakage, duplicates; PROBAST+AI: analysis",
      .thresholds = {{"max_expected", 1, "at most one pair of different pictures is expected here"},
                     {"certain", 0.01,
                      "a pair so near is expected in one sound store of a hundred; without one, so "
                      "many pairs are needed that chance brings them in one of a hundred"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
