// Which fits an auditor has trained again: as audit/replay.h says, so that anybody can draw them.

#include "crossfold/audit/replay.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/hash.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

using ::testing::ElementsAreArray;
using ::testing::UnorderedElementsAreArray;

constexpr std::size_t kFits = 12;

/// The records of one run.
class DrawFits : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const test::ScratchFolder folder;
    records_ = new RunRecords(load_run(CaseMaker(folder.path()).clean_run()));  // freed below
  }
  static void TearDownTestSuite() { delete records_; }

  static std::vector<FitId> draw(const std::string& nonce, std::size_t fits) {
    return draw_fits(*records_, {.fits = fits, .nonce = nonce});
  }

  static RunRecords* records_;
};
RunRecords* DrawFits::records_ = nullptr;

TEST_F(DrawFits, TakesThoseOfTheSmallestHashes) {
  for (const std::string nonce : {"", "dice: 41", "another"}) {
    std::map<std::string, FitId> by_hash;
    for (const FitId& id : trained_fits(*records_))
      by_hash.emplace(sha256(records_->plan.hash.hex() + nonce + id.hex()).hex(), id);
    ASSERT_EQ(by_hash.size(), kFits);
    std::vector<FitId> expected;
    for (const auto& [hash, id] : by_hash) expected.push_back(id);
    EXPECT_THAT(draw(nonce, kFits), ElementsAreArray(expected)) << nonce;
    expected.resize(5);
    EXPECT_THAT(draw(nonce, 5), ElementsAreArray(expected)) << nonce;
  }
}

/// Else whoever made the run would know which of its fits are trained again.
TEST_F(DrawFits, EachNonceDrawsOthers) {
  std::map<FitId, int> times;
  for (int nonce = 0; nonce < 400; ++nonce)
    for (const FitId& id : draw(std::to_string(nonce), 1)) ++times[id];
  EXPECT_EQ(times.size(), kFits) << "each fit is the first one of some nonce";
}

TEST_F(DrawFits, TakesAllWhereTheRunHasFewer) {
  EXPECT_THAT(draw("x", 1000), UnorderedElementsAreArray(trained_fits(*records_)));
  EXPECT_TRUE(draw("x", 0).empty());
}

/// The same fit may stand in a plan twice, and a failed one has nothing to compare.
TEST_F(DrawFits, KnowsEachTrainedFitOnce) {
  RunRecords records = *records_;
  const std::vector<FitId> before = trained_fits(records);
  records.plan.fits.push_back(records.plan.fits.front());
  EXPECT_EQ(trained_fits(records), before);
  records.results.at(before.back()).error = "no memory";
  records.results.erase(before.front());
  EXPECT_EQ(trained_fits(records), std::vector(before.begin() + 1, before.end() - 1));
}

}  // namespace
}  // namespace crossfold::audit
