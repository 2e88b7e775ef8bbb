// One thread that waits for descriptors and timers: ends of processes, their output, time limits. Everything in src/run that lives with
// processes runs on it, so that no process costs a thread.
//
// Made by its Supervisor; the thread starts at first use. post() may be called from any thread; all else only on the reactor's thread, from
// inside a callback. Callbacks must not block. Processes are children of this thread: the kernel kills them when it ends, so it ends last.
// Nothing of it survives a crash.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace fogbank::run {

class Reactor {
 public:
  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;

  /// Runs f on the thread, in the order of the posts. False once stop() was called: f is then forgotten.
  bool post(std::function<void()> f);

  /// Calls `ready` whenever the descriptor is readable or its other end is gone, until unwatch(). The descriptor stays the caller's, who
  /// must unwatch before closing it.
  void watch(int fd, std::function<void()> ready);
  void unwatch(int fd);
  /// Calls f once after the time; the number is for cancel().
  uint64_t after(int64_t milliseconds, std::function<void()> f);
  void cancel(uint64_t timer);

  /// Ends the thread after what was posted before. Idempotent; not from the reactor's thread.
  void stop();

 private:
  struct Watch { uint64_t id; std::function<void()> ready; };
  void run();
  void run_posted();
  int run_timers();   ///< milliseconds until the next, or -1

  int epoll_ = -1, wake_ = -1;
  std::mutex mutex_;                           // guards posted_, stopping_ and the start of the thread
  std::vector<std::function<void()>> posted_;
  bool stopping_ = false;
  std::thread thread_;
  std::map<int, std::shared_ptr<Watch>> watches_;
  std::map<uint64_t, std::shared_ptr<Watch>> by_id_;
  std::multimap<int64_t, std::pair<uint64_t, std::function<void()>>> timers_;  // by steady microseconds
  uint64_t next_id_ = 1;
};

}  // namespace fogbank::run
