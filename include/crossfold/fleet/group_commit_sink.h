#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "crossfold/fleet/sink.h"

namespace crossfold::fleet {

/// Writes on a thread of its own: everything that came in during one flush shares the next one, so
/// that nobody waits for the disk. The writer is used by that thread alone.
class GroupCommitSink final : public Sink {
 public:
  /// `writer` must outlive the sink.
  explicit GroupCommitSink(RecordWriter& writer);
  /// Writes and flushes what was submitted; a failure then is logged.
  ~GroupCommitSink() override;
  GroupCommitSink(const GroupCommitSink&) = delete;
  GroupCommitSink& operator=(const GroupCommitSink&) = delete;

  void submit(Record record) override;
  [[nodiscard]] std::uint64_t durable() override;

 private:
  void write_batches();

  RecordWriter* writer_;
  std::mutex mutex_;  // guards all below but the thread
  std::condition_variable arrived_;
  std::vector<Record> waiting_;
  std::uint64_t durable_ = 0;
  std::exception_ptr failure_;
  bool failure_told_ = false;
  bool closing_ = false;
  std::jthread thread_;  // last: starts when all else is there
};

}  // namespace crossfold::fleet
