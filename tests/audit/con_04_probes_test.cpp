// CON-04 objects to what can be read within classes: that the class can be read, and that a label
// goes with it, is known without a probe.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"
#include "crossfold/stats/summary.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"
#include "made_splits.h"

namespace crossfold::audit {
namespace {

using nlohmann::json;
using test::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::array<const char*, 4> kLabels{"domain", "age", "sex", "view"};
constexpr std::size_t kClasses = 3;
constexpr float kLength = 3;

/// How many patients in five have the label of their class.
enum class Follow { four_of_five, all };

/// The level of a label that a patient has: of its class or, of one in five, the next one.
std::size_t level_of(const MadeStudy& study, std::size_t row, std::size_t label, Follow follow) {
  const auto class_label = static_cast<std::size_t>(study.samples.class_label.codes[row]);
  const bool follows =
      follow == Follow::all || fold_of_patient(study.samples.group[row], 100 + label, 5) > 0;
  return (class_label + (follows ? 0 : 1)) % kClasses;
}

/// The features are the class and nothing else; domain, age, sex and view go with it.
MadeStudy class_alone(const CaseMaker& maker, Follow follow = Follow::four_of_five) {
  MadeStudy study = maker.clean_study();
  SampleTable& samples = study.samples;
  const CodedColumn oos_domain = samples.domain;
  std::vector<double> age;
  CodedColumn domain, sex, view;
  for (std::size_t row = 0; row < samples.size(); ++row) {
    const auto level = [&](std::size_t label) { return level_of(study, row, label, follow); };
    const bool is_oos = samples.role.codes[row] == static_cast<std::int32_t>(Role::oos);
    domain.append(is_oos ? *oos_domain.name_of(row) : fmt::format("site {}", level(0)));
    age.push_back(20 + 25 * static_cast<double>(level(1)));
    sex.append(level(2) == 0 ? "f" : "m");
    view.append(level(3) == 0 ? "pa" : "ap");
    for (std::size_t d = 0; d < study.dim; ++d) {
      const auto class_label = static_cast<std::size_t>(samples.class_label.codes[row]);
      study.values[row * study.dim + d] = d % kClasses == class_label ? kLength : 0;
    }
  }
  samples.domain = std::move(domain);
  samples.attributes = {
      {"age", std::move(age)}, {"sex", std::move(sex)}, {"view", std::move(view)}};
  study.job["experiments"][0]["candidates"] = {{{"kind", "linear"}}};
  study.job["experiments"][0].erase("probe");
  study.job["splits"] = {{"folds", 3}, {"seeds", 1}};
  study.job.erase("training");
  return study;
}

/// Three columns tell the level of a label.
void make_readable(MadeStudy& study, std::size_t label) {
  for (std::size_t row = 0; row < study.samples.size(); ++row)
    for (std::size_t level = 0; level < kClasses; ++level)
      study.values[row * study.dim + kClasses + level] =
          level_of(study, row, label, Follow::four_of_five) == level ? kLength : 0;
}

struct Told {
  double all = 0;
  double within = 0;
};

/// "domain from z (made/z): AUC 0.812, within classes 0.500", of a label and its features.
std::optional<Told> told_of(const std::string& text, const std::string& label,
                            const std::string& features) {
  const std::regex pattern(label + " from " + features +
                           R"( \([^)]*\): AUC ([0-9.]+), within classes ([0-9.]+))");
  std::smatch found;
  if (!std::regex_search(text, found, pattern)) return std::nullopt;
  return Told{.all = std::stod(found[1]), .within = std::stod(found[2])};
}

/// Pairs of a row with the level and one without, ranked by the share of the level among the
/// training rows of their class; mean over levels and the folds of the first seed.
double domain_auc_by_class(const RunRecords& records) {
  const ExperimentSamples& samples = records.plan.basis.samples.at(0);
  std::vector<std::optional<double>> aucs;
  for (const Fit& fit : records.plan.fits) {
    const Split split = split_of(records.job, records.plan, fit);
    for (std::int32_t level = 0; level < static_cast<std::int32_t>(kClasses); ++level) {
      std::array<double, kClasses> with{}, rows{};
      for (const std::uint32_t row : all_other_folds(split)) {
        const auto of = static_cast<std::size_t>(samples.class_label.codes[row]);
        rows.at(of) += 1;
        with.at(of) += samples.domain.codes[row] == level ? 1 : 0;
      }
      double won = 0, pairs = 0;
      for (const std::uint32_t a : split.test)
        for (const std::uint32_t b : split.test) {
          if (samples.domain.codes[a] != level || samples.domain.codes[b] == level) continue;
          const auto score = [&](std::uint32_t row) {
            const auto of = static_cast<std::size_t>(samples.class_label.codes[row]);
            return with.at(of) / rows.at(of);
          };
          won += score(a) > score(b) ? 1 : score(a) == score(b) ? 0.5 : 0;
          pairs += 1;
        }
      aucs.emplace_back(won / pairs);
    }
  }
  return stats::summarize(aucs).mean.value();
}

class Probes : public ::testing::Test {
 protected:
  static Finding finding_of(const RunEvidence& evidence) {
    return audit_run(evidence, {.rules = {"CON-04"}}).results.front().finding;
  }

