// PRO-03 counts the candidates of every run and the mentions of every table that it was given.

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"
#include "crossfold/core/files.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::ScratchFolder;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

/// Runs of linear candidates, each named by what it is, on one fold scheme.
class CandidatesTried : public ::testing::Test {
 protected:
  /// A run of candidates with these strengths; `with_domains`: a second experiment, of the domain.
  fs::path run_of(const std::vector<double>& strengths, bool with_domains = false) {
    MadeStudy study = maker_.clean_study();
    json candidates = json::array();
    for (const double c : strengths)
      candidates.push_back({{"kind", "linear"}, {"name", fmt::format("c {}", c)}, {"c", c}});
    study.job["experiments"] = {{{"name", "task"}, {"candidates", candidates}}};
    if (with_domains)
      study.job["experiments"].push_back(
          {{"name", "sites"}, {"target", "domain"}, {"candidates", {{{"kind", "linear"}}}}});
    study.job["splits"] = {{"folds", 3}, {"seeds", 1}};
    study.job["output"] = {{"predictions", false}};
    study.job.erase("training");
    return maker_.train(study);
  }
  /// A published table of the experiment "task".
  fs::path table_of(const std::vector<std::string>& candidates) {
    std::string text = "table,embedding,candidate\n";
    for (const std::string& name : candidates) text += fmt::format("task,made/z,{}\n", name);
    fs::path file = maker_.fresh("published.csv");
    write_file_whole(file, text);
    return file;
  }
  static Finding finding_of(const AuditSubject& subject) {
    return audit_run(RunEvidence(subject), {.rules = {"PRO-03"}}).results.front().finding;
  }
  /// What is left out, each by its place and run.
  static void expect_left_out(const Finding& finding, const std::vector<std::string>& names) {
    EXPECT_EQ(finding.verdict, names.empty() ? Verdict::pass : Verdict::warn) << finding.text;
    EXPECT_EQ(finding.value, static_cast<double>(names.size()));
    EXPECT_THAT(finding.evidence, UnorderedElementsAreArray(names));
  }

  ScratchFolder scratch_;
  CaseMaker maker_{scratch_.path()};
};

TEST_F(CandidatesTried, AreThoseOfEveryOtherRunWhereverItIsNamed) {
  const fs::path run = run_of({1});
  const fs::path same = run_of({1});
  const fs::path more = run_of({1, 2, 4}, true);
  const std::string place = " (" + more.filename().string() + ")";
  const std::vector<std::string> left_out = {
      "task, made/z, c 2" + place, "task, made/z, c 4" + place, "sites, made/z, linear" + place};
  expect_left_out(finding_of({.run = run, .other_runs = {same, same}}), {});
  std::vector<fs::path> others = {more, same, same};
  for (std::size_t place_of_more = 0; place_of_more < others.size(); ++place_of_more) {
    SCOPED_TRACE(place_of_more);
    const Finding finding = finding_of({.run = run, .other_runs = others});
    expect_left_out(finding, left_out);
    EXPECT_THAT(finding.text, HasSubstr("4 candidates were trained in 4 runs; 3 of them are left "
                                        "out by this run's report"));
    if (place_of_more + 1 < others.size())
      std::swap(others[place_of_more], others[place_of_more + 1]);
  }
}

TEST_F(CandidatesTried, InSeveralRunsAddUp) {
  const fs::path run = run_of({1});
  const fs::path second = run_of({1, 2});
  const fs::path third = run_of({4});
  expect_left_out(finding_of({.run = run, .other_runs = {second, third}}),
                  {"task, made/z, c 2 (" + second.filename().string() + ")",
                   "task, made/z, c 4 (" + third.filename().string() + ")"});
}

TEST_F(CandidatesTried, AreReportedByWhicheverTableMentionsThem) {
  const fs::path run = run_of({1, 2, 4});
  const std::string place = " (" + run.filename().string() + ")";
  expect_left_out(finding_of({.run = run, .tables = {table_of({"c 1"}), table_of({"c 4", "c 2"})}}),
                  {});
  expect_left_out(finding_of({.run = run, .tables = {table_of({"c 4"}), table_of({"c 1"})}}),
                  {"task, made/z, c 2" + place});
  expect_left_out(finding_of({.run = run, .tables = {table_of({}), table_of({"c 2"})}}),
                  {"task, made/z, c 1" + place, "task, made/z, c 4" + place});
}

/// A table that mentions a candidate of another run reports it too.
TEST_F(CandidatesTried, OfOtherRunsAreReportedByTables) {
  const fs::path run = run_of({1});
  const fs::path second = run_of({2});
  const fs::path third = run_of({4});
  const auto subject = [&](const std::vector<std::string>& mentioned) {
    return AuditSubject{.run = run, .tables = {table_of(mentioned)}, .other_runs = {second, third}};
  };
  expect_left_out(finding_of(subject({"c 1", "c 2", "c 4"})), {});
  expect_left_out(finding_of(subject({"c 1", "c 2"})),
                  {"task, made/z, c 4 (" + third.filename().string() + ")"});
  expect_left_out(finding_of(subject({"c 4", "c 1"})),
                  {"task, made/z, c 2 (" + second.filename().string() + ")"});
}

}  // namespace
}  // namespace crossfold::audit
