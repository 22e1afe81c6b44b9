// What a batch script cannot be made of, and how its times are read.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "site/plain_batch.h"

namespace crossfold::site {
namespace {

using ::testing::HasSubstr;

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

}  // namespace
}  // namespace crossfold::site
