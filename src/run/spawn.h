// Making one child process: the step from a plan to a running program, without a copy of the parent's memory.
//
// The child shares the parent's memory until it executes the program (as posix_spawn does it), so making one costs the same however large
// the server is. It gets exactly the descriptors of the plan, default signal dispositions, a session and process group of its own, and
// is killed by the kernel when the thread that made it ends (PR_SET_PDEATHSIG), and so when the server is killed.
// Threads: spawn() may be called from any thread that outlives the child.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "run/descriptor.h"

namespace fogbank::run {

struct ResourceLimit {
  int resource;        ///< RLIMIT_…
  uint64_t value;      ///< soft and hard
};

struct SpawnPlan {
  std::vector<std::string> argv;          ///< argv[0] is a path
  std::vector<std::string> environment;   ///< "NAME=value"; nothing is inherited
  std::string directory;
  std::vector<int> descriptors;           ///< become 0, 1, 2, 3 … of the child
  std::vector<ResourceLimit> limits;
  int cgroup_procs = -1;                  ///< an open cgroup.procs: the child enters that group before anything else
  int guard = -1;                         ///< guard_descriptor(): the child's process group ends with the server, whatever becomes of the child
};

struct Spawned {
  pid_t pid = -1;
  Fd pidfd;
};

/// Error ProcessFailure: what could not be done ("cannot execute /x: No such file or directory").
Result<Spawned> spawn(const SpawnPlan& plan);

}  // namespace fogbank::run
