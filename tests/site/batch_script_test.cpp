#include "crossfold/site/batch_script.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/site/tool.h"

#include "core/expect_error.h"

namespace crossfold::site {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

BatchOptions plain() {
  BatchOptions options;
  options.name = "study";
  options.program = "/opt/crossfold";
  options.arguments = {"/data/job.json", "--out", "/data/job.run"};
  return options;
}

/// Names that have broken scripts before.
std::vector<std::string> odd_names() {
  return {"/a b/c.json", "/it's/\"quoted\".json", "/$HOME/`id`/$(id).json", "/back\\slash;rm -rf x",
          "/new\nline",  "/*/?/[a]/{b,c}/~",      "/@PROGRAM@/@",           "/-n/!x/#y&z|w<v>"};
}

/// What bash makes of a script's words: that many `run` arguments, one a line with NUL ends.
ToolAnswer bash(const std::string& script) { return *run_tool({"bash", "-s"}, script); }

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

/// The script run by bash beside stand-ins for the launcher and scontrol.
class BatchScriptRun : public ::testing::Test {
 protected:
  /// `program` is a shell command that stands for crossfold; `environment` comes before all.
  static ToolAnswer run(const std::string& program, const std::string& environment = "",
                        BatchOptions options = plain()) {
    options.program = "program";
    std::string script = batch_script(options);
    const std::string launcher = "launcher=(mpirun --enable-recovery)";
    script.replace(script.find(launcher), launcher.size(), "launcher=()");
    return bash("SLURM_JOB_ID=7\nscontrol() { echo \"scontrol $*\"; }\nprogram() { " + program +
                "; }\nexport -f program\n" + environment + "\n" + script);
  }
};

TEST_F(BatchScriptRun, EndsWellWhenAllIsDone) {
  const ToolAnswer answer = run("return 0");
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.out, Not(HasSubstr("scontrol")));
}

TEST_F(BatchScriptRun, HandsArgumentsOverAsTheyAre) {
  for (const std::string& name : odd_names()) {
    BatchOptions options = plain();
    options.arguments = {name, "--out", "x y"};
    EXPECT_THAT(run("printf '<%s>' \"$@\"", "", options).out,
                HasSubstr("<run><" + name + "><--out><x y>"));
  }
}

TEST_F(BatchScriptRun, RequeuesWhileWorkIsLeft) {
  const ToolAnswer answer = run("return 75");
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.out, HasSubstr("job 7: stopped with work left: asks for a restart\n"
                                    "scontrol requeue 7\n"));
}

TEST_F(BatchScriptRun, RequeuesAfterALostProcess) {
  EXPECT_THAT(run("return 137").out, HasSubstr("ended with code 137: a process or a node was lost: "
                                               "asks for a restart\nscontrol requeue 7\n"));
  EXPECT_THAT(run("return 205").out, HasSubstr("scontrol requeue 7\n"));
}

TEST_F(BatchScriptRun, DoesNotRequeueWhatARestartCannotHeal) {
  for (const int code : {1, 2, 3, 4, 5, 126, 127}) {
    const ToolAnswer answer = run("return " + std::to_string(code));
    EXPECT_EQ(answer.code, code);
    EXPECT_THAT(answer.out, Not(HasSubstr("scontrol")));
    EXPECT_THAT(answer.out, HasSubstr("ended with code " + std::to_string(code) +
                                      ", which a restart cannot heal: see above\n"));
  }
}

