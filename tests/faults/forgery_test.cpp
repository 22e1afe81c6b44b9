// Forged run directories, every checksum and hash repaired: what contradicts something else in the
// directory is found by the rules that read it alone, what does not by training fits again.
// CROSSFOLD_FORGERIES=1000 for the long form, CROSSFOLD_SEED for other ones.

#include "forgery.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/audit/audit.h"
#include "crossfold/audit/replay.h"
#include "crossfold/core/files.h"
#include "crossfold/core/log.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/run_editor.h"
#include "crossfold/results/run_scan.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"
#include "results_forger.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// A study of three kinds of candidates.
MadeStudy forged_study(const CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  study.job["experiments"][0]["candidates"].push_back({{"kind", "linear"}});
  study.job["training"]["epochs"] = 4;
  return study;
}

/// Edits a run in a way that is drawn.
class Forger {
 public:
  Forger(RunEditor& editor, RandomStream& random) : editor_(editor), random_(random) {}

  void score() {
    stats::ScoreSet& scores = held_out_or_oos(fit());
    stats::ClassScores& of_class = scores.classes.at(below(scores.classes.size()));
    std::vector<double*> numbers{&*scores.auc, &*scores.acc, &*scores.accuracy};
    for (auto* score : {&of_class.auc, &of_class.sensitivity, &of_class.specificity,
                        &of_class.precision, &of_class.f1})
      if (*score) numbers.push_back(&**score);
    double& number = *numbers.at(below(numbers.size()));
    number += random_.below(2) == 0 ? 0.02 * random_.uniform() + 1e-6 : 1e-12;
  }

  void probability() {
    Artefacts& kept = fit().artefacts;
    Predictions& predictions = random_.below(2) == 0 ? *kept.held_out : *kept.oos;
    const auto row =
        predictions.probabilities.begin() +
        static_cast<std::ptrdiff_t>(below(predictions.rows.size()) * predictions.classes);
    const auto end = row + static_cast<std::ptrdiff_t>(predictions.classes);
    if (random_.below(2) == 0)
      std::iter_swap(std::min_element(row, end), std::max_element(row, end));
    else
      *row = *row > 0.5 ? *row - 0.05 : *row + 0.05;
  }

  void label() {
    SampleTable& samples = editor_.samples();
    CodedColumn& column = random_.below(2) == 0 ? samples.class_label : samples.domain;
    std::size_t row = below(samples.size());
    while (samples.role.codes[row] != samples.role.codes[0]) row = below(samples.size());
    column.codes[row] = (column.codes[row] + 1) % 3;
  }

  void split() {
    SampleTable& samples = editor_.samples();
    switch (random_.below(3)) {
      case 0:
        editor_.job().splits.validation += 0.05;
        break;
      case 1:
        editor_.job().seed += 1 + random_.below(100);
        break;
      default: {  // a patient's images taken apart, or two patients made one
        std::size_t row = below(samples.size());
        while (samples.role.codes[row] != samples.role.codes[0]) row = below(samples.size());
        samples.group[row] = samples.group[(row + 5) % samples.size()];
        if (samples.group[row] == samples.group[(row + 1) % samples.size()])
          samples.group[row] += "b";
      }
    }
  }

  void setting() {
    Experiment& experiment = editor_.job().experiments[0];
    Candidate& network = experiment.candidates[below(2)];
    const std::vector<std::function<void()>> edits{
        [&] { training_of(network).learning_rate *= 2; },
        [&] { training_of(network).weight_decay *= 0.5; },
        [&] { training_of(network).epochs += 1; },
        [&] { training_of(network).batch *= 2; },
        [&] { training_of(network).plateau.patience += 1; },
        [&] { std::get<DisentangledModel>(experiment.candidates[1].model).lambda.from *= 1.5; },
        [&] { std::get<LinearModel>(experiment.candidates[2].model).c = 10; },
        [&] { experiment.standardize = Standardize::train; },
        [&] { experiment.probe_on = ProbeOn::embedding; }};
    edits[below(edits.size())]();
  }

  void dropped_line() {
    auto& fits = editor_.fits();
    fits.erase(fits.begin() + static_cast<std::ptrdiff_t>(below(fits.size())));
  }

