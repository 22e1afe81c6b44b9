#include "crossfold/fleet/placement.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

namespace crossfold::fleet {
namespace {

Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

TEST(DetectLaunch, KnowsTheLaunchers) {
  EXPECT_EQ(detect_launch(variables({})), Launch::alone);
  EXPECT_EQ(detect_launch(variables({{"OMPI_COMM_WORLD_SIZE", "4"}})), Launch::as_rank);
  EXPECT_EQ(detect_launch(variables({{"PMIX_RANK", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}})),
            Launch::as_rank);
  EXPECT_EQ(detect_launch(variables({{"PMI_RANK", "0"}})), Launch::as_rank);
}

TEST(IsFirstRank, GoesByTheLauncher) {
  EXPECT_TRUE(is_first_rank(variables({})));
  EXPECT_TRUE(is_first_rank(variables({{"SLURM_PROCID", "3"}, {"SLURM_STEP_NUM_TASKS", "1"}})));
  EXPECT_TRUE(is_first_rank(variables(
      {{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "0"}, {"SLURM_PROCID", "2"}})));
  EXPECT_FALSE(
      is_first_rank(variables({{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "1"}})));
  EXPECT_FALSE(is_first_rank(variables({{"PMIX_RANK", "2"}})));
  EXPECT_FALSE(is_first_rank(variables({{"PMI_RANK", "1"}, {"SLURM_PROCID", "1"}})));
  EXPECT_FALSE(is_first_rank(variables({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}))) << "Hydra";
  EXPECT_TRUE(is_first_rank(variables({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}})));
}

TEST(DetectLaunch, IsAloneInABatchScriptAndInASingleTask) {
  EXPECT_EQ(detect_launch(variables({{"SLURM_JOB_ID", "7"}, {"SLURM_PROCID", "0"}})),
            Launch::alone);
  EXPECT_EQ(detect_launch(variables({{"SLURM_STEP_NUM_TASKS", "1"}})), Launch::alone);
}

TEST(DetectLaunch, RefusesSeveralTasksThatDoNotKnowEachOther) {
  try {
    (void)detect_launch(variables({{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "2"}}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_STREQ(error.what(),
                 "srun started 4 tasks without telling them of each other (each would take itself "
                 "for the only one). use 'srun --mpi=pmix' or mpirun");
  }
}

TEST(DetectLaunch, RefusesLaunchersOfOtherMpis) {
  for (const char* name :
       {"MV2_COMM_WORLD_SIZE", "MPI_LOCALNRANKS", "JSM_NAMESPACE_SIZE", "PALS_LOCAL_SIZE"}) {
    EXPECT_EQ(detect_launch(variables({{name, "1"}})), Launch::alone);
    try {
      (void)detect_launch(variables({{name, "3"}}));
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_EQ(error.what(), "a launcher of another MPI started 3 processes (" +
                                  std::string(name) +
                                  " says so; each would take itself for the only one). use Open "
                                  "MPI's mpirun, or 'srun --mpi=pmix'");
    }
  }
}

TEST(StartedProcesses, IsWhatTheNearestLauncherSays) {
  EXPECT_EQ(started_processes(variables({})), std::nullopt);
  EXPECT_EQ(started_processes(variables({{"PMIX_RANK", "0"}})), std::nullopt);
  EXPECT_EQ(started_processes(variables({{"PMI_RANK", "1"}, {"PMI_SIZE", "4"}})), 4U);
  EXPECT_EQ(started_processes(variables({{"PMIX_RANK", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}})), 2U);
  EXPECT_EQ(started_processes(variables({{"MPI_LOCALNRANKS", "3"}})), 3U);
  EXPECT_EQ(started_processes(variables({{"OMPI_COMM_WORLD_SIZE", "1"}, {"PMI_SIZE", "4"}})), 1U)
      << "mpirun started by a task of another launcher";
}

TEST(LocalRank, PrefersOpenMpiBecauseMpirunInheritsSlurms) {
  EXPECT_EQ(local_rank(variables({{"OMPI_COMM_WORLD_LOCAL_RANK", "3"}, {"SLURM_LOCALID", "0"}})),
            3U);
  EXPECT_EQ(local_rank(variables({{"SLURM_LOCALID", "1"}})), 1U);
  EXPECT_EQ(local_rank(variables({})), std::nullopt);
  EXPECT_EQ(local_rank(variables({{"SLURM_LOCALID", "x"}})), std::nullopt);
}

TEST(Place, SpreadsRanksOverTheGpusTheySee) {
  const std::vector<int> cores{0, 1};
  EXPECT_EQ(place(0, 2, cores).gpu, 0U);
  EXPECT_EQ(place(1, 2, cores).gpu, 1U);
  EXPECT_EQ(place(2, 2, cores).gpu, 0U);
  EXPECT_EQ(place(1, 2, cores).core, std::nullopt);
}

TEST(Place, ARankThatSeesOneDeviceTakesDeviceZero) {
  EXPECT_EQ(place(0, 1, {}).gpu, 0U);
  EXPECT_EQ(place(3, 1, {}).gpu, 0U);
}

TEST(Place, WithoutGpusGivesEachWorkerACore) {
  const std::vector<int> cores{4, 6, 9};
  EXPECT_EQ(place(0, 0, cores).core, 4);
  EXPECT_EQ(place(2, 0, cores).core, 9);
  EXPECT_EQ(place(3, 0, cores).core, 4);
  EXPECT_EQ(place(3, 0, cores).gpu, std::nullopt);
  const std::vector<int> bound_by_launcher{7};
  EXPECT_EQ(place(5, 0, bound_by_launcher).core, 7);
  EXPECT_EQ(place(0, 0, {}).core, std::nullopt);
}

}  // namespace
}  // namespace crossfold::fleet
