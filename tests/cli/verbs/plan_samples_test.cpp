// What `plan` says of the samples of each experiment where patients have several images, and the
// splits of them that it writes.

#include <cmath>
#include <cstddef>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/store/store.h"

#include "cli/verbs/told.h"
#include "hdf5/scratch_folder.h"
#include "plan/unlike_study.h"

namespace crossfold {
namespace {

using nlohmann::json;
using test::Told;
using ::testing::HasSubstr;

/// The samples of unlike_samples() in a store of two embedding sets.
class PlanSamples : public ::testing::Test {
 protected:
  PlanSamples() { write_store(folder_ / "s.h5", samples_, {set("e/a", 3), set("e/b", 5)}); }

  /// What plan prints of a job of these experiments.
  [[nodiscard]] std::string plan(const json& experiments,
                                 const std::vector<std::string>& more = {}) const {
    json job = json::parse(R"({
      "name": "p", "store": "s.h5", "embeddings": ["e/b", "e/a"],
      "sets": {"women": {"attributes": {"sex": "F"}}, "of_rsna": {"domain": "rsna"},
               "old": {"attributes": {"age": [60, 90]}}},
      "splits": {"folds": 3, "seeds": 2, "validation": 0.2}})");
    job["experiments"] = experiments;
    std::ofstream(folder_ / "job.json") << job.dump();
    std::vector<std::string> words{"plan", file("job.json")};
    words.insert(words.end(), more.begin(), more.end());
    const Told told = test::told_by(cli::add_plan_command, words);
    EXPECT_EQ(told.code, 0) << told.err;
    return told.out;
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return (folder_ / name).string();
  }
  [[nodiscard]] std::string domain(std::size_t row) const {
    const std::string* name = samples_.domain.name_of(row);
    return name == nullptr ? "" : *name;
  }

  const SampleTable samples_ = testing::unlike_samples();

 private:
  [[nodiscard]] EmbeddingSet set(const std::string& name, std::size_t dim) const {
    EmbeddingSet made;
    made.info.name = name;
    made.info.dim = dim;
    for (std::size_t i = 0; i < samples_.size() * dim; ++i)
      made.values.push_back(std::sin(static_cast<float>(i + dim)));
    return made;
  }
  test::ScratchFolder folder_;
};

/// In whichever order the experiments stand, each of which has a pool and sets of its own; patients
/// have several images.
TEST_F(PlanSamples, OfNamedSetsAreCountedWithTheirPatientsAndThoseInThePool) {
  using Is = std::function<bool(std::size_t row)>;
  const auto& sex = std::get<CodedColumn>(samples_.attributes.at(0).values);
  const auto& age = std::get<std::vector<double>>(samples_.attributes.at(3).values);
  const std::map<std::string, Is> sets{
      {"women",
       [&](std::size_t row) { return sex.name_of(row) != nullptr && *sex.name_of(row) == "F"; }},
      {"of_rsna", [&](std::size_t row) { return domain(row) == "rsna"; }},
      {"old", [&](std::size_t row) { return age.at(row) >= 60 && age.at(row) <= 90; }}};
  const Is in_all = [&](std::size_t row) { return domain(row) != "site"; };
  const Is in_two = [&](std::size_t row) {
    return domain(row) == "cohen" || domain(row) == "sirm";
  };
  const auto line = [&](const std::string& name, const Is& in_pool) {
    std::size_t samples = 0;
    std::size_t shared = 0;
    std::set<std::string> patients;
    for (std::size_t row = 0; row < samples_.size(); ++row) {
      if (!sets.at(name)(row)) continue;
      ++samples;
      shared += in_pool(row) ? 1 : 0;
      patients.insert(samples_.group[row]);
    }
    EXPECT_LT(patients.size(), samples);
    return fmt::format("  also scored on {}: {} samples of {} patients, {} of them in the pool\n",
                       name, samples, patients.size(), shared);
  };
  std::size_t two = 0;
  for (std::size_t row = 0; row < samples_.size(); ++row) two += in_two(row) ? 1 : 0;
  const auto head = [](const std::string& name, std::size_t pool) {
    return fmt::format(
        "experiment {}: {} samples to split, 0 out of sample, target class, "
        "stratified by class\n",
        name, pool);
  };
  const std::string of_all = head("all", 144) + line("women", in_all) + line("of_rsna", in_all);
  const std::string of_two =
      head("two", two) + line("old", in_two) + line("of_rsna", in_two) + line("women", in_two);
  json experiments = json::parse(R"([
    {"name": "all", "evaluate": ["in", "women", "of_rsna"], "candidates": [{"kind": "linear"}]},
    {"name": "two", "samples": {"domain": ["cohen", "sirm"]},
     "evaluate": ["in", "old", "of_rsna", "women"], "candidates": [{"kind": "linear"}]}])");
  for (int order = 0; order < 2; ++order) {
    const std::string text = plan(experiments);
    EXPECT_THAT(text, HasSubstr(of_all));
    EXPECT_THAT(text, HasSubstr(of_two));
    std::swap(experiments[0], experiments[1]);
  }
}

