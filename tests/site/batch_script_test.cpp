#include "crossfold/site/batch_script.h"

#include <algorithm>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "site/plain_batch.h"

namespace crossfold::site {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ShellWord, IsReadBackByAShellAsItWas) {
  for (const std::string& name : odd_names())
    EXPECT_EQ(bash("printf %s " + shell_word(name)).out, name);
  EXPECT_EQ(bash("printf '<%s>' " + shell_word("")).out, "<>");
}

TEST(ShellWord, LeavesPlainWordsPlain) { EXPECT_EQ(shell_word("/a/b-1.json"), "/a/b-1.json"); }

TEST(BatchScript, SaysToSlurmWhatWasAskedFor) {
  BatchOptions options = plain();
  options.nodes = 2;
  options.gpus_per_node = 4;
  options.time = "02:00:00";
  options.partition = "gpu";
  options.account = "group";
  options.shards = 10;
  options.at_once = 3;
  options.grace_s = 90;
  options.more = {"--constraint=a100"};
  const std::string script = batch_script(options);
  for (const char* line :
       {"--job-name=study", "--output=study-%A_%a.log", "--open-mode=append", "--requeue",
        "--signal=B:USR1@90", "--nodes=2", "--ntasks-per-node=4", "--cpus-per-task=1",
        "--gres=gpu:4", "--time=02:00:00", "--partition=gpu", "--account=group", "--array=1-10%3",
        "--constraint=a100"})
    EXPECT_THAT(script, HasSubstr("\n#SBATCH " + std::string(line) + "\n"));
  EXPECT_THAT(script, HasSubstr("--shard \"$SLURM_ARRAY_TASK_ID/10\""));
}

TEST(BatchScript, AsksForTheGpusThatItReserves) {
  BatchOptions options = plain();
  options.gpus_per_node = 2;
  EXPECT_THAT(batch_script(options), HasSubstr(" --device cuda)"));
  for (const std::vector<std::string>& named :
       {std::vector<std::string>{"--device", "cpu"}, {"--device=auto"}}) {
    options.arguments = named;
    EXPECT_THAT(batch_script(options), Not(HasSubstr("--device cuda")));
  }
  EXPECT_THAT(batch_script(plain()), Not(HasSubstr("--device")));
}

TEST(BatchScript, TakesWholeNodesUnlessToldOtherwise) {
  const std::string script = batch_script(plain());
  EXPECT_THAT(script, HasSubstr("\n#SBATCH --exclusive\n"));
  EXPECT_THAT(script, Not(HasSubstr("ntasks")));
  EXPECT_THAT(script, HasSubstr("\n#SBATCH --output=study-%j.log\n"));
}

TEST(BatchScript, StartsRanksThatOutliveADeadOne) {
  EXPECT_THAT(batch_script(plain()), HasSubstr("launcher=(mpirun --enable-recovery)"));
  BatchOptions options = plain();
  options.launcher = Launcher::srun;
  options.cores_per_node = 4;
  EXPECT_THAT(batch_script(options), HasSubstr("launcher=(srun --mpi=pmix --kill-on-bad-exit=1)"));
}

TEST(BatchScript, LeavesNoWordOfTheTemplateUnfilled) {
  EXPECT_THAT(batch_script(plain()), Not(HasSubstr("@PROGRAM@")));
  EXPECT_THAT(batch_script(plain()), Not(::testing::ContainsRegex("@[A-Z_]+@")));
}

TEST(BatchScript, ParsesWhateverTheNamesHold) {
  for (const std::string& name : odd_names()) {
    BatchOptions options = plain();
    options.name = name;
    options.program = name;
    options.arguments = {name, "--out", name};
    options.setup = name;
    const ToolAnswer answer = *run_tool({"bash", "-n"}, batch_script(options));
    EXPECT_EQ(answer.code, 0) << name << answer.err;
  }
}

TEST(BatchScript, NamesTheJobAsSlurmAndFileSystemsLikeIt) {
  BatchOptions options = plain();
  options.name = "--it's 5/9, \n%j";
  EXPECT_THAT(batch_script(options), HasSubstr("#SBATCH --job-name=it-s-5-9----j\n"));
}