  void repeated_line() {
    EditedFit again = editor_.fits()[below(editor_.fits().size())];
    *again.result.held_out.auc -= 0.01;
    editor_.fits().push_back(std::move(again));
  }

  void exchanged_artefacts() {
    std::vector<EditedFit>& fits = editor_.fits();
    const std::size_t a = below(fits.size());
    const std::size_t b = (a + 1 + below(fits.size() - 1)) % fits.size();
    std::swap(fits[a].result.artefacts, fits[b].result.artefacts);
  }

 private:
  [[nodiscard]] std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(random_.below(bound));
  }
  [[nodiscard]] FitResult& fit() { return editor_.fits()[below(editor_.fits().size())].result; }
  [[nodiscard]] stats::ScoreSet& held_out_or_oos(FitResult& fit) {
    return random_.below(2) == 0 ? fit.held_out : *fit.oos;
  }

  RunEditor& editor_;
  RandomStream& random_;
};

/// The rules that say something beyond `pass`, of those that read the directory alone and, where
/// there is one, a published report.
std::string rules_that_object(const fs::path& run, const fs::path& published = {}) {
  AuditSubject subject{.run = run, .store = run / "none"};
  if (!published.empty()) subject.tables.push_back(published);
  const RunEvidence evidence(std::move(subject));
  std::string objecting;
  for (const RuleResult& result : audit_run(evidence, {.rules = {"INT", "REP-01"}}).results)
    if (result.finding.verdict != Verdict::pass && result.finding.verdict != Verdict::not_assessed)
      objecting += std::string(objecting.empty() ? "" : " ") + result.rule->id;
  return objecting;
}

struct Kind {
  const char* name;
  void (Forger::*forge)();
};

constexpr Kind kKinds[] = {{"score", &Forger::score},
                           {"probability", &Forger::probability},
                           {"label", &Forger::label},
                           {"split", &Forger::split},
                           {"setting", &Forger::setting},
                           {"line dropped", &Forger::dropped_line},
                           {"line repeated", &Forger::repeated_line},
                           {"artefacts exchanged", &Forger::exchanged_artefacts}};

TEST(Forgeries, ThatContradictWhatElseIsThereAreFound) {
  const QuietLog quiet;
  const test::ScratchFolder folder;
  CaseMaker maker(folder.path());
  const fs::path original = maker.train(forged_study(maker));
  ASSERT_EQ(rules_that_object(original), "");
  const std::uint64_t count = number_from_environment("CROSSFOLD_FORGERIES", 64);
  RandomStream random({.root_seed = number_from_environment("CROSSFOLD_SEED", 1)},
                      "test-forgeries");
  std::map<std::string, std::map<std::string, int>> found;  // by kind, by rules that object
  for (std::uint64_t i = 0; i < count; ++i) {
    const Kind& kind = kKinds[i % std::size(kKinds)];
    const fs::path run = folder.path() / "forged.run";
    fs::copy(original, run, fs::copy_options::recursive);
    {
      RunEditor editor(run);
      Forger forger(editor, random);
      (forger.*kind.forge)();
      editor.save();
    }
    const std::string rules = rules_that_object(run);
    if (rules.empty() && scan_run(run).plan->hash == scan_run(original).plan->hash) {
      // Patients that are renamed and dealt as before: only the store knows (INT-02).
      ++found[kind.name]["changes no fit"];
      fs::remove_all(run);
      continue;
    }
    ++found[kind.name][rules.empty() ? "NOT FOUND" : rules];
    EXPECT_NE(rules, "") << kind.name << ", number " << i;
    fs::remove_all(run);
  }
  for (const auto& [kind, rules] : found)
    for (const auto& [names, times] : rules)
      std::cout << fmt::format("{:<22}{:>5}  {}\n", kind, times, names);
}

/// As Replay::outcome would be for another draw of fits that were all trained again once.
Replay looked_up(const RunRecords& records, const ReplayDraw& draw,
                 const std::unordered_map<FitId, ReplayedFit>& truth) {
  Replay replay{
      .draw = draw, .of = trained_fits(records).size(), .drawn = draw_fits(records, draw)};
  for (const FitId& id : replay.drawn) replay.outcome.fits.push_back(truth.at(id));
  return replay;
}

