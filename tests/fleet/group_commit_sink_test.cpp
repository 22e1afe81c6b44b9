#include "crossfold/fleet/group_commit_sink.h"

#include <chrono>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"

namespace crossfold::fleet {
namespace {

using namespace std::chrono_literals;

struct Writer : RecordWriter {
  void append(const Record& record) override {
    if (record.bytes == "bad") throw Error(ErrorCode::io, "no space left", "journal");
    lines.push_back(record.bytes);
  }
  void flush() override {
    if (++flushes > 1) return;
    in_first_flush.count_down();
    first_flush.wait();
  }
  std::vector<std::string> lines;
  int flushes = 0;
  std::latch in_first_flush{1};
  std::latch first_flush{1};  ///< the first flush takes until this opens
};

Record record(const std::string& bytes) { return {.bytes = bytes, .error = {}, .worker = {}}; }

void wait_for(GroupCommitSink& sink, std::uint64_t count) {
  while (sink.durable() < count) std::this_thread::sleep_for(100us);
}

TEST(GroupCommitSink, CountsNothingBeforeItsFlushAndLetsOneFlushCoverMany) {
  Writer writer;
  GroupCommitSink sink(writer);
  sink.submit(record("0"));
  writer.in_first_flush.wait();
  EXPECT_EQ(sink.durable(), 0U);                                         // written, but not flushed
  for (int i = 1; i < 100; ++i) sink.submit(record(std::to_string(i)));  // waits for no flush
  EXPECT_EQ(sink.durable(), 0U);
  writer.first_flush.count_down();
  wait_for(sink, 100);
  EXPECT_EQ(writer.lines.size(), 100U);
  EXPECT_EQ(writer.lines[99], "99");
  EXPECT_EQ(writer.flushes, 2);
}

TEST(GroupCommitSink, WritesWhatWasSubmittedBeforeItEnds) {
  Writer writer;
  writer.first_flush.count_down();
  {
    GroupCommitSink sink(writer);
    for (int i = 0; i < 50; ++i) sink.submit(record("x"));
  }
  EXPECT_EQ(writer.lines.size(), 50U);
}

TEST(GroupCommitSink, TellsAFailureOfTheWriterToWhoeverAsks) {
  Writer writer;
  writer.first_flush.count_down();
  GroupCommitSink sink(writer);
  sink.submit(record("good"));
  wait_for(sink, 1);
  sink.submit(record("bad"));
  try {
    wait_for(sink, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "journal: no space left");
  }
  sink.submit(record("later"));
  EXPECT_THROW((void)sink.durable(), Error);
  EXPECT_EQ(writer.lines, std::vector<std::string>{"good"});
}

/// A disk that takes every record, and is full when the second flush brings one to it.
struct FullAtTheSecondFlush : RecordWriter {
  void append(const Record&) override {}
  void flush() override {
    if (++flushes > 1) throw Error(ErrorCode::io, "no space left", "journal");
  }
  int flushes = 0;
};

TEST(GroupCommitSink, TellsAFailureOfALaterFlush) {
  FullAtTheSecondFlush writer;
  GroupCommitSink sink(writer);
  sink.submit(record("safe"));
  wait_for(sink, 1);
  sink.submit(record("lost"));
  try {
    wait_for(sink, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "journal: no space left");
  }
}

TEST(GroupCommitSink, LogsAFailureNobodyAskedFor) {
  testing::internal::CaptureStderr();
  start_log(LogLevel::normal);
  Writer writer;
  writer.first_flush.count_down();
  GroupCommitSink(writer).submit(record("bad"));
  EXPECT_THAT(
      testing::internal::GetCapturedStderr(),
      testing::HasSubstr("error the last results are not recorded: journal: no space left\n"));
}

}  // namespace
}  // namespace crossfold::fleet
