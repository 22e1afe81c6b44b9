// Runs started before there were segments: a CBOR file for each fit, journal of format 1.

#include "results/directory/old_run.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/results/run_records.h"
#include "crossfold/results/shards.h"

#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OldRun : public ::testing::Test {
 protected:
  OldRun() { testing::write_old_run(run_, run_.path()); }
  [[nodiscard]] const FitId& id(std::size_t index) const { return run_.plan().fits[index].id; }
  [[nodiscard]] fs::path old_file(std::size_t index) const {
    return run_.path("artefacts") / id(index).hex().substr(0, 2) / (id(index).hex() + ".cbor");
  }

  testing::SmallRun run_;
};

TEST_F(OldRun, IsRead) {
  const RunRecords records = run_.load();
  EXPECT_EQ(records.results.size(), 2U);
  EXPECT_FALSE(records.find(id(0))->training.validation_auc);
  EXPECT_TRUE(records.find(id(0))->training.validation_loss);
  const Artefacts artefacts = read_artefacts(run_.path(), records, id(0));
  EXPECT_EQ(artefacts.held_out->probabilities,
            testing::full_result().artefacts.held_out->probabilities);
  EXPECT_THAT(lost_artefacts(run_.path(), records), ::testing::IsEmpty());
  fs::remove(old_file(1));
  EXPECT_THAT(lost_artefacts(run_.path(), records),
              ElementsAre(HasSubstr(old_file(1).string() + ": is missing: the predictions")));
}

TEST_F(OldRun, IsContinuedAndSaysSo) {
  {
    RunDirectory directory = run_.open();
    EXPECT_EQ(directory.done().size(), 2U);
    EXPECT_THAT(directory.notes(),
                ElementsAre(run_.path().string() +
                            ": was started by an earlier crossfold, with an artefact file for each "
                            "fit. those stay where they are; what is trained from now on goes to "
                            "segments/"));
    testing::record(directory, run_.plan(), run_.plan().fits[2]);
    testing::record(directory, run_.plan(), run_.plan().fits[3]);
    directory.flush();
  }
  const std::string journal = bytes_of(run_.journal());
  EXPECT_THAT(journal, HasSubstr("{\"format_version\":2,\"kind\":\"format\""))
      << "the earlier program must not read on";
  EXPECT_EQ(journal.find("\"kind\":\"format\""), journal.rfind("\"kind\":\"format\"")) << "once";
  EXPECT_THAT(run_.open().notes(), ::testing::IsEmpty()) << "told once";
  const RunRecords records = run_.load();
  EXPECT_EQ(records.results.size(), 4U);
  EXPECT_FALSE(records.find(id(1))->training.validation_auc);
  EXPECT_TRUE(records.find(id(2))->training.validation_auc);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(read_artefacts(run_.path(), records, id(i)).held_out->probabilities,
              testing::full_result().artefacts.held_out->probabilities);
  EXPECT_TRUE(fs::exists(old_file(0)));
}

/// The documents of an old shard become those of a segment.
TEST_F(OldRun, IsMergedWhereItIsAShard) {
  const testing::SmallRun whole;
  write_old_run(whole, shard_directory(whole.path(), {.index = 1, .of = 1}));
  RunDirectory into = whole.open();
  const Job job = testing::small_job();
  EXPECT_EQ(ShardMerge(whole.path(), job, whole.plan()).take_into(into).taken, 2U);
  const RunRecords records = whole.load();
  EXPECT_FALSE(records.artefacts.at(id(0)).segment.empty());
  EXPECT_EQ(read_artefacts(whole.path(), records, id(0)).held_out->probabilities,
            testing::full_result().artefacts.held_out->probabilities);
}

}  // namespace
}  // namespace crossfold
