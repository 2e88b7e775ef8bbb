#include "run/reactor.h"

#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "base/clock.h"
#include "base/log.h"
#include "base/strings.h"

namespace fogbank::run {

Reactor::Reactor() : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.u64 = 0;
  if (epoll_ < 0 || wake_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &e) != 0) throw std::runtime_error("no descriptors for the supervisor of processes");
}

Reactor::~Reactor() {
  stop();
  close(wake_);
  close(epoll_);
}

bool Reactor::post(std::function<void()> f) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return false;
    posted_.push_back(std::move(f));
    if (!thread_.joinable()) {
      // Signals are for the program's own threads.
      sigset_t all, before;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &before);
      thread_ = std::thread([this] { run(); });
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
  }
  uint64_t one = 1;
  while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {}
  return true;
}

void Reactor::watch(int fd, std::function<void()> ready) {
  auto w = std::make_shared<Watch>(Watch{next_id_++, std::move(ready)});
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.u64 = w->id;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e) != 0) throw std::runtime_error(cat("cannot watch a descriptor: ", std::strerror(errno)));
  watches_[fd] = w;
  by_id_[w->id] = w;
}

void Reactor::unwatch(int fd) {
  auto it = watches_.find(fd);
  if (it == watches_.end()) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  by_id_.erase(it->second->id);
  watches_.erase(it);
}

uint64_t Reactor::after(int64_t milliseconds, std::function<void()> f) {
  uint64_t id = next_id_++;
  timers_.emplace(steady_micros() + milliseconds * 1000, std::make_pair(id, std::move(f)));
  return id;
}

void Reactor::cancel(uint64_t timer) {
  for (auto it = timers_.begin(); it != timers_.end(); ++it) {
    if (it->second.first != timer) continue;
    timers_.erase(it);
    return;
  }
}

void Reactor::stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_ && !thread_.joinable()) return;
    stopping_ = true;
  }
  uint64_t one = 1;
  while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {}
  if (thread_.joinable()) thread_.join();
}

void Reactor::run_posted() {
  std::vector<std::function<void()>> now;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    now.swap(posted_);
  }
  for (auto& f : now) f();
}

int Reactor::run_timers() {
  int64_t now = steady_micros();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto f = std::move(timers_.begin()->second.second);
    timers_.erase(timers_.begin());
    f();
  }
  if (timers_.empty()) return -1;
  return int(std::min<int64_t>(3600000, std::max<int64_t>(0, (timers_.begin()->first - steady_micros() + 999) / 1000)));
}

void Reactor::run() {
  pthread_setname_np(pthread_self(), "processes");
  // Thousands of runnable processes of a sandbox must not keep its watchdog from running. Where we may not (no CAP_SYS_NICE) the kernel counts the
  // processes of our user for us, unless that is root. What this thread starts runs as usual.
  sched_param first{1};
  (void)sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &first);
  int wait = -1;
  for (;;) {
    epoll_event events[64];
    int n = epoll_wait(epoll_, events, 64, wait);
    try {
      for (int i = 0; i < n; i++) {
        if (events[i].data.u64 == 0) {
          uint64_t count;
          while (read(wake_, &count, sizeof count) < 0 && errno == EINTR) {}
          continue;
        }
        auto it = by_id_.find(events[i].data.u64);   // an earlier callback may have ended this watch
        if (it == by_id_.end()) continue;
        auto w = it->second;
        w->ready();
      }
      run_posted();
      wait = run_timers();
    } catch (const std::exception& e) {
      log(LogLevel::error, cat("supervisor of processes: ", e.what()));
      wait = 10;
    }
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_ && posted_.empty()) return;
  }
}

}  // namespace fogbank::run
