// Control groups (version 2), one per sandbox: the kernel then bounds memory and the number of tasks itself.
//
// A group can be used only where this user may make one with the memory controller: in a group that was delegated to us (a systemd scope or
// service with Delegate=yes, where we are alone), or as root at the top of the hierarchy. Elsewhere find() says why not, and the
// watchdog (watchdog.h) does the work. Where the controllers still belong to version 1, root can at least have the number of tasks bounded
// (find_tasks), which no watchdog is quick enough for. Each Cgroup removes itself. After a crash empty groups of dead servers stay behind; find() removes them.
// Threads: find() once; a Cgroup belongs to its sandbox.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "run/descriptor.h"

namespace fogbank::run {

class Cgroup {
 public:
  ~Cgroup();
  int procs() const { return procs_.get(); }       ///< cgroup.procs, open for writing
  int64_t peak_bytes() const;                      ///< -1: not known
  bool out_of_memory() const;                      ///< the kernel killed something in it for lack of memory
  bool too_many_tasks() const;                     ///< a fork or thread was refused
  void kill_all() const;

 private:
  friend class CgroupRoot;
  Cgroup(std::string path, Fd procs) : path_(std::move(path)), procs_(std::move(procs)) {}
  std::string path_;
  Fd procs_;
};

class CgroupRoot {
 public:
  /// The group under which sandboxes get theirs; an error says why there is none. `hierarchy`, `own`: where version 2 is mounted and our
  /// own group in it (both for tests; by default read from /proc).
  static Result<CgroupRoot> find();
  static Result<CgroupRoot> find_in(const std::string& hierarchy, const std::string& own, bool superuser);
  /// The same in version 1's hierarchy of the pids controller: its groups bound tasks and nothing else.
  static Result<CgroupRoot> find_tasks();
  /// `memory_bytes` means nothing to a root of find_tasks().
  Result<std::unique_ptr<Cgroup>> make(int64_t memory_bytes, int64_t tasks) const;
  const std::string& path() const { return path_; }

 private:
  explicit CgroupRoot(std::string path, bool memory = true) : path_(std::move(path)), memory_(memory) {}
  std::string path_;
  bool memory_;
};

}  // namespace fogbank::run
