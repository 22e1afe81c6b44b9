#include "row_workers.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace crossfold {
namespace {

class RowWorkers {
 public:
  RowWorkers(std::size_t rows, const std::function<void(std::size_t)>& work)
      : rows_(rows), work_(work) {}

  void run(int threads, const std::function<void(std::size_t, std::size_t)>& progress) {
    std::vector<std::jthread> workers;
    const StopAtEnd stop_at_end(stop_);  // before the workers are joined, whatever happens
    const auto wanted = std::min(static_cast<std::size_t>(threads), rows_);
    for (std::size_t i = 0; i < wanted; ++i) workers.emplace_back([this] { take_rows(); });
    std::size_t shown = 0;
    while (shown < rows_) {
      shown = wait_for_more_than(shown);
      if (progress) progress(shown, rows_);
    }
  }

 private:
  struct StopAtEnd {
    explicit StopAtEnd(std::atomic<bool>& flag) : stop(flag) {}
    ~StopAtEnd() { stop = true; }
    StopAtEnd(const StopAtEnd&) = delete;
    StopAtEnd& operator=(const StopAtEnd&) = delete;
    std::atomic<bool>& stop;
  };

  void take_rows() {
    while (!stop_) {
      const std::size_t row = next_++;
      if (row >= rows_) return;
      std::exception_ptr failure;
      try {
        work_(row);
      } catch (...) {
        failure = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      ++done_;
      if (failure && !failure_) failure_ = failure;
      progressed_.notify_one();
    }
  }

  std::size_t wait_for_more_than(std::size_t shown) {
    std::unique_lock lock(mutex_);
    progressed_.wait(lock, [&] { return done_ > shown || failure_; });
    if (failure_) std::rethrow_exception(failure_);
    return done_;
  }

  std::size_t rows_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // over the three below
  std::condition_variable progressed_;
  std::size_t done_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

void for_each_row(std::size_t rows, int threads, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t, std::size_t)>& progress) {
  if (threads > 1) {
    RowWorkers(rows, work).run(threads, progress);
    return;
  }
  // A thread of its own would start with nothing warm.
  for (std::size_t row = 0; row < rows; ++row) {
    work(row);
    if (progress) progress(row + 1, rows);
  }
}

}  // namespace crossfold
