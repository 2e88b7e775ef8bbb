// The event loop: readiness of descriptors, timers, posted functions, name resolution. The only file that includes Boost.Asio is loop.cc.
//
// One thread calls run(); callbacks run there. post() and quit() may be called from any thread, the rest belongs to the loop's thread
// (a Descriptor may also be made before run()). A turn is: wait for the first event, run what else is ready, call `turn_end` once.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace fogbank::http {

enum class Wait : uint8_t { read, write };

/// Is told when a descriptor is ready. Kept alive by the wait.
class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void ready(Wait what) = 0;
};

/// An address a name resolved to, as the socket calls want it.
struct Endpoint {
  std::string address;  ///< "127.0.0.1", "::1"
  uint16_t port = 0;
  bool v6 = false;
};

class Loop {
 public:
  Loop();
  ~Loop();
  void post(std::function<void()> f);
  void after(int64_t milliseconds, std::function<void()> f);
  /// Turns until quit(). Never spins: without events it sleeps in the kernel.
  void run(const std::function<void()>& turn_end);
  /// Runs what is ready now, without waiting (used to let go of what is left after run()).
  void drain();
  void quit();
  bool in_loop() const;  ///< true on the thread inside run()
  void resolve(const std::string& host, uint16_t port, std::function<void(Result<std::vector<Endpoint>>)> done);

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// A non-blocking descriptor that the loop watches; closes it. May be made on any thread.
class Descriptor {
 public:
  Descriptor(Loop& loop, int fd);
  ~Descriptor();
  int fd() const { return fd_; }  ///< -1 once closed, or if the kernel could not watch it
  /// One call of waiter->ready(what) when the descriptor becomes ready, fails or is closed by the peer. One wait per direction.
  void wait(Wait what, std::shared_ptr<Waiter> waiter);
  /// Forgets waits (their waiters are not called) and closes.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  int fd_;
};

}  // namespace fogbank::http
