// Whatever number, text or attribute of results.h5 is another than the journal gives, it is told
// where it stands: also that each column of a fit's result is a column of its own.

#include "crossfold/results/results_check.h"

#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/small_run.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ResultsCheck : public ::testing::Test {
 protected:
  ResultsCheck() {
    RunDirectory directory = run_.open();
    for (std::size_t i = 0; i < run_.plan().fits.size(); ++i) {
      const Fit& fit = run_.plan().fits[i];
      if (i % 7 != 5) {
        testing::record(directory, run_.plan(), fit);
        continue;
      }
      FitRecord failed;
      failed.result = testing::failed_result(fit.id);
      directory.append(failed);
    }
    directory.flush();
    write_final_files(run_.path());
    records_ = run_.load();
  }
  [[nodiscard]] std::vector<std::string> differences() const {
    return differences_of_results_file(run_.path(), records_);
  }
  /// Of the fourth fit of the first experiment, where nothing is the first or the last of its kind.
  [[nodiscard]] FitResult& result() { return records_.results.at(run_.plan().fits[kFit].id); }

  static constexpr std::size_t kFit = 3;
  testing::SmallRun run_;
  RunRecords records_;
};

TEST_F(ResultsCheck, FindsNothingInASoundFile) { EXPECT_THAT(differences(), IsEmpty()); }

TEST_F(ResultsCheck, NamesTheOneColumnWhoseNumberIsAnother) {
  struct Change {
    std::string column;
    std::function<void(FitResult&)> make;
  };
  std::vector<Change> changes{
      {"n_train", [](FitResult& r) { ++r.n_train; }},
      {"n_validation", [](FitResult& r) { ++r.n_validation; }},
      {"n_test", [](FitResult& r) { ++r.n_test; }},
      {"epochs", [](FitResult& r) { ++r.training.epochs; }},
      {"learning_rate_drops", [](FitResult& r) { ++r.training.learning_rate_drops; }},
      {"solves", [](FitResult& r) { ++r.solver.solves; }},
      {"unconverged_solves", [](FitResult& r) { ++r.solver.unconverged; }},
      {"validation_loss", [](FitResult& r) { r.training.validation_loss = 0.5; }},
      {"validation_auc", [](FitResult& r) { r.training.validation_auc.reset(); }},
      {"worst_gradient", [](FitResult& r) { r.solver.worst_gradient = 0.5; }},
      {"stop", [](FitResult& r) { r.training.stop = StopReason::epochs; }}};
  const auto add_scores = [&](const std::string& group, auto get) {
    const auto add = [&](const char* column, auto change) {
      changes.push_back(
          {fmt::format("{}/{}", group, column), [get, change](FitResult& r) { change(get(r)); }});
    };
    using stats::ScoreSet;
    add("auc", [](ScoreSet& s) { s.auc = 0.75; });
    add("acc", [](ScoreSet& s) { s.acc = 0.75; });
    add("accuracy", [](ScoreSet& s) { s.accuracy = 0.75; });
    add("balanced_accuracy", [](ScoreSet& s) { s.balanced_accuracy = 0.75; });
    add("diagnostic_odds_ratio", [](ScoreSet& s) { s.diagnostic_odds_ratio = 0.75; });
    add("samples", [](ScoreSet& s) { ++s.samples; });
    add("undefined_aucs", [](ScoreSet& s) { ++s.undefined_aucs; });
    add("undefined_recalls", [](ScoreSet& s) { ++s.undefined_recalls; });
    add("class_auc", [](ScoreSet& s) { s.classes[1].auc = 0.75; });
    add("class_sensitivity", [](ScoreSet& s) { s.classes[1].sensitivity = 0.75; });
    add("class_specificity", [](ScoreSet& s) { s.classes[1].specificity = 0.75; });
    add("class_precision", [](ScoreSet& s) { s.classes[1].precision = 0.75; });
    add("class_f1", [](ScoreSet& s) { s.classes[1].f1 = 0.75; });
    add("class_support", [](ScoreSet& s) { ++s.classes[1].support; });
  };
  add_scores("in", [](FitResult& r) -> stats::ScoreSet& { return r.held_out; });
  add_scores("oos", [](FitResult& r) -> stats::ScoreSet& { return *r.oos; });
  add_scores("probe", [](FitResult& r) -> stats::ScoreSet& { return *r.probe; });
  for (const Change& change : changes) {
    const FitResult before = result();
    change.make(result());
    EXPECT_THAT(differences(),
                ElementsAre(StartsWith(
                    fmt::format("results.h5:/experiments/0/{} differs in 1 of ", change.column))))
        << change.column;
    result() = before;
  }
}

