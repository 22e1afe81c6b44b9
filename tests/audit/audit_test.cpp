#include "crossfold/audit/audit.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/files.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "core/expect_error.h"
#include "core/schema_errors.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

using test::ScratchFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
namespace fs = std::filesystem;

const AuditSignature kSignature{
    .auditor = "A. Reviewer", .time = "2026-01-31T23:59:59Z", .program = "0.1.0 (abc)"};

/// One trained run for all tests; each takes a copy.
class Audit : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;
    maker_ = new CaseMaker(folder_->path());
  }
  static void TearDownTestSuite() {
    delete maker_;
    delete folder_;
  }

  /// A run whose journal has another digit than its checksum says.
  static fs::path damaged_run() {
    const fs::path run = maker_->clean_run();
    std::string text = read_file(run / "journal.jsonl", 1 << 30);
    text[text.find("\"auc\":0.") + 9] = 'x';
    write_file_whole(run / "journal.jsonl", text);
    return run;
  }

  static AuditReport audit(const fs::path& run, const AuditOptions& options = {}) {
    const RunEvidence evidence({.run = run});
    return audit_run(evidence, options);
  }

  static ScratchFolder* folder_;
  static CaseMaker* maker_;
};
ScratchFolder* Audit::folder_ = nullptr;
CaseMaker* Audit::maker_ = nullptr;

TEST_F(Audit, AsksTheRulesThatAreNamedInTheirOrder) {
  const AuditReport report = audit(maker_->clean_run(), {.rules = {"INT-04", "INT-01"}});
  ASSERT_EQ(report.results.size(), 2U);
  EXPECT_STREQ(report.results[0].rule->id, "INT-01");
  EXPECT_STREQ(report.results[1].rule->id, "INT-04");
  EXPECT_EQ(report.name, "clean");
  EXPECT_GE(audit(maker_->clean_run(), {.rules = {"INT"}}).results.size(), 6U);
}

TEST_F(Audit, NamesEveryErrorInItsOptions) {
  expect_error(
      ErrorCode::usage,
      "audit: 4 errors\n"
      "  --rules INT-99: is no rule and no group of rules. is 'INT-01' meant?\n"
      "  --set INT-01.digits: is no threshold of INT-01. `crossfold audit --explain INT-01` "
      "lists them\n"
      "  --set what: names no rule. write RULE.THRESHOLD=NUMBER\n"
      "  --waive INT-02: has no reason (a waived rule stays visible). say why by --why",
      [] {
        ValidationErrors errors;
        check_audit_options({.rules = {"INT-99"},
                             .set = {{"what", 1}, {"INT-01.digits", 2}},
                             .waive = {{"INT-02", ""}}},
                            errors);
        errors.throw_if_any(ErrorCode::usage, "audit");
      });
}

TEST_F(Audit, OfADamagedRunFailsWhereItIsDamagedAndSaysWhyTheRestIsNotAssessed) {
  const AuditReport report = audit(damaged_run(), {.rules = {"INT"}});
  EXPECT_EQ(report.results[0].finding.verdict, Verdict::fail);
  EXPECT_THAT(report.results[0].finding.evidence,
              ::testing::ElementsAre(StartsWith("journal.jsonl, line ")));
  EXPECT_EQ(report.results[2].finding.verdict, Verdict::not_assessed);
  EXPECT_THAT(report.results[2].finding.text, HasSubstr("the run cannot be read as a whole"));
}

TEST_F(Audit, SaysOnceWhyManyRulesCouldNotJudge) {
  const AuditReport report = audit(damaged_run());
  const std::string text = render_audit(report, kSignature);
  std::size_t told = 0;
  for (auto at = text.find("the run cannot be read as"); at != std::string::npos;
       at = text.find("the run cannot be read as", at + 1))
    ++told;
  EXPECT_EQ(told, 1U) << text;
  EXPECT_THAT(text, HasSubstr("--salvage`"));
  EXPECT_THAT(text, HasSubstr("not assessed (as INT-03)"));
  const auto json = nlohmann::json::parse(render_audit_json(report, kSignature));
  EXPECT_EQ(json["rules"][2]["text"], report.results[2].finding.text);
}

