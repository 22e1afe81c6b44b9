#include "crossfold/stats/share_bound.h"

#include <boost/math/distributions/binomial.hpp>

#include "crossfold/core/error.h"

namespace crossfold::stats {

double largest_share(std::size_t found, std::size_t of, double confidence) {
  CF_EXPECT(found <= of);
  CF_EXPECT(confidence > 0 && confidence < 1);
  if (found == of) return 1;
  return boost::math::binomial_distribution<>::find_upper_bound_on_p(
      static_cast<double>(of), static_cast<double>(found), 1 - confidence);
}

}  // namespace crossfold::stats
