#include "device_check.h"

#include <cmath>
#include <cstddef>

#include <gtest/gtest.h>

#include "train/lockstep/cuda/watched_device.h"

namespace crossfold::train::cuda {
namespace {

constexpr std::size_t kMemory = 16'000'000;

/// A device one of whose products comes out as it should not.
class SpoiltDevice final : public test::WatchedDevice {
 public:
  explicit SpoiltDevice(float by) : WatchedDevice(kMemory), by_(by) {}
  void forward_product(const ForwardProduct& of) override {
    WatchedDevice::forward_product(of);
    of.out[1000] += by_;
  }

 private:
  float by_;
};

TEST(DeviceCheck, FindsNothingWhereProductsAreRight) {
  EXPECT_EQ(product_problem(*make_twin_device(kMemory)), "");
  SpoiltDevice rounds(1e-5F);
  EXPECT_EQ(product_problem(rounds), "");
}

TEST(DeviceCheck, TellsOfAProductThatIsWrong) {
  SpoiltDevice wrong(0.5F);
  EXPECT_EQ(product_problem(wrong),
            "a product comes out wrong by 5.0e-01 (its numbers cannot be trusted). take it out of "
            "service");
  SpoiltDevice nothing(std::nanf(""));
  EXPECT_EQ(product_problem(nothing),
            "a product comes out wrong by nan (its numbers cannot be trusted). take it out of "
            "service");
}

}  // namespace
}  // namespace crossfold::train::cuda
