#include "crossfold/results/run_editor.h"

#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/run_records.h"
#include "crossfold/results/segment_writer.h"

#include "journal.h"
#include "journal_line.h"
#include "layout.h"
#include "run_history.h"
#include "run_inputs.h"
#include "salvage.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

}  // namespace

struct RunEditor::State {
  RunLayout layout;
  Job job;
  SampleTable samples;
  std::vector<EmbeddingInfo> embeddings;
  std::string split_csv;
  std::vector<EditedFit> fits;
  std::vector<JournalSession> before, after;  ///< sessions before the first fit, and the others
  std::vector<JournalStage> stages;

  void read_journal_lines(const RunRecords& records);
  void write_journal(const JournalHeader& header);
};

/// What each worker did when is left out: of a run that was made up, it would tell of another.
void RunEditor::State::read_journal_lines(const RunRecords& records) {
  std::unordered_map<std::string, std::string> classes;
  ArtefactReader reader(layout.root, records);
  static_cast<void>(read_journal(layout.journal(), [&](JournalEntry&& entry) {
    if (auto* class_label = std::get_if<JournalClass>(&entry))
      classes[class_label->id] = class_label->text;
    if (auto* stage = std::get_if<JournalStage>(&entry)) stages.push_back(std::move(*stage));
    if (auto* session = std::get_if<JournalSession>(&entry))
      (fits.empty() ? before : after).push_back(std::move(*session));
    if (auto* fit = std::get_if<JournalFit>(&entry)) {
      fits.push_back({.result = std::move(fit->result),
                      .origin = {.host = std::move(fit->host),
                                 .device = std::move(fit->device),
                                 .equivalence_class = classes[fit->class_id]}});
      FitResult& result = fits.back().result;
      if (auto artefacts = reader.read(result.id)) result.artefacts = std::move(*artefacts);
    }
  }));
}

void RunEditor::State::write_journal(const JournalHeader& header) {
  std::error_code error;
  fs::remove_all(layout.segments(), error);
  const SegmentFolder folder{.run = layout.root, .session = "0001-00000000"};
  create_writable_folder(layout.segments() / folder.session);
  SegmentWriter segment(folder, Rank(0));
  std::string text = journal_line(to_json(header));
  for (const JournalSession& session : before) text += journal_line(to_json(session));
  std::unordered_map<std::string, std::string> classes;
  for (const EditedFit& fit : fits) {
    const std::string& class_label = fit.origin.equivalence_class;
    const std::string id = class_label.empty() ? "" : class_id(class_label);
    if (!id.empty() && classes.emplace(id, class_label).second)
      text += journal_line(to_json(JournalClass{.id = id, .text = class_label}));
    JournalFit line{.result = fit.result,
                    .host = fit.origin.host,
                    .device = fit.origin.device,
                    .class_id = id,
                    .artefacts = {}};
    if (!fit.result.artefacts.empty())
      line.artefacts =
          segment.append(fit.result.id, artefacts_to_bytes(fit.result.id, fit.result.artefacts));
    text += journal_line(to_json(line));
  }
  segment.flush();
  for (const JournalStage& stage : stages) text += journal_line(to_json(stage));
  for (const JournalSession& session : after) text += journal_line(to_json(session));
  write_file_whole(layout.journal(), text);
}

RunEditor::RunEditor(const fs::path& directory) : state_(std::make_unique<State>()) {
  RunRecords records = load_run(directory);
  state_->layout = RunLayout{fs::absolute(directory)};
  state_->read_journal_lines(records);
  state_->embeddings = records.plan.basis.embeddings;
  if (records.job.splits.file)
    state_->split_csv = read_file(state_->layout.splits(), kMostFileBytes);
  // As it lies there: candidates that were drawn by what others came to are drawn again.
  state_->job = parse_job(read_file(state_->layout.job(), kMostFileBytes), "job.json");
  state_->samples = std::move(records.samples);
}
RunEditor::~RunEditor() = default;

Job& RunEditor::job() { return state_->job; }
SampleTable& RunEditor::samples() { return state_->samples; }
std::vector<EditedFit>& RunEditor::fits() { return state_->fits; }

void repair_header(const fs::path& directory) {
  const RunLayout layout{directory};
  std::string text;
  static_cast<void>(read_journal(layout.journal(), [&](JournalEntry&& entry) {
    if (auto* header = std::get_if<JournalHeader>(&entry)) header->inputs = hash_inputs(layout);
    text += journal_line(to_json(entry));
  }));
  write_file_whole(layout.journal(), text);
}

void RunEditor::save() {
  State& s = *state_;
  const Plan plan = make_plan(s.job, s.samples, s.embeddings, s.split_csv);
  for (const InputFile& input : inputs_of(s.layout, s.job, s.samples, plan, s.split_csv))
    write_file_whole(input.path, input.content);
  s.write_journal(new_header(s.layout, s.job, plan));
  try {
    write_final_files(s.layout.root);
  } catch (const Error&) {
    // what was made up contradicts itself: no forger could have had these files made either
  }
}

}  // namespace crossfold
