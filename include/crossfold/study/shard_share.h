#pragma once

#include <string>
#include <unordered_set>

#include "crossfold/plan/plan.h"
#include "crossfold/results/shards.h"

namespace crossfold {

/// "2/3". Error{usage} for anything else.
[[nodiscard]] ShardNumber parse_shard(const std::string& text);

/// The fits of one shard. Whole cohorts, dealt out longest first to the shard that has least, so
/// that shards cost about the same; a pure function of the plan.
[[nodiscard]] std::unordered_set<FitId> fits_of_shard(const Plan& plan, const ShardNumber& shard);

}  // namespace crossfold
