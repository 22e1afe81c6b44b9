#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// The rows of each named set, ascending.
using SampleSets = std::map<std::string, std::vector<std::uint32_t>>;

/// Finds the job's sets among samples whose roles are settled; a sample without a role is in none.
/// Where a set takes at most so many images of a class, its patients are shuffled (stream "cap",
/// which hangs on the job's seed and the set's name alone) and taken whole, one after another, as
/// long as none of their classes goes above its number. Adds to `errors`: unknown classes,
/// domains, attributes and names of attributes, a range for names or the reverse, an empty set, a
/// number above what is there.
[[nodiscard]] SampleSets find_sets(const SampleTable& samples, const Job& job,
                                   ValidationErrors& errors);

/// The rows that a filter lets pass, ascending; `where` is its place in the job. Samples without a
/// role pass only where `roleless` says so.
enum class Roleless { excluded, included };
[[nodiscard]] std::vector<bool> passing(const SampleTable& samples, const SampleFilter& filter,
                                        const SampleSets& sets, Roleless roleless,
                                        const std::string& where, ValidationErrors& errors);

/// The attribute of this name; nullptr where the samples have none.
[[nodiscard]] const Attribute* find_attribute(const SampleTable& samples, const std::string& name);

/// The attributes that a job's sets, pools, splits and probes look at, each once, sorted.
[[nodiscard]] std::vector<std::string> attributes_used(const Job& job);

}  // namespace crossfold
