#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/samples/experiment_samples.h"
#include "crossfold/store/store.h"

#include "case_maker.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

std::string name_or_missing(const CodedColumn& column, std::size_t row) {
  const std::string* name = column.name_of(row);
  return name == nullptr ? "(missing)" : *name;
}

/// Rows whose sample is another than the run's, labels included.
void compare_samples(const SampleTable& run, const SampleTable& store, Finding& finding) {
  if (run.size() != store.size()) {
    finding.evidence.push_back(
        fmt::format("the run has {} samples, the store {}", run.size(), store.size()));
    return;
  }
  const std::pair<const char*, CodedColumn SampleTable::*> columns[] = {
      {"class", &SampleTable::class_label},
      {"domain", &SampleTable::domain},
      {"role", &SampleTable::role}};
  for (std::size_t row = 0; row < run.size(); ++row) {
    const auto differs = [&](const char* what, const std::string& a, const std::string& b) {
      if (a != b)
        finding.evidence.push_back(fmt::format("row {} ({}): {} '{}' in the run, '{}' in the store",
                                               row, run.id[row], what, a, b));
    };
    differs("id", run.id[row], store.id[row]);
    differs("patient", run.group[row], store.group[row]);
    for (const auto& [what, column] : columns)
      differs(what, name_or_missing(run.*column, row), name_or_missing(store.*column, row));
  }
}

/// The attributes that the run chose samples by.
void compare_attributes(const SampleTable& run, const SampleTable& store, Finding& finding) {
  for (const Attribute& used : run.attributes) {
    const Attribute* stored = find_attribute(store, used.name);
    if (stored == nullptr)
      finding.evidence.push_back(fmt::format("attribute {} is not in the store", used.name));
    else if (stored->content_hash() != used.content_hash())
      finding.evidence.push_back(fmt::format("attribute {}: other values in the store", used.name));
  }
}

Finding judge(const RunEvidence& evidence, const Thresholds&) {
  const RunScan& scan = evidence.scan();
  if (const std::optional<Error>& failure = evidence.store_failure();
      failure && failure->code() == ErrorCode::bad_input)
    return {
        .verdict = Verdict::fail, .text = "the store is damaged", .evidence = {failure->what()}};
  const StoreContents& store = evidence.store();
  if (!scan.job || !scan.samples || !scan.plan)
    throw NotAssessed("job.json, samples.json or plan.json cannot be read");

  ValidationErrors errors;
  Finding finding;
  compare_samples(*scan.samples, with_roles(store.samples, scan.job->roles, errors), finding);
  compare_attributes(*scan.samples, store.samples, finding);
  for (const EmbeddingInfo& planned : scan.plan->basis.embeddings) {
    const EmbeddingInfo* stored = store.find(planned.name);
    if (stored == nullptr)
      finding.evidence.push_back(fmt::format("embedding set {} is not in the store", planned.name));
    else if (stored->content != planned.content)
      finding.evidence.push_back(
          fmt::format("embedding set {}: content {} in the plan, {} in the store", planned.name,
                      planned.content.hex().substr(0, 16), stored->content.hex().substr(0, 16)));
  }
  finding.value = static_cast<double>(finding.evidence.size());
  finding.threshold = 0;
  finding.verdict = finding.evidence.empty() ? Verdict::pass : Verdict::fail;
  finding.text = finding.evidence.empty()
                     ? fmt::format("{} and {} are those that the plan was made from",
                                   counted(scan.samples->size(), "sample"),
                                   counted(scan.plan->basis.embeddings.size(), "embedding set"))
                     : fmt::format("{} between the run and the store",
                                   counted(finding.evidence.size(), "difference"));
  return finding;
}

/// The store that a study was trained on, written again with a change.
AuditCase with_store(CaseMaker& maker, const std::string& what, const MadeStudy& changed) {
  const auto store = maker.fresh("other.h5");
  write_made_store(store, changed);
  return {.what = what, .subject = {.run = maker.clean_run(), .store = store}};
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy label = maker.clean_study();
  label.samples.class_label.codes[17] = (label.samples.class_label.codes[17] + 1) % 3;
  MadeStudy row = maker.clean_study();
  row.values[17 * row.dim] += 1e-3F;
  return {with_store(maker, "a label flipped in the store", label),
          with_store(maker, "a row of numbers changed in the store", row)};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  const MadeStudy study = maker.clean_study();
  const auto store = maker.fresh("other.h5");
  const EmbeddingSet set = made_set(study);
  EmbeddingSet further = set;
  further.info.name = "made/other";
  std::reverse(further.values.begin(), further.values.end());
  write_store(store, study.samples, {set, further});
  return {{.what = "the store written anew, with a further embedding set",
           .subject = {.run = maker.clean_run(), .store = store}}};
}

}  // namespace

const Rule& int_02() {
  static const Rule rule{
      .id = "INT-02",
      .title = "the store against the plan",
      .computes =
          "ids, patients, labels and roles (as the job sets them) of every row, and the "
          "content hash of every embedding set, computed from the store and compared with "
          "what the run was planned from",
      .does_not_establish = "that labels and numbers are right, only that they are the same ones",
      .serves = "REFORMS: data; PROBAST+AI: participants and data sources",
      .thresholds = {},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
