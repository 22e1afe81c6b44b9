#include "batch_order.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

namespace crossfold::train {
namespace {

const StreamKey kKey{.root_seed = 3, .seed = SeedIndex(1), .fold = FoldIndex(2)};

std::vector<std::int64_t> epoch_of(BatchOrder& order) {
  order.next_epoch();
  std::vector<std::int64_t> all;
  for (std::size_t b = 0; b < order.batches(); ++b) {
    const auto batch = order.batch(b);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  return all;
}

TEST(BatchOrder, DropsTheLastPartialBatch) {
  BatchOrder order(kKey, 103, 20);
  EXPECT_EQ(order.batches(), 5U);
  std::vector<std::int64_t> all = epoch_of(order);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all.size(), 100U);
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());  // without replacement
  EXPECT_GE(all.front(), 0);
  EXPECT_LT(all.back(), 103);
}

TEST(BatchOrder, KeepsAPartialBatchThatIsTheOnlyOne) {
  BatchOrder order(kKey, 7, 256);
  EXPECT_EQ(order.batches(), 1U);
  std::vector<std::int64_t> all = epoch_of(order);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(BatchOrder, ShufflesAfreshEachEpochAndRepeatsItself) {
  BatchOrder first(kKey, 50, 10);
  BatchOrder second(kKey, 50, 10);
  const auto epoch0 = epoch_of(first);
  const auto epoch1 = epoch_of(first);
  EXPECT_NE(epoch0, epoch1);
  EXPECT_EQ(epoch0, epoch_of(second));
  EXPECT_EQ(epoch1, epoch_of(second));
}

TEST(BatchOrder, RefusesABatchOfOneSample) {
  try {
    BatchOrder(kKey, 1, 256);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_STREQ(error.what(),
                 "a mini-batch of one sample (batch size 256, 1 training samples; batch "
                 "normalisation needs two or more). use larger batches or more samples");
  }
  EXPECT_THROW(BatchOrder(kKey, 100, 1), Error);
}

}  // namespace
}  // namespace crossfold::train
