#include "scoring_thread.h"

#include <utility>

#include "crossfold/solve/one_thread.h"

namespace crossfold::train {

ScoringThread::ScoringThread() : thread_([this] { work(); }) {}

ScoringThread::~ScoringThread() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ScoringThread::post(std::packaged_task<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  changed_.notify_all();
}

void ScoringThread::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.empty() && !busy_; });
}

void ScoringThread::work() {
  solve::use_one_thread();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    {
      std::packaged_task<void()> next = std::move(waiting_.front());
      waiting_.pop_front();
      busy_ = true;
      lock.unlock();
      next();
    }  // what it held goes before it counts as done
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace crossfold::train
