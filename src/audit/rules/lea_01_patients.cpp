#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/files.h"
#include "crossfold/results/run_editor.h"
#include "crossfold/samples/experiment_samples.h"
#include "crossfold/samples/patients.h"
#include "crossfold/samples/split_table.h"

#include "case_maker.h"
#include "made_splits.h"
#include "patient_names.h"
#include "rules.h"
#include "stored_rows.h"

namespace crossfold::audit {
namespace {

/// Part of each row in one split.
enum Part : std::uint8_t { none, train, validation, test };
constexpr const char* kPartNames[] = {"", "training", "validation", "held out"};

/// Finds patients in more than one part of a split; names each once.
class PatientsAcross {
 public:
  PatientsAcross(const SampleTable& samples, const std::vector<std::uint32_t>& patients)
      : samples_(samples), patients_(patients), seen_(patients.size(), false) {}

  void look(const std::string& where, const std::vector<Part>& parts) {
    std::vector<std::uint32_t> first(patients_.size(), kNobody);
    for (std::uint32_t row = 0; row < parts.size(); ++row) {
      if (parts[row] == none) continue;
      const std::uint32_t patient = patients_[row];
      if (first[patient] == kNobody) first[patient] = row;
      const std::uint32_t other = first[patient];
      if (parts[other] == parts[row] || seen_[patient]) continue;
      seen_[patient] = true;
      lines.push_back(fmt::format("patient {}: row {} ({}) is {}, row {} ({}) is {} in {}",
                                  samples_.group[row], other, samples_.id[other],
                                  kPartNames[parts[other]], row, samples_.id[row],
                                  kPartNames[parts[row]], where));
    }
  }

  std::vector<std::string> lines;

 private:
  static constexpr std::uint32_t kNobody = 0xFFFFFFFFU;
  const SampleTable& samples_;
  const std::vector<std::uint32_t>& patients_;
  std::vector<bool> seen_;
};

void mark(const std::vector<std::uint32_t>& rows, Part part, std::vector<Part>& parts) {
  for (const std::uint32_t row : rows) parts[row] = part;
}

std::string place(const std::string& experiment, std::uint32_t seed, std::uint32_t fold) {
  return fmt::format("{}, seed {}, fold {}", experiment, seed, fold);
}

Validation validation_in(const Experiment& experiment) {
  const bool any =
      std::any_of(experiment.candidates.begin(), experiment.candidates.end(),
                  [](const Candidate& one) { return validation_of(one) == Validation::set_aside; });
  return any ? Validation::set_aside : Validation::none;
}

/// The splits as every fit rebuilds them.
std::size_t look_at_splits(const RunRecords& records, PatientsAcross& across) {
  std::size_t splits = 0;
  const SplitSettings& settings = records.job.splits;
  for (std::uint32_t e = 0; e < records.job.experiments.size(); ++e)
    for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(settings.seeds); ++seed)
      for (std::uint32_t fold = 0; fold < splits_of_a_seed(records.job, records.plan.basis, e);
           ++fold) {
        const Experiment& experiment = records.job.experiments[e];
        const Split split = split_at(records.job, records.plan.basis,
                                     {.experiment = e,
                                      .seed = SeedIndex{seed},
                                      .fold = FoldIndex{fold},
                                      .validation = validation_in(experiment),
                                      .scheme = settings.scheme});
        std::vector<Part> parts(records.samples.size(), none);
        mark(split.train, train, parts);
        mark(split.validation, validation, parts);
        mark(split.test, test, parts);
        across.look(place(experiment.name, seed, fold), parts);
        ++splits;
      }
  return splits;
}

/// The split file of a run that cannot be planned, perhaps for what it says; nothing where there is
/// none that can be read.
std::optional<std::vector<std::string>> across_in_file(const RunEvidence& evidence) {
  const RunScan& scan = evidence.scan();
  if (!scan.job || !scan.samples || !scan.job->splits.file) return std::nullopt;
  const auto file = evidence.subject().run / *scan.job->splits.file;
  const SplitTable table =
      SplitTable::parse(read_file(file, kMostFileBytes), file.string(), scan.samples->id);
  const std::vector<std::uint32_t> patients = patient_numbers(scan.samples->group);
  PatientsAcross across(*scan.samples, patients);
  const SplitSettings& settings = scan.job->splits;
  const auto given_folds =
      static_cast<std::uint32_t>(settings.scheme == SplitScheme::k_fold ? settings.folds : 1);
  for (const Experiment& experiment : scan.job->experiments) {
    ValidationErrors errors;
    const JobSelection selection{.sets = find_sets(*scan.samples, *scan.job, errors)};
    const ExperimentSamples selected =
        select_samples(*scan.samples, experiment, selection, "", errors);
    for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(scan.job->splits.seeds); ++seed)
      for (std::uint32_t fold = 0; fold < given_folds; ++fold) {
        const SplitTable::Parts* given =
            table.find(experiment.name, SeedIndex{seed}, FoldIndex{fold});
        if (given == nullptr) continue;
        std::vector<Part> parts(patients.size(), none);
        mark(selected.pool, train, parts);
        mark(given->validation, validation, parts);
        mark(given->test, test, parts);
        across.look(place(experiment.name, seed, fold), parts);
      }
  }
  return std::move(across.lines);
}