TEST_F(BatchScriptRun, BelievesRankZeroAndNotALauncherThatIsAlwaysPleased) {
  const auto under_pleased_launcher = [](const std::string& program) {
    BatchOptions pleased = plain();
    pleased.program = "program";
    std::string script = batch_script(pleased);
    const std::string launcher = "launcher=(mpirun --enable-recovery)";
    script.replace(script.find(launcher), launcher.size(), "launcher=(pleased)");
    return bash("SLURM_JOB_ID=7\nscontrol() { echo \"scontrol $*\"; }\nprogram() { " + program +
                "; }\nexport -f program\npleased() { \"$@\"; return 0; }\n" + script);
  };
  EXPECT_EQ(under_pleased_launcher("return 3").code, 3);
  EXPECT_THAT(under_pleased_launcher("return 75").out, HasSubstr("scontrol requeue 7\n"));
  EXPECT_THAT(under_pleased_launcher("kill -9 $BASHPID").out,
              HasSubstr("ended with code 137: a process or a node was lost"));
  EXPECT_THAT(under_pleased_launcher("return 0").out, Not(HasSubstr("scontrol")));
}

TEST_F(BatchScriptRun, NamesTheTaskOfAnArray) {
  EXPECT_THAT(run("return 75", "SLURM_ARRAY_JOB_ID=5 SLURM_ARRAY_TASK_ID=2").out,
              HasSubstr("scontrol requeue 5_2\n"));
}

TEST_F(BatchScriptRun, GivesUpAfterTheLastRestart) {
  BatchOptions options = plain();
  options.max_restarts = 3;
  EXPECT_THAT(run("return 75", "SLURM_RESTART_COUNT=2", options).out, HasSubstr("scontrol"));
  const ToolAnswer answer = run("return 75", "SLURM_RESTART_COUNT=3", options);
  EXPECT_EQ(answer.code, 75);
  EXPECT_THAT(answer.out,
              HasSubstr("job 7: stopped with work left, but it was restarted 3 times already. "
                        "submit again to go on\n"));
}

TEST_F(BatchScriptRun, PassesSlurmsSignalOnAndWaits) {
  const ToolAnswer answer =
      run("trap 'sleep 0.1; echo stopped cleanly; exit 75' USR1; kill -USR1 $PPID; "
          "while :; do sleep 0.05; done");
  EXPECT_THAT(answer.out, HasSubstr("stopped cleanly\n"));
  EXPECT_THAT(answer.out, HasSubstr("scontrol requeue 7\n"));
}

TEST_F(BatchScriptRun, LeavesACancelledJobCancelled) {
  const ToolAnswer answer =
      run("trap 'echo stopped cleanly; exit 75' USR1; kill -TERM $PPID; "
          "while :; do sleep 0.05; done");
  EXPECT_EQ(answer.code, 75);
  EXPECT_THAT(answer.out, HasSubstr("stopped cleanly\n"));
  EXPECT_THAT(answer.out, ::testing::EndsWith(
                              "job 7: stopped with work left, after Slurm asked it to end. a "
                              "preempted job goes on by itself where the site has Slurm requeue "
                              "it; else submit again to go on\n"));
  EXPECT_THAT(answer.out, Not(HasSubstr("scontrol")));
}

TEST_F(BatchScriptRun, ReadsTheSetupFileFirst) {
  BatchOptions options = plain();
  options.setup = "/dev/stdin";
  options.container = "inside 'a b'";
  EXPECT_THAT(batch_script(options), HasSubstr("\nsource /dev/stdin\n"));
  options.setup.reset();
  EXPECT_THAT(run("true", "inside() { printf '<%s>' \"$@\"; }; export -f inside", options).out,
              HasSubstr("<a b><program><run>"));
}

