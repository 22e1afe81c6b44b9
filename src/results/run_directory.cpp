#include "crossfold/results/run_directory.h"

#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/build_info.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/fit_result_json.h"
#include "crossfold/results/journal.h"
#include "crossfold/results/store_json.h"

#include "layout.h"
#include "run_lock.h"

namespace crossfold {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

std::string pretty(const json& value) { return value.dump(1) + "\n"; }

json read_json(const fs::path& path) {
  return parse_json(read_file(path, kMostBytes), path.string());
}

json describe_plan(const Plan& plan, const SampleTable& samples) {
  return {{"format", "crossfold-plan"},
          {"format_version", 1},
          {"protocol_version", kProtocolVersion},
          {"plan_sha256", plan.hash.hex()},
          {"labels_sha256", samples.label_hash().hex()},
          {"embeddings", embeddings_to_json(plan.embeddings)},
          {"fits", plan.fits.size()},
          {"distinct_fits", distinct_fits(plan)},
          {"cohorts", plan.cohorts.size()},
          {"notes", plan.notes}};
}

/// A folder that holds only what an interrupted first start leaves, or nothing, may be used.
void check_is_free(const RunLayout& layout) {
  const std::set<std::string> ours{"samples.json", "plan.json", "splits.csv", "lock"};
  for (const fs::directory_entry& entry : fs::directory_iterator(layout.root)) {
    const std::string name = entry.path().filename().string();
    if (ours.contains(name) || (name.starts_with('.') && name.ends_with(".tmp"))) continue;
    throw Error(ErrorCode::bad_input,
                fmt::format("is not empty and holds no run of crossfold ('{}' is there). choose "
                            "another --out",
                            name),
                layout.root.string());
  }
}

void refuse(const RunLayout& layout, const std::string& what,
            const std::vector<std::string>& differences) {
  throw Error(
      ErrorCode::bad_input,
      fmt::format("holds a run of {} (results of two studies would be mixed). choose another "
                  "--out, or take the change back:\n  {}",
                  what, fmt::join(differences, "\n  ")),
      layout.root.string());
}

void check_is_same_run(const RunLayout& layout, const Job& job, const SampleTable& samples,
                       const Plan& plan) {
  const std::vector<std::string> fields =
      differing_fields(read_json(layout.job()), canonical_job(job));
  if (!fields.empty()) refuse(layout, "another job", fields);
  json old_plan = read_json(layout.plan());
  json new_plan = describe_plan(plan, samples);
  if (old_plan.value("plan_sha256", "") == plan.hash.hex()) return;
  refuse(layout, "the same job over other data or by another protocol",
         differing_fields(old_plan, new_plan));
}

void create_run(const RunLayout& layout, const Job& job, const SampleTable& samples,
                const Plan& plan, std::string_view split_csv) {
  write_file_whole(layout.samples(), pretty(sample_table_to_json(samples)));
  write_file_whole(layout.plan(), pretty(describe_plan(plan, samples)));
  if (job.splits.file) write_file_whole(layout.splits(), split_csv);
  write_file_whole(layout.job(), pretty(canonical_job(job)));  // last: now it is a run directory
}

}  // namespace

struct RunDirectory::State {
  RunLayout layout;
  RunLock lock;
  AppendFile journal;
  std::unordered_set<FitId> done;
  std::unordered_set<std::string> classes;
  std::vector<std::string> notes;

  void take_line(const json& line) {
    const std::string kind = line.value("kind", "");
    if (kind == "class") classes.insert(line.value("text", ""));
    if (kind == "fit" && !line.contains("error")) done.insert(FitId{line.value("fit", "")});
  }
};

RunDirectory::RunDirectory(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunDirectory::~RunDirectory() = default;
RunDirectory::RunDirectory(RunDirectory&&) noexcept = default;
RunDirectory& RunDirectory::operator=(RunDirectory&&) noexcept = default;

RunDirectory RunDirectory::open(const fs::path& path, const Job& job, const SampleTable& samples,
                                const Plan& plan, std::string_view split_csv) {
  Mistakes mistakes;
  const SampleTable table = with_roles(samples, job.roles, mistakes);
  CF_EXPECT(mistakes.empty());  // the plan would not stand otherwise
  const RunLayout layout{fs::absolute(path)};
  create_writable_folder(layout.root);
  RunLock lock(layout.lock());
  if (fs::exists(layout.job())) {
    check_is_same_run(layout, job, table, plan);
  } else {
    check_is_free(layout);
    create_run(layout, job, table, plan, split_csv);
  }

  JournalContents contents;
  if (fs::exists(layout.journal())) {
    contents = read_journal(layout.journal());
    drop_torn_line(layout.journal(), contents);
  }
  auto state = std::make_unique<State>(State{.layout = layout,
                                             .lock = std::move(lock),
                                             .journal = AppendFile(layout.journal()),
                                             .done = {},
                                             .classes = {},
                                             .notes = {}});
  for (const json& line : contents.lines) state->take_line(line);
  if (contents.torn_bytes > 0)
    state->notes.push_back(
        fmt::format("{}: the last line was not finished ({} bytes, as a killed run "
                    "leaves it). it is dropped, and its fit trained again",
                    layout.journal().string(), contents.torn_bytes));
  if (contents.lines.empty()) {
    state->journal.append(journal_line({{"kind", "header"},
                                        {"format", "crossfold-journal"},
                                        {"format_version", 1},
                                        {"job_sha256", job_hash(job)},
                                        {"plan_sha256", plan.hash.hex()}}));
    state->journal.flush();
  }
  return RunDirectory(std::move(state));
}

const std::unordered_set<FitId>& RunDirectory::done() const { return state_->done; }
const std::unordered_set<std::string>& RunDirectory::classes() const { return state_->classes; }
const std::vector<std::string>& RunDirectory::notes() const { return state_->notes; }

void RunDirectory::append_session(const json& facts) {
  json line = facts;
  line["kind"] = "session";
  state_->journal.append(journal_line(line));
  state_->journal.flush();
}

void RunDirectory::append(const FitRecord& record) {
  const std::string& klass = record.origin.equivalence_class;
  const std::string class_id = sha256(klass).hex().substr(0, 12);
  if (!klass.empty() && state_->classes.insert(klass).second)
    state_->journal.append(journal_line({{"kind", "class"}, {"id", class_id}, {"text", klass}}));

  json line = fit_result_to_json(record.result);
  line["kind"] = "fit";
  line["host"] = record.origin.host;
  line["device"] = record.origin.device;
  if (!klass.empty()) line["class"] = class_id;
  if (!record.artefacts.empty()) {
    const fs::path file = state_->layout.artefacts(record.result.id);
    create_writable_folder(file.parent_path());
    write_file_whole(file, record.artefacts);
    line["artefacts"] = {{"bytes", record.artefacts.size()},
                         {"sha256", sha256(record.artefacts).hex()}};
  }
  state_->journal.append(journal_line(line));
  if (!record.result.failed()) state_->done.insert(record.result.id);
}

void RunDirectory::flush() { state_->journal.flush(); }

}  // namespace crossfold
