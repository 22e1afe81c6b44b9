#include "crossfold/job/point_sequence.h"

#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"

namespace crossfold {
namespace {

constexpr int kDigits = 32;

/// The finalizer of SplitMix64 (Steele et al. 2014): every bit of the result depends on all bits.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

class RandomPoints : public PointSequence {
 public:
  explicit RandomPoints(std::uint64_t root_seed) : stream_({.root_seed = root_seed}, "sweep") {}

  void next(std::span<double> point) override {
    for (double& coordinate : point) coordinate = stream_.uniform();
  }

 private:
  RandomStream stream_;
};

class ScrambledSobol : public PointSequence {
 public:
  ScrambledSobol(std::size_t dimensions, std::uint64_t root_seed)
      : sequence_(dimensions), digits_(dimensions), keys_(dimensions) {
    RandomStream stream({.root_seed = root_seed}, "sweep");
    for (std::uint64_t& key : keys_) key = stream.next_u64();
  }

  void next(std::span<double> point) override {
    CF_EXPECT(point.size() == digits_.size());
    sequence_.next(digits_);
    for (std::size_t i = 0; i < point.size(); ++i) {
      const std::uint32_t digits = scrambled_digits(digits_[i], keys_[i]);
      point[i] = (static_cast<double>(digits) + 0.5) * 0x1.0p-32;
    }
  }

 private:
  SobolSequence sequence_;
  std::vector<std::uint32_t> digits_;
  std::vector<std::uint64_t> keys_;  ///< of the scrambling, one for each dimension
};

}  // namespace

std::uint32_t scrambled_digits(std::uint32_t digits, std::uint64_t key) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;
  // A leading 1 before the digits tells those of different lengths apart.
  const std::uint64_t marked = (std::uint64_t{1} << kDigits) | digits;
  std::uint32_t scrambled = digits;
  for (int before = 0; before < kDigits; ++before) {
    const std::uint64_t prefix = marked >> (kDigits - before);
    const std::uint64_t flip = mixed(key + prefix * kOdd) >> 63;
    scrambled ^= static_cast<std::uint32_t>(flip << (kDigits - 1 - before));
  }
  return scrambled;
}

std::unique_ptr<PointSequence> make_point_sequence(Sampler sampler, std::size_t dimensions,
                                                   std::uint64_t root_seed) {
  CF_EXPECT(sampler != Sampler::grid);
  if (sampler == Sampler::random) return std::make_unique<RandomPoints>(root_seed);
  return std::make_unique<ScrambledSobol>(dimensions, root_seed);
}

}  // namespace crossfold
