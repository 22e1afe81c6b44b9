#include "crossfold/site/tool.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace crossfold::site {
namespace {

TEST(RunTool, ReturnsCodeAndBothOutputs) {
  const auto answer = run_tool({"sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->code, 3);
  EXPECT_EQ(answer->out, "out\n");
  EXPECT_EQ(answer->err, "err\n");
}

TEST(RunTool, GivesInputLargerThanAPipeHolds) {
  const std::string much(1'000'000, 'x');
  EXPECT_EQ(run_tool({"cat"}, much)->out, much);
}

TEST(RunTool, OutlivesAToolThatDoesNotReadItsInput) {
  EXPECT_EQ(run_tool({"true"}, std::string(1'000'000, 'x'))->code, 0);
}

TEST(RunTool, PassesWordsAsTheyStand) {
  EXPECT_EQ(run_tool({"printf", "%s", "a 'b' \"$HOME\" *"})->out, "a 'b' \"$HOME\" *");
}

TEST(RunTool, KnowsThatThereIsNoSuchTool) {
  EXPECT_FALSE(run_tool({"no-such-tool-anywhere"}).has_value());
}

TEST(RunTool, TellsTheSignalThatEndedATool) {
  EXPECT_EQ(run_tool({"sh", "-c", "kill -9 $$"})->code, 137);
}

TEST(RunTool, EndsAToolThatTakesTooLongWithAllThatItStarted) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run_tool({"sh", "-c", "sleep 100 & sleep 100"}, "", 0.1)->code, 124);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(50));
}

TEST(RunTool, AsksAToolToEndBeforeItIsKilled) {
  const std::string left = ::testing::TempDir() + "cleaned-up-" + std::to_string(::getpid());
  EXPECT_EQ(
      run_tool({"sh", "-c", "trap 'touch \"$0\"; exit' TERM; sleep 100 & wait", left}, "", 3)->code,
      124);
  EXPECT_TRUE(std::filesystem::remove(left));
}

TEST(RunTool, KillsAToolThatDoesNotEndWhenAsked) {
  EXPECT_EQ(run_tool({"sh", "-c", "trap '' TERM; while :; do sleep 100; done"}, "", 0.5)->code,
            124);
}

}  // namespace
}  // namespace crossfold::site