/// A network sets validation samples aside, wherever among the candidates it stands; regressions do
/// not. Of several embedding sets and candidates each split is written once.
TEST_F(PlanSamples, OfASplitAreWrittenWithValidationWhereAnyCandidateHasOne) {
  json experiments = json::parse(R"([
    {"name": "first", "candidates": [{"kind": "baseline"}, {"kind": "linear"}]},
    {"name": "none", "samples": {"domain": ["cohen", "sirm"]},
     "candidates": [{"kind": "linear"}, {"kind": "linear", "name": "two", "c": 2}]},
    {"name": "middle", "samples": {"domain": ["rsna", "sirm"]},
     "candidates": [{"kind": "linear"}, {"kind": "disentangled"},
                    {"kind": "linear", "name": "two", "c": 2}]},
    {"name": "last", "target": "domain",
     "candidates": [{"kind": "linear"}, {"kind": "baseline"}]}])");
  const std::map<std::string, std::set<std::string>> pools{
      {"first", {"rsna", "cohen", "sirm", "fig1"}},
      {"none", {"cohen", "sirm"}},
      {"middle", {"rsna", "sirm"}},
      {"last", {"rsna", "cohen", "sirm", "fig1"}}};
  using InSeed = std::tuple<std::string, std::string, std::string>;  // experiment, seed, sample
  std::map<InSeed, int> held_out_once;
  for (const auto& [name, domains] : pools)
    for (std::size_t row = 0; row < samples_.size(); ++row)
      if (domains.contains(domain(row)))
        for (const char* seed : {"0", "1"}) held_out_once[{name, seed, samples_.id[row]}] = 1;
  for (int order = 0; order < 2; ++order) {
    const std::string written = file(fmt::format("splits{}.csv", order));
    static_cast<void>(plan(experiments, {"--splits", written}));
    const CsvTable table = parse_csv(test::bytes_of(written), written);
    ASSERT_EQ(table.columns,
              (std::vector<std::string>{"experiment", "seed", "fold", "part", "id"}));
    std::map<InSeed, int> held_out;
    std::set<std::vector<std::string>> lines;
    std::map<std::string, std::set<std::pair<std::string, std::string>>> validated;
    for (const std::vector<std::string>& row : table.rows) {
      EXPECT_TRUE(lines.insert(row).second) << "twice: " << csv_line(row);
      if (row.at(3) == "test")
        ++held_out[{row.at(0), row.at(1), row.at(4)}];
      else
        validated[row.at(0)].emplace(row.at(1), row.at(2));
    }
    EXPECT_TRUE(held_out == held_out_once) << "each sample of the pool in one fold of each seed";
    for (const auto& [name, domains] : pools)
      EXPECT_EQ(validated[name].size(), name == "none" ? 0U : 6U) << name << " of six splits";
    experiments = json::array({experiments[3], experiments[2], experiments[1], experiments[0]});
  }
}

}  // namespace
}  // namespace crossfold
