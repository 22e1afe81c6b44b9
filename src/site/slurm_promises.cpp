#include "crossfold/site/slurm_promises.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace crossfold::site {
namespace {

/// How a job that another one pushes out is treated.
enum class Preemption { none, cancel, requeue, suspend, unknown };

bool holds_word(const std::string& list, std::string_view word) {
  return list.find(word) != std::string::npos;
}

Preemption preemption_of(const SlurmFacts& facts) {
  const std::string type = facts.setting("PreemptType");
  if (type.empty()) return Preemption::unknown;
  if (holds_word(type, "none")) return Preemption::none;
  // Only this plug-in looks at the partition's own mode; others have the cluster's.
  std::string mode = facts.setting("PreemptMode");
  if (holds_word(type, "partition_prio") && !facts.partition_setting("PreemptMode").empty())
    mode = facts.partition_setting("PreemptMode");
  if (holds_word(mode, "REQUEUE")) return Preemption::requeue;
  if (holds_word(mode, "CANCEL")) return Preemption::cancel;
  if (holds_word(mode, "SUSPEND") || holds_word(mode, "GANG")) return Preemption::suspend;
  if (holds_word(mode, "OFF")) return Preemption::none;
  return Preemption::unknown;
}

/// What a job hears before it is preempted.
struct Warning {
  std::int64_t seconds = 0;
  bool user_signal = false;
};

Warning warning_of(const SlurmFacts& facts) {
  // Releases differ in where they keep it (and call it preempt_send_user_signal).
  const bool user_signal = holds_word(facts.setting("PreemptParameters"), "send_user_signal") ||
                           holds_word(facts.setting("SlurmctldParameters"), "send_user_signal");
  return {.seconds = leading_number(facts.partition_setting("GraceTime")).value_or(0),
          .user_signal = user_signal};
}

Finding slurm_finding(const char* id, Verdict verdict, std::string text) {
  return {.topic = "slurm", .id = id, .verdict = verdict, .text = std::move(text)};
}

Finding judge_partition(const SlurmFacts& facts) {
  const std::string name = facts.partition_setting("PartitionName");
  const std::string state = facts.partition_setting("State");
  const std::string limit = facts.partition_setting("MaxTime");
  if (state != "UP")
    return slurm_finding(
        "partition-accepts-jobs", Verdict::broken,
        fmt::format("partition {} is {} (jobs would wait for ever). choose another one "
                    "with --partition",
                    name, state.empty() ? "in an unknown state" : state));
  return slurm_finding(
      "partition-accepts-jobs", Verdict::holds,
      fmt::format("partition {} is up, time limit {}, nodes {}", name,
                  limit.empty() ? "unknown" : limit, facts.partition_setting("Nodes")));
}

Finding judge_time_limit(const SlurmFacts& facts) {
  const auto over = leading_number(facts.setting("OverTimeLimit")).value_or(0);
  return slurm_finding(
      "stops-before-time-limit", Verdict::holds,
      fmt::format("--signal=B:USR1 reaches the script up to a minute early{}; the run "
                  "stops cleanly and the script asks for a restart",
                  over > 0 ? fmt::format(", and the limit may be passed by {} min", over) : ""));
}

Finding judge_requeue(const SlurmFacts& facts) {
  const std::string requeue = facts.setting("JobRequeue");
  if (requeue == "1")
    return slurm_finding("requeues-itself", Verdict::holds, "JobRequeue=1: jobs may be requeued");
  if (requeue == "0")
    return slurm_finding(
        "requeues-itself", Verdict::limited,
        "JobRequeue=0: only jobs that ask for it are requeued. scripts of crossfold "
        "submit do (--requeue); a script of your own must");
  return slurm_finding("requeues-itself", Verdict::unknown, "JobRequeue is not told");
}

Finding judge_preempted_restart(Preemption preemption, const Warning& warning) {
  const char* id = "preempted-job-restarts";
  const bool script_restarts = warning.seconds > 0 && warning.user_signal;
  switch (preemption) {
    case Preemption::none:
      return slurm_finding(id, Verdict::holds, "jobs of this partition are not preempted");
    case Preemption::requeue:
      return slurm_finding(id, Verdict::holds,
                           "PreemptMode=REQUEUE: Slurm restarts a preempted job");
    case Preemption::suspend:
      return slurm_finding(
          id, Verdict::limited,
          "PreemptMode=SUSPEND: a preempted job stands still and goes on later; its time "
          "limit runs meanwhile, and `crossfold status` calls it unresponsive");
    case Preemption::cancel:
      if (script_restarts)
        return slurm_finding(
            id, Verdict::limited,
            fmt::format("PreemptMode=CANCEL, but with {} s of warning by the job's own "
                        "signal (GraceTime, send_user_signal): the script asks for a "
                        "restart itself, if the run stops in that time",
                        warning.seconds));
      return slurm_finding(
          id, Verdict::broken,
          "PreemptMode=CANCEL: a preempted job ends for good (Slurm's --requeue does not "
          "help there). submit again: the run goes on where it was");
    case Preemption::unknown:
      break;
  }
  return slurm_finding(id, Verdict::unknown, "PreemptType or PreemptMode is not told");
}

Finding judge_preempted_warning(Preemption preemption, const Warning& warning,
                                std::uint32_t grace_s) {
  const char* id = "warned-before-preemption";
  if (preemption == Preemption::none)
    return slurm_finding(id, Verdict::holds, "jobs of this partition are not preempted");
  if (preemption == Preemption::suspend)
    return slurm_finding(id, Verdict::holds, "a suspended job loses nothing");
  if (preemption == Preemption::unknown)
    return slurm_finding(id, Verdict::unknown, "PreemptType or PreemptMode is not told");
  if (warning.seconds <= 0)
    return slurm_finding(
        id, Verdict::broken,
        "GraceTime=0: a preempted job is ended at once (only KillWait lies between TERM "
        "and KILL). the fits in flight are lost, all others are kept; keep fits short");
  if (!warning.user_signal)
    return slurm_finding(
        id, Verdict::limited,
        fmt::format("GraceTime={}: {} s from TERM to the end, but TERM reaches the "
                    "launcher as well, which ends the ranks (neither PreemptParameters "
                    "nor SlurmctldParameters has send_user_signal). fits in flight may "
                    "be lost, all others are kept",
                    warning.seconds, warning.seconds));
  if (warning.seconds < grace_s)
    return slurm_finding(
        id, Verdict::limited,
        fmt::format("GraceTime={} with send_user_signal: USR1 comes {} s before the end, "
                    "less than the {} s of --grace. keep fits shorter than that",
                    warning.seconds, warning.seconds, grace_s));
  return slurm_finding(
      id, Verdict::holds,
      fmt::format("GraceTime={} with send_user_signal: USR1 comes {} s before the end, "
                  "and the run stops cleanly",
                  warning.seconds, warning.seconds));
}

Finding judge_lost_node(const SlurmFacts& facts) {
  const auto timeout = leading_number(facts.setting("SlurmdTimeout"));
  if (!timeout)
    return slurm_finding("lost-node-restarts", Verdict::unknown, "SlurmdTimeout is not told");
  if (*timeout == 0)
    return slurm_finding(
        "lost-node-restarts", Verdict::limited,
        "SlurmdTimeout=0: Slurm does not look after its nodes; a job on a dead one waits "
        "for an administrator, or for scontrol requeue");
  return slurm_finding(
      "lost-node-restarts", Verdict::holds,
      fmt::format("a dead node is noticed after about {} s (SlurmdTimeout), and the job "
                  "is requeued",
                  *timeout));
}

Finding judge_arrays(const SlurmFacts& facts) {
  const auto most = leading_number(facts.setting("MaxArraySize"));
  if (!most) return slurm_finding("array-shards", Verdict::unknown, "MaxArraySize is not told");
  if (*most < 2)
    return slurm_finding(
        "array-shards", Verdict::broken,
        fmt::format("MaxArraySize={}: this site has no job arrays. run one job, or submit "
                    "each --shard by itself",
                    *most));
  return slurm_finding("array-shards", Verdict::holds,
                       fmt::format("MaxArraySize={}: up to {} shards", *most, *most - 1));
}

Finding judge_gpus(const SlurmFacts& facts) {
  const bool known = holds_word(facts.setting("GresTypes"), "gpu");
  std::vector<std::string> gpus;
  for (const std::string& gres : facts.gres)
    if (holds_word(gres, "gpu") && std::find(gpus.begin(), gpus.end(), gres) == gpus.end())
      gpus.push_back(gres);
  if (!known)
    return slurm_finding(
        "gpus-by-gres", Verdict::limited,
        "GresTypes names no gpu: Slurm knows of no GPUs here. use --cores-per-node");
  if (gpus.empty())
    return slurm_finding(
        "gpus-by-gres", Verdict::limited,
        fmt::format("no node of partition {} has a GPU. use --cores-per-node, or another "
                    "--partition",
                    facts.partition_setting("PartitionName")));
  return slurm_finding(
      "gpus-by-gres", Verdict::holds,
      fmt::format("nodes of this partition have {}; each rank takes one", fmt::join(gpus, ", ")));
}

Finding judge_srun(const SlurmFacts& facts) {
  const auto& plugins = facts.mpi_plugins;
  const bool pmix = std::any_of(plugins.begin(), plugins.end(), [](const std::string& plugin) {
    return plugin.starts_with("pmix");
  });
  if (pmix)
    return slurm_finding("srun-starts-mpi", Verdict::holds,
                         "srun --mpi=pmix is there: --launcher srun works");
  return slurm_finding(
      "srun-starts-mpi", Verdict::limited,
      fmt::format("srun has no pmix plug-in (it has {}). use --launcher mpirun, the "
                  "default",
                  plugins.empty() ? "none" : fmt::format("{}", fmt::join(plugins, ", "))));
}

}  // namespace

std::vector<Finding> judge_slurm(const SlurmFacts& facts, std::uint32_t grace_s) {
  const Preemption preemption = preemption_of(facts);
  const Warning warning = warning_of(facts);
  return {judge_partition(facts),
          judge_time_limit(facts),
          judge_requeue(facts),
          judge_preempted_restart(preemption, warning),
          judge_preempted_warning(preemption, warning, grace_s),
          judge_lost_node(facts),
          judge_arrays(facts),
          judge_gpus(facts),
          judge_srun(facts)};
}

}  // namespace crossfold::site
