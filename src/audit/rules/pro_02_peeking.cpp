#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/files.h"
#include "crossfold/job/names.h"

#include "case_maker.h"
#include "published_report.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// A complete candidate that could have been published as the best one.
struct Choosable {
  std::string name;
  std::optional<double> task_auc;
  std::optional<double> oos_auc;
};

/// What could be chosen from in one experiment on one embedding set, and what was declared.
struct Choice {
  std::string experiment;
  std::string embedding;
  std::vector<Choosable> candidates;
  std::map<std::string, std::string> by_rule;  ///< declared rules that do not peek, and theirs
  std::set<std::string> declared;              ///< all that these rules chose, split by split too
  std::vector<std::string> peeking;            ///< declared rules that read the oos scores
  bool is_sweep = false;

  [[nodiscard]] std::string place() const { return experiment + ", " + embedding; }
  [[nodiscard]] CandidateName name_of_candidate(const std::string& candidate) const {
    return {experiment, embedding, candidate};
  }
  [[nodiscard]] const Choosable* best(std::optional<double> Choosable::*score) const {
    const Choosable* found = nullptr;
    for (const Choosable& one : candidates)
      if (one.*score && (found == nullptr || *(one.*score) > *(found->*score))) found = &one;
    return found;
  }
};

std::optional<std::size_t> column_of(const ReportTable& table, ScoredOn scored_on) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].scored_on == scored_on && table.columns[c].measure == Measure::auc)
      return c;
  return std::nullopt;
}

void take_rules(const SweepReport& sweep, Choice& choice) {
  choice.is_sweep = true;
  for (const SweepChoice& one : sweep.choices) {
    if (!one.rule) continue;
    if (one.peeks) {
      choice.peeking.push_back(crossfold::name_of(*one.rule));
      continue;
    }
    if (!one.no_choice.empty()) continue;
    choice.by_rule[crossfold::name_of(*one.rule)] = one.candidate;
    if (!one.candidate.empty()) choice.declared.insert(one.candidate);
    for (const auto& [candidate, splits] : one.per_split) choice.declared.insert(candidate);
  }
}

/// Choices where an out-of-sample score could have been peeked at.
std::vector<Choice> choices_of(const Report& report) {
  std::vector<Choice> choices;
  for (const ReportTable& table : report.tables) {
    const auto in_pool = column_of(table, ScoredOn::held_out);
    const auto oos = column_of(table, ScoredOn::oos);
    if (!in_pool || !oos) continue;
    std::map<std::string, std::set<std::string>> drawn;  // by embedding set
    for (const SweepReport& sweep : table.sweeps)
      for (const SweptCandidate& one : sweep.swept) drawn[sweep.embedding].insert(one.name);
    for (const ReportRow& row : table.rows) {
      const auto of_sweep = drawn.find(row.embedding);
      if (of_sweep != drawn.end() && !of_sweep->second.contains(row.candidate)) continue;
      if (choices.empty() || choices.back().experiment != table.experiment ||
          choices.back().embedding != row.embedding)
        choices.push_back({.experiment = table.experiment,
                           .embedding = row.embedding,
                           .candidates = {},
                           .by_rule = {},
                           .declared = {},
                           .peeking = {}});
      choices.back().candidates.push_back({.name = row.candidate,
                                           .task_auc = row.cells[*in_pool].summary.mean,
                                           .oos_auc = row.cells[*oos].summary.mean});
    }
    for (const SweepReport& sweep : table.sweeps)
      for (Choice& choice : choices)
        if (choice.experiment == table.experiment && choice.embedding == sweep.embedding)
          take_rules(sweep, choice);
  }
  std::erase_if(choices, [](const Choice& one) { return one.candidates.size() < 2; });
  for (Choice& choice : choices)
    if (const Choosable* best = choice.best(&Choosable::task_auc);
        !choice.is_sweep && best != nullptr)
      choice.declared.insert(best->name);
  return choices;
}

std::string scores_text(const Choice& choice, const std::string& name) {
  for (const Choosable& one : choice.candidates)
    if (one.name == name)
      return fmt::format("{} (AUC in the pool {:.4f}, out of sample {:.4f})", name,
                         one.task_auc.value_or(0), one.oos_auc.value_or(0));
  return name;
}

/// What a published report names as chosen and the rule did not choose.
void check_named_choices(const Choice& choice, const PublishedReport& report, Finding& finding) {
  const Choosable* best = choice.best(&Choosable::oos_auc);
  for (const PublishedChoice& one : report.choices) {
    const auto rule = choice.by_rule.find(one.rule);
    if (rule == choice.by_rule.end() || rule->second.empty() ||
        one.candidate != choice.name_of_candidate(one.candidate.candidate) ||
        one.candidate.candidate == rule->second)
      continue;
    const bool peeks = best != nullptr && best->name == one.candidate.candidate;
    finding.verdict = peeks ? Verdict::fail : std::max(finding.verdict, Verdict::warn);
    finding.evidence.push_back(fmt::format(
        "{}: {} says that rule {} chose {}{}; it chooses {}", choice.place(), report.file, one.rule,
        scores_text(choice, one.candidate.candidate),
        peeks ? ", which is the best out of sample" : "", scores_text(choice, rule->second)));
  }
}

