#include "fit_place_json.h"

namespace crossfold {

nlohmann::ordered_json place_to_json(const FitPlace& place) {
  nlohmann::ordered_json value{{"experiment", place.experiment},
                               {"embedding", place.embedding},
                               {"candidate", place.candidate},
                               {"seed", place.seed.value}};
  if (place.scheme == SplitScheme::source_out)
    value["source"] = place.source;
  else
    value["fold"] = place.fold.value;
  if (place.scheme == SplitScheme::leave_out) value["left_out"] = place.source;
  if (place.scheme == SplitScheme::nested) value["inner_fold"] = place.inner.value;
  value["fit"] = place.id.hex();
  return value;
}

}  // namespace crossfold
