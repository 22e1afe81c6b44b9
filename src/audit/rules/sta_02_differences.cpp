#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/files.h"
#include "crossfold/stats/leave_group_out_auc.h"
#include "crossfold/stats/summary.h"

#include "candidate_fits.h"
#include "case_maker.h"
#include "patient_influence.h"
#include "published_report.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// A difference that somebody may claim, and what the run says of it.
struct Difference {
  CandidateName candidate;
  std::string reference;
  std::string score;
  std::optional<double> published_p;           ///< empty: nobody has published it
  std::optional<double> published_difference;  ///< candidate - reference
  std::string source;                          ///< the file that publishes it
  std::optional<double> found;                 ///< mean difference in the run
  std::optional<double> p = {};
  std::optional<double> p_holm = {};
  std::string why_not = {};  ///< why it could not be tested

  [[nodiscard]] std::string text() const {
    return fmt::format("{}, {}: {} against {}, {}", candidate.experiment, candidate.embedding,
                       candidate.candidate, reference, score);
  }
};

/// The p-value of |estimate / error| under a normal distribution, two-sided.
double normal_p(double estimate, double error) {
  if (error > 0) return std::erfc(std::abs(estimate) / error / std::sqrt(2.0));
  return estimate == 0 ? 1 : 0;
}

/// Tests differences again from what the run recorded.
class Tester {
 public:
  explicit Tester(const RunEvidence& evidence)
      : evidence_(evidence), rows_(candidate_fits(evidence.records())) {}

  void test(Difference& difference) const {
    const CandidateFits* a = find(difference.candidate);
    CandidateName other = difference.candidate;
    other.candidate = difference.reference;
    const CandidateFits* b = find(other);
    const ReportColumn* column = find_column(difference);
    if (a == nullptr || b == nullptr || column == nullptr) {
      difference.why_not = "the run has no such candidate or score";
    } else if (column->scored_on == ScoredOn::oos) {
      test_oos(*a, *b, *column, difference);
    } else if (!column->no_error_reason.empty()) {
      difference.why_not = column->no_error_reason;
    } else {
      test_in_pool(*a, *b, *column, difference);
    }
  }

 private:
  [[nodiscard]] const CandidateFits* find(const CandidateName& name) const {
    const Job& job = evidence_.records().job;
    for (const CandidateFits& row : rows_) {
      const Experiment& experiment = job.experiments[row.experiment];
      if (experiment.name == name.experiment && job.embeddings[row.embedding] == name.embedding &&
          experiment.candidates[row.candidate].name == name.candidate)
        return &row;
    }
    return nullptr;
  }

  [[nodiscard]] const ReportColumn* find_column(const Difference& difference) const {
    for (const ReportTable& table : evidence_.report().tables)
      for (const ReportColumn& column : table.columns)
        if (table.experiment == difference.candidate.experiment && column.name == difference.score)
          return &column;
    return nullptr;
  }

  static std::optional<double> value_of(const FitResult* fit, const ReportColumn& column) {
    if (fit == nullptr) return std::nullopt;
    const stats::ScoreSet* scores = &fit->held_out;
    if (column.scored_on == ScoredOn::oos) scores = fit->oos ? &*fit->oos : nullptr;
    if (column.scored_on == ScoredOn::set) return std::nullopt;  // is not tested
    if (column.scored_on == ScoredOn::probe) scores = fit->probe ? &*fit->probe : nullptr;
    if (scores == nullptr) return std::nullopt;
    switch (column.measure) {
      case Measure::auc:
        return scores->auc;
      case Measure::acc:
        return scores->acc;
      case Measure::accuracy:
        return scores->accuracy;
      case Measure::balanced_accuracy:
        return scores->balanced_accuracy;
      case Measure::diagnostic_odds_ratio:
      case Measure::sensitivity:
      case Measure::specificity:
      case Measure::f1:
        return std::nullopt;  // never compared
    }
    return std::nullopt;
  }

  static std::optional<stats::PairedTest> paired(const CandidateFits& a, const CandidateFits& b,
                                                 const ReportColumn& column) {
    std::vector<std::optional<double>> left;
    std::vector<std::optional<double>> right;
    for (std::size_t i = 0; i < std::min(a.done.size(), b.done.size()); ++i) {
      left.push_back(value_of(a.done[i], column));
      right.push_back(value_of(b.done[i], column));
    }
    return stats::corrected_paired_test(left, right, shared_test_share(a, b));
  }

  static void test_in_pool(const CandidateFits& a, const CandidateFits& b,
                           const ReportColumn& column, Difference& difference) {
    const auto test = paired(a, b, column);
    if (!test) {
      difference.why_not = "fewer than two splits have both scores";
      return;
    }
    difference.found = test->mean_difference;
    difference.p = test->p;
  }