/// A report that shows some of the candidates only: is it the best out of sample that is shown, and
/// what was to be chosen that is not?
void check_shown_rows(const Choice& choice, const PublishedReport& report, Finding& finding) {
  std::size_t shown = 0;
  bool shows_declared = false;
  for (const Choosable& one : choice.candidates) {
    if (!report.rows.contains(choice.name_of_candidate(one.name))) continue;
    ++shown;
    shows_declared = shows_declared || choice.declared.contains(one.name);
  }
  const Choosable* best = choice.best(&Choosable::oos_auc);
  if (shown == 0 || shown == choice.candidates.size() || shows_declared || best == nullptr ||
      choice.declared.empty())
    return;
  if (!report.rows.contains(choice.name_of_candidate(best->name))) return;
  finding.verdict = choice.is_sweep ? Verdict::fail : std::max(finding.verdict, Verdict::warn);
  finding.evidence.push_back(fmt::format(
      "{}: {} shows {}, the best out of sample, and not {}, which {} chooses", choice.place(),
      report.file, scores_text(choice, best->name), scores_text(choice, *choice.declared.begin()),
      choice.is_sweep ? "the declared rule" : "the score in the pool"));
}

/// A job all of whose rules read the out-of-sample scores.
void check_rules(const Choice& choice, Finding& finding) {
  if (choice.peeking.empty() || !choice.by_rule.empty()) return;
  finding.verdict = std::max(finding.verdict, Verdict::warn);
  finding.evidence.push_back(fmt::format("{}: the only rule, {}, reads the out-of-sample scores",
                                         choice.place(), choice.peeking.front()));
}

Finding judge(const RunEvidence& evidence, const Thresholds&) {
  const std::vector<Choice> choices = choices_of(evidence.report());
  if (choices.empty())
    throw NotAssessed(
        "no experiment has two complete candidates and scores out of sample to choose by");
  const std::vector<PublishedReport> reports = published_reports(evidence);
  Finding finding{.threshold = 0};
  for (const Choice& choice : choices) {
    for (const PublishedReport& report : reports) {
      check_named_choices(choice, report, finding);
      check_shown_rows(choice, report, finding);
    }
    check_rules(choice, finding);
  }
  finding.value = static_cast<double>(finding.evidence.size());
  if (finding.verdict != Verdict::pass) {
    finding.text =
        counted(finding.evidence.size(), "choice") + " by the very scores that are to be the test";
    return finding;
  }
  finding.text = fmt::format("{} in {} by out-of-sample scores", "no candidate was named best",
                             reports.empty() ? "the job's own rules" : "the given tables");
  return finding;
}

/// A sweep on the study whose best candidate in the pool is not the one for another hospital.
MadeStudy swept_study(const CaseMaker& maker) {
  MadeStudy study = maker.shortcut_study();
  study.job["name"] = "swept";
  nlohmann::json& experiment = study.job["experiments"][0];
  experiment["candidates"] = nlohmann::json::parse(R"([{"kind": "disentangled", "name": "d",
    "lambda": {"schedule": "constant", "from": {"grid": [0.05, 0.5, 2]}}}])");
  experiment["sweep"] = {{"sampler", "grid"}, {"select", {"held-out"}}};
  return study;
}

/// A table of one candidate's scores, as a paper would have it.
std::filesystem::path table_of(CaseMaker& maker, const std::string& candidate) {
  const auto file = maker.fresh("published.csv");
  write_file_whole(file, "table,embedding,candidate\ntask,made/z,\"" + candidate + "\"\n");
  return file;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto run = maker.train(swept_study(maker));
  const RunEvidence evidence({.run = run});
  const Choice choice = choices_of(evidence.report()).at(0);
  return {{.what = "the best candidate out of sample published in place of the rule's choice",
           .subject = {.run = run,
                       .tables = {table_of(maker, choice.best(&Choosable::oos_auc)->name)}}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  const auto run = maker.train(swept_study(maker));
  const RunEvidence evidence({.run = run});
  const Choice choice = choices_of(evidence.report()).at(0);
  return {{.what = "the choice of the declared rule published",
           .subject = {.run = run, .tables = {table_of(maker, *choice.declared.begin())}},
           // One of three candidates is shown, and class and domain hang together.
           .also = {"PRO-03", "CON-01", "CON-02", "CON-03", "CON-04", "CON-05"}}};
}

}  // namespace

const Rule& pro_02() {
  static const Rule rule{
      .id = "PRO-02",
      .title = "peeking at the out-of-sample set",
      .computes =
          "whether a given table names as chosen, or shows alone, the candidate that is the best "
          "out of sample, where the job's declared rule (without a sweep: the best mean AUC in the "
          "pool) chooses another; whether all rules of a sweep read out-of-sample scores",
      .does_not_establish =
          "that nobody looked at the out-of-sample scores before the job was written",
      .serves = "REFORMS: data leakage, reporting; PROBAST+AI: analysis",
      .thresholds = {},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