/// An id without its last part: "p001" of "p001-2.png". Empty where it has one part only.
std::string_view stem_of(std::string_view id) {
  if (const std::size_t dot = id.rfind('.'); dot != std::string_view::npos && dot > 0)
    id = id.substr(0, dot);
  const std::size_t last = id.find_last_of("-_ ");
  return last == std::string_view::npos ? std::string_view{} : id.substr(0, last);
}

/// Samples that share the stem of their id with some others: with many, it is a scheme of names.
std::size_t samples_alike(const SampleTable& samples) {
  constexpr std::size_t kMostOfOnePatient = 20;
  std::map<std::string_view, std::size_t> of_stem;
  for (const std::string& id : samples.id)
    if (const std::string_view stem = stem_of(id); !stem.empty()) ++of_stem[stem];
  std::size_t alike = 0;
  for (const auto& [stem, count] : of_stem)
    if (count > 1 && count <= kMostOfOnePatient) alike += count;
  return alike;
}

/// Samples whose group is their own id: what a store has where nobody has named their patients.
std::size_t samples_of_nobody(const RunEvidence& evidence) {
  const std::vector<std::string>& ids = evidence.records().samples.id;
  const std::vector<std::string>& names = patient_names(evidence);
  std::size_t count = 0;
  for (std::size_t row = 0; row < ids.size(); ++row) count += ids[row] == names[row] ? 1 : 0;
  return count;
}

Finding failed_by(std::vector<std::string> lines) {
  const std::size_t patients = lines.size();
  return {.verdict = Verdict::fail,
          .text = fmt::format("{} on two sides of a split", counted_are(patients, "patient")),
          .value = static_cast<double>(patients),
          .threshold = 0,
          .evidence = std::move(lines)};
}