TEST_F(Audit, ShowsAWaivedRuleAndDoesNotCountIt) {
  const AuditReport report = audit(
      damaged_run(), {.rules = {"INT-01"}, .waive = {{"INT-01", "the disk is known to be bad"}}});
  EXPECT_FALSE(report.has(Verdict::fail));
  EXPECT_THAT(render_audit(report, kSignature),
              AllOf(HasSubstr("INT-01  waived"),
                    HasSubstr("waived (fail without): the disk is known to be bad"),
                    HasSubstr("1 waived")));
}

TEST_F(Audit, BeginsWithTheVerdict) {
  EXPECT_THAT(render_audit(audit(damaged_run(), {.rules = {"INT-01"}}), kSignature),
              StartsWith("clean: FAIL: something does not fit together"));
  EXPECT_THAT(render_audit(audit(maker_->clean_run(), {.rules = {"INT"}}), kSignature),
              AllOf(StartsWith("clean: PASS: no rule has an objection\n  6 rules: 6 pass\n"),
                    HasSubstr("by A. Reviewer"), Not(HasSubstr("not shown by this"))));
}

TEST_F(Audit, SaysHowManyRulesCouldNotJudge) {
  const RunEvidence evidence({.run = maker_->clean_run(), .store = folder_->path() / "none.h5"});
  const AuditReport report = audit_run(evidence, {.rules = {"INT-01", "INT-02"}});
  EXPECT_THAT(render_audit(report, kSignature),
              StartsWith("clean: PASS: no rule has an objection; 1 could not judge\n"));
}

TEST_F(Audit, CutsEvidenceInTextAndNeverInJson) {
  AuditReport report = audit(damaged_run(), {.rules = {"INT-01"}});
  report.results[0].finding.evidence.assign(30, "row");
  EXPECT_THAT(render_audit(report, kSignature), HasSubstr("... and 10 more (--json has all)"));
  const auto json = nlohmann::json::parse(render_audit_json(report, kSignature));
  EXPECT_EQ(json["rules"][0]["evidence"].size(), 30U);
}

TEST_F(Audit, WritesNothingIntoTheRun) {
  const fs::path run = maker_->clean_run();
  const auto content = [&] {
    std::vector<std::pair<std::string, fs::file_time_type>> found;
    for (const auto& entry : fs::recursive_directory_iterator(run))
      found.emplace_back(entry.path().string(), entry.last_write_time());
    std::sort(found.begin(), found.end());
    return found;
  };
  const auto before = content();
  fs::permissions(run, fs::perms::owner_write, fs::perm_options::remove);
  static_cast<void>(audit(run));
  fs::permissions(run, fs::perms::owner_write, fs::perm_options::add);
  EXPECT_EQ(content(), before);
}

TEST_F(Audit, OfAFolderThatIsNoRunIsAnError) {
  expect_error(
      ErrorCode::bad_input,
      folder_->path().string() +
          ": is no run directory of crossfold (job.json is missing). name the --out folder "
          "of a run",
      [&] { const RunEvidence evidence({.run = folder_->path()}); });
}

TEST(AuditRules, HaveIdsOfTheirOwnInTheOrderOfTheGroups) {
  std::vector<std::string> ids;
  std::vector<std::string> groups;
  for (const Rule* rule : all_rules()) {
    ids.emplace_back(rule->id);
    if (groups.empty() || groups.back() != group_of(*rule)) groups.emplace_back(group_of(*rule));
    for (const char* text : {rule->title, rule->computes, rule->does_not_establish, rule->serves})
      EXPECT_STRNE(text, "") << rule->id;
  }
  const std::set<std::string> distinct(ids.begin(), ids.end());
  EXPECT_EQ(distinct.size(), ids.size());
  const std::set<std::string> distinct_groups(groups.begin(), groups.end());
  EXPECT_EQ(distinct_groups.size(), groups.size()) << "a group's rules stand together";
}

