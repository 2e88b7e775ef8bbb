// A process inside bubblewrap: own mount, pid, ipc, uts, user and network namespaces, read-only system directories, a private /tmp of bounded
// size, nothing of the host's files, sockets or environment, a seccomp filter (seccomp.h), limits of memory, tasks and files.
//
// The network has only a loopback. If a listener is asked for, the server itself accepts connections made *inside* to 127.0.0.1:4566
// (inner_listener.h); the program is let go only when that works. Memory and tasks are bounded by a control group where one can be had, else by
// a watchdog that looks every 50 ms and kills the sandbox. If namespaces are forbidden or bwrap is missing, the result carries the error
// SandboxFailed with the reason: nothing ever runs outside.
// A Sandbox is an Attachment (process.h): supervisor's thread only. When its process ends, everything in its pid namespace ends with it.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run/cgroup.h"
#include "run/egress.h"
#include "run/process.h"

namespace fogbank::run {

struct Bind {
  std::string from, to;      ///< absolute paths: on the host, and in the sandbox
  bool writable = false;
};

/// What others may know of a running sandbox and tell it: shared, atomic.
struct SandboxGauge {
  std::atomic<int64_t> peak_kb{0};      ///< the largest sum of memory seen so far
  std::atomic<pid_t> init{0};           ///< its first process while it runs: for a look of one's own (watchdog.h)
  std::atomic<bool> still{false};       ///< its processes are stopped: nothing needs to be looked at
  /// A descriptor of its /tmp, by which the watchdog sees how many files there are: they take memory of nobody's processes. Once.
  void watch_files(Fd folder) {
    if (folder_.load() < 0) folder_ = folder.release();
  }
  int folder() const { return folder_; }
  SandboxGauge() = default;
  SandboxGauge(const SandboxGauge&) = delete;
  ~SandboxGauge() { Fd(folder_.load()).reset(); }

 private:
  std::atomic<int> folder_{-1};
};

/// The members of ProcessSpec keep their meaning; argv[0] and directory are paths in the sandbox. PATH, HOME, TMPDIR and LANG are set
/// unless `environment` sets them. Of the result, max_rss_kb is the largest sum seen of all its processes, cpu_us is not measured, and a
/// program that a signal ended shows as exit code 128 + signal (signal is set if the whole sandbox was killed).
struct SandboxSpec : ProcessSpec {
  SandboxSpec() { directory = "/tmp"; }
  std::vector<Bind> binds;
  std::vector<std::pair<std::string, std::string>> files;   ///< path in the sandbox → content; read-only
  int64_t memory_bytes = 512 << 20;
  int64_t tasks = 1024;                 ///< processes and threads together
  int64_t tmp_bytes = 512 << 20;        ///< of /tmp; /dev/shm has at most 64 MB of its own
  int64_t open_files = 1024;
  bool listener = false;                ///< the server is to be reached at 127.0.0.1:port
  uint16_t port = 4566;
  /// For programs that look after a sandbox themselves: theirs become descriptors 3, 4 … of the program.
  std::vector<std::shared_ptr<Fd>> descriptors;
  bool own_init = false;                ///< the program is process 1 of the sandbox and reaps what falls to it
  std::string hosts = "127.0.0.1 localhost\n";   ///< /etc/hosts
  std::shared_ptr<SandboxGauge> gauge;  ///< may be null
  bool egress = false;                  ///< it may reach the world outside (egress.h), where that can be had
};

inline constexpr int64_t kWatchMilliseconds = 50;
inline constexpr uint64_t kMaxFiles = 200000;     ///< in /tmp, where no control group counts the memory that they take

/// What all sandboxes of a server share.
struct SandboxHost {
  std::string bwrap;                                   ///< path of the program; empty: not installed
  std::optional<CgroupRoot> cgroups;
  std::string no_cgroups;                              ///< why not
  std::optional<CgroupRoot> tasks;                     ///< then perhaps groups that bound tasks only
  std::string egress, no_egress;                       ///< slirp4netns, or why nothing reaches the outside
  std::vector<std::string> system;                     ///< bwrap's arguments for the read-only system
  /// Gives a listening descriptor to the server and returns what takes it back; called on the supervisor's thread.
  std::function<Result<std::function<void()>>(Fd)> adopt;
  /// Looks at this machine: bwrap on PATH, control groups, system directories.
  static SandboxHost discover();
};

std::unique_ptr<Attachment> make_sandbox(const SandboxHost& host, Reactor& reactor, const SandboxSpec& spec);

}  // namespace fogbank::run
