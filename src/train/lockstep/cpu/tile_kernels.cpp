#include "tile_kernels.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "crossfold/core/error.h"
#include "crossfold/solve/simd.h"

#include "adamw_kernels.h"
#include "registers.h"
#include "split_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

// This file is compiled with -ffp-contract=fast, so that products and sums become fused ones.

namespace crossfold::train {
namespace {

using namespace kernels;

// ---- work of the vector units beside the products ---------------------------------------------

/// Steps on the weights of one block as their gradient [32, 32] says, two registers at a time.
class Stepping {
 public:
  Stepping(const AdamState& state, std::size_t offset, const float* gradient, std::size_t count)
      : state_(state.from(offset)), gradient_(gradient), count_(count) {}

  CF_INLINE void go_on(const AdamStep& step) {
    if (done_ == count_) return;
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i, done_ += kLanes) {
      Floats g;
      load<solve::Avx512Isa>(gradient_ + done_, g);
      adamw_register<solve::Avx512Isa>(state_, done_, kLanes, step, g);
    }
  }
  CF_INLINE void finish(const AdamStep& step) {
    while (done_ < count_) go_on(step);
  }

 private:
  AdamState state_;
  const float* gradient_;
  std::size_t count_;
  std::size_t done_ = 0;
};

/// Asks for memory, two lines at a time.
class Fetching {
 public:
  Fetching(const void* from, std::size_t bytes)
      : from_(static_cast<const char*>(from)), bytes_(bytes) {}
  CF_INLINE void go_on() {
    if (done_ >= bytes_) return;
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i, done_ += kLineBytes) __builtin_prefetch(from_ + done_, 0, 2);
  }

 private:
  static constexpr std::size_t kLineBytes = 64;
  const char* from_;
  std::size_t bytes_;
  std::size_t done_ = 0;
};

// ---- products -----------------------------------------------------------------------------------

/// What the unit is told about its tiles (palette 1): eight of 16 rows of 64 bytes.
struct alignas(64) TileShapes {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileShapes) == 64);

/// The unit's tiles while it lives.
class Tiles {
 public:
  CF_TARGET_AMX Tiles() {
    // Constant: the compiler does not see that all of it is read.
    static constexpr TileShapes kShapes;
    _tile_loadconfig(&kShapes);
  }
  CF_TARGET_AMX ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

constexpr std::size_t kRowBytes = 64;

/// sums (tiles 0 to 3) += left right, both of `steps` blocks; meanwhile() after every four products
/// of tiles.
template <class Meanwhile>
[[gnu::always_inline]] CF_TARGET_AMX inline void add_block_products(const std::uint32_t* left,
                                                                    const std::uint32_t* right,
                                                                    std::size_t steps,
                                                                    const Meanwhile& meanwhile) {
  constexpr std::size_t kHigh = 0, kMiddle = kPartWords, kLow = 2 * kPartWords;
  // What is split must have been written before tiles are loaded from it, which the compiler does
  // not see.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  for (std::size_t step = 0; step < steps; ++step) {
#define CF_LOAD_LEFT(part)                  \
  _tile_loadd(4, left + (part), kRowBytes); \
  _tile_loadd(5, left + (part) + kTileWords, kRowBytes)
#define CF_LOAD_RIGHT(part)                  \
  _tile_loadd(6, right + (part), kRowBytes); \
  _tile_loadd(7, right + (part) + kTileWords, kRowBytes)
#define CF_MULTIPLY()      \
  _tile_dpbf16ps(0, 4, 6); \
  _tile_dpbf16ps(1, 4, 7); \
  _tile_dpbf16ps(2, 5, 6); \
  _tile_dpbf16ps(3, 5, 7); \
  meanwhile()
    CF_LOAD_LEFT(kHigh);
    CF_LOAD_RIGHT(kLow);
    CF_MULTIPLY();
    CF_LOAD_RIGHT(kHigh);
    CF_MULTIPLY();
    CF_LOAD_RIGHT(kMiddle);
    CF_MULTIPLY();
    CF_LOAD_LEFT(kMiddle);
    CF_MULTIPLY();
    CF_LOAD_RIGHT(kHigh);
    CF_MULTIPLY();
    CF_LOAD_LEFT(kLow);
    CF_MULTIPLY();
#undef CF_LOAD_LEFT
#undef CF_LOAD_RIGHT
#undef CF_MULTIPLY
    left += kBlockWords;
    right += kBlockWords;
  }
}

