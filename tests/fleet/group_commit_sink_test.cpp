#include "crossfold/fleet/group_commit_sink.h"

#include <chrono>
#include <latch>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"

namespace crossfold::fleet {
namespace {

using namespace std::chrono_literals;

struct Writer : RecordWriter {
  void append(const Record& record) override {
    if (record.bytes == "bad") throw Error(ErrorCode::io, "no space left", "journal");
    lines.push_back(record.bytes);
  }
  void flush() override {
    ++flushes;
    if (flushes == 1) first_flush.wait();
  }
  std::vector<std::string> lines;
  int flushes = 0;
  std::latch first_flush{1};  ///< the first flush takes until this opens
};

void wait_for(GroupCommitSink& sink, std::uint64_t count) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (sink.durable() < count) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(100us);
  }
}

TEST(GroupCommitSink, CountsNothingBeforeItsFlushAndLetsOneFlushCoverMany) {
  Writer writer;
  GroupCommitSink sink(writer);
  for (int i = 0; i < 100; ++i)
    sink.submit({.bytes = std::to_string(i), .error = {}, .worker = {}});
  EXPECT_EQ(sink.durable(), 0U);  // and submit did not wait for the flush
  writer.first_flush.count_down();
  wait_for(sink, 100);
  EXPECT_EQ(writer.lines.size(), 100U);
  EXPECT_EQ(writer.lines[99], "99");
  EXPECT_LT(writer.flushes, 100);
}

TEST(GroupCommitSink, WritesWhatWasSubmittedBeforeItEnds) {
  Writer writer;
  writer.first_flush.count_down();
  {
    GroupCommitSink sink(writer);
    for (int i = 0; i < 50; ++i) sink.submit({.bytes = "x", .error = {}, .worker = {}});
  }
  EXPECT_EQ(writer.lines.size(), 50U);
}

TEST(GroupCommitSink, TellsAFailureOfTheWriterToWhoeverAsks) {
  Writer writer;
  writer.first_flush.count_down();
  GroupCommitSink sink(writer);
  sink.submit({.bytes = "good", .error = {}, .worker = {}});
  wait_for(sink, 1);
  sink.submit({.bytes = "bad", .error = {}, .worker = {}});
  try {
    wait_for(sink, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "journal: no space left");
  }
  sink.submit({.bytes = "later", .error = {}, .worker = {}});
  EXPECT_THROW((void)sink.durable(), Error);
  EXPECT_EQ(writer.lines, std::vector<std::string>{"good"});
}

TEST(GroupCommitSink, LogsAFailureNobodyAskedFor) {
  Writer writer;
  writer.first_flush.count_down();
  GroupCommitSink(writer).submit({.bytes = "bad", .error = {}, .worker = {}});
}

}  // namespace
}  // namespace crossfold::fleet
