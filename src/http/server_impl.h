// The server: listeners, connections, the sweep of time limits, stopping. See server.h for the contract; this header is private.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "http/connection.h"
#include "http/loop.h"
#include "http/server.h"
#include "http/tls.h"

namespace fogbank::http {

class Listener;
struct WatchedInner;
class StopWaiter;

class ServerImpl final : public Server {
 public:
  static constexpr size_t kScratch = 256 << 10, kFileScratch = 64 << 10;

  ServerImpl(Handler& handler, const Limits& limits);
  ~ServerImpl() override;
  Result<uint16_t> listen(const std::string& address, uint16_t port, int id) override;
  void adopt_listener(int fd, int id, std::shared_ptr<Handler> handler) override;
  void close_listener(int id) override;
  Result<void> set_tls(const TlsIdentity& identity) override;
  void run() override;
  void stop() override;
  void post(std::function<void()> f) override { loop_.post(std::move(f)); }
  bool in_loop() const override { return loop_.in_loop(); }
  std::unique_ptr<Watched> watch(int fd, std::function<void()> ready) override;
  void after(int64_t milliseconds, std::function<void()> f) override { loop_.after(milliseconds, std::move(f)); }
  Stats stats() const override;

  // For connections and listeners.
  Loop& loop() { return loop_; }
  const Limits& limits() const { return limits_; }
  int64_t tick() const { return tick_; }           ///< seconds of the limits since the start, counted while there are connections
  bool stopping() const { return stopping_; }
  char* scratch() { return scratch_.get(); }       ///< kScratch bytes for one system call's worth of input
  char* file_scratch();                            ///< kFileScratch bytes; apart from scratch(), which may hold unconsumed input
  std::string& out() { out_.clear(); return out_; }  ///< for composing one reply
  std::string_view date();
  std::shared_ptr<TlsContext> tls() { return *tls_.lock(); }
  void accepted(int fd, const Listener& listener, std::string address, uint16_t port);
  void removed(Connection& connection);
  void count_request() { requests_.fetch_add(1, std::memory_order_relaxed); }

 private:
  friend class StopWaiter;
  void add_listener(int fd, int id, std::shared_ptr<Handler> handler, bool guest);
  void begin_stop();
  void close_all();
  void sweep();

  Loop loop_;  // first: destroyed after everything that may still be waiting in it
  Handler& handler_;
  Limits limits_;
  std::unique_ptr<char[]> scratch_, file_scratch_;
  std::string out_;
  std::string date_;
  Millis date_second_ = -1;
  int64_t tick_ = 0;
  bool sweeping_ = false, stopping_ = false;
  int stop_fd_;  // owned by stop_waiter_
  std::shared_ptr<StopWaiter> stop_waiter_;
  Guarded<std::shared_ptr<TlsContext>> tls_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::weak_ptr<WatchedInner>> watched_;
  size_t prune_watched_ = 64;
  std::atomic<uint64_t> open_{0}, accepted_{0}, requests_{0}, refused_{0};
};

}  // namespace fogbank::http
