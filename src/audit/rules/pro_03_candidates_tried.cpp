#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/counted.h"
#include "crossfold/core/files.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"

#include "candidate_fits.h"
#include "case_maker.h"
#include "published_report.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// Candidates that were trained at least once, by what they are and not by what they are called:
/// target, embedding set and settings.
class Tried {
 public:
  void add(const RunRecords& records, const std::string& run) {
    for (const CandidateFits& fits : candidate_fits(records)) {
      if (fits.done_count() == 0) continue;
      const Experiment& experiment = records.job.experiments[fits.experiment];
      const Candidate& candidate = experiment.candidates[fits.candidate];
      const std::string& embedding = records.job.embeddings[fits.embedding];
      const std::string identity = fmt::format("{}\n{}\n{}", crossfold::name_of(experiment.target),
                                               embedding, canonical_settings(candidate).dump());
      names_.emplace(identity, fmt::format("{} ({})", row_name(records, fits), run));
      // Names belong to the audited run, which is added first, and then to the others.
      identities_.emplace(CandidateName{experiment.name, embedding, candidate.name}, identity);
    }
  }

  /// Those that none of these names is of: what a reader would find them by.
  [[nodiscard]] std::vector<std::string> unmentioned(const std::set<CandidateName>& names) const {
    std::set<std::string> reported;
    for (const CandidateName& name : names)
      if (const auto found = identities_.find(name); found != identities_.end())
        reported.insert(found->second);
    std::vector<std::string> missing;
    for (const auto& [identity, name] : names_)
      if (!reported.contains(identity)) missing.push_back(name);
    return missing;
  }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::map<std::string, std::string> names_;         ///< by identity
  std::map<CandidateName, std::string> identities_;  ///< by name
};

/// What this run's own report would mention: all of it.
std::set<CandidateName> own_names(const RunRecords& records) {
  std::set<CandidateName> names;
  for (const CandidateFits& fits : candidate_fits(records)) {
    const Experiment& experiment = records.job.experiments[fits.experiment];
    names.insert({experiment.name, records.job.embeddings[fits.embedding],
                  experiment.candidates[fits.candidate].name});
  }
  return names;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const AuditSubject& subject = evidence.subject();
  if (subject.tables.empty() && subject.other_runs.empty())
    throw NotAssessed(
        "neither a published table nor another run of the study was given (--table, --other-run): "
        "what was tried and left out cannot be seen");
  Tried tried;
  tried.add(evidence.records(), subject.run.filename().string());
  for (const std::filesystem::path& other : subject.other_runs)
    tried.add(load_run(other), other.filename().string());
  std::set<CandidateName> mentioned;
  for (const PublishedReport& report : published_reports(evidence))
    mentioned.insert(report.mentioned.begin(), report.mentioned.end());
  if (subject.tables.empty()) mentioned = own_names(evidence.records());

  Finding finding{.evidence = tried.unmentioned(mentioned)};
  const std::size_t missing = finding.evidence.size();
  finding.value = static_cast<double>(missing);
  finding.threshold = thresholds["max_left_out"];
  finding.text =
      fmt::format("{} were trained in {}; {} of them are left out by {}",
                  counted(tried.size(), "candidate"), counted(1 + subject.other_runs.size(), "run"),
                  missing, subject.tables.empty() ? "this run's report" : "the given tables");
  if (*finding.value > *finding.threshold) finding.verdict = Verdict::warn;
  return finding;
}

/// A grid of cheap candidates.
MadeStudy grid_study(const CaseMaker& maker, int candidates) {
  MadeStudy study = maker.clean_study();
  study.job["name"] = "grid";
  nlohmann::json values = nlohmann::json::array();
  for (int i = 1; i <= candidates; ++i) values.push_back(0.1 * i);
  study.job["experiments"][0]["candidates"] =
      nlohmann::json::array({{{"kind", "linear"}, {"name", "l"}, {"c", {{"grid", values}}}}});
  study.job["splits"]["seeds"] = 1;
  study.job["splits"].erase("validation");
  study.job.erase("training");
  return study;
}

/// A table that mentions the first so many candidates of a run.
std::filesystem::path table_of_first(CaseMaker& maker, const std::filesystem::path& run,
                                     std::size_t count) {
  std::string text = "table,embedding,candidate\n";
  for (const CandidateName& name : own_names(load_run(run))) {
    if (count-- == 0) break;
    text += fmt::format("{},{},\"{}\"\n", name.experiment, name.embedding, name.candidate);
  }
  const auto file = maker.fresh("published.csv");
  write_file_whole(file, text);
  return file;
}

constexpr int kTried = 50;
constexpr std::size_t kPublished = 10;

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto run = maker.train(grid_study(maker, kTried));
  const auto first = maker.clean_run();
  return {{.what = "40 of 50 candidates left out of the table",
           .subject = {.run = run, .tables = {table_of_first(maker, run, kPublished)}}},
          {.what = "candidates of an earlier run that the published run does not tell of",
           .subject = {.run = first, .other_runs = {run}}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  const auto run = maker.train(grid_study(maker, kTried));
  return {{.what = "all 50 candidates in the table",
           .subject = {.run = run, .tables = {table_of_first(maker, run, kTried)}}}};
}

}  // namespace

const Rule& pro_03() {
  static const Rule rule{
      .id = "PRO-03",
      .title = "candidates tried and candidates reported",
      .computes =
          "candidates (target, embedding set and settings, whatever they are called) with at least "
          "one success in the journals of this run and of the others given, against those that the "
          "given tables mention; without a table, against this run's own report",
      .does_not_establish = "that nothing was tried in runs that were not given",
      .serves = "REFORMS: reporting, computational modelling; PROBAST+AI: analysis",
      .thresholds =
          {{"max_left_out", 0,
            "the best of many looks better than it is; a reader has to know how many there were"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
