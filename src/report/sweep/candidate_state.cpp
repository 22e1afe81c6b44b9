#include "candidate_state.h"

namespace crossfold {

const char* name_of(sweep::CandidateState state) {
  switch (state) {
    case sweep::CandidateState::complete:
      return "complete";
    case sweep::CandidateState::given_up:
      return "given-up";
    case sweep::CandidateState::incomplete:
      return "incomplete";
  }
  return "";
}

}  // namespace crossfold