CF_TARGET_AMX inline void clear_sums() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

constexpr std::size_t kPanelBytes = kPanel * sizeof(float);

/// The block [32, 32] of a panel that begins at `rows`.
CF_TARGET_AMX inline void load_sums(const float* rows) {
  _tile_loadd(0, rows, kPanelBytes);
  _tile_loadd(1, rows + kLanes, kPanelBytes);
  _tile_loadd(2, rows + kHalf * kPanel, kPanelBytes);
  _tile_loadd(3, rows + kHalf * kPanel + kLanes, kPanelBytes);
}
CF_TARGET_AMX inline void store_sums(float* rows) {
  _tile_stored(0, rows, kPanelBytes);
  _tile_stored(1, rows + kLanes, kPanelBytes);
  _tile_stored(2, rows + kHalf * kPanel, kPanelBytes);
  _tile_stored(3, rows + kHalf * kPanel + kLanes, kPanelBytes);
}

/// Some blocks of features of one panel.
struct Slice {
  std::size_t first = 0;  ///< block of features
  std::size_t panel = 0;
};

}  // namespace

CF_TARGET_AMX void split_left(const float* from, std::size_t row_stride, std::uint32_t* block) {
  for (std::size_t row = 0; row < kTiled; ++row, from += row_stride) {
    Floats lower, upper;
    load<solve::Avx512Isa>(from, lower);
    load<solve::Avx512Isa>(from + kHalf, upper);
    store_pairs(lower, upper, block + row / kHalf * kTileWords + row % kHalf * kLanes);
  }
}

CF_TARGET_AMX void split_left_transposed(const float* from, std::size_t row_stride,
                                         std::uint32_t* block) {
  for (std::size_t tile = 0; tile < 2; ++tile, from += kLanes, block += kTileWords) {
    Floats lower[kLanes], upper[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i)
      load<solve::Avx512Isa>(from + i * row_stride, lower[i]);
    transpose(lower);
    for (std::size_t i = 0; i < kLanes; ++i)
      load<solve::Avx512Isa>(from + (i + kHalf) * row_stride, upper[i]);
    transpose(upper);
    for (std::size_t i = 0; i < kLanes; ++i) store_pairs(lower[i], upper[i], block + i * kLanes);
  }
}

CF_TARGET_AMX void tile_forward(const TileForward& p) {
  const Tiles tiles;
  const auto blocks_of = [&](const Slice& slice) {
    return slice.first < p.feature_blocks ? std::min(kBlocksAtOnce, p.feature_blocks - slice.first)
                                          : 0;
  };
  const auto weights_of = [&](const Slice& slice) {
    return p.weight + (slice.panel * p.feature_blocks + slice.first) * kTiled * kPanel;
  };
  const auto after = [&](const Slice& slice) {
    if (slice.panel + 1 < p.panels) return Slice{.first = slice.first, .panel = slice.panel + 1};
    return Slice{.first = slice.first + kBlocksAtOnce, .panel = 0};
  };
  const auto splitting = [&](const Slice& slice, std::size_t turn) {
    return Splitting(weights_of(slice), blocks_of(slice),
                     p.split_weights + turn % 2 * kBlocksAtOnce * kBlockWords);
  };
  Splitting first = splitting({}, 0);
  first.finish();
  std::size_t turn = 0;
  for (Slice slice; slice.first < p.feature_blocks; slice = after(slice), ++turn) {
    const Slice next = after(slice), later = after(next);
    Splitting ahead = splitting(next, turn + 1);
    Fetching weights(weights_of(later), blocks_of(later) * kTiled * kPanel * sizeof(float));
    const std::size_t blocks = blocks_of(slice);
    // Each panel asks for its share of the next features of X.
    const std::size_t next_first = slice.first + blocks;
    const std::size_t next_words =
        blocks_of({.first = next_first, .panel = 0}) * p.sample_blocks * kBlockWords;
    const std::size_t share = next_words / p.panels;
    Fetching samples(p.x + next_first * p.sample_blocks * kBlockWords + slice.panel * share,
                     share * sizeof(std::uint32_t));
    for (std::size_t rows = 0; rows < p.sample_blocks; ++rows) {
      float* const h = p.h + (slice.panel * p.sample_blocks + rows) * kTiled * kPanel;
      if (slice.first == 0) {
        clear_sums();
      } else {
        load_sums(h);
      }
      add_block_products(
          p.x + p.place(slice.first, rows),
          p.split_weights + turn % 2 * kBlocksAtOnce * kBlockWords,
          blocks, [&]() __attribute__((always_inline)) {
            ahead.go_on();
            weights.go_on();
            samples.go_on();
          });
      store_sums(h);
    }
    ahead.finish();
  }
}

