#include "crossfold/site/slurm_promises.h"

#include <string>

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

}  // namespace
}  // namespace crossfold::site
