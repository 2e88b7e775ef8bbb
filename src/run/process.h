// Child processes: started, watched and ended without a thread per process.
//
// A Supervisor owns every process that it started, until its `done` was called. One thread (reactor.h) waits for their ends (by pidfd), reads
// their output and keeps their time limits. start(), stop() and the waiting members may be called from any other thread; `done` and
// `on_output` run on the supervisor's thread and must not block. Only processes that were started here are ever signalled.
// A time limit or stop() sends SIGTERM to the process group, and SIGKILL after the grace time; when the process has ended, what is left of
// its group is killed. (A program that leaves its group escapes that; in a sandbox (sandbox.h) nothing can.)
// Crash: the kernel kills the processes with the server. What has to happen again is a task's business.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "run/reactor.h"
#include "run/spawn.h"

namespace fogbank::run {

enum class Stream : uint8_t { output, errors };

struct ProcessSpec {
  std::vector<std::string> argv;                  ///< argv[0]: the program's absolute path
  std::vector<std::string> environment;           ///< "NAME=value", all of it: nothing is inherited
  std::string directory = "/";
  std::string input;                              ///< what the program reads from its standard input
  size_t capture_bytes = 1 << 20;                 ///< kept of each stream; what comes after is read and dropped
  std::function<void(Stream, std::string_view)> on_output;   ///< each piece as it comes, also beyond capture_bytes
  int64_t time_limit_ms = 0;                      ///< 0: none
  int64_t grace_ms = 2000;                        ///< from SIGTERM to SIGKILL
  std::vector<ResourceLimit> limits;
  uint64_t epoch = 0;                             ///< of the store; end_older_than() ends processes by it
};

struct ProcessResult {
  std::optional<ApiError> error;                  ///< it did not start: why. Then nothing else is set but wall_us
  bool stopped = false;                           ///< ended from outside, by stop()
  bool abandoned = false;                         ///< ended by an epoch's end or the server's: nothing of it counts (stopped is set too)
  bool timed_out = false, out_of_memory = false, too_many_processes = false, too_many_files = false;   ///< a limit ended it
  int exit_code = -1;                             ///< -1: ended by a signal
  int signal = 0;
  std::string output, errors;
  bool output_cut = false, errors_cut = false;    ///< there was more than capture_bytes
  int64_t wall_us = 0, cpu_us = 0;
  int64_t max_rss_kb = 0;
  bool succeeded() const { return !error && !stopped && !timed_out && !out_of_memory && !too_many_processes && !too_many_files && exit_code == 0; }
};

/// The part of a process's life that an extension takes over (sandbox.h). Supervisor's thread only, but for the destructor.
class Attachment {
 public:
  virtual ~Attachment() = default;
  /// Before it is made: may change the plan. Descriptors 0 to 2 are in it.
  virtual Result<void> prepare(SpawnPlan&) { return {}; }
  /// Ends the process because of a limit or failure; `mark` says in the result which. Does nothing once it has ended.
  using End = std::function<void(const std::function<void(ProcessResult&)>& mark)>;
  /// It runs. `end` may be called at any later time.
  virtual void started(pid_t, End /*end*/) {}
  /// Asks the program to end by itself. False: not possible in a special way, the group gets SIGTERM.
  virtual bool ask_to_end() { return false; }
  /// The process has been reaped. Calls `then` (at once or later) when all that belonged to it is gone.
  virtual void ended(std::function<void()> then) { then(); }
  /// Before `done`.
  virtual void finish(ProcessResult&) {}
};

struct SupervisorLimits {
  size_t running = 128;     ///< at once; further ones wait in a queue
  size_t queued = 10000;
};

class Supervisor {
 public:
  using Done = std::function<void(ProcessResult&&)>;
  explicit Supervisor(const SupervisorLimits& limits = {});
  ~Supervisor();   ///< stops
  Supervisor(const Supervisor&) = delete;

  /// The process's number. `done` is called exactly once, never from inside start(). Errors: TooManyProcesses, or the epoch has ended.
  Result<uint64_t> start(ProcessSpec spec, Done done, std::unique_ptr<Attachment> attachment = nullptr);
  void stop(uint64_t id);
  /// Kills the processes of earlier epochs and waits until their `done` was called. Later starts for such an epoch are refused.
  void end_older_than(uint64_t epoch);
  /// Kills all and waits; later starts are refused. Idempotent.
  void shut_down();
  size_t running() const;   ///< and queued
  Reactor& reactor() { return reactor_; }

 private:
  class Child;
  struct Entry { uint64_t epoch = 0; std::shared_ptr<Child> child; };
  void kill_where(const std::function<bool(const Entry&)>& which);
  void launch_queued();
  void forget(uint64_t id);

  const SupervisorLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<uint64_t, Entry> entries_;   // queued and running
  uint64_t next_id_ = 1;
  uint64_t oldest_epoch_ = 0;
  bool closed_ = false;
  std::deque<std::shared_ptr<Child>> queue_;     // supervisor's thread; in order
  size_t launched_ = 0;                           // supervisor's thread
  Reactor reactor_;                               // last: ends first
};

}  // namespace fogbank::run
