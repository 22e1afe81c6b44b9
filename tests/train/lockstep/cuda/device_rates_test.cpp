#include "device_rates.h"

#include <gtest/gtest.h>

#include "train/lockstep/cuda/watched_device.h"

// The twins do a product at a time: what is counted is what they were asked for.

namespace crossfold::train {
namespace {

constexpr std::size_t kMemory = std::size_t{64} << 20;

TEST(DeviceRates, AreOfTheProductsThatAnEpochConsistsOf) {
  test::WatchedDevice device(kMemory);
  const GpuRates rates = cuda::measure_device_rates(device, 8, 4, 3);
  ASSERT_EQ(rates.products.size(), 3U);
  const auto is = [&](std::size_t i, std::size_t m, std::size_t n, std::size_t k) {
    const ProductRate& rate = rates.products[i];
    EXPECT_EQ(rate.by, "crossfold");
    EXPECT_EQ(rate.m, m);
    EXPECT_EQ(rate.n, n);
    EXPECT_EQ(rate.k, k);
    EXPECT_GT(rate.gflops, 0);
  };
  is(0, 4, 256, 8);
  is(1, 256, 8, 4);
  is(2, 4, 256, 64);
  EXPECT_GT(rates.copied_gb_per_s, 0);
  EXPECT_EQ(device.free_memory(), kMemory) << "all is given back";
}

TEST(DeviceRates, FitIntoTheMemoryThatIsLeft) {
  test::WatchedDevice device(std::size_t{2} << 20);
  EXPECT_GT(cuda::measure_device_rates(device, 8, 4, 3).copied_gb_per_s, 0);
}

}  // namespace
}  // namespace crossfold::train
