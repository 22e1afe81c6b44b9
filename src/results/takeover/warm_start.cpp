#include "crossfold/results/warm_start.h"

#include <cstdint>
#include <optional>
#include <system_error>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/build_info.h"
#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/results/shards.h"
#include "crossfold/results/store_json.h"

#include "artefact_store.h"
#include "fit_copier.h"
#include "layout.h"
#include "run_history.h"
#include "run_inputs.h"
#include "run_lock.h"
#include "same_run.h"

namespace crossfold {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

RunLayout layout_of(const fs::path& other) {
  const std::string where = other.string();
  std::error_code unreadable;
  CF_VALIDATE(fs::is_directory(other, unreadable), ErrorCode::io,
              "is no directory ('warm_start' takes fits over from a run in it). correct the path, "
              "or take 'warm_start' out of the job",
              where);
  const RunLayout layout{other};
  if (!fs::exists(layout.job(), unreadable)) {
    CF_VALIDATE(find_shards(other).empty(), ErrorCode::bad_input,
                "holds shards that were not taken together yet ('warm_start' takes fits over from "
                "one run). `crossfold run` with that job and --out, and --merge, does that",
                where);
    throw Error(ErrorCode::bad_input,
                "is no run directory of crossfold (job.json is missing, so 'warm_start' can take "
                "nothing over). correct the path, or take 'warm_start' out of the job",
                where);
  }
  const std::optional<std::string> holder = RunLock::holder(layout.lock());
  CF_VALIDATE(!holder, ErrorCode::io,
              fmt::format("a run is alive there ({}; what it is about to record would be trained "
                          "again). wait for it, or stop it, then run again",
                          holder.value_or("")),
              where);
  return layout;
}

OutputSettings output_of(const json& job, const RunLayout& layout) {
  ValidationErrors errors;
  const json value = job.is_object() ? job.value("output", json::object()) : json::object();
  ObjectReader reader(value, "/output", errors);
  OutputSettings output;
  output.predictions = reader.boolean("predictions", output.predictions);
  output.curves = reader.boolean("curves", output.curves);
  const std::vector<std::string> features{"none", "first-split", "all"};
  output.features = static_cast<FeatureOutput>(
      reader.choice("features", features, static_cast<std::size_t>(output.features)));
  errors.throw_if_any(ErrorCode::bad_input, layout.job().string());
  return output;
}

/// What `first` keeps of a fit of this candidate and `second` does not.
bool keeps_more(const KeptOutput& first, const KeptOutput& second, const Candidate& candidate) {
  return (first.predictions && !second.predictions) ||
         (is_network(candidate) &&
          ((first.curves && !second.curves) || (first.features && !second.features)));
}

/// How a run stands whose journal this is; empty: at its end.
std::string state_of(const RunHistory& history) {
  if (history.sessions.empty()) return "has not started to train";
  const JournalSession& last = history.sessions.back();
  if (last.event != JournalSession::Event::end) return "was killed before its end";
  return last.facts.value("outcome", "") == "completed" ? "" : "was stopped with work left";
}

/// Settings and data that enter every fit id and differ.
std::vector<std::string> differences_of(const json& other_job, const json& other_plan,
                                        const Job& job, const Plan& plan) {
  std::vector<std::string> differences;
  const auto differ = [&](const char* what, const json& there, const json& here) {
    if (there != here)
      differences.push_back(
          fmt::format("{} is {} there and {} here", what, short_json(there), short_json(here)));
  };
  differ("the protocol version", other_plan.value("protocol_version", json()), kProtocolVersion);
  differ("the seed", other_job.value("seed", json()), job.seed);
  const json here = embeddings_to_json(plan.basis.embeddings);
  bool any_is_shared = false;
  for (const json& there : other_plan.value("embeddings", json::array()))
    for (const json& own : here) {
      if (there.value("name", "") != own.value("name", "")) continue;
      any_is_shared = true;
      if (there.value("content_sha256", "") != own.value("content_sha256", ""))
        differences.push_back(
            fmt::format("embedding set '{}' holds other numbers there", own.value("name", "")));
    }
  if (!any_is_shared)
    differences.push_back(
        fmt::format("no embedding set of {} is there", fmt::join(job.embeddings, ", ")));
  return differences;
}

}  // namespace

struct WarmStart::State {
  RunLayout layout;
  const Job& job;
  const Plan& plan;
  std::vector<std::string> sample_ids;
  RunHistory history;
  IsWanted is_wanted;
  SharedFits shared;
  OutputSettings output;  ///< of the other run
  std::unordered_set<FitId> looked_for;
  std::size_t completed = 0;  ///< in the other run

  void find();
  void check_samples() const;
};

void WarmStart::State::find() {
  ArtefactInspector inspector(layout, job, plan);
  for (const Cohort& cohort : plan.cohorts)
    for (const std::uint32_t index : cohort.fits) {
      const Fit& fit = plan.fits[index];
      if (!looked_for.insert(fit.id).second || !is_wanted(fit.id)) continue;
      ++shared.wanted;
      const auto found = history.fits.find(fit.id);
      if (found == history.fits.end() || found->second.result.failed()) continue;
      const Candidate& candidate = job.experiments[fit.experiment].candidates[fit.candidate];
      if (keeps_more(kept_output(job.output, fit), kept_output(output, fit), candidate)) {
        ++shared.lacking;
        continue;
      }
      shared.to_take.push_back(fit.id);
      const std::optional<ArtefactPlace>& place = found->second.artefacts;
      if (place) static_cast<void>(inspector.is_sound(fit.id, *place, ArtefactCheck::size));
    }
  inspector.throw_if_any();
  check_samples();
  shared.others = completed - shared.to_take.size() - shared.lacking;
}

