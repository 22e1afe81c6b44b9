#include "cohort_encoder.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "newton_heads.h"

namespace crossfold::train::cuda {
namespace {

static_assert(kFeatures == kEncodedWidth);

/// Of the free memory, what evaluation may take at a time.
constexpr double kMemoryShare = 0.8;

/// One pass over samples of some fits, `capacity` samples of each at most, to z' of each fit's
/// output place.
void encode_chunk(CohortOnDevice& cohort, const DeviceArray<std::uint32_t>& rows,
                  const std::vector<RowRange>& ranges, const std::vector<FitPlace>& fits,
                  float* out, std::size_t stride) {
  Device& device = cohort.device;
  const NetworkSlots& slots = cohort.slots;
  const Activations& at = cohort.activations;
  const std::size_t capacity = cohort.samples.capacity();
  const DeviceArray<RowRange> told_ranges(device, std::span<const RowRange>(ranges));
  const DeviceArray<FitPlace> told(device, std::span<const FitPlace>(fits));
  const Places places{.at = told.data(), .count = fits.size(), .capacity = capacity};
  cohort.samples.gather(rows, told_ranges.data(), ranges.size());
  device.forward_product(
      {places, slots.bank(), slots.hidden_layer(), cohort.samples.blocks(), at.hidden.data()});
  // Each at its own place, whatever its output is.
  std::vector<FitPlace> in_place = fits;
  for (std::size_t i = 0; i < in_place.size(); ++i)
    in_place[i].output = static_cast<std::uint32_t>(i);
  const DeviceArray<FitPlace> told_in_place(device, std::span<const FitPlace>(in_place));
  device.norm_evaluate({{.at = told_in_place.data(), .count = fits.size(), .capacity = capacity},
                        slots.bank(),
                        slots.hidden_norm(),
                        at.hidden.data(),
                        at.hidden_normed.data(),
                        capacity * kHiddenWidth,
                        nullptr,
                        nullptr});
  device.forward_product({places,
                          slots.bank(),
                          slots.encoded_layer(),
                          {.values = at.hidden_normed.data(), .of_block = false},
                          at.encoded.data()});
  device.norm_evaluate({places, slots.bank(), slots.encoded_norm(), at.encoded.data(), out, stride,
                        nullptr, nullptr});
}

/// Who shares rows and scaling shares the gathered samples: how many, which, how scaled. The
/// longest come first: the pieces of a chunk, and its blocks, are then the first ones.
using Samples = std::tuple<std::size_t, const std::uint32_t*, std::int32_t>;
using SampleSets = std::map<Samples, std::span<const std::uint32_t>, std::greater<>>;

Samples samples_of(const CohortOnDevice& cohort, const Piece& piece) {
  return {piece.rows.size(), piece.rows.data(),
          cohort.samples.scaling_of(cohort.fits.at(piece.fit).split)};
}

/// Places of the pieces, the longest first.
std::vector<std::size_t> longest_first(std::span<const Piece> pieces) {
  std::vector<std::size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return pieces[a].rows.size() > pieces[b].rows.size();
  });
  return order;
}

/// z' of each piece to out + its place * stride.
void encode_group(CohortOnDevice& cohort, std::span<const Piece> pieces, float* out,
                  std::size_t stride) {
  SampleSets sets;
  for (const Piece& piece : pieces) sets.emplace(samples_of(cohort, piece), piece.rows);
  std::vector<std::uint32_t> rows;
  std::vector<std::size_t> firsts;
  for (const auto& [key, set] : sets) {
    firsts.push_back(rows.size());
    rows.insert(rows.end(), set.begin(), set.end());
  }
  const DeviceArray<std::uint32_t> all_rows(cohort.device, std::span<const std::uint32_t>(rows));
  const std::vector<std::size_t> order = longest_first(pieces);
  cohort.samples.reserve(sets.size());
  const std::size_t capacity = cohort.samples.capacity();
  const std::size_t longest = std::get<0>(sets.begin()->first);
  for (std::size_t begin = 0; begin < longest; begin += capacity) {
    const auto left = [&](std::size_t size) {
      return static_cast<std::uint32_t>(size > begin ? std::min(size - begin, capacity) : 0);
    };
    std::vector<RowRange> ranges;
    for (const auto& [key, set] : sets) {
      if (left(set.size()) == 0) break;
      ranges.push_back({.first = firsts[ranges.size()] + begin,
                        .count = left(set.size()),
                        .scaling = std::get<2>(key)});
    }
    std::vector<FitPlace> places;
    for (const std::size_t piece : order) {
      const std::uint32_t samples = left(pieces[piece].rows.size());
      if (samples == 0) break;
      const auto set = sets.find(samples_of(cohort, pieces[piece]));
      places.push_back({.slot = static_cast<std::uint32_t>(pieces[piece].fit),
                        .block = static_cast<std::uint32_t>(std::distance(sets.begin(), set)),
                        .samples = samples,
                        .output = static_cast<std::uint32_t>(piece)});
    }
    encode_chunk(cohort, all_rows, ranges, places, out + begin * kEncodedWidth, stride);
  }
}

}  // namespace

void encode_pieces(CohortOnDevice& cohort, std::span<const Piece> pieces, std::size_t levels,
                   const std::function<void(const EncodedPieces&)>& work) {
  if (pieces.empty()) return;
  std::size_t most = 0;
  for (const Piece& piece : pieces) most = std::max(most, piece.rows.size());
  const std::size_t stride = most * kEncodedWidth;
  std::size_t each = stride * sizeof(float) + cohort.samples.block_bytes();
  if (levels > 0) each += head_problem_bytes(most, levels);
  const auto room =
      static_cast<std::size_t>(kMemoryShare * static_cast<double>(cohort.device.free_memory())) /
      std::max<std::size_t>(each, 1);
  const std::size_t at_once = std::clamp<std::size_t>(room, 1, cohort.fits.size());
  for (std::size_t first = 0; first < pieces.size(); first += at_once) {
    const auto group = pieces.subspan(first, std::min(at_once, pieces.size() - first));
    const DeviceArray<float> features(cohort.device, group.size() * stride);
    encode_group(cohort, group, features.data(), stride);
    work({.first = first, .pieces = group, .features = features.data(), .stride = stride});
  }
}

}  // namespace crossfold::train::cuda
