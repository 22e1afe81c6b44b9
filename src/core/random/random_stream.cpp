#include "crossfold/core/random_stream.h"

#include <cmath>
#include <cstring>
#include <numbers>

#include <Random123/philox.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"

namespace crossfold {

RandomStream::RandomStream(const StreamKey& key, std::string_view purpose) {
  const Digest digest = Hasher()
                            .text("crossfold-stream-1")
                            .number(key.root_seed)
                            .text(purpose)
                            .number(key.seed.value)
                            .number(key.fold.value)
                            .finish();
  std::memcpy(key_.data(), digest.bytes.data(), sizeof key_);
  std::memcpy(&counter_[2], digest.bytes.data() + sizeof key_, 2 * sizeof counter_[2]);
}

void RandomStream::refill() {
  const r123::Philox4x32 philox;
  const r123::Philox4x32::ctr_type counter = {{counter_[0], counter_[1], counter_[2], counter_[3]}};
  const r123::Philox4x32::key_type key = {{key_[0], key_[1]}};
  const auto block = philox(counter, key);
  for (std::size_t i = 0; i < block_.size(); ++i) block_[i] = block[i];
  if (++counter_[0] == 0) ++counter_[1];
  used_ = 0;
}

std::uint32_t RandomStream::next_u32() {
  if (used_ == block_.size()) refill();
  return block_[used_++];
}

std::uint64_t RandomStream::next_u64() {
  const std::uint64_t high = next_u32();
  return (high << 32) | next_u32();
}

double RandomStream::uniform() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }

std::uint64_t RandomStream::below(std::uint64_t bound) {
  CF_EXPECT(bound > 0);
  const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound
  while (true) {
    const std::uint64_t value = next_u64();
    if (value >= rejected) return value % bound;
  }
}

double RandomStream::normal() {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_normal_ = true;
  return radius * std::cos(angle);
}

}  // namespace crossfold