/// The lines of a script.
std::vector<std::string> lines_of(const std::string& script) {
  std::istringstream stream(script);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Each option alone, and what it changes: lines that go, and lines that come in their place.
TEST(BatchScript, ChangesWithEachOptionWhatThatOptionIsOf) {
  struct Change {
    const char* option;
    std::function<void(BatchOptions&)> set;
    std::vector<std::string> gone;
    std::vector<std::string> added;
  };
  const std::string run = "arguments=(/data/job.json --out /data/job.run";
  const std::string exclusive = "#SBATCH --exclusive";
  const std::string log = "#SBATCH --output=study-%j.log";
  const std::string mpirun = "launcher=(mpirun --enable-recovery)";
  const std::vector<Change> changes{
      {"name",
       [](BatchOptions& options) { options.name = "other"; },
       {"#SBATCH --job-name=study", log},
       {"#SBATCH --job-name=other", "#SBATCH --output=other-%j.log"}},
      {"program",
       [](BatchOptions& options) { options.program = "/bin/cf"; },
       {"program=/opt/crossfold"},
       {"program=/bin/cf"}},
      {"arguments",
       [](BatchOptions& options) { options.arguments.emplace_back("-v"); },
       {run + ")"},
       {run + " -v)"}},
      {"nodes",
       [](BatchOptions& options) { options.nodes = 7; },
       {"#SBATCH --nodes=1"},
       {"#SBATCH --nodes=7"}},
      {"cores_per_node",
       [](BatchOptions& options) { options.cores_per_node = 5; },
       {exclusive},
       {"#SBATCH --ntasks-per-node=5", "#SBATCH --cpus-per-task=1"}},
      {"gpus_per_node",
       [](BatchOptions& options) { options.gpus_per_node = 3; },
       {exclusive, run + ")"},
       {"#SBATCH --ntasks-per-node=3", "#SBATCH --cpus-per-task=1", "#SBATCH --gres=gpu:3",
        run + " --device cuda)"}},
      {"time",
       [](BatchOptions& options) { options.time = "90m"; },
       {},
       {"#SBATCH --time=01:30:00"}},
      {"partition",
       [](BatchOptions& options) { options.partition = "long"; },
       {},
       {"#SBATCH --partition=long"}},
      {"account",
       [](BatchOptions& options) { options.account = "group"; },
       {},
       {"#SBATCH --account=group"}},
      {"shards",
       [](BatchOptions& options) { options.shards = 4; },
       {log, run + ")"},
       {"#SBATCH --output=study-%A_%a.log", "#SBATCH --array=1-4",
        run + " --shard \"$SLURM_ARRAY_TASK_ID/4\")"}},
      {"at_once",
       [](BatchOptions& options) {
         options.shards = 4;
         options.at_once = 2;
       },
       {log, run + ")"},
       {"#SBATCH --output=study-%A_%a.log", "#SBATCH --array=1-4%2",
        run + " --shard \"$SLURM_ARRAY_TASK_ID/4\")"}},
      {"grace_s",
       [](BatchOptions& options) { options.grace_s = 77; },
       {"#SBATCH --signal=B:USR1@120"},
       {"#SBATCH --signal=B:USR1@77"}},
      {"max_restarts",
       [](BatchOptions& options) { options.max_restarts = 3; },
       {"max_restarts=20"},
       {"max_restarts=3"}},
      {"launcher",
       [](BatchOptions& options) { options.launcher = Launcher::srun; },
       {mpirun},
       {"launcher=(srun --mpi=pmix --kill-on-bad-exit=1 "
        "--ntasks-per-node=\"$SLURM_CPUS_ON_NODE\")"}},
      {"launcher of cores",
       [](BatchOptions& options) {
         options.launcher = Launcher::srun;
         options.cores_per_node = 5;
       },
       {mpirun, exclusive},
       {"launcher=(srun --mpi=pmix --kill-on-bad-exit=1)", "#SBATCH --ntasks-per-node=5",
        "#SBATCH --cpus-per-task=1"}},
      {"launcher of GPUs",
       [](BatchOptions& options) {
         options.launcher = Launcher::srun;
         options.gpus_per_node = 3;
       },
       {mpirun, exclusive, run + ")"},
       {"launcher=(srun --mpi=pmix --kill-on-bad-exit=1)", "#SBATCH --ntasks-per-node=3",
        "#SBATCH --cpus-per-task=1", "#SBATCH --gres=gpu:3", run + " --device cuda)"}},
      {"container",
       [](BatchOptions& options) { options.container = "apptainer exec a.sif"; },
       {"container=()"},
       {"container=(apptainer exec a.sif)"}},
      {"setup", [](BatchOptions& options) { options.setup = "/a b.sh"; }, {}, {"source '/a b.sh'"}},
      {"log",
       [](BatchOptions& options) { options.log = "logs/%x.txt"; },
       {log},
       {"#SBATCH --output=logs/%x.txt"}},
      {"log of shards",
       [](BatchOptions& options) {
         options.shards = 2;
         options.log = "logs/%x.txt";
       },
       {log, run + ")"},
       {"#SBATCH --output=logs/%x.txt", "#SBATCH --array=1-2",
        run + " --shard \"$SLURM_ARRAY_TASK_ID/2\")"}},
      {"more",
       [](BatchOptions& options) {
         options.more = {"--mem=4G", "--qos=high", "--constraint=a100"};
       },
       {},
       {"#SBATCH --mem=4G", "#SBATCH --qos=high", "#SBATCH --constraint=a100"}}};
  const std::vector<std::string> before = lines_of(batch_script(plain()));
  const auto without = [](const std::vector<std::string>& lines,
                          const std::vector<std::string>& others) {
    std::vector<std::string> left;
    for (const std::string& line : lines)
      if (!line.empty() && std::find(others.begin(), others.end(), line) == others.end())
        left.push_back(line);
    return left;
  };
  for (const Change& change : changes) {
    BatchOptions options = plain();
    change.set(options);
    const std::vector<std::string> after = lines_of(batch_script(options));
    EXPECT_THAT(without(before, after), ::testing::UnorderedElementsAreArray(change.gone))
        << change.option;
    EXPECT_THAT(without(after, before), ::testing::UnorderedElementsAreArray(change.added))
        << change.option;
  }
}

TEST(BatchScript, NamesAJobWithoutAUsableCharacterAfterTheProgram) {
  const auto named = [](const std::string& name) {
    BatchOptions options = plain();
    options.name = name;
    for (const std::string& line : lines_of(batch_script(options)))
      if (line.starts_with("#SBATCH --job-name=")) return line.substr(19);
    return std::string();
  };
  EXPECT_EQ(named("..-."), "crossfold");
  EXPECT_EQ(named(""), "crossfold");
  EXPECT_EQ(named(".-.a-.b"), "a-.b");
  EXPECT_EQ(named("a/b%c,d e"), "a-b-c-d-e");
  EXPECT_EQ(named("a_b+c=d.e:f@g-9"), "a_b+c=d.e:f@g-9");
}

}  // namespace
}  // namespace crossfold::site
