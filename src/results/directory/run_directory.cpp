#include "crossfold/results/run_directory.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/build_info.h"
#include "crossfold/core/directory.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/slurm_job.h"
#include "crossfold/core/utc_time.h"

#include "abandoned_copies.h"
#include "journal_line.h"
#include "layout.h"
#include "lost_journal.h"
#include "own_files.h"
#include "repair_run.h"
#include "run_history.h"
#include "run_inputs.h"
#include "run_lock.h"
#include "salvage.h"
#include "same_run.h"

namespace crossfold {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// Errors of check_is_free, unless a run is there. Another launch may begin one between the two
/// looks: that it is in the way its lock tells better than its files.
void check_holds_nothing_else(const RunLayout& layout, const std::vector<InputFile>& inputs) {
  if (holds_run(layout)) return;
  try {
    check_is_free(layout, inputs);
  } catch (const Error&) {
    if (!holds_run(layout)) throw;
  }
}

void write_inputs(const RunLayout& layout, const std::vector<InputFile>& inputs) {
  check_may_be_written(layout, inputs);
  for (const InputFile& input : inputs) write_file_whole(input.path, input.content);
}

}  // namespace

struct RunDirectory::State {
  RunLayout layout;
  RunLock lock;
  AppendFile journal;
  std::uint64_t root_seed = 0;
  std::unordered_set<FitId> done;
  std::unordered_set<std::string> classes;        ///< of the fits done
  std::unordered_set<std::string> known_classes;  ///< those that the journal describes
  std::string segments;                           ///< the folder of begin_segments; empty: none yet
  int version = kJournalVersion;                  ///< of the journal's last lines
  std::vector<StageRecord> stages;
  std::vector<CohortRecord> cohorts;     ///< of earlier sessions
  std::vector<FitResult> chain_results;  ///< the first success of each fit that a chain may have
  std::vector<std::string> notes;
  bool journal_is_torn = false;  ///< a line could not be written to its end

  void write(const JournalEntry& entry);
  /// `lost`: fits that are done and have to be trained again all the same.
  void take(const RunHistory& history, const std::unordered_set<FitId>& lost, const Plan& plan);
  void describe_class(const std::string& class_label);
  /// Removes that folder where nothing was written into it.
  void drop_empty_segments() const;
};

void RunDirectory::State::write(const JournalEntry& entry) {
  // A line behind a torn one would turn it into damage that no later run could tell apart.
  CF_VALIDATE(!journal_is_torn, ErrorCode::io,
              "cannot be continued (a line before could not be written to its end). run again: the "
              "unfinished line is dropped then",
              layout.journal().string());
  journal_is_torn = true;
  journal.append(journal_line(to_json(entry)));
  journal_is_torn = false;
}

void RunDirectory::State::take(const RunHistory& history, const std::unordered_set<FitId>& lost,
                               const Plan& plan) {
  for (const auto& [id, text] : history.classes) known_classes.insert(text);
  for (const auto& [id, fit] : history.fits) {
    if (fit.result.failed() || lost.contains(id)) continue;
    done.insert(id);
    if (!fit.class_id.empty()) classes.insert(history.classes.at(fit.class_id));
  }
  stages = history.stages;
  cohorts = history.cohorts;
  std::unordered_set<FitId> in_chains;
  for (const Chain& chain : plan.chains)
    for (const std::uint32_t fit : chain.fits) in_chains.insert(plan.fits[fit].id);
  // What is drawn later may be what another candidate was trained with.
  if (fits_to_come(plan) > 0)
    for (const auto& [id, fit] : history.fits) in_chains.insert(id);
  for (const FitId& id : in_chains) {
    const auto first = history.first_successes.find(id);
    const auto fit = history.fits.find(id);
    if (first != history.first_successes.end())
      chain_results.push_back(first->second);
    else if (fit != history.fits.end() && !fit->second.result.failed())
      chain_results.push_back(fit->second.result);
  }
  const auto has_own_file = [](const auto& fit) {
    return fit.second.artefacts && fit.second.artefacts->segment.empty();
  };
  if (history.version < kJournalVersion && done.size() < distinct_fits(plan) &&
      std::any_of(history.fits.begin(), history.fits.end(), has_own_file))
    notes.push_back(fmt::format(
        "{}: was started by an earlier crossfold, with an artefact file for each fit. those stay "
        "where they are; what is trained from now on goes to segments/",
        layout.root.string()));
  if (history.end.torn_bytes > 0)
    notes.push_back(
        fmt::format("{}: the last line was not finished ({} bytes, as a killed run leaves it). it "
                    "is dropped; the fit that it may have told of is trained again",
                    layout.journal().string(), history.end.torn_bytes));
}

