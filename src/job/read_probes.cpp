#include "read_probes.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/job/names.h"

#include "read_enum.h"

namespace crossfold {
namespace {

/// The label of this name; nothing: the name of an attribute.
std::optional<Label> label_named(const std::string& name) {
  const std::vector<std::string>& labels = names_of<Label>();
  const auto found = std::find(labels.begin(), labels.end(), name);
  if (found == labels.end()) return std::nullopt;
  return static_cast<Label>(found - labels.begin());
}

void read_names(ObjectReader& reader, bool target_is_known, Experiment& experiment) {
  std::set<std::string> seen;
  for (const std::string& name : reader.texts("probe")) {
    if (!seen.insert(name).second) {
      reader.error("probe", fmt::format("names \"{}\" twice. remove one", name));
      continue;
    }
    const std::optional<Label> label = label_named(name);
    if (!label)
      experiment.probe_attributes.push_back(name);
    else if (target_is_known && *label == experiment.target)
      reader.error(
          "probe",
          fmt::format("is the target itself ({}). take the other label or remove it", name));
    else
      experiment.probe = label;
  }
}

}  // namespace

void read_probes(ObjectReader& reader, bool target_is_known, Experiment& experiment) {
  read_names(reader, target_is_known, experiment);
  experiment.probe_within = read_enum(reader, "probe_within", ProbeWithin::pool);
  if (!reader.has("probe_within")) return;
  if (!reader.has("probe"))
    reader.error("probe_within", "is not used without 'probe'. remove it or add a probe");
  else if (experiment.probe_within == ProbeWithin::class_label &&
           experiment.probe == Label::class_label && experiment.probe_attributes.empty())
    reader.error("probe_within",
                 "is not used where only the class is probed (within a class it is the same for "
                 "all). remove it or probe an attribute");
}

}  // namespace crossfold
