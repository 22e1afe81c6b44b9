#include "crossfold/site/slurm_promises.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold::site {
namespace {

/// A Slurm as Debian's comes up, with a partition of two nodes.
SlurmFacts usual() {
  return {.config = {{"JobRequeue", "1"},
                     {"PreemptType", "preempt/none"},
                     {"PreemptMode", "OFF"},
                     {"SlurmdTimeout", "300 sec"},
                     {"MaxArraySize", "1001"},
                     {"OverTimeLimit", "0 min"},
                     {"GresTypes", "gpu"}},
          .partition = {{"PartitionName", "main"},
                        {"State", "UP"},
                        {"MaxTime", "1-00:00:00"},
                        {"Nodes", "n[1-2]"},
                        {"GraceTime", "0"},
                        {"PreemptMode", "OFF"}},
          .mpi_plugins = {"none", "pmix"},
          .gres = {"gpu:2"}};
}

SlurmFacts preempting(const std::string& mode, const std::string& grace_s,
                      const std::string& parameters = "(null)") {
  SlurmFacts facts = usual();
  facts.config["PreemptType"] = "preempt/partition_prio";
  facts.config["PreemptMode"] = "REQUEUE";
  facts.config["PreemptParameters"] = parameters;
  facts.partition["PreemptMode"] = mode;
  facts.partition["GraceTime"] = grace_s;
  return facts;
}

Finding judged(const SlurmFacts& facts, const std::string& id) {
  for (const Finding& finding : judge_slurm(facts, 30))
    if (finding.id == id) return finding;
  ADD_FAILURE() << "no finding " << id;
  return {};
}

void expect_judged(const SlurmFacts& facts, const std::string& id, Verdict verdict,
                   const std::string& text) {
  const Finding finding = judged(facts, id);
  EXPECT_STREQ(name_of(finding.verdict), name_of(verdict)) << id;
  EXPECT_EQ(finding.text, text);
}

TEST(JudgeSlurm, FindsAUsualSiteSound) {
  for (const Finding& finding : judge_slurm(usual(), 30)) {
    EXPECT_EQ(finding.verdict, Verdict::holds) << finding.id << ": " << finding.text;
    EXPECT_EQ(finding.topic, "slurm");
  }
}

constexpr const char* kRestarts = "preempted-job-restarts";
constexpr const char* kWarned = "warned-before-preemption";

TEST(JudgeSlurm, KnowsThatCancelMeansForGood) {
  expect_judged(
      preempting("CANCEL", "0"), kRestarts, Verdict::broken,
      "PreemptMode=CANCEL: a preempted job ends for good (Slurm's --requeue does not help "
      "there). submit again: the run goes on where it was");
}

TEST(JudgeSlurm, KnowsThatAWarnedScriptRestartsItselfUnderCancel) {
  expect_judged(preempting("CANCEL", "60", "send_user_signal"), kRestarts, Verdict::limited,
                "PreemptMode=CANCEL, but with 60 s of warning by the job's own signal (GraceTime, "
                "send_user_signal): the script asks for a restart itself, if the run stops in that "
                "time");
}

TEST(JudgeSlurm, TellsRequeueWithAndWithoutGraceTimeApart) {
  const std::string restarts = "PreemptMode=REQUEUE: Slurm restarts a preempted job";
  expect_judged(preempting("REQUEUE", "0"), kRestarts, Verdict::holds, restarts);
  expect_judged(preempting("REQUEUE", "60"), kRestarts, Verdict::holds, restarts);
  expect_judged(
      preempting("REQUEUE", "0"), kWarned, Verdict::broken,
      "GraceTime=0: a preempted job is ended at once (only KillWait lies between TERM and "
      "KILL). the fits in flight are lost, all others are kept; keep fits short");
  expect_judged(preempting("REQUEUE", "60"), kWarned, Verdict::limited,
                "GraceTime=60: 60 s from TERM to the end, but TERM reaches the launcher as well, "
                "which ends the ranks (neither PreemptParameters nor SlurmctldParameters has "
                "send_user_signal). fits in flight may be lost, all others are kept");
  expect_judged(preempting("REQUEUE", "60", "send_user_signal"), kWarned, Verdict::holds,
                "GraceTime=60 with send_user_signal: USR1 comes 60 s before the end, and the run "
                "stops cleanly");
  SlurmFacts older = preempting("REQUEUE", "60");
  older.config["SlurmctldParameters"] = "enable_configless,preempt_send_user_signal";
  EXPECT_EQ(judged(older, kWarned).verdict, Verdict::holds);
  expect_judged(preempting("REQUEUE", "10", "send_user_signal"), kWarned, Verdict::limited,
                "GraceTime=10 with send_user_signal: USR1 comes 10 s before the end, less than the "
                "30 s of --grace. keep fits shorter than that");
}

TEST(JudgeSlurm, TakesTheClustersModeWherePreemptionIsByQos) {
  SlurmFacts facts = preempting("OFF", "0");
  facts.config["PreemptType"] = "preempt/qos";
  facts.config["PreemptMode"] = "CANCEL";
  EXPECT_EQ(judged(facts, kRestarts).verdict, Verdict::broken);
}

TEST(JudgeSlurm, KnowsSuspendedJobs) {
  SlurmFacts facts = preempting("GANG,SUSPEND", "0");
  EXPECT_EQ(judged(facts, kRestarts).verdict, Verdict::limited);
  EXPECT_EQ(judged(facts, kWarned).verdict, Verdict::holds);
}

TEST(JudgeSlurm, SaysWhatItWasNotTold) {
  for (const Finding& finding : judge_slurm({}, 30))
    EXPECT_NE(finding.id == "stops-before-time-limit", finding.verdict != Verdict::holds)
        << finding.id << ": " << finding.text;
}

TEST(JudgeSlurm, NamesWhatASiteForbidsOrLacks) {
  SlurmFacts facts = usual();
  facts.config["JobRequeue"] = "0";
  facts.config["MaxArraySize"] = "1";
  facts.config["GresTypes"] = "(null)";
  facts.config["SlurmdTimeout"] = "0 sec";
  facts.partition["State"] = "DOWN";
  facts.mpi_plugins = {"none", "pmi2"};
  expect_judged(facts, "requeues-itself", Verdict::limited,
                "JobRequeue=0: only jobs that ask for it are requeued. scripts of crossfold submit "
                "do (--requeue); a script of your own must");
  expect_judged(facts, "array-shards", Verdict::broken,
                "MaxArraySize=1: this site has no job arrays. run one job, or submit each --shard "
                "by itself");
  expect_judged(facts, "gpus-by-gres", Verdict::limited,
                "GresTypes names no gpu: Slurm knows of no GPUs here. use --cores-per-node");
  expect_judged(facts, "lost-node-restarts", Verdict::limited,
                "SlurmdTimeout=0: Slurm does not look after its nodes; a job on a dead one waits "
                "for an administrator, or for scontrol requeue");
  expect_judged(facts, "partition-accepts-jobs", Verdict::broken,
                "partition main is DOWN (jobs would wait for ever). choose another one with "
                "--partition");
  expect_judged(facts, "srun-starts-mpi", Verdict::limited,
                "srun has no pmix plug-in (it has none, pmi2). use --launcher mpirun, the default");
  facts.config["GresTypes"] = "gpu";
  facts.gres = {"(null)"};
  expect_judged(facts, "gpus-by-gres", Verdict::limited,
                "no node of partition main has a GPU. use --cores-per-node, or another "
                "--partition");
}

TEST(JudgeSlurm, AsksForEachPromiseInAFixedOrder) {
  std::vector<std::string> ids;
  for (const Finding& finding : judge_slurm(usual(), 30)) ids.push_back(finding.id);
  EXPECT_THAT(ids,
              ::testing::ElementsAre("partition-accepts-jobs", "stops-before-time-limit",
                                     "requeues-itself", kRestarts, kWarned, "lost-node-restarts",
                                     "array-shards", "gpus-by-gres", "srun-starts-mpi"));
}

TEST(JudgeSlurm, NamesTheNumbersOfASoundSite) {
  SlurmFacts facts = usual();
  facts.config["SlurmdTimeout"] = "77 sec";
  facts.config["MaxArraySize"] = "2";
  facts.gres = {"gpu:2", "(null)", "gpu:a100:4", "gpu:2"};
  const auto expect_holds = [&](const char* id, const std::string& text) {
    expect_judged(facts, id, Verdict::holds, text);
  };
  expect_holds("partition-accepts-jobs",
               "partition main is up, time limit 1-00:00:00, nodes n[1-2]");
  expect_holds("stops-before-time-limit",
               "--signal=B:USR1 reaches the script up to a minute early; the run stops cleanly and "
               "the script asks for a restart");
  expect_holds("requeues-itself", "JobRequeue=1: jobs may be requeued");
  expect_holds(kRestarts, "jobs of this partition are not preempted");
  expect_holds(kWarned, "jobs of this partition are not preempted");
  expect_holds("lost-node-restarts",
               "a dead node is noticed after about 77 s (SlurmdTimeout), and the job is requeued");
  expect_holds("array-shards", "MaxArraySize=2: up to 1 shards");
  expect_holds("gpus-by-gres",
               "nodes of this partition have gpu:2, gpu:a100:4; each rank takes one");
  expect_holds("srun-starts-mpi", "srun --mpi=pmix is there: --launcher srun works");
  facts.config["OverTimeLimit"] = "1 min";
  expect_holds("stops-before-time-limit",
               "--signal=B:USR1 reaches the script up to a minute early, and the limit may be "
               "passed by 1 min; the run stops cleanly and the script asks for a restart");
  facts.mpi_plugins = {"none", "pmi2", "pmix_v4"};
  EXPECT_EQ(judged(facts, "srun-starts-mpi").verdict, Verdict::holds);
  facts.mpi_plugins = {};
  expect_judged(facts, "srun-starts-mpi", Verdict::limited,
                "srun has no pmix plug-in (it has none). use --launcher mpirun, the default");
  facts.partition["State"] = "";
  EXPECT_THAT(judged(facts, "partition-accepts-jobs").text,
              ::testing::HasSubstr("partition main is in an unknown state (jobs"));
  for (const char* state : {"DOWN", "DRAIN", "INACTIVE"}) {
    facts.partition["State"] = state;
    EXPECT_EQ(judged(facts, "partition-accepts-jobs").verdict, Verdict::broken) << state;
  }
}

/// What Slurm's manual (slurm.conf, PreemptMode and PreemptType) says becomes of a job that another
/// one pushes out: by the partition's mode under preempt/partition_prio, by the cluster's else.
TEST(JudgeSlurm, TellsTheModesOfPreemptionApart) {
  struct Modes {
    const char* type;
    const char* cluster;
    const char* partition;
    Verdict restarts;
    Verdict warned;  ///< without a grace time
  };
  constexpr const char* kPrio = "preempt/partition_prio";
  constexpr const char* kQos = "preempt/qos";
  const std::vector<Modes> all{
      {"preempt/none", "REQUEUE", "CANCEL", Verdict::holds, Verdict::holds},
      {kPrio, "OFF", "REQUEUE", Verdict::holds, Verdict::broken},
      {kPrio, "OFF", "CANCEL", Verdict::broken, Verdict::broken},
      {kPrio, "OFF", "SUSPEND", Verdict::limited, Verdict::holds},
      {kPrio, "OFF", "GANG", Verdict::limited, Verdict::holds},
      {kPrio, "CANCEL", "OFF", Verdict::holds, Verdict::holds},
      {kPrio, "CANCEL", "", Verdict::broken, Verdict::broken},
      {kPrio, "REQUEUE", "WITHIN", Verdict::unknown, Verdict::unknown},
      {kQos, "REQUEUE", "CANCEL", Verdict::holds, Verdict::broken},
      {kQos, "GANG,SUSPEND", "CANCEL", Verdict::limited, Verdict::holds},
      {kQos, "OFF", "CANCEL", Verdict::holds, Verdict::holds},
      {kQos, "", "CANCEL", Verdict::unknown, Verdict::unknown},
      {"", "CANCEL", "CANCEL", Verdict::unknown, Verdict::unknown}};
  for (const Modes& modes : all) {
    SlurmFacts facts = preempting(modes.partition, "0");
    facts.config["PreemptType"] = modes.type;
    facts.config["PreemptMode"] = modes.cluster;
    SCOPED_TRACE(std::string(modes.type) + " " + modes.cluster + " " + modes.partition);
    EXPECT_STREQ(name_of(judged(facts, kRestarts).verdict), name_of(modes.restarts));
    EXPECT_STREQ(name_of(judged(facts, kWarned).verdict), name_of(modes.warned));
  }
}

/// judged() asks for 30 s of grace.
TEST(JudgeSlurm, ComparesTheWarningWithTheGraceThatIsAskedFor) {
  EXPECT_EQ(judged(preempting("REQUEUE", "29", "send_user_signal"), kWarned).verdict,
            Verdict::limited);
  EXPECT_EQ(judged(preempting("REQUEUE", "30", "send_user_signal"), kWarned).verdict,
            Verdict::holds);
  EXPECT_EQ(judged(preempting("CANCEL", "60"), kRestarts).verdict, Verdict::broken)
      << "without the signal the script hears nothing";
  EXPECT_EQ(judged(preempting("CANCEL", "0", "send_user_signal"), kRestarts).verdict,
            Verdict::broken)
      << "without time it can do nothing";
  EXPECT_EQ(judged(preempting("CANCEL", "60", "send_user_signal"), kWarned).verdict,
            Verdict::holds);
}

TEST(JudgeSlurm, HasAWordForEachVerdict) {
  EXPECT_STREQ(name_of(Verdict::holds), "holds");
  EXPECT_STREQ(name_of(Verdict::limited), "limited");
  EXPECT_STREQ(name_of(Verdict::broken), "broken");
  EXPECT_STREQ(name_of(Verdict::unknown), "unknown");
}

}  // namespace
}  // namespace crossfold::site