  ScratchFolder scratch_;
  CaseMaker maker_{scratch_.path()};
};

TEST_F(Probes, ObjectToNoLabelThatIsReadByItsClassAlone) {
  const RunEvidence evidence({.run = maker_.train(class_alone(maker_))});
  const Finding finding = finding_of(evidence);
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.text;
  EXPECT_THAT(finding.evidence, ::testing::IsEmpty());
  EXPECT_DOUBLE_EQ(finding.value.value(), 0.5);
  for (const char* label : kLabels) {
    const std::optional<Told> told = told_of(finding.text, label, "z");
    ASSERT_TRUE(told) << label << ": " << finding.text;
    EXPECT_GT(told->all, 0.7) << label;
    EXPECT_EQ(told->within, 0.5) << label << ": the features of a class are all the same";
  }
  EXPECT_NEAR(told_of(finding.text, "domain", "z")->all, domain_auc_by_class(evidence.records()),
              5.1e-4);
}

TEST_F(Probes, ObjectToEachLabelThatIsReadWithinClasses) {
  for (std::size_t label = 0; label < kLabels.size(); ++label) {
    SCOPED_TRACE(kLabels.at(label));
    MadeStudy study = class_alone(maker_);
    make_readable(study, label);
    const Finding finding = finding_of(RunEvidence({.run = maker_.train(study)}));
    EXPECT_EQ(finding.verdict, Verdict::warn);
    EXPECT_THAT(finding.evidence,
                ElementsAre(StartsWith(fmt::format("{} from z (made/z): ", kLabels.at(label)))));
    EXPECT_GT(finding.value.value(), 0.9);
  }
}

TEST_F(Probes, ObjectToNoLabelThatAnEncodersFeaturesTellByTheClassAlone) {
  MadeStudy study = class_alone(maker_);
  study.samples.attributes.resize(1);  // few enough for each to be told of
  study.job["experiments"][0]["candidates"] = {{{"kind", "baseline"}}};
  study.job["output"] = {{"features", "first-split"}};
  study.job["training"] = {{"epochs", 3}, {"batch", 32}};
  const Finding finding = finding_of(RunEvidence({.run = maker_.train(study)}));
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.text;
  for (const char* label : {"domain", "age"}) {
    const std::optional<Told> told = told_of(finding.text, label, "z'");
    ASSERT_TRUE(told) << label << ": " << finding.text;
    EXPECT_GT(told->all, 0.7) << label;
    EXPECT_LT(told->within, 0.6) << label;
  }
}

/// Where a class has one level, no pair within it says anything: all pairs decide.
TEST_F(Probes, ObjectToALabelThatIsTheClass) {
  MadeStudy study = class_alone(maker_, Follow::all);
  study.samples.attributes.clear();
  const Finding finding = finding_of(RunEvidence({.run = maker_.train(study)}));
  EXPECT_EQ(finding.verdict, Verdict::warn);
  EXPECT_THAT(finding.text, HasSubstr("domain from z (made/z): AUC 1.000, within classes "
                                      "undefined"));
  EXPECT_DOUBLE_EQ(finding.value.value(), 1);
}

}  // namespace
}  // namespace crossfold::audit
