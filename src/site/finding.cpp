#include "crossfold/site/finding.h"

namespace crossfold::site {

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::limited:
      return "limited";
    case Verdict::broken:
      return "broken";
    case Verdict::unknown:
      return "unknown";
  }
  return "";
}

}  // namespace crossfold::site
