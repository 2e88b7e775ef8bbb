// A pool of threads for work that should not run on the server's loop: slow operations, task handlers.
// Jobs never wait for processes, calls or commits. The queue is bounded: try_post answers false when it is full.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fogbank::run {

class Pool {
 public:
  explicit Pool(size_t threads, size_t bound = 100000);
  ~Pool();
  bool try_post(std::function<void()> job);
  /// Finishes what is queued, then ends the threads. Idempotent.
  void stop();
  size_t queued() const;

 private:
  void work();
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  size_t bound_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fogbank::run