Finding judge(const RunEvidence& evidence, const Thresholds&) {
  if (!evidence.why_no_records().empty())
    if (auto lines = across_in_file(evidence); lines && !lines->empty())
      return failed_by(std::move(*lines));
  const RunRecords& records = evidence.records();
  const std::vector<std::uint32_t> patients = known_patients(evidence);
  PatientsAcross across(records.samples, patients);
  const std::size_t splits = look_at_splits(records, across);
  if (!across.lines.empty()) return failed_by(std::move(across.lines));
  const std::size_t known = *std::max_element(patients.begin(), patients.end()) + std::size_t{1};
  const std::size_t alike = samples_alike(records.samples);
  if (known == records.samples.size() && alike > 0)
    throw NotAssessed(fmt::format(
        "every sample is a patient of its own, though {} share the beginning of their id with "
        "another: the store seems not to know the patients. name their column by --group-column "
        "when it is made",
        counted(alike, "sample")));
  const std::size_t nobody = samples_of_nobody(evidence);
  if (nobody == records.samples.size())
    throw NotAssessed(
        "no patient is known: the group of every sample is its own id, so that no two samples "
        "could "
        "be of one person. name the patients' column by --group-column when the store is made");
  Finding finding{.text = fmt::format("none of {} is on two sides of one of {}",
                                      counted(known - nobody, "patient"), counted(splits, "split")),
                  .value = 0,
                  .threshold = 0};
  if (nobody > 0) {
    finding.verdict = Verdict::note;
    finding.text += fmt::format("; of {} no patient is known", counted(nobody, "more sample"));
  }
  return finding;
}

/// The folds that patients are given by name, in a file of the study's own.
MadeStudy with_own_splits(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  give_splits(maker, study, [&](std::size_t row, std::size_t seed) {
    return fold_of_patient(study.samples.group[row], seed, 3);
  });
  return study;
}

/// A split file in which one image of a patient was moved to another fold.
AuditCase with_moved_image(CaseMaker& maker) {
  const MadeStudy study = with_own_splits(maker);
  const auto run = maker.train(study);
  const auto file = run / "splits.csv";
  std::string csv = read_file(file, kMostFileBytes);
  const std::vector<std::string>& patients = study.samples.group;
  const auto second = std::adjacent_find(patients.begin(), patients.end());
  const std::string& id = study.samples.id[static_cast<std::size_t>(second - patients.begin())];
  const std::size_t fold = fold_of_patient(*second, 0, 3);
  const auto line_for = [&](std::size_t f) { return fmt::format("task,0,{},test,{}\n", f, id); };
  const std::string old = line_for(fold);
  csv.replace(csv.find(old), old.size(), line_for((fold + 1) % 3));
  write_file_whole(file, csv);
  repair_header(run);
  return {.what = "an image of a patient moved to another fold, in a split file of the study's own",
          .subject = {.run = run}};
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy apart = maker.clean_study();
  std::vector<std::string>& names = apart.samples.group;
  for (std::size_t row = 1; row < names.size(); row += 2)
    if (names[row] == names[row - 1]) names[row] += " again";
  const auto store = maker.fresh("patients.h5");
  write_made_store(store, maker.clean_study());
  return {with_moved_image(maker),
          {.what = "patients under two names, whom the store that the auditor has knows as one",
           .subject = {.run = maker.train(apart), .store = store}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  for (std::size_t i = 0; i < 39; ++i) append_copy(study, 17, fmt::format("{}-more-{}", "p", i));
  for (std::size_t row = study.samples.size() - 39; row < study.samples.size(); ++row)
    for (std::size_t d = 0; d < study.dim; ++d)
      study.values[row * study.dim + d] += static_cast<float>((row * 7 + d * 5) % 11) / 11 - 0.5F;
  return {{.what = "a patient with forty images", .subject = {.run = maker.train(study)}},
          {.what = "folds from a file, patients whole",
           .subject = {.run = maker.train(with_own_splits(maker))}}};
}

}  // namespace

const Rule& lea_01() {
  static const Rule rule{
      .id = "LEA-01",
      .title = "patients across parts",
      .computes =
          "for every split, dealt again or read from the run's split file, whether a patient has "
          "samples in two of its training, validation and held-out parts; patients as the store "
          "names them (Kapoor and Narayanan 2023, L3.2)",
      .does_not_establish =
          "that the store's patients are people: somebody under two names is found by LEA-02 and "
          "LEA-03 alone",
      .serves = "REFORMS: data leakage; PROBAST+AI: participants, analysis",
      .thresholds = {},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
