#include "services/lambda/task_calls.h"

#include "gateway/core.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/errors.h"
#include "services/lambda/invoker.h"
#include "services/lambda/lineage.h"

namespace fogbank::lambda {

Result<void> call_function(TaskContext& cx, int step, const auth::Principal& principal, const Scope& scope, std::string_view function,
                           std::string payload, ApplyAnswer apply) {
  svc::InvocationRequest dry{};
  dry.FunctionName = cx.str(function);
  dry.InvocationType = "DryRun";
  FB_TRY(cx.call<op::Invoke>(step, principal, scope, dry));
  FB_ASSIGN(ref, function_ref(function, {}, scope));
  Core& core = cx.core();
  State& state = core.state<State>();
  Result<Target> target = Target{};
  Result<VersionPtr> version = VersionPtr();
  cx.read([&](store::Reader& reader) {
    target = find_target(state, reader, ref);
    if (target) version = choose_version(state, reader, ref, *target, core.random());
  });
  if (!target) return fail(std::move(target.error()));
  if (!version) return fail(std::move(version.error()));
  if ((*version)->state == FunctionState::pending)
    return fail(conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending"));
  Traced traced = trace_through(cx.task().trace, ref.bare_arn(), cx.now(), core.random());
  if (traced.times >= kMaxLoops && !target->function->recursion_allowed) return fail(recursive());
  Run run{ref.scope, target->function, *version, {}};
  run.invocation.request_id = core.random().uuid();
  run.invocation.payload = std::move(payload);
  run.invocation.invoked_arn = ref.arn();
  run.invocation.trace_header = std::move(traced.header);
  cx.leave_running();
  state.invoker().run(std::move(run), [&core, task = cx.task(), epoch = cx.epoch(), apply = std::move(apply)](runtime::Outcome&& outcome) {
    if (outcome.kind == runtime::Outcome::Kind::unavailable) return core.tasks().abandon(task, epoch);   // the server ends: the task runs again
    core.tasks().complete(task, epoch, [&](store::Txn& tx) { return apply(tx, outcome); });
  });
  return {};
}

}  // namespace fogbank::lambda