void WarmStart::State::check_samples() const {
  if (shared.to_take.empty()) return;
  const std::vector<std::string> lines = differing_ids(read_samples(layout).id, sample_ids);
  CF_VALIDATE(lines.empty(), ErrorCode::bad_input,
              fmt::format("holds fits of this job, over samples of other ids (their predictions "
                          "would be of other samples than the rest). name another run in "
                          "'warm_start', or take it out of the job:\n  {}",
                          fmt::join(lines, "\n  ")),
              layout.root.string());
}

WarmStart::WarmStart(const fs::path& other, const Job& job, const Plan& plan,
                     const std::vector<std::string>& sample_ids, const IsWanted& is_wanted)
    : state_(std::make_unique<State>(State{.layout = layout_of(other),
                                           .job = job,
                                           .plan = plan,
                                           .sample_ids = sample_ids,
                                           .history = {},
                                           .is_wanted = is_wanted,
                                           .shared = {},
                                           .output = {},
                                           .looked_for = {},
                                           .completed = 0})) {
  State& state = *state_;
  state.history = read_history(state.layout);
  if (state.history.header) check_inputs(state.layout, *state.history.header);
  const json other_job = read_json(state.layout.job());
  state.output = output_of(other_job, state.layout);
  for (const auto& [id, fit] : state.history.fits)
    if (!fit.result.failed()) ++state.completed;
  state.find();
  state.shared.state = state_of(state.history);
  if (state.shared.to_take.empty() && state.shared.lacking == 0 && state.shared.others > 0)
    state.shared.differences = differences_of(other_job, read_json(state.layout.plan()), job, plan);
}

WarmStart::~WarmStart() = default;

const SharedFits& WarmStart::shared() const { return state_->shared; }

void WarmStart::look_again() { state_->find(); }

std::vector<FitResult> WarmStart::take_into(RunDirectory& into, const fs::path& store) const {
  std::vector<FitId> fresh;
  for (const FitId& id : state_->shared.to_take)
    if (!into.done().contains(id)) fresh.push_back(id);
  if (fresh.empty()) return {};
  const JournalHeader& header = state_->history.header.value();
  into.append_session(SessionStart{.launch = "warm-start",
                                   .workers = 0,
                                   .threads_per_worker = 1,
                                   .equivalence_class = "",
                                   .instruction_set = "",
                                   .store = store,
                                   .shard = std::nullopt,
                                   .taken_from = TakenFrom{.run = state_->layout.root,
                                                           .job_sha256 = header.job_sha256,
                                                           .plan_sha256 = header.plan_sha256}});
  const bool keeps_any = state_->job.output.predictions || state_->job.output.curves ||
                         state_->job.output.features != FeatureOutput::none;
  ArtefactInspector inspector(state_->layout, state_->job, state_->plan);
  FitCopier copier(into);
  for (const FitId& id : fresh)
    copier.copy(
        {.fit = state_->history.fits.at(id),
         .classes = state_->history.classes,
         .taken_from = header.plan_sha256,
         .artefacts = keeps_any ? OtherFit::Artefacts::copied : OtherFit::Artefacts::left_out},
        inspector);
  static_cast<void>(copier.finish());
  into.append_session(SessionEnd{.outcome = SessionEnd::Outcome::stopped,
                                 .seconds = 0,
                                 .trained = 0,
                                 .failed = 0,
                                 .workers = {}});
  std::vector<FitResult> taken;
  taken.reserve(fresh.size());
  for (const FitId& id : fresh) taken.push_back(state_->history.fits.at(id).result);
  return taken;
}

void check_is_other_run(const fs::path& other, const fs::path& into) {
  std::error_code not_there;
  CF_VALIDATE(!fs::equivalent(other, into, not_there), ErrorCode::bad_input,
              "is this run itself (its fits are here already). name another run in 'warm_start', "
              "or take it out of the job",
              other.string());
}

std::vector<std::string> warm_start_text(const SharedFits& shared, const std::string& name) {
  std::vector<std::string> lines{fmt::format("{} of {} taken over from {}", shared.to_take.size(),
                                             counted_are(shared.wanted, "fit"), name)};
  if (shared.lacking > 0)
    lines.push_back(fmt::format(
        "{} completed in {} too, but without all of the predictions, curves or features that this "
        "job keeps: {} trained",
        counted_are(shared.lacking, "fit"), name, shared.lacking == 1 ? "it is" : "they are"));
  if (!shared.differences.empty())
    lines.push_back(fmt::format("no fit of {} is one of this job: {}", name,
                                fmt::join(shared.differences, "; ")));
  else if (shared.to_take.empty() && shared.lacking == 0)
    lines.push_back(
        shared.others == 0
            ? fmt::format("{} holds no completed fit", name)
            : fmt::format("no fit of {} is one of this job: its labels, samples, splits or "
                          "candidates are others",
                          name));
  if (!shared.state.empty())
    lines.push_back(fmt::format("{} {}: what it lacks is trained here", name, shared.state));
  return lines;
}

}  // namespace crossfold
