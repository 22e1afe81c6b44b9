#pragma once

#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"
#include "crossfold/samples/sample_table.h"

#include "journal_entry.h"
#include "layout.h"
#include "own_files.h"

namespace crossfold {

/// plan.json: what the plan stands on.
[[nodiscard]] nlohmann::json describe_plan(const Plan& plan, const SampleTable& samples);

/// A job that runs where it stands, given its store: the folds lie beside it.
[[nodiscard]] Job recorded(Job job, const RunLayout& layout);

/// What is written before the journal begins. job.json comes last: with it, the folder is a run
/// directory. `samples` with the job's roles.
[[nodiscard]] std::vector<InputFile> inputs_of(const RunLayout& layout, const Job& job,
                                               const SampleTable& samples, const Plan& plan,
                                               std::string_view split_csv);

/// The header of a journal that begins now, over the inputs as they lie on disk.
[[nodiscard]] JournalHeader new_header(const RunLayout& layout, const Job& job, const Plan& plan);

/// Whether a plan must be the one that was recorded.
enum class PlanHash { must_fit, may_differ };
/// The plan that job.json, samples.json and plan.json imply. Error{bad_input} naming plan.json
/// where it is none, or its hash is not the recorded one and must fit.
[[nodiscard]] Plan rebuild_plan(const RunLayout& layout, const Job& job, const SampleTable& samples,
                                PlanHash hash);

/// samples.json. Error{bad_input} naming it.
[[nodiscard]] SampleTable read_samples(const RunLayout& layout);

}  // namespace crossfold