TEST(AuditRules, AreExplained) {
  EXPECT_THAT(explain_rule(rule_of("INT-05")),
              AllOf(StartsWith("INT-05 (version 1): the plan made again\n  computes: "),
                    HasSubstr("\n  does not establish: "), HasSubstr("\n  serves: ")));
  expect_error(ErrorCode::usage, "there is no rule 'INT-5' (the nearest is INT-05)",
               [] { static_cast<void>(rule_of("INT-5")); });
}

/// A report of made-up findings, one a rule in their order; every third rule is waived if asked.
AuditReport report_of(const std::vector<Verdict>& verdicts, bool waive = false) {
  AuditReport report{.run = "a.run", .name = "made up", .plan_sha256 = "abc", .results = {}};
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const Rule* rule = all_rules()[i];
    report.results.push_back(
        {.rule = rule,
         .finding = {.verdict = verdicts[i], .text = "what " + std::string(rule->id) + " found"},
         .thresholds = {},
         .waived = {}});
    if (waive && i % 3 == 2) report.results.back().waived = "known";
  }
  return report;
}

TEST(AuditPage, SaysTheWorstVerdictAndCountsThemAll) {
  using enum Verdict;
  const auto head = [](const AuditReport& report) {
    const std::string text = render_audit(report, kSignature);
    return text.substr(0, text.find('\n', text.find('\n') + 1) + 1);
  };
  const std::string warns =
      "made up: WARN: what is recorded fits together; read the warnings before you believe the "
      "tables\n";
  EXPECT_THAT(head(report_of({pass, fail, warn, warn, note, not_assessed, pass, pass})),
              AllOf(StartsWith("made up: FAIL: "),
                    HasSubstr("\n  8 rules: 1 fail, 2 warn, 1 note, 3 pass, 1 not assessed\n")));
  EXPECT_EQ(head(report_of({note, warn})), warns + "  2 rules: 1 warn, 1 note\n");
  EXPECT_EQ(head(report_of({note})), "made up: PASS: no rule has an objection\n  1 rule: 1 note\n");
  EXPECT_EQ(head(report_of({pass, not_assessed, not_assessed})),
            "made up: PASS: no rule has an objection; 2 could not judge\n"
            "  3 rules: 1 pass, 2 not assessed\n");
  EXPECT_EQ(head(report_of({not_assessed})),
            "made up: NOT ASSESSED: no rule could judge\n  1 rule: 1 not assessed\n");
  EXPECT_EQ(head(report_of({pass, warn, fail, pass, note, fail}, true)),
            warns + "  6 rules: 1 warn, 1 note, 2 pass, 2 waived\n");
  AuditReport waived = report_of({fail});
  waived.results[0].waived = "known";
  EXPECT_EQ(head(waived), "made up: NOT ASSESSED: every rule is waived\n  1 rule: 1 waived\n");
}

