// Memory and number of tasks of everything below one process, read from /proc: the bound where control groups are not to be had.
//
// What counts: anonymous and shared memory and swap of every process (pages of files do not; what several share counts for each), and every
// thread. The first process is a sandbox's own init, to which orphans fall, so nothing leaves the tree. Any thread; no state.
#pragma once
#include <sys/types.h>

#include <cstdint>

namespace fogbank::run {

struct Usage {
  int64_t memory_kb = 0;
  int64_t tasks = 0;
};

/// Reads at most `bound` processes; `tasks` is then above any limit.
Usage usage_below(pid_t init, int64_t bound = 4096);

}  // namespace fogbank::run
