#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cohort_on_device.h"

namespace crossfold::train::cuda {

/// An epoch of some fits of a cohort. All that its steps need goes to the device at once; only its
/// losses come back.
class EpochPass {
 public:
  /// `cohort` must outlive it; the fits' counts of steps move on by all batches of the epoch.
  EpochPass(CohortOnDevice& cohort, std::span<const Batches> batches,
            std::span<const FitEpoch> fits);

  /// Batches of the split that has most.
  [[nodiscard]] std::size_t steps() const { return fits_at_.size(); }
  /// Asks the device for one batch of every fit that has it; steps in turn.
  void step(std::size_t step);
  /// After the last step; in the order of the fits.
  [[nodiscard]] std::vector<EpochLosses> losses() const;

 private:
  void order_by_batches();
  /// Which rows, with which labels, make up each batch.
  void put_samples();
  void put_fits();

  [[nodiscard]] HeadPass head_pass(std::size_t step, const Places& places,
                                   const RowRange* ranges) const;
  [[nodiscard]] NormBackward encoded_backward(const Places& places) const;
  [[nodiscard]] NormBackward hidden_backward(const Places& places) const;
  /// AdamW on what no product moves: `most` parameters from `offset` on.
  void move_rest(const Places& places, std::size_t offset, std::size_t most,
                 const std::uint32_t* moved, const AdamNumbers* numbers);

  CohortOnDevice& cohort_;
  std::span<const Batches> batches_;  ///< [splits of the cohort]
  std::span<const FitEpoch> fits_;
  // In the device's order: those of most batches first, so that who still has a batch comes first.
  std::vector<std::size_t> order_;    ///< places in fits_
  std::vector<std::size_t> splits_;   ///< that the fits lie on; a split's place is its block
  std::vector<std::size_t> fits_at_;  ///< [steps]: how many fits, and splits, have that batch
  std::vector<std::size_t> splits_at_;
  DeviceArray<FitPlace> places_;                 ///< [fits]
  DeviceArray<HeadsOfFit> heads_;                ///< [fits]
  DeviceArray<std::uint32_t> moved_;             ///< [2, fits]: see AdamRange
  DeviceArray<AdamNumbers> numbers_;             ///< [steps, fits]
  DeviceArray<RowRange> ranges_;                 ///< [steps, splits]
  DeviceArray<std::uint32_t> rows_;              ///< of all batches
  DeviceArray<std::int32_t> classes_, domains_;  ///< of the rows
  DeviceArray<double> losses_;                   ///< [steps, fits, 2]
};

}  // namespace crossfold::train::cuda
