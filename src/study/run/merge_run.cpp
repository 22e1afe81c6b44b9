#include "crossfold/study/merge_run.h"

#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/shard_neighbours.h"
#include "crossfold/results/shards.h"

namespace crossfold {
namespace {

/// Shards without a journal; of very many the first.
std::string absent_text(const std::vector<ShardNumber>& absent) {
  constexpr std::size_t kShown = 20;
  std::vector<std::string> names;
  for (const ShardNumber& shard : absent) {
    if (names.size() == kShown) break;
    names.push_back(fmt::format("{}/{}", shard.index, shard.of));
  }
  return fmt::format("{}{}", fmt::join(names, ", "), absent.size() > kShown ? ", ..." : "");
}

void tell_gaps(const MergeReport& merged) {
  if (!merged.absent.empty())
    log_warning(fmt::format("{} of {} shards are missing: {}. run each with --shard",
                            merged.absent.size(), merged.of, absent_text(merged.absent)));
  for (const std::string& line : merged.unfinished) log_warning("shard " + line);
}

}  // namespace

int merge_run(const Study& study, const std::filesystem::path& path, Repairs repairs) {
  CF_VALIDATE(study.plan.chains.empty(), ErrorCode::bad_input,
              "cannot be merged (candidates of the job race or are drawn in generations, which "
              "cannot be divided into shards). run the job without --merge",
              path.string());
  CF_VALIDATE(!find_shards(path).empty(), ErrorCode::bad_input,
              "holds no shards (nothing to take together). make them with crossfold run --shard",
              path.string());
  const auto start = std::chrono::steady_clock::now();
  ShardMerge merge(path, study.job, study.plan);  // before anything is written
  for (const FoundShard& shard : find_shards(path))
    check_shares_plan(shard.directory, recorded_job(study, shard.directory), study.samples,
                      study.plan);
  RunDirectory directory = RunDirectory::open(path, recorded_job(study, path), study.samples,
                                              study.plan, study.split_csv, repairs);
  for (const std::string& note : directory.notes()) log_warning(note);
  directory.append_session(SessionStart{.launch = "merge",
                                        .workers = 0,
                                        .threads_per_worker = 1,
                                        .equivalence_class = "",
                                        .instruction_set = "",
                                        .store = study.store,
                                        .shard = std::nullopt});
  const MergeReport merged = merge.take_into(directory);
  tell_gaps(merged);
  const std::size_t total = distinct_fits(study.plan);
  const bool complete = directory.done().size() == total;
  const bool ended = complete || (merged.absent.empty() && merged.unfinished.empty());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  directory.append_session(
      SessionEnd{.outcome = ended ? SessionEnd::Outcome::completed : SessionEnd::Outcome::stopped,
                 .seconds = seconds.count(),
                 .trained = 0,
                 .failed = 0,
                 .workers = {}});
  log_info(fmt::format("{} taken over from {}: {} of {} are done", counted(merged.taken, "fit"),
                       counted(merged.of - merged.absent.size(), "shard"), directory.done().size(),
                       total));
  if (ended) write_final_files(path);
  if (complete) {
    log_info(fmt::format("tables: crossfold report {}", path.string()));
    return 0;
  }
  log_warning(
      "the run is not complete. merge again when all shards are, or let `crossfold run` without "
      "--shard train what is missing");
  return 1;
}

}  // namespace crossfold