TEST(BatchScript, NamesEveryErrorAtOnce) {
  BatchOptions options = plain();
  options.partition = "a b";
  options.account = "x\ny";
  options.time = "soon";
  options.at_once = 2;
  options.cores_per_node = 1;
  options.gpus_per_node = 1;
  options.container = "a\nb";
  options.more = {"gpu"};
  expect_error(
      ErrorCode::usage,
      "submit: 7 errors\n"
      "  --partition: is 'a b' (Slurm cannot read this from a script). use letters, digits and "
      "_-+=.,:/@%\n"
      "  --account: is 'x\ny' (Slurm cannot read this from a script). use letters, digits and "
      "_-+=.,:/@%\n"
      "  --time: is 'soon' (no time limit). write 90s, 15m, 2h, 1d, 2h30m or Slurm's "
      "[days-]hours:minutes:seconds; a number alone is minutes, as Slurm has it\n"
      "  --at-once: is for shards (there is one run only). add --shards\n"
      "  --cores-per-node: excludes --gpus-per-node (a rank has one core or one GPU). give one of "
      "them\n"
      "  --container: holds a line break. write it on one line\n"
      "  --sbatch: is 'gpu' (no option of sbatch). write one option, --sbatch=--constraint=a100 "
      "for "
      "example",
      [&] { static_cast<void>(batch_script(options)); });
}

TEST(BatchScript, LeavesNoOptionOfItsOwnToOthers) {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"--time=1:00", "use --time"},
      {"--tim 1:00", "use --time"},
      {"-t1:00", "use --time"},
      {"--signal=KILL@5", "use --grace"},
      {"--requeue", "use --max-restarts"},
      {"--no-requeue", "use --max-restarts"},
      {"--output=x.log", "use --log"},
      {"-o x.log", "use --log"},
      {"--open-mode=truncate", "leave it out: a restart appends to the log"},
      {"--array=1-3", "use --shards and --at-once"},
      {"-a 1-3", "use --shards and --at-once"},
      {"-N2", "use --nodes"},
      {"-n 4", "use --nodes with --cores-per-node or --gpus-per-node"},
      {"--ntasks=4", "use --nodes with --cores-per-node or --gpus-per-node"},
      {"--ntasks-per-node=4", "use --cores-per-node or --gpus-per-node"},
      {"-pgpu", "use --partition"},
      {"-A me", "use --account"},
      {"--constraint=a100 --time=1:00", "use --time"}};
  for (const auto& [option, instead] : refused) {
    BatchOptions options = plain();
    options.more = {option};
    expect_error(
        ErrorCode::usage,
        fmt::format("submit: --sbatch: is '{}' (it would change what crossfold's own options "
                    "set, unchecked). {}",
                    option, instead),
        [&] { static_cast<void>(batch_script(options)); });
  }
  for (const char* option :
       {"--constraint=a100", "--time-min=10", "--mem=4G", "-C a100", "-w node1",
        "--gres=gpu:a100:4", "--mail-user=me@x.org", "--qos=high"}) {
    BatchOptions options = plain();
    options.more = {option};
    EXPECT_THAT(batch_script(options), HasSubstr(std::string("\n#SBATCH ") + option + "\n"));
  }
}

/// The line of a script that has this --time.
std::string time_line(const char* time) {
  BatchOptions options = plain();
  options.time = time;
  const std::string script = batch_script(options);
  const auto at = script.find("#SBATCH --time=");
  return script.substr(at, script.find('\n', at) - at);
}

TEST(BatchScript, LeavesSlurmsTimesAsTheyAre) {
  for (const char* time : {"30", "30:00", "02:00:00", "1-12", "1-12:30", "1-12:30:00", "0"})
    EXPECT_EQ(time_line(time), "#SBATCH --time=" + std::string(time));
}

TEST(BatchScript, WritesOtherTimesAsSlurmReadsThem) {
  EXPECT_EQ(time_line("2h"), "#SBATCH --time=02:00:00") << "two hours, not two minutes";
  EXPECT_EQ(time_line("2h30m"), "#SBATCH --time=02:30:00");
  EXPECT_EQ(time_line("1h 5m"), "#SBATCH --time=01:05:00");
  EXPECT_EQ(time_line("1d12h"), "#SBATCH --time=36:00:00");
  EXPECT_EQ(time_line("240s"), "#SBATCH --time=00:04:00");
}

TEST(BatchScript, KnowsNoOtherTimes) {
  for (const char* time : {"", "x", "1:2:3:4", "1-", "-1", "1::2", "1-2-3", "1:2-3", "inf", "2H"}) {
    BatchOptions options = plain();
    options.time = time;
    EXPECT_THROW(static_cast<void>(batch_script(options)), Error) << time;
  }
}

