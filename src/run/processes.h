// The processes of a server: its supervisor, what its sandboxes share, and their listeners. One per Core (gateway/core.h).
//
// start() runs a user's program in a sandbox; tasks use run_in_sandbox (gateway/process_task.h), which also keeps the result. Every sandbox
// that asks for a listener gets a listener number of its own (never 0), which the server hands back in http::Request::listener: such calls may
// not use development credentials and do not reach /_fogbank.
// Threads: all members from any thread but the supervisor's. Nothing survives a crash; the kernel ends the processes with the server.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "run/process.h"
#include "run/sandbox.h"

namespace fogbank::http { class Server; }

namespace fogbank::run {

class Processes {
 public:
  using Done = Supervisor::Done;
  /// `server` answers where listeners are to be adopted; null while none runs.
  explicit Processes(std::function<http::Server*()> server, const SupervisorLimits& limits = {});
  ~Processes();

  Result<uint64_t> start(SandboxSpec spec, Done done);
  /// The same for sandboxes that stand for long and mostly idle (environments of functions): they have limits of their own and are not
  /// counted by running() and has_room(). stop_standing(), not stop(), ends them.
  Result<uint64_t> start_standing(SandboxSpec spec, Done done);
  void stop_standing(uint64_t id) { standing_.stop(id); }
  /// A number for a listener of one sandbox that its owner adopts itself (http::Server::adopt_listener); never 0.
  int listener_number() { return next_listener_++; }

  /// A program of this machine that is no user's work (git, a compiler's version): no sandbox.
  Result<uint64_t> start_unconfined(ProcessSpec spec, Done done) { return supervisor_.start(std::move(spec), std::move(done)); }
  void stop(uint64_t id) { supervisor_.stop(id); }
  /// After the store's epoch was raised: kills what belongs to earlier ones and waits until it is gone.
  void end_older_than(uint64_t epoch) {
    supervisor_.end_older_than(epoch);
    standing_.end_older_than(epoch);
  }
  /// Kills everything and waits; nothing starts afterwards.
  void shut_down() {
    supervisor_.shut_down();
    standing_.shut_down();
  }
  size_t running() const { return supervisor_.running(); }
  /// False while as many run as may: tasks of class process are then not claimed.
  bool has_room() const { return supervisor_.running() < limits_.running; }

  /// How sandboxes are bounded here, for people: "bwrap /usr/bin/bwrap; memory: watchdog (reason)".
  std::string describe();
  /// For tests: instead of what this machine offers. Before the first start.
  void set_host(SandboxHost host);

 private:
  SandboxHost& host();
  Result<std::unique_ptr<Attachment>> attach(Supervisor& supervisor, const SandboxSpec& spec);
  const SupervisorLimits limits_;
  std::function<http::Server*()> server_;
  std::atomic<int> next_listener_{1};
  std::mutex host_mutex_;
  std::unique_ptr<SandboxHost> host_;
  Supervisor supervisor_, standing_;   // last: their sandboxes refer to the host
};

}  // namespace fogbank::run
