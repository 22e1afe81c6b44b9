#include <algorithm>

#include <fmt/format.h>

#include "crossfold/core/counted.h"

#include "case_maker.h"
#include "fold_table.h"
#include "near_rows.h"
#include "rules.h"
#include "stored_rows.h"

namespace crossfold::audit {
namespace {

bool is_separated(const std::vector<FoldTable>& folds, std::uint32_t a, std::uint32_t b) {
  return std::any_of(folds.begin(), folds.end(),
                     [&](const FoldTable& table) { return table.crosses(a, b); });
}

/// Rows of one set of identical ones that stand under another patient and in another fold than some
/// other of them.
struct Leaks {
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> twins;  ///< one for each
};

Leaks leaks_in(const std::vector<std::uint32_t>& equal, const std::vector<std::uint32_t>& patients,
               const std::vector<FoldTable>& folds) {
  Leaks leaks;
  for (const std::uint32_t row : equal) {
    const auto twin = std::find_if(equal.begin(), equal.end(), [&](std::uint32_t other) {
      return patients[other] != patients[row] && is_separated(folds, row, other);
    });
    if (twin == equal.end()) continue;
    leaks.rows.push_back(row);
    leaks.twins.push_back(*twin);
  }
  return leaks;
}

bool has_one_patient(const std::vector<std::uint32_t>& equal,
                     const std::vector<std::uint32_t>& patients) {
  return std::all_of(equal.begin(), equal.end(),
                     [&](std::uint32_t row) { return patients[row] == patients[equal.front()]; });
}

Finding judge_set(const RunEvidence& evidence, const Thresholds& thresholds, std::size_t embedding,
                  const std::vector<FoldTable>& folds) {
  const RunRecords& records = evidence.records();
  const std::vector<std::uint32_t> patients = known_patients(evidence);
  std::size_t inside = 0;
  std::size_t leaking = 0;
  std::size_t shared = 0;
  Finding finding;
  for (const auto& equal : evidence.near_rows(embedding).identical) {
    if (has_one_patient(equal, patients)) {
      inside += equal.size();
      continue;
    }
    shared += equal.size();
    const Leaks leaks = leaks_in(equal, patients, folds);
    leaking += leaks.rows.size();
    for (std::size_t i = 0; i < leaks.rows.size(); ++i)
      finding.evidence.push_back(fmt::format("{} equals {}", row_name(records, leaks.rows[i]),
                                             row_name(records, leaks.twins[i])));
  }
  const double share = static_cast<double>(leaking) / static_cast<double>(records.samples.size());
  finding.value = static_cast<double>(leaking);
  finding.threshold = 0;
  const std::string& name = records.job.embeddings[embedding];
  if (leaking > 0) {
    finding.verdict = share > thresholds["fail_share"] ? Verdict::fail : Verdict::warn;
    finding.text = fmt::format(
        "{}: {} ({:.1f} %) with the numbers of another patient's row in another fold: a model is "
        "trained on one and scored on the other",
        name, counted(leaking, "row"), 100 * share);
  } else if (shared > 0) {
    finding.verdict = Verdict::note;
    finding.text = fmt::format(
        "{}: {} with the numbers of another patient's row, but no split parts "
        "them",
        name, counted(shared, "row"));
  } else {
    finding.text = fmt::format(
        "{}: no row has the numbers of another patient's row{}", name,
        inside == 0 ? ""
                    : fmt::format("; {} repeat one of the same patient", counted(inside, "row")));
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
  for (const std::size_t row : {17U, 90U}) {
    append_copy(study, row, fmt::format("copy-{}", row));
    study.samples.group.back() = fmt::format("new patient {}", row);
  }
  return {{.what = "two rows copied under new patients", .subject = {.run = maker.train(study)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  for (const std::size_t row : {17U, 90U, 150U})
    append_copy(study, row, fmt::format("{}-copy", study.samples.id[row]));
  return {{.what = "rows copied inside their patients", .subject = {.run = maker.train(study)}}};
}

}  // namespace

const Rule& lea_02() {
  static const Rule rule{
      .id = "LEA-02",
      .title = "identical rows",
      .computes =
          "rows of an embedding set that are equal to the bit, stand under different patients and "
          "in different folds of some seed (Kapoor and Narayanan 2023, L1.4); out of sample: "
          "LEA-05",
      .does_not_establish = "that no picture occurs twice with a change (LEA-03)",
      .serves = "REFORMS: data leakage, duplicates; PROBAST+AI: analysis",
      .thresholds = {{"fail_share", 0.01,
                      "of the samples: beyond one in a hundred, copies are no accident of a "
                      "collection but a fault of the study"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