TEST(BatchScript, RefusesATimeThatEndsBeforeTheRunCouldWork) {
  BatchOptions options = plain();
  options.grace_s = 120;
  for (const char* time : {"3", "3:00", "180s", "1", "90s", "0:30"}) {
    options.time = time;
    EXPECT_THROW(static_cast<void>(batch_script(options)), Error) << time;
  }
  options.time = "3m";
  expect_error(ErrorCode::usage,
               "submit: --time: is 3m, 3 min 0 s (no time to work: --grace has the run stopped 2 "
               "min 0 s before the end, and Slurm's signal may come a minute early). give more "
               "than 3 min 0 s, or lower --grace",
               [&] { static_cast<void>(batch_script(options)); });
  for (const char* time : {"4", "181s", "2h", "1-0", "0"}) {
    options.time = time;
    EXPECT_NO_THROW(static_cast<void>(batch_script(options))) << time;
  }
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

/// sbatch takes a long option by any beginning of its name, and a short one with its value behind
/// it.
TEST(BatchScript, LeavesNoFormOfAnOptionOfItsOwnToOthers) {
  const std::vector<std::pair<std::string, char>> own{
      {"time", 't'},   {"signal", '\0'},          {"requeue", '\0'},  {"no-requeue", '\0'},
      {"output", 'o'}, {"open-mode", '\0'},       {"array", 'a'},     {"nodes", 'N'},
      {"ntasks", 'n'}, {"ntasks-per-node", '\0'}, {"partition", 'p'}, {"account", 'A'}};
  const auto expect_refused = [](const std::vector<std::string>& more, const std::string& told) {
    BatchOptions options = plain();
    options.more = more;
    ValidationErrors errors;
    check_batch_options(options, errors);
    EXPECT_FALSE(errors.empty()) << told;
    try {
      errors.throw_if_any(ErrorCode::usage, "");
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("--sbatch: is '" + told + "' (it would change"));
    }
  };
  for (const auto& [name, letter] : own) {
    std::vector<std::string> words{"--" + name, "--" + name + "=x", "--" + name + " x",
                                   "--mem=4G --" + name + "=x",
                                   "--" + name.substr(0, name.size() - 1)};
    if (letter != '\0')
      words.insert(words.end(), {std::string("-") + letter + "5", std::string("-") + letter + " 5",
                                 std::string("--mem=4G -") + letter + "5"});
    for (const std::string& word : words) {
      expect_refused({word}, word);
      expect_refused({"--qos=high", word}, word);
      expect_refused({word, "--qos=high"}, word);
    }
  }
}

TEST(BatchScript, NamesEveryTextThatSlurmCannotRead) {
  for (const auto& [option, member] :
       std::vector<std::pair<std::string, std::optional<std::string> BatchOptions::*>>{
           {"--partition", &BatchOptions::partition},
           {"--account", &BatchOptions::account},
           {"--log", &BatchOptions::log}})
    for (const char* text : {"a b", "a\nb", "a;b", "$a", ""}) {
      BatchOptions options = plain();
      options.*member = text;
      expect_error(ErrorCode::usage,
                   fmt::format("submit: {}: is '{}' (Slurm cannot read this from a script). use "
                               "letters, digits and _-+=.,:/@%",
                               option, text),
                   [&] { static_cast<void>(batch_script(options)); });
    }
  for (const char* text : {"gpu", "--mem=1G\n--qos=b", ""}) {
    BatchOptions options = plain();
    options.more = {"--mem=4G", text};
    expect_error(ErrorCode::usage,
                 fmt::format("submit: --sbatch: is '{}' (no option of sbatch). write one option, "
                             "--sbatch=--constraint=a100 for example",
                             text),
                 [&] { static_cast<void>(batch_script(options)); });
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
