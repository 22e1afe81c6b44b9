#include "crossfold/core/slurm_job.h"

#include <cstdlib>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

/// Gives the environment these variables of Slurm's and no other.
SlurmJob with(const std::map<std::string, std::string>& variables) {
  for (const char* name :
       {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT"})
    ::unsetenv(name);
  for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  return slurm_job();
}

TEST(SlurmJob, IsTheJobOrTheTaskOfItsArray) {
  EXPECT_EQ(with({}).id, "");
  EXPECT_EQ(with({{"SLURM_JOB_ID", "9"}}).id, "9");
  EXPECT_EQ(with({{"SLURM_JOB_ID", "9"}, {"SLURM_ARRAY_JOB_ID", "7"}}).id, "9");
  EXPECT_EQ(with({{"SLURM_JOB_ID", "9"}, {"SLURM_ARRAY_TASK_ID", "2"}}).id, "9");
  EXPECT_EQ(
      with({{"SLURM_JOB_ID", "9"}, {"SLURM_ARRAY_JOB_ID", "7"}, {"SLURM_ARRAY_TASK_ID", "2"}}).id,
      "7_2")
      << "each task has a job id of its own";
}

TEST(SlurmJob, KnowsWhetherItWasBegunAnew) {
  EXPECT_FALSE(with({{"SLURM_JOB_ID", "9"}}).restarted);
  EXPECT_FALSE(with({{"SLURM_JOB_ID", "9"}, {"SLURM_RESTART_COUNT", "0"}}).restarted);
  EXPECT_TRUE(with({{"SLURM_JOB_ID", "9"}, {"SLURM_RESTART_COUNT", "1"}}).restarted);
  EXPECT_TRUE(with({{"SLURM_JOB_ID", "9"}, {"SLURM_RESTART_COUNT", "10"}}).restarted);
}

}  // namespace
}  // namespace crossfold
