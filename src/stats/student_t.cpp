#include "crossfold/stats/student_t.h"

#include <boost/math/distributions/students_t.hpp>

#include "crossfold/core/error.h"

namespace crossfold::stats {

double student_t_quantile(double upper_tail, std::size_t degrees_of_freedom) {
  CF_EXPECT(upper_tail > 0 && upper_tail < 1);
  CF_EXPECT(degrees_of_freedom >= 1);
  const boost::math::students_t distribution(static_cast<double>(degrees_of_freedom));
  return boost::math::quantile(boost::math::complement(distribution, upper_tail));
}

}  // namespace crossfold::stats
