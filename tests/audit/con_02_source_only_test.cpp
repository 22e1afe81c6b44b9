// CON-02 tells what the source alone scores: the shares of the classes are counted here once more.

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"
#include "crossfold/stats/scores.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

/// The AUC of the shares of classes in each domain of `learnt`, on the rows of `asked`.
double auc_of_shares(const ExperimentSamples& samples, const std::vector<std::uint32_t>& learnt,
                     const std::vector<std::uint32_t>& asked) {
  const std::size_t classes = samples.class_label.levels.size();
  std::map<std::int32_t, std::vector<double>> counts;
  std::vector<double> of_all(classes, 0);
  for (const std::uint32_t row : learnt) {
    std::vector<double>& of_domain = counts[samples.domain.codes[row]];
    of_domain.resize(classes);
    ++of_domain[static_cast<std::size_t>(samples.class_label.codes[row])];
    ++of_all[static_cast<std::size_t>(samples.class_label.codes[row])];
  }
  std::vector<double> probabilities;
  std::vector<std::int32_t> labels;
  for (const std::uint32_t row : asked) {
    const auto found = counts.find(samples.domain.codes[row]);
    const std::vector<double>& of = found == counts.end() ? of_all : found->second;
    double sum = 0;
    for (const double count : of) sum += count;
    for (const double count : of) probabilities.push_back(count / sum);
    labels.push_back(samples.class_label.codes[row]);
  }
  return *stats::score_probabilities(probabilities, labels, classes).auc;
}

/// Sources of few patients each, which say nothing of the class. Whoever counts the held-out fold
/// too knows the classes of its patients by their sources.
TEST(SourceAlone, IsScoredByTheOtherFolds) {
  const test::ScratchFolder folder;
  CaseMaker maker(folder.path());
  MadeStudy study = maker.clean_study();
  SampleTable& samples = study.samples;
  const CodedColumn domain = std::exchange(samples.domain, {});
  for (std::size_t row = 0; row < samples.size(); ++row)  // "p017" comes to "clinic 017 / 3"
    samples.domain.append(
        samples.group[row].starts_with('p')
            ? fmt::format("clinic {}", std::stoi(samples.group[row].substr(1)) / 3)
            : *domain.name_of(row));
  study.job["experiments"][0]["candidates"] = {{{"kind", "linear"}}};
  study.job["experiments"][0].erase("probe");
  study.job["splits"].erase("validation");
  study.job.erase("training");
  const RunEvidence evidence({.run = maker.train(study)});

  const RunRecords& records = evidence.records();
  const ExperimentSamples& pool = records.plan.basis.samples.at(0);
  double sum = 0;
  for (const Fit& fit : records.plan.fits) {
    const Split split = split_of(records.job, records.plan, fit);
    sum += auc_of_shares(pool, split.train, split.test);
  }
  const Finding finding = audit_run(evidence, {.rules = {"CON-02"}}).results.front().finding;
  ASSERT_TRUE(finding.value);
  EXPECT_NEAR(*finding.value, sum / static_cast<double>(records.plan.fits.size()), 1e-12);
  EXPECT_EQ(finding.verdict, Verdict::pass) << finding.text;
}

}  // namespace
}  // namespace crossfold::audit