void add_numbers(nlohmann::json& value, std::vector<nlohmann::json*>& numbers) {
  if (value.is_number_float()) numbers.push_back(&value);
  if (value.is_structured())
    for (nlohmann::json& part : value) add_numbers(part, numbers);
}

TEST(Forgeries, OfFinalFilesAndPublishedReportsAreFound) {
  const QuietLog quiet;
  const test::ScratchFolder folder;
  CaseMaker maker(folder.path());
  const fs::path run = maker.train(forged_study(maker));
  write_final_files(run);
  const fs::path report = folder.path() / "report.json";
  const std::string text = render_json(build_report(load_run(run)));
  write_file_whole(report, text);
  ASSERT_EQ(rules_that_object(run, report), "");
  RandomStream random({.root_seed = number_from_environment("CROSSFOLD_SEED", 1)},
                      "test-forged-files");
  const std::uint64_t count = number_from_environment("CROSSFOLD_FORGERIES", 64) / 8;
  for (std::uint64_t i = 0; i < count; ++i) {
    const fs::path forged = folder.path() / "forged.run";
    fs::copy(run, forged, fs::copy_options::recursive);
    test::change_number(forged / "results.h5", random);
    EXPECT_EQ(rules_that_object(forged), "INT-06") << "results.h5, number " << i;
    fs::remove_all(forged);

    nlohmann::json edited = nlohmann::json::parse(text);
    std::vector<nlohmann::json*> numbers;
    add_numbers(edited.at("tables"), numbers);
    nlohmann::json& number = *numbers.at(static_cast<std::size_t>(random.below(numbers.size())));
    number = number.get<double>() + (random.below(2) == 0 ? 0.01 : 1e-9);
    write_file_whole(report, edited.dump(1));
    EXPECT_EQ(rules_that_object(run, report), "INT-06") << "report, number " << i;
  }
  std::cout << count << " results.h5 and " << count << " published reports forged\n";
}

TEST(Forgeries, OfOneFitInTenAreFoundByTraining59Again) {
  const QuietLog quiet;
  const test::ScratchFolder folder;
  CaseMaker maker(folder.path());
  MadeStudy study = forged_study(maker);
  study.job["training"]["epochs"] = 1;
  study.job["splits"] = {{"folds", 5}, {"seeds", 14}, {"validation", 0.2}};
  study.job["output"] = {{"curves", false}};
  const fs::path run = maker.train(study);
  std::unordered_map<FitId, ReplayedFit> truth;
  {
    RunEvidence evidence({.run = run});
    mpi::Session session(fleet::Launch::alone);
    add_replay(session, fleet::Launch::alone, &evidence, {.fits = 1000, .nonce = ""},
               {.pinning = Pinning::off}, {});
    for (const ReplayedFit& fit : evidence.subject().replays.front().outcome.fits)
      truth.emplace(fit.result.id, fit);
  }
  ASSERT_EQ(truth.size(), 210U);
  const auto verdict_for = [&](const fs::path& audited, int nonce) {
    RunEvidence evidence({.run = audited});
    evidence.add_replay(looked_up(evidence.records(),
                                  {.fits = 59, .nonce = fmt::format("nonce {}", nonce)}, truth));
    return audit_run(evidence, {.rules = {"REP-02"}}).results.front().finding.verdict;
  };
  EXPECT_EQ(verdict_for(run, 0), Verdict::pass);
  forge_run(run, 3, 10, 0.2);
  EXPECT_EQ(rules_that_object(run), "");  // nothing in the directory speaks against it
  int found = 0;
  const int nonces = std::getenv("CROSSFOLD_FORGERIES") == nullptr ? 20 : 100;
  for (int nonce = 0; nonce < nonces; ++nonce) found += verdict_for(run, nonce) == Verdict::fail;
  std::cout << found << " of " << nonces << " nonces found 21 forged fits of 210\n";
  EXPECT_GE(100 * found, 95 * nonces);
}

}  // namespace
}  // namespace crossfold::audit
