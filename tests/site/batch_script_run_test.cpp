// A batch script as bash runs it, beside stand-ins for what a cluster has.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "site/plain_batch.h"

namespace crossfold::site {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

}  // namespace
}  // namespace crossfold::site
