#include "gateway/process_task.h"

#include "gateway/faults.h"
#include "run/pool.h"

namespace fogbank {

Result<void> run_in_sandbox(TaskContext& cx, run::SandboxSpec spec, ApplyProcessResult apply) {
  Core& core = cx.core();
  const uint64_t epoch = spec.epoch = cx.epoch();
  auto task = std::make_shared<const store::Task>(cx.task());
  auto started = core.processes().start(std::move(spec), [&core, task, epoch, apply = std::move(apply)](run::ProcessResult&& r) {
    auto result = std::make_shared<const run::ProcessResult>(std::move(r));
    auto end = [&core, task, epoch, apply, result] {
      if (result->abandoned) return core.tasks().abandon(*task, epoch);
      fault_point("process.before_complete");
      core.tasks().complete(*task, epoch, [&](store::Txn& tx) { return apply(tx, *result); });
      fault_point("process.after_complete");
    };
    if (!core.pool().try_post(end)) end();   // the supervisor's thread must not wait for the store, but a result must not be lost either
  });
  if (!started) return fail(std::move(started.error()));
  cx.leave_running();
  fault_point("process.started");
  return {};
}

}  // namespace fogbank
