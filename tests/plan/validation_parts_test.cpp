// What fits keep apart to watch their training by, whichever way the samples are divided.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/plan/plan.h"

#include "plan/schemes_study.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::samples_of_three_sources;
using testing::schemes_plan;
using testing::with_all_schemes;

/// Of the samples that a split does not hold out, what share it keeps for validation; the mean over
/// the splits of each scheme.
std::map<SplitScheme, double> validation_shares(double share) {
  Job job = with_all_schemes();
  job.splits.validation = share;
  const Plan plan = schemes_plan(job);
  std::map<SplitScheme, std::vector<double>> shares;
  for (const Fit& fit : plan.fits) {
    const Split split = split_of(job, plan, fit);
    const auto others = static_cast<double>(split.train.size() + split.validation.size());
    shares[fit.scheme].push_back(static_cast<double>(split.validation.size()) / others);
  }
  std::map<SplitScheme, double> means;
  for (const auto& [scheme, all] : shares) {
    for (const double one : all) means[scheme] += one / static_cast<double>(all.size());
  }
  return means;
}

TEST(ValidationParts, HaveTheShareThatTheJobSaysInEveryScheme) {
  for (const double share : {0.0, 0.1, 0.3}) {
    const std::map<SplitScheme, double> found = validation_shares(share);
    EXPECT_EQ(found.size(), 3U) << "k-fold, source-out, nested";
    for (const auto& [scheme, mean] : found)
      EXPECT_NEAR(mean, share, share / 3) << "scheme " << static_cast<int>(scheme);
  }
}

/// 240 samples whose class and site are independent of each other and of the patients' numbers.
SampleTable crossed_samples() {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  CodedColumn sex;
  for (int i = 0; i < 240; ++i) {
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(i));
    samples.class_label.append(i % 3 == 0 ? "covid19" : "normal");
    samples.domain.append(i / 3 % 2 == 0 ? "rsna" : i / 6 % 2 == 0 ? "cohen" : "sirm");
    samples.role.append("in");
    sex.append(i / 12 % 2 == 0 ? "F" : "M");
  }
  samples.attributes = {{.name = "sex", .values = sex}};
  return samples;
}

/// How far the levels of a column in the validation parts are from their shares among all samples
/// that are not held out: the sum over levels and splits of the difference in samples.
double unevenness(const Job& job, const Plan& plan, const CodedColumn& column, SplitScheme scheme) {
  double sum = 0;
  std::size_t fits = 0;
  for (const Fit& fit : plan.fits) {
    if (fit.scheme != scheme) continue;
    ++fits;
    const Split split = split_of(job, plan, fit);
    std::map<std::int32_t, double> in_validation;
    std::map<std::int32_t, double> in_all;
    for (const std::uint32_t row : split.validation) {
      ++in_validation[column.codes[row]];
      ++in_all[column.codes[row]];
    }
    for (const std::uint32_t row : split.train) ++in_all[column.codes[row]];
    const double share = static_cast<double>(split.validation.size()) /
                         static_cast<double>(split.validation.size() + split.train.size());
    for (const auto& [level, all] : in_all) sum += std::abs(in_validation[level] - share * all);
  }
  return sum / static_cast<double>(fits);
}

/// Of the fits of one scheme, by class and by domain.
std::pair<double, double> unevenness_of(json experiment, const char* stratify, const json& splits,
                                        SplitScheme scheme) {
  const SampleTable samples = crossed_samples();
  experiment["name"] = "task";
  experiment["stratify"] = stratify;
  const json written = {{"name", "study"},
                        {"store", "s.h5"},
                        {"embeddings", "texture/raw"},
                        {"splits", splits},
                        {"experiments", {experiment}}};
  const Job job = parse_job(written.dump(), "job.json");
  const EmbeddingInfo embedding{.name = "texture/raw",
                                .rows = samples.size(),
                                .dim = 4,
                                .extractor = "texture",
                                .extractor_hash = "",
                                .preprocessing = "raw",
                                .content = sha256("values")};
  const Plan plan = make_plan(job, samples, {embedding});
  return {unevenness(job, plan, samples.class_label, scheme),
          unevenness(job, plan, samples.domain, scheme)};
}

void expect_stratified(const json& experiment, json splits, SplitScheme scheme) {
  splits["seeds"] = 5;
  splits["validation"] = 0.2;
  SCOPED_TRACE(splits.dump() + " " + name_of(scheme));
  const auto [class_by_class, domain_by_class] = unevenness_of(experiment, "class", splits, scheme);
  const auto [class_by_domain, domain_by_domain] =
      unevenness_of(experiment, "domain", splits, scheme);
  EXPECT_LT(class_by_class, 2) << "within a sample of each level";
  EXPECT_LT(domain_by_domain, 3);
  EXPECT_GT(class_by_domain, 1.5 * class_by_class);
  EXPECT_GT(domain_by_class, 1.5 * domain_by_domain);
}

TEST(ValidationParts, AreStratifiedByWhatTheJobSaysInEveryScheme) {
  const json baseline = {{"candidates", {{{"kind", "baseline"}}}}};
  expect_stratified(baseline, {{"folds", 4}}, SplitScheme::k_fold);
  expect_stratified(baseline, {{"scheme", "hold-out"}, {"test", 0.3}}, SplitScheme::hold_out);
  expect_stratified(baseline, {{"leave-one-out", "sex"}}, SplitScheme::leave_out);
  expect_stratified(baseline, {{"leave-out", {{"sex", 1}}}}, SplitScheme::leave_out);
  const json swept = json::parse(R"({
    "candidates": [{"kind": "baseline", "training": {"learning_rate": {"log": [0.0001, 0.01]}}}],
    "sweep": {"candidates": 1, "select": ["held-out", "source-out"], "nested": {"folds": 4}}})");
  for (const SplitScheme scheme :
       {SplitScheme::k_fold, SplitScheme::source_out, SplitScheme::nested})
    expect_stratified(swept, {{"folds", 4}}, scheme);
}

}  // namespace
}  // namespace crossfold