void RunDirectory::State::drop_empty_segments() const {
  if (segments.empty()) return;
  std::error_code not_empty;  // then it stays
  fs::remove(layout.segments() / segments, not_empty);
}

void RunDirectory::State::describe_class(const std::string& class_label) {
  if (!class_label.empty() && known_classes.insert(class_label).second)
    write(JournalClass{.id = class_id(class_label), .text = class_label});
}

RunDirectory::RunDirectory(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunDirectory::~RunDirectory() {
  if (state_) state_->drop_empty_segments();
}
RunDirectory::RunDirectory(RunDirectory&&) noexcept = default;
RunDirectory& RunDirectory::operator=(RunDirectory&&) noexcept = default;

RunDirectory RunDirectory::open(const fs::path& path, const Job& job, const SampleTable& samples,
                                const Plan& plan, std::string_view split_csv, Repairs repairs) {
  ValidationErrors errors;
  const SampleTable table = with_roles(samples, job.roles, errors);
  CF_EXPECT(errors.empty());  // the plan would not stand otherwise

  const RunLayout layout{fs::absolute(path)};
  const std::vector<InputFile> inputs = inputs_of(layout, job, table, plan, split_csv);
  create_writable_folder(layout.root);
  check_holds_nothing_else(layout, inputs);  // before anything, a lock say, is left
  RunLock lock(layout.lock(), slurm_job());
  std::vector<std::string> notes;
  RunHistory history;
  std::unordered_set<FitId> lost;
  std::optional<GrownPlan> grown;
  if (holds_run(layout)) {
    if (repairs.salvage) check_journal_is_not_lost(layout);  // there is nothing to salvage
    if (repairs.salvage && !is_sound_journal(layout, job, plan)) {
      check_is_same_run(layout, recorded(job, layout), table, plan);
      check_may_be_written(layout, inputs);  // a header that is lost vouches for them no more
      salvage_run(layout, new_header(layout, job, plan), job, plan, notes);
    }
    history = read_history(layout);
    if (history.header) check_inputs(layout, *history.header);
    check_is_same_run(layout, recorded(job, layout), table, plan);
    if (history.header) check_has_same_ids(layout, table);
    check_is_of_plan(history, plan, layout);
    grown = grown_plan(job, plan, history, layout);
    check_fits(history, grown ? grown->plan : plan, layout);
    check_final_files(layout, plan);
    lost = find_lost(layout, grown ? grown->job : job, grown ? grown->plan : plan, history, repairs,
                     notes);
  }
  // Without a header nothing vouches for the inputs, nor hangs on them.
  if (!history.header) write_inputs(layout, inputs);
  drop_torn_line(layout.journal(), history.end);
  if (auto note = remove_abandoned_copies(layout, history)) notes.push_back(*std::move(note));

  auto state = std::make_unique<State>(State{.layout = layout,
                                             .lock = std::move(lock),
                                             .journal = AppendFile(layout.journal()),
                                             .root_seed = job.seed,
                                             .done = {},
                                             .classes = {},
                                             .known_classes = {},
                                             .segments = {},
                                             .version = history.version,
                                             .stages = {},
                                             .cohorts = {},
                                             .chain_results = {},
                                             .notes = std::move(notes),
                                             .journal_is_torn = false});
  state->take(history, lost, grown ? grown->plan : plan);
  if (!history.header) {
    state->write(new_header(layout, job, plan));
    state->journal.flush();
  }
  return RunDirectory(std::move(state));
}

const std::unordered_set<FitId>& RunDirectory::done() const { return state_->done; }
const std::unordered_set<std::string>& RunDirectory::classes() const { return state_->classes; }
const std::vector<CohortRecord>& RunDirectory::cohorts() const { return state_->cohorts; }
void RunDirectory::tell(Stages& stages) const {
  for (const StageRecord& record : state_->stages) stages.expect(record);
  for (const FitResult& result : state_->chain_results) stages.take(result);
}
const std::vector<std::string>& RunDirectory::notes() const { return state_->notes; }

SegmentFolder RunDirectory::begin_segments() {
  const fs::path folder = state_->layout.segments();
  std::error_code error;  // what cannot be looked at is named when it is listed
  CF_VALIDATE(!is_there(folder) || fs::is_directory(folder, error), ErrorCode::bad_input,
              "is no folder (artefacts of the fits go there). move it away, then run again",
              folder.string());
  unsigned number = 0;
  for (const fs::path& entry : list_directory_if_there(folder)) {
    unsigned taken = 0;
    if (std::sscanf(entry.filename().c_str(), "%6u-", &taken) == 1)
      number = std::max(number, taken);
  }
  // By the random digits no host takes a folder of its own for this one.
  state_->segments = fmt::format("{:04}-{:08x}", number + 1, std::random_device()());
  create_writable_folder(folder / state_->segments);
  return {.run = state_->layout.root, .session = state_->segments};
}

void RunDirectory::append_session(const SessionStart& start) {
  const BuildInfo build = build_info();
  const HostInfo host = host_info();
  json facts{{"time", utc_now()},
             {"at", unix_now_s()},
             {"launch", start.launch},
             {"workers", start.workers},
             {"threads_per_worker", start.threads_per_worker},
             {"equivalence_class", start.equivalence_class},
             {"store", start.store.string()},
             {"seed", state_->root_seed},
             {"version", build.version},
             {"git_hash", build.git_hash},
             {"build_type", build.build_type},
             {"compiler", build.compiler},
             {"host", host.name},
             {"cpu", host.cpu_model},
             {"isa", start.instruction_set}};
  if (start.shard)
    facts["shard"] = {
        {"index", start.shard->index}, {"of", start.shard->of}, {"fits", start.shard->fits}};
  if (start.taken_from)
    facts["taken_from"] = {{"run", start.taken_from->run.string()},
                           {"job_sha256", start.taken_from->job_sha256},
                           {"plan_sha256", start.taken_from->plan_sha256}};
  state_->write(JournalSession{.event = JournalSession::Event::start, .facts = std::move(facts)});
  flush();
}

void RunDirectory::append_session(const SessionEnd& end) {
  json workers = json::array();
  for (const SessionWorker& worker : end.workers)
    workers.push_back({{"rank", worker.rank},
                       {"host", worker.host},
                       {"device", worker.device},
                       {"cohorts", worker.cohorts},
                       {"lost", worker.state == SessionWorker::State::lost}});
  state_->drop_empty_segments();
  const bool stopped = end.outcome == SessionEnd::Outcome::stopped;
  state_->write(JournalSession{.event = JournalSession::Event::end,
                               .facts = {{"time", utc_now()},
                                         {"at", unix_now_s()},
                                         {"outcome", stopped ? "stopped" : "completed"},
                                         {"seconds", end.seconds},
                                         {"trained", end.trained},
                                         {"failed", end.failed},
                                         {"by_worker", std::move(workers)}}});
  flush();
}

void RunDirectory::append_stage(const StageRecord& stage) {
  state_->write(JournalStage{.record = stage});
}

void RunDirectory::append(const CohortRecord& cohort) {
  state_->write(JournalCohort{.record = cohort});
}

void RunDirectory::append(const LostWorker& lost) { state_->write(JournalLost{.record = lost}); }

void RunDirectory::append(const FitRecord& record) {
  const std::string& class_label = record.origin.equivalence_class;
  state_->describe_class(class_label);
  JournalFit fit{.result = record.result,
                 .host = record.origin.host,
                 .device = record.origin.device,
                 .class_id = class_label.empty() ? "" : class_id(class_label),
                 .artefacts = record.artefacts,
                 .taken_from = record.taken_from};
  if (fit.artefacts && std::exchange(state_->version, kJournalVersion) < kJournalVersion)
    state_->write(JournalFormat{});
  state_->write(fit);
  if (record.result.failed()) return;
  state_->done.insert(record.result.id);
  if (!class_label.empty()) state_->classes.insert(class_label);
}

void RunDirectory::flush() { state_->journal.flush(); }

}  // namespace crossfold