  /// All fits are scored on one set, so that its patients are a source of error of their own,
  /// beside that of training: the variances of both are added.
  void test_oos(const CandidateFits& a, const CandidateFits& b, const ReportColumn& column,
                Difference& difference) const {
    const auto training = paired(a, b, column);
    if (column.measure != Measure::auc || !training) {
      difference.why_not = "out of sample only AUCs of two splits and more are tested";
      return;
    }
    const PatientInfluence& left = out_of_sample(a);
    const PatientInfluence& right = out_of_sample(b);
    if (!left.mean || left.patients != right.patients) {
      difference.why_not = "no predictions are kept";
      return;
    }
    std::vector<double> without;
    for (std::size_t i = 0; i < left.without.size(); ++i)
      without.push_back(left.without[i] - right.without[i]);
    const std::optional<double> error = stats::jackknife_error(without);
    if (!error) {
      difference.why_not = "fewer than two patients are out of sample";
      return;
    }
    difference.found = training->mean_difference;
    difference.p = normal_p(*difference.found, std::hypot(*error, training->standard_error));
  }

  /// A reference is compared with many.
  [[nodiscard]] const PatientInfluence& out_of_sample(const CandidateFits& fits) const {
    const auto [place, is_new] = influences_.try_emplace(&fits);
    if (is_new) place->second = patient_influence(evidence_, fits, Role::oos);
    return place->second;
  }

  const RunEvidence& evidence_;
  std::vector<CandidateFits> rows_;
  mutable std::map<const CandidateFits*, PatientInfluence> influences_;
};

std::vector<Difference> published_differences(const std::vector<PublishedReport>& reports) {
  std::vector<Difference> all;
  for (const PublishedReport& report : reports)
    for (const PublishedTest& test : report.tests)
      all.push_back({.candidate = test.candidate,
                     .reference = test.reference,
                     .score = test.score,
                     .published_p = test.p,
                     .published_difference = test.difference,
                     .source = report.file,
                     .found = {}});
  return all;
}

/// Each candidate that a report shows against the first one: scores of the tables that have a test,
/// and AUCs out of sample.
std::vector<Difference> own_differences(const RunEvidence& evidence) {
  const RunRecords& records = evidence.records();
  const std::vector<CandidateFits> rows = shown_candidates(evidence);
  std::vector<Difference> all;
  const CandidateFits* first = nullptr;
  for (const CandidateFits& row : rows) {
    if (first == nullptr || first->experiment != row.experiment ||
        first->embedding != row.embedding) {
      first = &row;
      continue;
    }
    const std::vector<Candidate>& candidates = records.job.experiments[row.experiment].candidates;
    for (const ReportColumn& column : evidence.report().tables.at(row.experiment).columns) {
      const bool is_oos_auc = column.scored_on == ScoredOn::oos && column.measure == Measure::auc;
      if (column.place != ColumnPlace::main || !(column.no_error_reason.empty() || is_oos_auc))
        continue;
      all.push_back(
          {.candidate = {records.job.experiments[row.experiment].name,
                         records.job.embeddings[row.embedding], candidates[row.candidate].name},
           .reference = candidates[first->candidate].name,
           .score = column.name,
           .published_p = {},
           .published_difference = {},
           .source = {},
           .found = {}});
    }
  }
  return all;
}

/// One family: the tests of one source, experiment, embedding set and score.
void adjust(std::vector<Difference>& differences) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::vector<Difference*>>
      families;
  for (Difference& one : differences)
    if (one.p)
      families[{one.source, one.candidate.experiment, one.candidate.embedding, one.score}]
          .push_back(&one);
  for (auto& [name, family] : families) {
    std::vector<double> p;
    for (const Difference* one : family) p.push_back(*one->p);
    const std::vector<double> adjusted = stats::holm_adjust(p);
    for (std::size_t i = 0; i < family.size(); ++i) family[i]->p_holm = adjusted[i];
  }
}

bool turned_round(const Difference& one) {
  return one.found && one.published_difference && *one.found * *one.published_difference < 0;
}

/// Claims, and those of them that the run does not bear.
Finding judge_published(const std::vector<Difference>& differences, double level) {
  Finding finding{.threshold = level};
  std::size_t claimed = 0;
  std::size_t untested = 0;
  for (const Difference& one : differences) {
    if (*one.published_p > level) continue;
    ++claimed;
    if (!one.p_holm) {
      ++untested;
      finding.evidence.push_back(fmt::format("{} (p {:.2g} in {}): not tested, {}", one.text(),
                                             *one.published_p, one.source, one.why_not));
      continue;
    }
    finding.value = std::max(finding.value.value_or(0), *one.p_holm);
    if (*one.p_holm <= level && !turned_round(one)) continue;
    finding.verdict = Verdict::warn;
    finding.evidence.push_back(
        fmt::format("{}: p {:.2g} in {}, and {:.2g} when tested again (difference {:+.4f})",
                    one.text(), *one.published_p, one.source, *one.p_holm, *one.found));
  }
  if (claimed == 0) {
    finding.text = fmt::format("of {} in the tables none is called significant",
                               counted(differences.size(), "difference"));
    return finding;
  }
  const std::size_t refuted = finding.evidence.size() - untested;
  finding.text = fmt::format(
      "{} called significant at {} by a table; tested again with a corrected error, {} not, and {} "
      "could not be tested",
      counted_are(claimed, "difference"), level, counted_are(refuted, "difference"), untested);
  if (untested > 0 && finding.verdict == Verdict::pass) finding.verdict = Verdict::note;
  return finding;
}