CF_TARGET_AMX void tile_gradient_step(const TileGradient& g, const AdamState& state,
                                      const AdamStep& step) {
  const Tiles tiles;
  constexpr std::size_t kBlock = kTiled * kPanel;
  for (std::size_t block = 0; block < g.panels * g.sample_blocks; ++block)
    split_right(g.d + block * kBlock,
                std::min(kTiled, g.samples - block % g.sample_blocks * kTiled),
                g.split_d + block * kBlockWords);

  // The weights' blocks of all panels for some features, then the next features.
  const std::size_t blocks = g.feature_blocks * g.panels;
  const auto offset_of = [&](std::size_t block) {
    return (block % g.panels * g.feature_blocks + block / g.panels) * kBlock;
  };
  alignas(64) float gradients[2][kBlock];
  Stepping behind(state, 0, gradients[1], 0);  // with the block before
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t offset = offset_of(block);
    constexpr std::size_t kBytes = kBlock * sizeof(float);
    Fetching weights(state.parameters + offset, kBytes), first(state.first + offset, kBytes),
        second(state.second + offset, kBytes), largest(state.largest_second + offset, kBytes);
    const std::size_t features = block / g.panels, panel = block % g.panels;
    // Each panel asks for its share of the next features.
    const std::size_t row = g.sample_blocks * kBlockWords;
    const std::size_t share = (g.sample_blocks + g.panels - 1) / g.panels * kBlockWords;
    const std::size_t from = std::min(panel * share, row);
    Fetching samples(
        g.x + (features + 1) * row + from,
        features + 1 < g.feature_blocks ? std::min(share, row - from) * sizeof(std::uint32_t) : 0);
    clear_sums();
    add_block_products(
        g.x + features * row, g.split_d + panel * g.sample_blocks * kBlockWords,
        g.sample_blocks, [&]() __attribute__((always_inline)) {
          behind.go_on(step);
          weights.go_on();
          first.go_on();
          second.go_on();
          largest.go_on();
          samples.go_on();
        });
    behind.finish(step);
    store_sums(gradients[block % 2]);
    behind = Stepping(state, offset, gradients[block % 2], kBlock);
  }
  behind.finish(step);
}

}  // namespace crossfold::train

#else

namespace crossfold::train {

// Nothing chooses these tiles on another processor.
void split_left(const float*, std::size_t, std::uint32_t*) { CF_EXPECT(false); }
void split_left_transposed(const float*, std::size_t, std::uint32_t*) { CF_EXPECT(false); }
void tile_forward(const TileForward&) { CF_EXPECT(false); }
void tile_gradient_step(const TileGradient&, const AdamState&, const AdamStep&) {
  CF_EXPECT(false);
}

}  // namespace crossfold::train

#endif