TEST(AuditPage, TellsTheNumberOfEachFindingInJson) {
  AuditReport report = report_of({Verdict::fail, Verdict::pass, Verdict::warn}, true);
  report.results[0].finding.value = 0.25;
  report.results[0].finding.threshold = 0.5;
  report.results[0].thresholds = {{.name = "v", .value = 2, .changed = true, .reason = "why"}};
  report.warnings = {"a warning"};
  const auto json = nlohmann::json::parse(render_audit_json(report, kSignature));
  const nlohmann::json counts{
      {"pass", 1}, {"note", 0}, {"warn", 0}, {"fail", 1}, {"not-assessed", 0}};
  EXPECT_EQ(json.at("counts"), counts) << "a waived rule is not counted";
  EXPECT_EQ(json.at("run"), "a.run");
  EXPECT_EQ(json.at("name"), "made up");
  EXPECT_EQ(json.at("plan_sha256"), "abc");
  EXPECT_EQ(json.at("auditor"), kSignature.auditor);
  EXPECT_EQ(json.at("time"), kSignature.time);
  EXPECT_EQ(json.at("program"), kSignature.program);
  EXPECT_EQ(json.at("warnings"), nlohmann::json::array({"a warning"}));
  const auto& first = json.at("rules").at(0);
  EXPECT_EQ(first.at("value"), 0.25);
  EXPECT_EQ(first.at("threshold"), 0.5);
  EXPECT_EQ(first.at("verdict"), "fail");
  const nlohmann::json threshold{{"value", 2.0}, {"changed", true}, {"reason", "why"}};
  EXPECT_EQ(first.at("thresholds").at("v"), threshold);
  EXPECT_FALSE(first.contains("waived"));
  EXPECT_TRUE(json.at("rules").at(1).at("value").is_null());
  EXPECT_TRUE(json.at("rules").at(1).at("threshold").is_null());
  EXPECT_EQ(json.at("rules").at(2).at("waived"), "known");
  EXPECT_THAT(render_audit(report, kSignature), HasSubstr("threshold v set to 2 by the auditor"));
}

TEST(AuditPage, TellsEachReplay) {
  AuditReport report = report_of({Verdict::pass});
  report.replays = {{.nonce = "dice: 41",
                     .engine = "lockstep",
                     .of = 12,
                     .drawn = {"ab", "cd", "ef"},
                     .trained = 2,
                     .why_none = ""},
                    {.nonce = "x",
                     .engine = "reference",
                     .of = 1,
                     .drawn = {},
                     .trained = 0,
                     .why_none = "the store is gone"}};
  EXPECT_THAT(
      render_audit(report, kSignature),
      AllOf(
          HasSubstr("\n  trained again: 2 of 12 fits by the lockstep engine, drawn with the nonce "
                    "'dice: 41'\n"),
          HasSubstr("\n  trained again: 0 of 1 fit by the reference engine, drawn with the nonce "
                    "'x'\n")));
  const auto json = nlohmann::json::parse(render_audit_json(report, kSignature));
  const nlohmann::json first{{"nonce", "dice: 41"},
                             {"engine", "lockstep"},
                             {"drawn_from", 12},
                             {"drawn", {"ab", "cd", "ef"}},
                             {"trained", 2}};
  EXPECT_EQ(json.at("replays").at(0), first);
  EXPECT_EQ(json.at("replays").at(1).at("why_none"), "the store is gone");
  EXPECT_EQ(json.at("replays").at(1).at("drawn"), nlohmann::json::array());
}

TEST(WorstOf, TellsTheWorstWithTheEvidenceOfAllThatAreBad) {
  const Finding worst = worst_of({{.verdict = Verdict::pass, .text = "a", .evidence = {"1"}},
                                  {.verdict = Verdict::fail, .text = "b", .evidence = {"2"}},
                                  {.verdict = Verdict::not_assessed, .text = "c"},
                                  {.verdict = Verdict::warn, .text = "d", .evidence = {"3"}}});
  EXPECT_EQ(worst.text, "b");
  EXPECT_THAT(worst.evidence, ::testing::ElementsAre("2", "3"));
  EXPECT_EQ(worst_of({{.verdict = Verdict::not_assessed}, {.verdict = Verdict::pass}}).verdict,
            Verdict::pass);
}

TEST_F(Audit, KeepsToItsSchema) {
  if (!test::have_schema_validator()) GTEST_SKIP() << "needs valijson (libvalijson-dev)";
  for (const fs::path& run : {damaged_run(), maker_->clean_run(), maker_->shortcut_run()}) {
    const std::string document =
        render_audit_json(audit(run, {.waive = {{"INT-02", "known"}}}), kSignature);
    EXPECT_EQ(test::schema_errors("audit", document), "") << run;
  }
}

}  // namespace
}  // namespace crossfold::audit
