// What rules on confounding count: patients and not images, levels that are rare, numbers in
// thirds.

#include "pool_labels.h"

#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold::audit {
namespace {

using Codes = std::vector<std::int32_t>;
using Names = std::vector<std::string>;
using Rows = std::vector<std::uint32_t>;
using Counts = std::vector<std::size_t>;

/// A pool of the first `pool` of as many rows as there are patients.
ExperimentSamples samples_of(const Rows& patients, std::size_t pool) {
  ExperimentSamples samples;
  samples.group = patients;
  samples.pool.resize(pool);
  std::iota(samples.pool.begin(), samples.pool.end(), 0U);
  return samples;
}

/// Every row is of a patient of its own.
ExperimentSamples lone_samples(std::size_t rows, std::size_t pool) {
  Rows patients(rows);
  std::iota(patients.begin(), patients.end(), 0U);
  return samples_of(patients, pool);
}

TEST(LabelsOfPatients, CountAPatientOnceForEachPairOfLabels) {
  const RowLabel a{.name = "a", .codes = {0, 0, 1, -1, 0, 2, 1}, .levels = {"x", "y", "z"}};
  const RowLabel b{.name = "b", .codes = {1, 1, 0, 0, -1, 1, 1}, .levels = {"u", "v"}};
  const Rows patients = {0, 0, 1, 1, 2, 3, 1};
  const stats::PairedLabels all = labels_of_patients(Rows{0, 1, 2, 3, 4, 5, 6}, patients, a, b);
  EXPECT_EQ(all.a, (Codes{0, 1, 1, 2})) << "patients 0, 1 (twice, with two pairs) and 3";
  EXPECT_EQ(all.b, (Codes{1, 0, 1, 1}));
  EXPECT_EQ(all.a_levels, 3U);
  EXPECT_EQ(all.b_levels, 2U);
  const stats::PairedLabels some = labels_of_patients(Rows{5, 1}, patients, a, b);
  EXPECT_EQ(some.a, (Codes{0, 2}));
  EXPECT_EQ(some.b, (Codes{1, 1}));
}

TEST(PatientsOfLevels, AreCountedOnceInEachLevelThatTheyHave) {
  const RowLabel label{
      .name = "view", .codes = {0, 0, 1, 0, -1, 1, 0}, .levels = {"pa", "ap", "none"}};
  const Rows patients = {0, 0, 0, 1, 2, 2, 3};
  EXPECT_EQ(patients_of_levels(Rows{0, 1, 2, 3, 4, 5, 6}, patients, label), (Counts{3, 2, 0}));
  EXPECT_EQ(patients_of_levels(Rows{1, 4}, patients, label), (Counts{1, 0, 0}));
}

/// sqrt((n + 1) / (12 p (n - p))) for p of n patients (Mann and Whitney 1947), mean over the levels
/// that some patients have and others have not.
TEST(NullError, IsTheMeanOverTheLevels) {
  EXPECT_DOUBLE_EQ(null_error({2, 6}), 0.25);
  EXPECT_DOUBLE_EQ(null_error({2, 0, 6}), 0.25);
  EXPECT_DOUBLE_EQ(null_error({2, 2, 4}),
                   (2 * std::sqrt(9.0 / (12 * 2 * 6)) + std::sqrt(9.0 / (12 * 4 * 4))) / 3);
  EXPECT_EQ(null_error({8}), 0);
  EXPECT_EQ(null_error({0, 8}), 0);
  EXPECT_EQ(null_error({}), 0);
}

TEST(WithoutRareLevels, TheOthersKeepTheirOrder) {
  const RowLabel label{
      .name = "site", .codes = {2, 2, 0, 0, 0, 1, 1, -1, 3, 2}, .levels = {"a", "b", "c", "d"}};
  // Patients of the pool: a 2, b 1 (of two images), c 2; d lies outside of it.
  const ExperimentSamples samples = samples_of({0, 1, 2, 2, 3, 4, 4, 5, 6, 7}, 8);
  const RowLabel two = without_rare_levels(label, samples, 2);
  EXPECT_EQ(two.name, "site");
  EXPECT_EQ(two.levels, (Names{"a", "c"}));
  EXPECT_EQ(two.codes, (Codes{1, 1, 0, 0, 0, -1, -1, -1, -1, 1}));
  const RowLabel one = without_rare_levels(label, samples, 1);
  EXPECT_EQ(one.levels, (Names{"a", "b", "c"}));
  EXPECT_EQ(one.codes, (Codes{2, 2, 0, 0, 0, 1, 1, -1, -1, 2}));
  EXPECT_EQ(without_rare_levels(label, samples, 3).levels, Names{});
}

/// The labels that become of one attribute, by a pool that may leave rows out.
std::vector<RowLabel> labels_of(const Attribute& attribute, const ExperimentSamples& samples,
                                std::size_t least = 1) {
  SampleTable store;
  store.attributes = {attribute};
  return attribute_labels(store, samples, least);
}

TEST(AttributeLabels, OfNumbersAreThirdsOfThePool) {
  const double none = std::nan("");
  // Nine numbers of the pool, in no order, one that is missing; two rows outside.
  const Attribute age{"age", std::vector<double>{70, 10, 40, 90, none, 20, 60, 30, 80, 50, -7, 99}};
  const std::vector<RowLabel> labels = labels_of(age, lone_samples(12, 10));
  ASSERT_EQ(labels.size(), 1U);
  EXPECT_EQ(labels[0].name, "age");
  EXPECT_EQ(labels[0].levels, (Names{"under 40", "40 to 70", "70 or more"}));
  EXPECT_EQ(labels[0].codes, (Codes{2, 0, 1, 2, -1, 0, 1, 0, 2, 1, -1, -1}));
}

TEST(AttributeLabels, OfEqualNumbersShareAThird) {
  const Attribute dose{"dose", std::vector<double>{5, 1, 5, 5, 9, 5}};
  const std::vector<RowLabel> labels = labels_of(dose, lone_samples(6, 6));
  ASSERT_EQ(labels.size(), 1U);
  EXPECT_EQ(labels[0].levels, (Names{"under 5", "5 or more"}));
  EXPECT_EQ(labels[0].codes, (Codes{1, 0, 1, 1, 1, 1}));
  EXPECT_TRUE(labels_of({"one", std::vector<double>(6, 3)}, lone_samples(6, 6)).empty());
  EXPECT_TRUE(
      labels_of({"none", std::vector<double>(6, std::nan(""))}, lone_samples(6, 6)).empty());
}

TEST(AttributeLabels, OfNamesAreAsTheyStandInThePool) {
  const Attribute sex{"sex", CodedColumn{.codes = {0, 1, -1, 1, 0, 2}, .levels = {"f", "m", "o"}}};
  const std::vector<RowLabel> labels = labels_of(sex, lone_samples(6, 5));
  ASSERT_EQ(labels.size(), 1U);
  EXPECT_EQ(labels[0].levels, (Names{"f", "m"})) << "one level lies outside of the pool";
  EXPECT_EQ(labels[0].codes, (Codes{0, 1, -1, 1, 0, -1}));
}

TEST(AttributeLabels, HaveTwoToTenLevelsWithEnoughPatients) {
  for (const std::size_t levels : {1U, 2U, 10U, 11U}) {
    CodedColumn column;
    for (std::size_t row = 0; row < 2 * levels; ++row)
      column.append("level " + std::to_string(row / 2));
    const bool is_one = levels >= 2 && levels <= 10;
    const std::size_t rows = 2 * levels;
    EXPECT_EQ(labels_of({"x", column}, lone_samples(rows, rows), 2).size(), is_one ? 1U : 0U)
        << levels;
    EXPECT_TRUE(labels_of({"x", column}, lone_samples(rows, rows), 3).empty()) << levels;
  }
}

TEST(AttributeLabels, StandInTheOrderOfTheStore) {
  SampleTable store;
  const CodedColumn names{.codes = {0, 1, 0, 1}, .levels = {"a", "b"}};
  store.attributes = {{"view", names},
                      {"only", CodedColumn{.codes = {0, 0, 0, 0}, .levels = {"a"}}},
                      {"age", std::vector<double>{1, 2, 3, 4}},
                      {"sex", names}};
  Names found;
  for (const RowLabel& label : attribute_labels(store, lone_samples(4, 4), 1))
    found.push_back(label.name);
  EXPECT_EQ(found, (Names{"view", "age", "sex"}));
}

}  // namespace
}  // namespace crossfold::audit
