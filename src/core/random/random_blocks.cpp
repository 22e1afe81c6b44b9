#include "crossfold/core/random_blocks.h"

#include <cstring>

#include <Random123/philox.h>

#include "crossfold/core/hash.h"

namespace crossfold {

RandomBlocks::RandomBlocks(const StreamKey& key, std::string_view purpose) {
  const Digest digest = Hasher()  // as RandomStream derives it
                            .text("crossfold-stream-1")
                            .number(key.root_seed)
                            .text(purpose)
                            .number(key.seed.value)
                            .number(key.fold.value)
                            .finish();
  std::memcpy(key_.data(), digest.bytes.data(), sizeof key_);
  std::memcpy(upper_.data(), digest.bytes.data() + sizeof key_, sizeof upper_);
}

RandomBlocks::Block RandomBlocks::at(std::uint32_t low, std::uint32_t high) const {
  const r123::Philox4x32 philox;
  const r123::Philox4x32::ctr_type counter = {{low, high, upper_[0], upper_[1]}};
  const r123::Philox4x32::key_type key = {{key_[0], key_[1]}};
  const auto block = philox(counter, key);
  return {block[0], block[1], block[2], block[3]};
}

}  // namespace crossfold
