#include "crossfold/site/slurm_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(LeadingNumber, IsWhatAValueBeginsWith) {
  EXPECT_EQ(leading_number("30 sec"), 30);
  EXPECT_EQ(leading_number("1001"), 1001);
  EXPECT_FALSE(leading_number("UNLIMITED").has_value());
  EXPECT_FALSE(leading_number("").has_value());
}

}  // namespace
}  // namespace crossfold::site