TEST_F(ResultsCheck, NamesSamplesThatAreOthers) {
  const SampleTable before = records_.samples;
  const auto expect_told = [&](const std::string& column) {
    EXPECT_THAT(differences(), ElementsAre(StartsWith("results.h5:/samples/" + column +
                                                      " differs in 1 of 36 cells; "
                                                      "the first, 4, is ")));
    records_.samples = before;
  };
  records_.samples.id[4] = "another";
  expect_told("id");
  records_.samples.group[4] = "another";
  expect_told("group");
  records_.samples.class_label.codes[4] = -1;
  expect_told("class");
  records_.samples.domain.codes[4] = -1;
  expect_told("domain");
  records_.samples.role.codes[4] = -1;
  expect_told("role");
}

TEST_F(ResultsCheck, NamesAttributesAndLevelsThatAreOthers) {
  records_.job.experiments[1].name = "renamed";
  EXPECT_THAT(differences(), ElementsAre("results.h5:/ has another attribute 'job'",
                                         "results.h5:/experiments/1 has another attribute 'name'"));
  records_.job.experiments[1].name = "source";
  records_.samples.role.levels[1] = "outside";
  EXPECT_THAT(differences(),
              ElementsAre("results.h5:/samples/role has another attribute 'levels'"));
}

/// Of a race that did not ask for a fit, say: the rows are the same, and their number is not what
/// was to come.
TEST_F(ResultsCheck, NamesANumberOfFitsThatIsAnother) {
  const testing::SmallRun lacking;
  lacking.record(0, 30);
  write_final_files(lacking.path());
  RunRecords records = lacking.load();
  EXPECT_THAT(differences_of_results_file(lacking.path(), records), IsEmpty());
  records.to_train.assign(records.plan.fits.size(), true);
  records.to_train[33] = false;
  EXPECT_THAT(differences_of_results_file(lacking.path(), records),
              ElementsAre("results.h5:/experiments/1 has another attribute 'expected'"));
}

/// What the job does not ask for must not be there, and what it asks for must.
TEST_F(ResultsCheck, NamesGroupsThatAreTooManyOrTooFew) {
  records_.job.experiments[0].evaluate_oos = false;
  EXPECT_THAT(differences(),
              ElementsAre("results.h5:/ has another attribute 'job'",
                          "results.h5:/experiments/0 holds oos, which the journal does not give"));
  records_.job.experiments[0].evaluate_oos = true;
  records_.job.experiments[1].probe = Label::class_label;
  EXPECT_THAT(differences(), ElementsAre("results.h5:/ has another attribute 'job'",
                                         "results.h5:/experiments/1 has no probe of its kind"));
}

/// Where the store lies, and which run fits were taken from, is not what the numbers come from.
TEST_F(ResultsCheck, ComparesNoPaths) {
  records_.job.store = "/elsewhere/small.h5";
  records_.job.warm_start = "other.run";
  EXPECT_THAT(differences(), IsEmpty());
  records_.job.store = "/elsewhere/other.h5";
  EXPECT_THAT(differences(), ElementsAre("results.h5:/ has another attribute 'job'"));
}

TEST_F(ResultsCheck, NamesFitsThatFailedOtherwiseOrAreMissing) {
  records_.results.at(run_.plan().fits[5].id).error = "no memory";
  EXPECT_THAT(differences(), ElementsAre(HasSubstr(
                                 "/experiments/0/failed/error differs in 1 of 3 cells; the first, "
                                 "0, is the loss became NaN in epoch 3 and should be no memory")));
  records_.results.erase(run_.plan().fits[30].id);  // of the second experiment
  const std::vector<std::string> lines = differences();
  ASSERT_GT(lines.size(), 10U);
  for (std::size_t i = 1; i < lines.size(); ++i)
    EXPECT_THAT(lines[i],
                ::testing::MatchesRegex("results.h5:/experiments/1/.* has another shape or type"));
}

TEST_F(ResultsCheck, NamesArtefactsThatAreOthers) {
  records_.artefacts.at(run_.plan().fits[kFit].id).sha256 = std::string(64, '0');
  EXPECT_THAT(differences(),
              ElementsAre(HasSubstr("/experiments/0/artefacts_sha256 differs in 1 of 21 cells; the "
                                    "first, 3, is ")));
}

}  // namespace
}  // namespace crossfold
