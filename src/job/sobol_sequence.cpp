#include <boost/random/sobol.hpp>

#include "crossfold/core/error.h"
#include "crossfold/job/point_sequence.h"

namespace crossfold {

struct SobolSequence::State {
  explicit State(std::size_t dimensions) : engine(dimensions) {}

  boost::random::sobol_engine<std::uint32_t, 32> engine;
  bool at_zero = true;  ///< the engine leaves the first point out
};

SobolSequence::SobolSequence(std::size_t dimensions) {
  CF_EXPECT(dimensions > 0);
  state_ = std::make_unique<State>(dimensions);
}
SobolSequence::~SobolSequence() = default;
SobolSequence::SobolSequence(SobolSequence&&) noexcept = default;
SobolSequence& SobolSequence::operator=(SobolSequence&&) noexcept = default;

void SobolSequence::next(std::span<std::uint32_t> digits) {
  CF_EXPECT(digits.size() == state_->engine.dimension());
  for (std::uint32_t& digit : digits) digit = state_->at_zero ? 0 : state_->engine();
  state_->at_zero = false;
}

}  // namespace crossfold