/// No claim is known: which of the differences could be claimed.
Finding judge_own(const std::vector<Difference>& differences, double level) {
  Finding finding{.threshold = level};
  std::size_t tested = 0;
  std::size_t clear = 0;
  for (const Difference& one : differences) {
    if (!one.p_holm) continue;
    ++tested;
    if (*one.p_holm <= level)
      ++clear;
    else
      finding.evidence.push_back(fmt::format("{}: {:+.4f}, p {:.2g}: no more than chance gives",
                                             one.text(), *one.found, *one.p_holm));
  }
  if (tested == 0) throw NotAssessed("no two candidates have scores on the same splits");
  finding.value = static_cast<double>(tested - clear);
  finding.threshold = 0;
  finding.text = fmt::format(
      "of {} to the first candidate {} than chance gives (corrected, at {}); no table was given "
      "that claims any",
      counted(tested, "difference"),
      clear == 1 ? "1 is larger" : fmt::format("{} are larger", clear), level);
  if (clear < tested) finding.verdict = Verdict::note;
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const std::vector<PublishedReport> reports = published_reports(evidence);
  std::vector<Difference> differences = published_differences(reports);
  const bool is_published = !differences.empty();
  if (!is_published) differences = own_differences(evidence);
  const Tester tester(evidence);
  for (Difference& one : differences) tester.test(one);
  adjust(differences);
  return is_published ? judge_published(differences, thresholds["level"])
                      : judge_own(differences, thresholds["level"]);
}

/// A table of both candidates' rows, the second one with its claim.
std::filesystem::path table_of_claim(CaseMaker& maker, const std::string& candidate,
                                     const std::string& score, double p) {
  std::filesystem::path file = maker.fresh("published.csv");
  write_file_whole(file, fmt::format("table,embedding,candidate,score,against,p_holm\n"
                                     "task,made/z,baseline,{1},,\n"
                                     "task,made/z,{0},{1},baseline,{2}\n",
                                     candidate, score, p));
  return file;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  study.job["name"] = "equal";
  study.job["experiments"][0]["candidates"] = nlohmann::json::parse(
      R"([{"kind": "baseline"},
          {"kind": "baseline", "name": "tuned", "training": {"weight_decay": 0.02}}])");
  const auto run = maker.train(study);
  return {{.what = "a p-value of 0.001 published for two equal candidates",
           .subject = {.run = run, .tables = {table_of_claim(maker, "tuned", "task_auc", 0.001)}}}};
}

/// The shortcut, in a study whose classes are harder to tell: their directions are half as long.
std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy study = maker.shortcut_study();
  const std::map<std::string, std::size_t> directions{
      {"normal", 0}, {"pneumonia", 1}, {"covid19", 2}};
  for (std::size_t row = 0; row < study.samples.size(); ++row)
    study.values[row * study.dim + directions.at(*study.samples.class_label.name_of(row))] -= 1.5F;
  study.job["name"] = "harder";
  study.job["training"]["epochs"] = 40;
  study.job["splits"]["folds"] = 8;
  return {{.what = "lambda 1 called better than the baseline out of sample, where it is",
           .subject = {.run = maker.train(study),
                       .tables = {table_of_claim(maker, "disentangled", "oos_auc", 0.01)}},
           // In this study class and domain hang together, which is its point; and the program's
           // own tables test no score out of sample, so that the claim is in none of them.
           .also = {"CON-01", "CON-02", "CON-03", "CON-04", "CON-05", "INT-06"}}};
}

}  // namespace

const Rule& sta_02() {
  static const Rule rule{
      .id = "STA-02",
      .version = 2,
      .title = "differences between candidates",
      .computes =
          "each difference that a given table tests, again from the journal: in the pool by the "
          "corrected resampled paired t-test (Nadeau and Bengio 2003); AUCs out of sample with the "
          "jackknife's error over patients (Arvesen 1969) beside the corrected one of training; "
          "p-values adjusted by Holm (1979) over the candidates of an experiment, embedding set "
          "and score. Not tested: scores on named sets and of what is left out in turns, where the "
          "correction does not hold. Without a table: which differences could be claimed",
      .does_not_establish =
          "that a difference which is no chance matters to anybody, or holds "
          "at another hospital",
      .serves = "REFORMS: metrics and uncertainty; PROBAST+AI: analysis",
      .thresholds = {{"level", 0.05,
                      "the level at which such tables call a difference significant"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
