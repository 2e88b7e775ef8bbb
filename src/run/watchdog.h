// Memory and number of tasks of everything below one process, read from /proc: the bound where control groups are not to be had.
//
// What counts: anonymous and shared memory and swap of every process (pages of files do not), and every thread. Pages that several processes
// share count for each in the quick figure, and once in the exact one, which costs a walk through their page tables. The first process is a sandbox's own init, to which orphans fall, so nothing leaves the tree. Any thread; no state.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <map>

#include "run/descriptor.h"

namespace fogbank::run {

struct Usage {
  int64_t memory_kb = 0;
  int64_t tasks = 0;
};

enum class Sum : uint8_t { quick, exact };

/// Looks at one tree again and again, cheaply: keeps the files of its first processes open. What it says of memory is resident memory, pages of
/// files included: an upper bound of what counts (but for swap). One thread.
class Meter {
 public:
  explicit Meter(pid_t init) : init_(init) {}
  Usage look(int64_t bound = 4096);
  /// False where swap exists: then usage_below() has to be asked.
  static bool bounds_memory();

 private:
  struct Files { Fd stat, children; uint64_t look = 0; };
  const pid_t init_;
  std::map<pid_t, Files> files_;
  uint64_t looks_ = 0;
};

/// Reads at most `bound` processes; `tasks` is then above any limit.
Usage usage_below(pid_t init, Sum how = Sum::quick, int64_t bound = 4096);

}  // namespace fogbank::run
