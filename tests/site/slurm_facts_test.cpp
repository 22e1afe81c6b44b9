#include "crossfold/site/slurm_facts.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::site {
namespace {

using ::testing::ElementsAre;

TEST(SlurmConfig, IsReadFromLinesOfKeysAndValues) {
  const SlurmFields fields = parse_slurm_config(
      "Configuration data as of 2026-11-22T08:00:00\n"
      "AccountingStorageBackupHost = (null)\n"
      "JobRequeue              = 1\n"
      "PreemptMode             = GANG,SUSPEND\n"
      "PropagateResourceLimits = ALL\n"
      "SlurmdTimeout           = 300 sec\n"
      "SchedulerParameters     = a=1,b=2\n"
      "\n"
      "Slurmctld(primary) at head is UP\n");
  EXPECT_EQ(fields.at("JobRequeue"), "1");
  EXPECT_EQ(fields.at("PreemptMode"), "GANG,SUSPEND");
  EXPECT_EQ(fields.at("SlurmdTimeout"), "300 sec");
  EXPECT_EQ(fields.at("SchedulerParameters"), "a=1,b=2");
  EXPECT_EQ(fields.size(), 6U);
}

TEST(SlurmPartitions, AreReadFromParagraphs) {
  const auto partitions = parse_slurm_partitions(
      "PartitionName=main\n   AllowGroups=ALL Default=YES QoS=N/A\n   GraceTime=0 Hidden=NO\n\n"
      "PartitionName=gpu\n   Default=NO GraceTime=60 TRES=cpu=8,mem=2000M\n");
  ASSERT_EQ(partitions.size(), 2U);
  EXPECT_EQ(partitions[0].at("PartitionName"), "main");
  EXPECT_EQ(partitions[0].at("GraceTime"), "0");
  EXPECT_EQ(partitions[1].at("GraceTime"), "60");
  EXPECT_EQ(partitions[1].at("TRES"), "cpu=8,mem=2000M");
}

TEST(MpiPlugins, AreReadFromTheListsOfOldAndNewReleases) {
  EXPECT_THAT(parse_mpi_plugins("MPI plugin types are...\n\tpmix\n\tpmi2\n\tnone\n"),
              ::testing::IsSupersetOf({"pmix", "pmi2", "none"}));
  EXPECT_THAT(parse_mpi_plugins("srun: MPI types are...\nsrun: none\nsrun: pmix\n"),
              ::testing::IsSupersetOf({"none", "pmix"}));
  EXPECT_THAT(parse_mpi_plugins("MPI plugin types are...\n\tnone\nspecific pmix plugin versions "
                                "available: pmix_v3,pmix_v4\n"),
              ::testing::IsSupersetOf({"pmix_v3", "pmix_v4"}));
}

TEST(SlurmFacts, AreEmptyTextsWhereNothingIsTold) {
  const SlurmFacts facts{.config = {{"A", "of the config"}},
                         .partition = {{"A", "of the partition"}},
                         .mpi_plugins = {},
                         .gres = {}};
  EXPECT_EQ(facts.setting("A"), "of the config");
  EXPECT_EQ(facts.partition_setting("A"), "of the partition");
  EXPECT_EQ(facts.setting("B"), "");
  EXPECT_EQ(facts.partition_setting("B"), "");
}

/// Stand-ins for Slurm's programs, found before all others.
class AskSlurm : public ::testing::Test {
 protected:
  AskSlurm() {
    write("scontrol",
          "case \"$*\" in\n"
          "  --version) echo slurm 22.05 ;;\n"
          "  'show config') printf 'SLURM_VERSION = 22.05.8\\nJobRequeue = 1\\n' ;;\n"
          "  'show partition') cat <<END\n"
          "PartitionName=first\n   Default=NO GraceTime=1\n\n"
          "PartitionName=main\n   Default=YES GraceTime=2\n\n"
          "PartitionName=gpu\n   Default=NO GraceTime=3\nEND\n  ;;\n"
          "  *) exit 9 ;;\nesac\n");
    write("sinfo", "echo \"gres of $3\"; echo \"asked by $*\"");
    write("srun", "echo 'MPI plugin types are...'; echo pmix >&2; echo none");
    const char* const path = std::getenv("PATH");
    before_ = path == nullptr ? "" : path;
    ::setenv("PATH", (folder_.path().string() + ":" + before_).c_str(), 1);
  }
  ~AskSlurm() override { ::setenv("PATH", before_.c_str(), 1); }

  void write(const std::string& name, const std::string& script) const {
    test::write_bytes(folder_ / name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
  }

 private:
  test::ScratchFolder folder_;
  std::string before_;
};

TEST_F(AskSlurm, GathersWhatEachOfItsProgramsTells) {
  const SlurmFacts facts = ask_slurm("gpu").value();
  EXPECT_EQ(facts.setting("SLURM_VERSION"), "22.05.8");
  EXPECT_EQ(facts.setting("JobRequeue"), "1");
  EXPECT_EQ(facts.partition_setting("PartitionName"), "gpu");
  EXPECT_EQ(facts.partition_setting("GraceTime"), "3");
  EXPECT_THAT(facts.gres,
              ElementsAre("gres of gpu", "asked by --noheader --partition gpu --format %G"));
  EXPECT_THAT(facts.mpi_plugins, ::testing::UnorderedElementsAre("pmix", "none"));
}

TEST_F(AskSlurm, TakesThePartitionThatIsNamedElseTheDefaultElseTheFirst) {
  for (const char* name : {"first", "main", "gpu"})
    EXPECT_EQ(ask_slurm(name)->partition_setting("PartitionName"), name);
  EXPECT_EQ(ask_slurm("")->partition_setting("PartitionName"), "main");
  expect_error(ErrorCode::usage,
               "--partition is 'ma' (Slurm has none of that name). choose one of first, main, gpu",
               [] { static_cast<void>(ask_slurm("ma")); });
  write("scontrol", "printf 'PartitionName=a Default=NO\\nPartitionName=b Default=NO\\n'");
  EXPECT_EQ(ask_slurm("")->partition_setting("PartitionName"), "a");
}

TEST_F(AskSlurm, SaysWhatSlurmSaysWhereItDoesNotAnswer) {
  write("sinfo", "echo first; echo 'no controller' >&2; echo 'the last word'; exit 4");
  expect_error(ErrorCode::io,
               "Slurm is installed but does not answer: `sinfo --noheader --partition main "
               "--format %G` failed with code 4 (the last word). ask on a node of the cluster, or "
               "its administrators",
               [] { static_cast<void>(ask_slurm("")); });
  write("scontrol", "[ \"$1\" = --version ]");
  expect_error(ErrorCode::io,
               "Slurm is installed but does not answer: `scontrol show config` failed with code 1 "
               "(it said nothing). ask on a node of the cluster, or its administrators",
               [] { static_cast<void>(ask_slurm("")); });
}

TEST(LeadingNumber, IsWhatAValueBeginsWith) {
  EXPECT_EQ(leading_number("30 sec"), 30);
  EXPECT_EQ(leading_number("1001"), 1001);
  EXPECT_FALSE(leading_number("UNLIMITED").has_value());
  EXPECT_FALSE(leading_number("").has_value());
}

}  // namespace
}  // namespace crossfold::site
