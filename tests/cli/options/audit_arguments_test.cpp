// What the words of `audit` are read as, and what of them does not go together.

#include "audit_arguments.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/options/option_rows.h"

namespace crossfold::cli {
namespace {

using test::Fields;
using test::OptionTable;
using test::text_of;
using test::Words;
using ::testing::ElementsAre;

OptionTable<AuditArguments> table() {
  return {add_audit_arguments,
          [](const AuditArguments& of) {
            return Fields{{"run", text_of(of.run)},
                          {"store", text_of(of.store)},
                          {"tables", text_of(of.tables)},
                          {"other runs", text_of(of.other_runs)},
                          {"rules", text_of(of.rules)},
                          {"set", text_of(of.set)},
                          {"waive", text_of(of.waive)},
                          {"why", text_of(of.why)},
                          {"auditor", of.auditor},
                          {"explain", of.explain},
                          {"out", text_of(of.out)},
                          {"replay", text_of(of.replay)},
                          {"other engine", text_of(of.other_engine)},
                          {"nonce", of.nonce},
                          {"device", text_of(of.device)},
                          {"lines", text_of(of.text.evidence)},
                          {"strict", text_of(of.strict)},
                          {"json", text_of(of.json)},
                          {"self-test", text_of(of.self_test)}};
          },
          {}};
}

TEST(AuditArguments, AreReadIntoFieldsOfTheirOwn) {
  using To = AuditArguments;
  table().expect_each_sets_its_own(
      {{"run", {"a.run"}, [](To& to) { to.run = "a.run"; }},
       {"--store", {"--store", "s.h5"}, [](To& to) { to.store = "s.h5"; }},
       {"--table",
        {"--table", "t.csv", "--table", "u.json"},
        [](To& to) {
          to.tables = {"t.csv", "u.json"};
        }},
       {"--other-run",
        {"--other-run", "b", "--other-run", "c"},
        [](To& to) {
          to.other_runs = {"b", "c"};
        }},
       {"--rules",
        {"--rules", "INT,LEA-03"},
        [](To& to) {
          to.rules = {"INT", "LEA-03"};
        }},
       {"--rules",
        {"--rules", "INT", "--rules", "CON,LEA-03"},
        [](To& to) {
          to.rules = {"INT", "CON", "LEA-03"};
        }},
       {"--set",
        {"--set", "CON-01.v=1", "--set", "CON-01.p=2"},
        [](To& to) {
          to.set = {"CON-01.v=1", "CON-01.p=2"};
        }},
       {"--waive",
        {"--waive", "INT-01", "--waive", "INT-02"},
        [](To& to) {
          to.waive = {"INT-01", "INT-02"};
        }},
       {"--why",
        {"--why", "a reason", "--why", "another"},
        [](To& to) {
          to.why = {"a reason", "another"};
        }},
       {"--auditor", {"--auditor", "A. Reviewer"}, [](To& to) { to.auditor = "A. Reviewer"; }},
       {"--explain", {"--explain", "all"}, [](To& to) { to.explain = "all"; }},
       {"--out", {"--out", "folder"}, [](To& to) { to.out = "folder"; }},
       {"--out", {"-o", "folder"}, [](To& to) { to.out = "folder"; }},
       {"--replay", {"--replay", "59"}, [](To& to) { to.replay = 59; }},
       {"--other-engine", {"--other-engine", "10"}, [](To& to) { to.other_engine = 10; }},
       {"--nonce", {"--nonce", "dice"}, [](To& to) { to.nonce = "dice"; }},
       {"--device", {"--device", "auto"}, [](To& to) { to.device = DeviceChoice::automatic; }},
       {"--device", {"--device", "cpu"}, [](To& to) { to.device = DeviceChoice::cpu; }},
       {"--device", {"--device", "cuda"}, [](To& to) { to.device = DeviceChoice::cuda; }},
       {"--lines", {"--lines", "0"}, [](To& to) { to.text.evidence = 0; }},
       {"--strict", {"--strict"}, [](To& to) { to.strict = true; }},
       {"--json", {"--json"}, [](To& to) { to.json = true; }},
       {"--self-test", {"--self-test"}, [](To& to) { to.self_test = true; }}});
}

TEST(AuditArguments, HaveBounds) {
  table().expect_bounds({{"--lines", {"0", "1000000"}, {"1000001", "-1", "all"}},
                         {"--replay", {"1", "1000000"}, {"0", "1000001", "1.5"}},
                         {"--other-engine", {"1", "1000000"}, {"0", "1000001"}},
                         {"--device", {"auto", "cpu", "cuda"}, {"0", "gpu"}},
                         {"--explain", {"all", "INT-01"}, {}},
                         {"--nonce", {"a", "b c"}, {}},
                         {"--auditor", {"a", "b c"}, {}},
                         {"--store", {"s.h5"}, {}},
                         {"--out", {"folder"}, {}}});
  EXPECT_TRUE(table().refuses({"a.run", "b.run"})) << "one run is audited";
}

TEST(AuditArguments, NameWhatIsAudited) {
  const audit::AuditSubject subject =
      audit_subject(table().parsed({"a.run", "--store", "s.h5", "--table", "t", "--table", "u",
                                    "--other-run", "b", "--other-run", "c", "--other-run", "d"}));
  EXPECT_EQ(subject.run, "a.run");
  EXPECT_EQ(subject.store, "s.h5");
  EXPECT_THAT(subject.tables, ElementsAre("t", "u"));
  EXPECT_THAT(subject.other_runs, ElementsAre("b", "c", "d"));
  EXPECT_TRUE(subject.replays.empty());
  EXPECT_FALSE(audit_subject(table().parsed({"a.run"})).store.has_value());
}

/// The options that complaints are of, in the order of the text.
std::vector<std::string> complained_of(const Words& words) {
  ValidationErrors errors;
  check_audit_arguments(table().parsed(words), errors);
  std::string text;
  try {
    errors.throw_if_any(ErrorCode::usage, "");
  } catch (const Error& error) {
    text = std::string("\n  ") + error.what();
  }
  std::vector<std::string> options;
  for (std::size_t at = text.find("\n  "); at != std::string::npos;
       at = text.find("\n  ", at + 1)) {
    const std::string line = text.substr(at + 3, text.find('\n', at + 1) - at - 3);
    if (const std::size_t colon = line.find(": "); colon != std::string::npos)
      options.push_back(line.substr(0, colon));
  }
  return options;
}

/// Every set of the arguments that have something to say of each other, against the rules of the
/// help.
TEST(AuditArguments, AreRefusedWhereTheyDoNotGoTogether) {
  const std::map<std::string, Words> given{{"run", {"a.run"}},
                                           {"explain", {"--explain", "all"}},
                                           {"self-test", {"--self-test"}},
                                           {"replay", {"--replay", "2"}},
                                           {"other", {"--other-engine", "2"}},
                                           {"nonce", {"--nonce", "x"}},
                                           {"device", {"--device", "cpu"}}};
  for (unsigned set = 0; set < (1U << given.size()); ++set) {
    std::map<std::string, bool> has;
    Words words;
    unsigned bit = 0;
    for (const auto& [name, more] : given) {
      has[name] = ((set >> bit++) & 1U) != 0;
      if (has[name]) words.insert(words.end(), more.begin(), more.end());
    }
    const bool of_rules = has["explain"] || has["self-test"];
    const bool trains = has["replay"] || has["other"];
    std::vector<std::string> expected;
    if (has["run"] == of_rules) expected.emplace_back("RUN");
    if (has["explain"] && has["self-test"]) expected.emplace_back("--explain");
    if (trains != has["nonce"]) expected.emplace_back("--nonce");
    if (has["device"] && !has["replay"]) expected.emplace_back("--device");
    if (trains && of_rules) expected.emplace_back("--replay");
    EXPECT_EQ(complained_of(words), expected) << ::testing::PrintToString(words);
  }
}

TEST(AuditArguments, OfRulesArePairedInTheirOrder) {
  ValidationErrors errors;
  const audit::AuditOptions options =
      audit_options(table().parsed({"a.run", "--rules", "INT-01,LEA", "--waive", "INT-01",
                                    "--waive", "INT-02", "--why", "first", "--why", "second",
                                    "--set", "CON-01.v=0.25", "--set", "CON-01.p=1e-3"}),
                    errors);
  EXPECT_TRUE(errors.empty());
  EXPECT_THAT(options.rules, ElementsAre("INT-01", "LEA"));
  EXPECT_EQ(options.waive,
            (std::map<std::string, std::string>{{"INT-01", "first"}, {"INT-02", "second"}}));
  EXPECT_EQ(options.set, (std::map<std::string, double>{{"CON-01.v", 0.25}, {"CON-01.p", 1e-3}}));
}

TEST(AuditArguments, OfRulesThatCannotBeTakenAreRefused) {
  const auto is_refused = [](const Words& words) {
    ValidationErrors errors;
    static_cast<void>(audit_options(table().parsed(words), errors));
    return !errors.empty();
  };
  EXPECT_FALSE(is_refused({"--set", "CON-01.v=0.25"}));
  EXPECT_FALSE(is_refused({"--waive", "INT-01", "--why", "a"}));
  for (const char* text : {"CON-01.v", "CON-01.v=", "CON-01.v=x", "CON-01.v=1x", "CON-01.v=nan",
                           "CON-01.v=inf", "=1", "CON-01.none=1"}) {
    EXPECT_TRUE(is_refused({"--set", text})) << text;
    EXPECT_TRUE(is_refused({"--set", "CON-01.v=0.25", "--set", text})) << text;
  }
  EXPECT_TRUE(is_refused({"--waive", "INT-01"}));
  EXPECT_TRUE(is_refused({"--why", "a"}));
  EXPECT_TRUE(is_refused({"--waive", "INT-01", "--waive", "INT-02", "--why", "a"}));
  EXPECT_TRUE(is_refused({"--waive", "INT-01", "--why", "a", "--why", "b"}));
  EXPECT_TRUE(is_refused({"--waive", "INT-01", "--why", "a", "--waive", "INT-99", "--why", "b"}));
  EXPECT_TRUE(is_refused({"--rules", "INT-01,NONE"}));
}

}  // namespace
}  // namespace crossfold::cli
