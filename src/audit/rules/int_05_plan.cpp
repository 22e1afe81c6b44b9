#include <string_view>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/counted.h"
#include "crossfold/core/files.h"
#include "crossfold/plan/plan.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

Finding judge(const RunEvidence& evidence, const Thresholds&) {
  const RunScan& scan = evidence.scan();
  Finding finding;
  if (!scan.plan) {
    for (const ScannedDamage& file : scan.unreadable)
      finding.evidence.push_back(file.place + ": " + file.problem);
    finding.verdict = Verdict::fail;
    finding.text = "no plan can be made from job.json, samples.json and plan.json";
    return finding;
  }
  const std::string hash = scan.plan->hash.hex();
  const auto compare = [&](const char* where, const std::string& recorded) {
    if (recorded != hash)
      finding.evidence.push_back(fmt::format("{} names the plan {}; job and samples make {}", where,
                                             recorded.substr(0, 16), hash.substr(0, 16)));
  };
  compare("plan.json", scan.file_plan_sha256);
  compare("the journal's header", scan.header_plan_sha256);
  std::unordered_set<FitId> planned;
  for (const Fit& fit : evidence.planned().plan->fits) planned.insert(fit.id);
  std::size_t strangers = 0;
  for (const ScannedFit& fit : scan.fits)
    if (!planned.contains(fit.result.id) && ++strangers <= 100)
      finding.evidence.push_back(fmt::format(
          "journal line {}: fit {} is none that job, samples and embedding sets imply: another "
          "setting, split, label or number made it",
          fit.line, fit.result.id.hex()));
  finding.value = static_cast<double>(strangers);
  finding.threshold = 0;
  finding.verdict = finding.evidence.empty() ? Verdict::pass : Verdict::fail;
  finding.text = finding.evidence.empty()
                     ? fmt::format("job, samples and splits give {} again, hash for hash",
                                   counted(planned.size(), "fit id"))
                     : fmt::format("{} recorded under ids that job and data do not give",
                                   counted(strangers, "fit"));
  return finding;
}

AuditCase with_job(CaseMaker& maker, const std::string& what, void (*edit)(Job&)) {
  const auto run = maker.clean_run();
  RunEditor editor(run);
  edit(editor.job());
  editor.save();
  return {.what = what, .subject = {.run = run}};
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  AuditCase label =
      with_job(maker, "a label flipped in samples.json, all hashes repaired", [](Job&) {});
  RunEditor editor(label.subject.run);
  std::int32_t& code = editor.samples().class_label.codes[17];
  code = (code + 1) % 3;
  editor.save();
  return {with_job(
              maker, "lambda edited in the job, all hashes repaired",
              [](Job& job) {
                std::get<DisentangledModel>(job.experiments[0].candidates[1].model).lambda.from = 2;
              }),
          with_job(maker, "another root seed in the job, all hashes repaired",
                   [](Job& job) { job.seed = 2; }),
          label};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  const auto run = maker.clean_run();
  const auto file = run / "job.json";
  const auto job = nlohmann::ordered_json::parse(read_file(file, kMostFileBytes));
  nlohmann::ordered_json turned = nlohmann::ordered_json::object();
  for (auto it = job.rbegin(); it != job.rend(); ++it) turned[it.key()] = it.value();
  write_file_whole(file, turned.dump(3));
  repair_header(run);
  return {{.what = "job.json with its keys in another order, and spaces", .subject = {.run = run}}};
}

}  // namespace

const Rule& int_05() {
  static const Rule rule{
      .id = "INT-05",
      .title = "the plan made again",
      .computes =
          "plan and fit ids from job.json, samples.json and the content hashes of the "
          "embedding sets: a fit id is a hash over all settings, labels, rows of the split "
          "and numbers that can change the fit; each recorded id has to be one of them",
      .does_not_establish =
          "that a fit's numbers came from training under its id (REP-02 trains some again)",
      .serves = "REFORMS: reproducibility, computational modelling; PROBAST+AI: analysis",
      .thresholds = {},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
