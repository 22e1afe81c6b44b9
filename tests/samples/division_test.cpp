#include "crossfold/samples/division.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <utility>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

SampleTable table(std::uint32_t seed) {
  std::mt19937 random(seed);
  SampleTable samples;
  const std::vector<std::string> classes{"normal", "pneumonia", "covid19"};
  const std::vector<std::string> domains{"rsna", "cohen", "sirm"};
  for (std::size_t i = 0; i < 900; ++i) {
    const auto patient = static_cast<std::uint32_t>(random() % 500);
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(patient));
    samples.class_label.append(classes[patient % 3]);
    samples.domain.append(random() % 20 == 0 ? "" : domains[(patient / 3) % 3]);
    samples.role.append("in");
  }
  return samples;
}

std::vector<bool> held_out(const SampleTable& samples, double test, std::uint32_t seed) {
  return held_out_rows(division_of(samples, test),
                       {.root_seed = 7, .seed = SeedIndex(seed), .fold = {}});
}

/// As GroupShuffleSplit's, and by strata.
TEST(HeldOutRows, AreTheShareOfEveryStratumAndOfWholePatients) {
  for (const double test : {0.1, 0.3, 0.5}) {
    const SampleTable samples = table(3);
    const std::vector<bool> out = held_out(samples, test, 0);
    std::map<std::string, bool> side;
    std::map<std::pair<std::int32_t, std::int32_t>, std::pair<int, int>> strata;
    for (std::size_t row = 0; row < samples.size(); ++row) {
      EXPECT_EQ(side.emplace(samples.group[row], out[row]).first->second, out[row])
          << "a patient is on both sides";
      auto& [held, all] = strata[{samples.class_label.codes[row], samples.domain.codes[row]}];
      held += out[row] ? 1 : 0;
      ++all;
    }
    const auto count = static_cast<double>(std::count(out.begin(), out.end(), true));
    EXPECT_NEAR(count / 900, test, 0.01);
    for (const auto& [stratum, counts] : strata)
      if (stratum.second >= 0) {
        EXPECT_NEAR(counts.first, test * counts.second, 4);
      }
  }
}

TEST(HeldOutRows, DifferFromSeedToSeedAndAreTheSameAgain) {
  const SampleTable samples = table(3);
  EXPECT_EQ(held_out(samples, 0.3, 0), held_out(samples, 0.3, 0));
  EXPECT_NE(held_out(samples, 0.3, 0), held_out(samples, 0.3, 1));
}

}  // namespace
}  // namespace crossfold
