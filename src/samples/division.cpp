#include "crossfold/samples/division.h"

#include <map>
#include <utility>

#include "crossfold/samples/patients.h"

#include "group_dealer.h"

namespace crossfold {

Division division_of(const SampleTable& samples, double test) {
  Division division;
  division.test = test;
  division.group = patient_numbers(samples.group);
  std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> strata;
  for (std::size_t row = 0; row < samples.size(); ++row) {
    const std::pair of{samples.class_label.codes[row], samples.domain.codes[row]};
    const auto next_stratum = static_cast<std::int32_t>(strata.size());
    division.stratum.push_back(strata.emplace(of, next_stratum).first->second);
  }
  return division;
}

std::vector<bool> held_out_rows(const Division& division, const StreamKey& key) {
  const double shares[] = {1 - division.test, division.test};
  RandomStream stream(key, "split");
  const std::vector<std::uint32_t> bin =
      deal_groups(division.group, division.stratum, shares, stream);
  return {bin.begin(), bin.end()};
}

}  // namespace crossfold
