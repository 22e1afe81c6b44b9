#include "crossfold/fleet/group_commit_sink.h"

#include <utility>

#include <fmt/format.h>

#include "crossfold/core/log.h"

namespace crossfold::fleet {

GroupCommitSink::GroupCommitSink(RecordWriter& writer)
    : writer_(&writer), thread_([this] { write_batches(); }) {}

GroupCommitSink::~GroupCommitSink() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  arrived_.notify_one();
  thread_.join();
  if (!failure_ || failure_told_) return;
  try {
    std::rethrow_exception(failure_);
  } catch (const std::exception& error) {
    log_error(fmt::format("the last results are not recorded: {}", error.what()));
  }
}

void GroupCommitSink::submit(Record record) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return;  // durable() tells
    waiting_.push_back(std::move(record));
  }
  arrived_.notify_one();
}

std::uint64_t GroupCommitSink::durable() {
  const std::lock_guard lock(mutex_);
  if (failure_) {
    failure_told_ = true;
    std::rethrow_exception(failure_);
  }
  return durable_;
}

void GroupCommitSink::write_batches() {
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::vector<Record> batch = std::exchange(waiting_, {});
    lock.unlock();
    std::exception_ptr failure;
    try {
      for (const Record& record : batch) writer_->append(record);
      writer_->flush();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure) {
      failure_ = failure;
      return;
    }
    durable_ += batch.size();
  }
}

}  // namespace crossfold::fleet
