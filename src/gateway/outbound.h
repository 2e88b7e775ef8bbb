// Calls to the world outside: webhooks, API destinations, keys of identity providers. One HTTP client for all services, made at the first
// call; it never connects to our own ports (http/outbound_guard.h), by whatever name. Owned by Core. Any thread may send; callbacks run
// on the client's thread and must not block. Nothing of it survives a crash: what has to be sent is a task's or a caller's.
#pragma once
#include <memory>
#include <mutex>

#include "http/client.h"

namespace fogbank {

class Core;

class Outbound {
 public:
  explicit Outbound(Core& core) : core_(core) {}
  ~Outbound();
  /// `done` is called exactly once, never from inside send(), unless there is no client any more (Cancelled, at once).
  void send(http::ClientRequest request, http::Client::Done done);
  /// Ends what is under way with Cancelled. Afterwards no callback runs.
  void stop();

 private:
  Core& core_;
  std::mutex mutex_;
  std::shared_ptr<http::Client> client_;
  bool stopped_ = false;
};

}  // namespace fogbank
