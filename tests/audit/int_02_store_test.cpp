// INT-02 looks at everything that the store says of a row.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(StoreAgainstPlan, ComparesEachThingOfEachRow) {
  const test::ScratchFolder folder;
  CaseMaker maker(folder.path());
  const auto run = maker.clean_run();
  const auto next_level = [](CodedColumn& column, std::size_t row) {
    column.codes[row] = (column.codes[row] + 1) % static_cast<std::int32_t>(column.levels.size());
  };
  using Change = std::function<void(SampleTable&, std::size_t)>;
  const std::vector<std::pair<std::string, Change>> changes{
      {"id", [](SampleTable& samples, std::size_t row) { samples.id[row] += " of another"; }},
      {"patient", [](SampleTable& samples, std::size_t row) { samples.group[row] = "another"; }},
      {"class", [&](SampleTable& s, std::size_t row) { next_level(s.class_label, row); }},
      {"domain", [&](SampleTable& s, std::size_t row) { next_level(s.domain, row); }},
      {"role", [&](SampleTable& s, std::size_t row) { next_level(s.role, row); }},
      {"class", [](SampleTable& s, std::size_t row) { s.class_label.codes[row] = -1; }},
      {"domain", [](SampleTable& s, std::size_t row) { s.domain.codes[row] = -1; }}};
  const std::size_t last = maker.clean_study().samples.size() - 1;
  for (const auto& [what, change] : changes)
    for (const std::size_t row : {std::size_t{0}, last}) {
      SCOPED_TRACE(what + " of row " + std::to_string(row));
      MadeStudy study = maker.clean_study();
      change(study.samples, row);
      const auto store = maker.fresh("changed.h5");
      write_made_store(store, study);
      const RunEvidence evidence({.run = run, .store = store});
      const Finding finding = audit_run(evidence, {.rules = {"INT-02"}}).results.front().finding;
      EXPECT_EQ(finding.verdict, Verdict::fail);
      EXPECT_THAT(finding.evidence, ElementsAre(HasSubstr("row " + std::to_string(row) + " (" +
                                                          maker.clean_study().samples.id[row] +
                                                          "): " + what + " '")));
    }
}

}  // namespace
}  // namespace crossfold::audit
