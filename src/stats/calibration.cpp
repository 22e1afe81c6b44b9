#include "crossfold/stats/calibration.h"

#include <algorithm>
#include <cmath>

#include "crossfold/core/error.h"

namespace crossfold::stats {

Calibration calibrate(std::span<const double> probabilities, std::span<const std::uint8_t> positive,
                      std::size_t bins) {
  CF_EXPECT(bins >= 1 && probabilities.size() == positive.size());
  Calibration result{
      .bins = std::vector<CalibrationBin>(bins), .n = probabilities.size(), .error = {}};
  const auto width = static_cast<double>(bins);
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const auto above = static_cast<std::size_t>(std::ceil(probabilities[i] * width));
    CalibrationBin& bin = result.bins[std::min(std::max<std::size_t>(above, 1), bins) - 1];
    ++bin.n;
    bin.mean_probability += probabilities[i];
    bin.share_positive += positive[i] ? 1 : 0;
  }
  double error = 0;
  for (CalibrationBin& bin : result.bins) {
    if (bin.n == 0) continue;
    error += std::abs(bin.share_positive - bin.mean_probability);
    bin.mean_probability /= static_cast<double>(bin.n);
    bin.share_positive /= static_cast<double>(bin.n);
  }
  if (result.n > 0) result.error = error / static_cast<double>(result.n);
  return result;
}

}  // namespace crossfold::stats
