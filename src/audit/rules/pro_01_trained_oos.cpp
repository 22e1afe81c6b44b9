#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// Rows of a pool that the store calls out of sample, whatever the job's `roles` and filters make
/// of them.
std::vector<std::uint32_t> trained_oos(const SampleTable& store, const ExperimentSamples& samples) {
  std::vector<std::uint32_t> rows;
  std::copy_if(samples.pool.begin(), samples.pool.end(), std::back_inserter(rows),
               [&](std::uint32_t row) {
                 return store.role.codes[row] == static_cast<std::int32_t>(Role::oos);
               });
  return rows;
}

/// How many of `scored` are of a domain that `trained` has.
std::size_t of_same_source(const SampleTable& store, const std::vector<std::uint32_t>& trained,
                           const std::vector<std::uint32_t>& scored) {
  std::set<std::int32_t> domains;
  for (const std::uint32_t row : trained) domains.insert(store.domain.codes[row]);
  return static_cast<std::size_t>(
      std::count_if(scored.begin(), scored.end(), [&](std::uint32_t row) {
        return store.domain.codes[row] >= 0 && domains.contains(store.domain.codes[row]);
      }));
}

Finding judge_experiment(const Experiment& experiment, const SampleTable& store,
                         const ExperimentSamples& samples, double most) {
  const std::vector<std::uint32_t> trained = trained_oos(store, samples);
  const std::size_t same_source = of_same_source(store, trained, samples.oos);
  Finding finding{.value = static_cast<double>(same_source), .threshold = most};
  finding.text = fmt::format("{}: {} scored as out of sample", experiment.name,
                             counted_are(samples.oos.size(), "sample"));
  if (trained.empty()) {
    finding.text += ", none that the store calls so is trained on";
    return finding;
  }
  finding.text += fmt::format(
      ", while the job puts {} that the store calls so into the pool: {} from their sources",
      counted(trained.size(), "sample"), counted_are(same_source, "scored one"));
  finding.verdict = static_cast<double>(same_source) > most ? Verdict::fail : Verdict::note;
  for (const std::uint32_t row : trained)
    finding.evidence.push_back(
        fmt::format("{}: sample {} (row {}) is trained on", experiment.name, store.id[row], row));
  return finding;
}

bool lists(const nlohmann::json& value, const char* word) {
  if (value.is_string()) return value == word;
  return value.is_array() && std::find(value.begin(), value.end(), word) != value.end();
}

/// A job that this program refuses, as it stands in the file: a filter that lets role oos into the
/// pool of an experiment that scores out of sample. Nothing where it is none.
std::optional<Finding> judge_refused_job(const RunEvidence& evidence) {
  const nlohmann::json job =
      parse_json(read_file(evidence.subject().run / "job.json", kMostFileBytes), "job.json");
  Finding finding{.verdict = Verdict::fail};
  if (!job.is_object() || !job.contains("experiments")) return std::nullopt;
  for (const nlohmann::json& one : job["experiments"]) {
    if (!one.is_object() || !lists(one.value("evaluate", nlohmann::json()), "oos")) continue;
    const nlohmann::json filter = one.value("samples", nlohmann::json::object());
    if (filter.is_object() && lists(filter.value("role", nlohmann::json()), "oos"))
      finding.evidence.push_back("job.json, experiment " +
                                 one.value("name", nlohmann::json()).dump());
  }
  if (finding.evidence.empty()) return std::nullopt;
  finding.text =
      fmt::format("{} {} samples of role oos and scores them as out of sample, says job.json",
                  counted(finding.evidence.size(), "experiment"),
                  finding.evidence.size() == 1 ? "trains on" : "train on");
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  if (!evidence.scan().job)
    if (std::optional<Finding> refused = judge_refused_job(evidence)) return std::move(*refused);
  const RunRecords& records = evidence.records();
  const std::vector<Experiment>& experiments = records.job.experiments;
  if (std::none_of(experiments.begin(), experiments.end(),
                   [](const Experiment& one) { return one.evaluate_oos; }))
    throw NotAssessed("no experiment scores anything as out of sample");
  const SampleTable& store = evidence.store().samples;
  if (store.size() != records.samples.size())
    throw NotAssessed("the store has other samples than the run (INT-02)");
  std::vector<Finding> findings;
  for (std::size_t e = 0; e < experiments.size(); ++e)
    if (experiments[e].evaluate_oos)
      findings.push_back(judge_experiment(experiments[e], store, records.plan.basis.samples[e],
                                          thresholds["max_same_source"]));
  return worst_of(std::move(findings));
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto filtered = maker.clean_run();
  const auto file = filtered / "job.json";
  auto job = nlohmann::json::parse(read_file(file, kMostFileBytes));
  job["experiments"][0]["samples"]["role"] = {"in", "oos"};
  write_file_whole(file, job.dump(1));
  repair_header(filtered);
  MadeStudy study = maker.clean_study();
  study.job["name"] = "moved";
  study.job["roles"] = {{"in", {{"domain", "new_site"}, {"class", "normal"}}}};
  return {{.what = "a filter [in, oos] in an experiment that scores out of sample",
           .subject = {.run = filtered}},
          {.what = "half of the new hospital moved into the pool, the rest scored",
           .subject = {.run = maker.train(study)}}};
}

/// T's table 2: which source does an image of the disease come from, the new source included?
std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  study.job["name"] = "sources";
  study.job.erase("training");
  study.job["splits"].erase("validation");
  study.job["experiments"] = nlohmann::json::parse(R"([{"name": "source", "target": "domain",
    "samples": {"class": "covid19", "role": ["in", "oos"]}, "candidates": [{"kind": "linear"}]}])");
  return {{.what = "sources told apart among the samples of one class of both roles",
           .subject = {.run = maker.train(study)}}};
}

}  // namespace

const Rule& pro_01() {
  static const Rule rule{
      .id = "PRO-01",
      .title = "trained on what is called out of sample",
      .computes =
          "for each experiment that scores an out-of-sample set: samples that the store calls out "
          "of "
          "sample and the job's filters or roles put into the pool; fail where scored ones come "
          "from the sources of these",
      .does_not_establish =
          "that the two sets share no patients, copies or sources under other "
          "names (LEA-01, LEA-02, LEA-05)",
      .serves = "REFORMS: data leakage; PROBAST+AI: participants, analysis",
      .thresholds =
          {{"max_same_source", 0,
            "scored samples of a source that was trained on are no longer out of sample"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
