// A task that does its work in a sandboxed process.
//
// A handler of class process calls run_in_sandbox() and returns success: the task stays claimed, no thread waits. When the process has ended,
// `apply` writes its result in the transaction that ends the task, on a pool thread; it sees every outcome, also a sandbox that could not be set
// up (ProcessResult::error), and is the only place that decides what it means. If `apply` fails, that counts as a failed attempt.
// A reset, a loaded snapshot or the server's end kills the process and writes nothing; after a crash or restart the task runs again, so a process
// is started at least once: its effects are its own business, but the record of its result is written once.
#pragma once
#include <functional>

#include "base/error.h"
#include "gateway/tasks.h"
#include "run/processes.h"
#include "store/store.h"

namespace fogbank {

using ApplyProcessResult = std::function<Result<void>(store::Txn&, const run::ProcessResult&)>;

Result<void> run_in_sandbox(TaskContext& cx, run::SandboxSpec spec, ApplyProcessResult apply);

}  // namespace fogbank
