#include "run_inputs.h"

#include <cstdint>
#include <string>
#include <utility>

#include "crossfold/core/build_info.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/results/store_json.h"

#include "run_history.h"

namespace crossfold {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string pretty(const json& value) { return json_text(value, 1) + "\n"; }

/// Runs `read` on a file's content; an Error inside gets the file's name.
template <class Read>
auto reading(const fs::path& path, Read&& read) {
  const std::string text = read_file(path, kMostFileBytes);
  try {
    return read(text);
  } catch (const Error& failure) {
    if (failure.where() == path.string()) throw;
    throw Error(failure.code(), failure.what(), path.string());
  }
}

}  // namespace

json describe_plan(const Plan& plan, const SampleTable& samples) {
  return {{"format", "crossfold-plan"},
          {"format_version", 1},
          {"protocol_version", kProtocolVersion},
          {"plan_sha256", plan.hash.hex()},
          {"labels_sha256", samples.label_hash().hex()},
          {"embeddings", embeddings_to_json(plan.basis.embeddings)},
          {"fits", plan.fits.size() + fits_to_come(plan)},
          {"distinct_fits", distinct_fits(plan) + fits_to_come(plan)},
          {"cohorts", plan.cohorts.size()},
          {"notes", plan.basis.notes}};
}

Job recorded(Job job, const RunLayout& layout) {
  if (job.splits.file) job.splits.file = layout.splits().filename();
  return job;
}

std::vector<InputFile> inputs_of(const RunLayout& layout, const Job& job,
                                 const SampleTable& samples, const Plan& plan,
                                 std::string_view split_csv) {
  std::vector<InputFile> inputs{{layout.samples(), sample_table_to_json(samples).dump() + "\n"},
                                {layout.plan(), pretty(describe_plan(plan, samples))}};
  if (job.splits.file) inputs.push_back({layout.splits(), std::string(split_csv)});
  inputs.push_back({layout.job(), pretty(canonical_job(recorded(job, layout)))});
  return inputs;
}

JournalHeader new_header(const RunLayout& layout, const Job& job, const Plan& plan) {
  return {
      .job_sha256 = job_hash(job), .plan_sha256 = plan.hash.hex(), .inputs = hash_inputs(layout)};
}

Plan rebuild_plan(const RunLayout& layout, const Job& job, const SampleTable& samples,
                  PlanHash hash) {
  const std::string split_csv = job.splits.file ? read_file(layout.splits(), kMostFileBytes) : "";
  return reading(layout.plan(), [&](const std::string& text) {
    const json description = parse_json(text, layout.plan().string());
    const auto is = [&](const char* key, const json& expected) {
      return description.is_object() && description.value(key, json()) == expected;
    };
    CF_VALIDATE(is("format", "crossfold-plan") && is("format_version", 1), ErrorCode::bad_input,
                "is no crossfold-plan document of version 1");
    Plan plan = make_plan(job, samples,
                          embeddings_from_json(description.value("embeddings", json())), split_csv);
    CF_VALIDATE(hash == PlanHash::may_differ || is("plan_sha256", plan.hash.hex()),
                ErrorCode::bad_input,
                "does not fit the job and samples beside it (a file was changed, or another "
                "protocol version wrote it). read it with the program that wrote it");
    return plan;
  });
}

SampleTable read_samples(const RunLayout& layout) {
  return reading(layout.samples(), [&](const std::string& text) {
    return sample_table_from_json(parse_json(text, layout.samples().string()));
  });
}

}  // namespace crossfold
