// The guard: a small process beside the server, which ends the process groups that a killed server leaves. The kernel kills bwrap with the server,
// but a sandbox's first process, which bwrap has just made and not released yet, would wait for it for ever, and what bwrap releases in that moment
// would run on.
//
// It is started with the first sandbox, is no child of the server, and ends with it: it reads the groups from a pipe, and when that ends, kills
// those that were not taken back. Any thread.
#pragma once
#include <sys/types.h>

namespace fogbank::run {

/// The descriptor to which a new leader of a group writes "+ <pid>\n" before it executes anything; -1: there is no guard (it could not be started,
/// which the log says).
int guard_descriptor();
/// The group's processes have ended.
void guard_forget(pid_t group);

}  // namespace fogbank::run
