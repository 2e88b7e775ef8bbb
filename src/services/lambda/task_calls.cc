#include "services/lambda/task_calls.h"

#include "auth/policy/evaluate.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/invoker.h"

namespace fogbank::lambda {
namespace {

constexpr Millis kPreparing = 100;   ///< a function that is still Pending is looked at again after this

Result<void> end_now(TaskContext& cx, SettleCall settle, ApiError error) {
  struct End { SettleCall settle; Result<std::string> answer; };
  return cx.finish(End{std::move(settle), fail(std::move(error))}, [](store::Txn& tx, const End& end) { return end.settle(tx, end.answer); });
}

/// A DryRun at the front door: may the principal invoke it, and is there such a function?
Result<void> decide(TaskContext& cx, int step, const TaskCall& call, const Scope& scope) {
  svc::InvocationRequest in{};
  in.FunctionName = cx.str(call.function);
  in.InvocationType = Str("DryRun");
  FB_TRY(cx.call<op::Invoke>(step, call.principal, scope, in));
  return {};
}

Result<std::string> answer_of(runtime::Outcome&& outcome) {
  using Kind = runtime::Outcome::Kind;
  if (outcome.kind == Kind::success) return std::move(outcome.payload);
  if (outcome.kind == Kind::function_error) return fail("FunctionError", cat(outcome.error_type, ": ", outcome.error_message));
  if (outcome.kind == Kind::throttled) return fail("TooManyRequestsException", outcome.reason, 429);
  return fail(std::move(outcome.error));
}

}  // namespace

bool lets_in(Core& core, store::Reader& reader, const Scope& home, const TaskCall& call) {
  State& state = core.state<State>();
  auto ref = parse_function_name(call.function, home);
  if (!ref || !find_target(state, reader, *ref)) return false;
  auto policy = state.policies.get(reader, policy_key(ref->scope, ref->name, ref->qualifier));
  if (!policy) return false;
  static const policy::Action invoke("lambda:InvokeFunction");
  policy::Principal principal = policy::Principal::service(call.principal.name);
  policy::ListKeys keys;
  keys.set("aws:sourcearn", call.principal.source_arn);
  keys.set("aws:sourceaccount", call.principal.source_account);
  policy::Request request{&principal, &invoke, call.function, ref->scope.account.str(), &keys};
  policy::Attached attached{policy, "function policy"};
  policy::Verdict verdict = policy::apply({&attached, 1}, policy::PolicyType::resource, request);
  return verdict.allow && !verdict.deny;
}

Result<void> call_function(TaskContext& cx, int step, const TaskCall& call, SettleCall settle) {
  Core& core = cx.core();
  State& state = core.state<State>();
  auto ref = parse_function_name(call.function, cx.task().scope);
  if (!ref) return end_now(cx, std::move(settle), ApiError("ResourceNotFoundException", cat("Function not found: ", call.function), 404));
  if (auto decided = decide(cx, step, call, ref->scope); !decided) return end_now(cx, std::move(settle), std::move(decided.error()));
  Result<Run> found = fail("ResourceNotFoundException", cat("Function not found: ", call.function), 404);
  cx.read([&](store::Reader& reader) {
    auto target = find_target(state, reader, *ref);
    if (!target) { found = fail(std::move(target.error())); return; }
    auto version = choose_version(state, reader, *ref, *target, core.random());
    if (!version) { found = fail(std::move(version.error())); return; }
    found = Run{ref->scope, target->function, *version, {}};
  });
  if (!found) return end_now(cx, std::move(settle), std::move(found.error()));
  if (found->version->state == FunctionState::pending) return cx.again_at(cx.now() + kPreparing);
  found->invocation.request_id = core.random().uuid();
  found->invocation.payload = call.payload;
  found->invocation.invoked_arn = call.function;
  cx.leave_running();
  state.invoker().run_in_turn(std::move(*found), [&core, settle = std::move(settle), task = cx.task(), epoch = cx.epoch()](runtime::Outcome&& outcome) {
    if (outcome.kind == runtime::Outcome::Kind::unavailable) return core.tasks().abandon(task, epoch);   // the server ends: the task runs again
    Result<std::string> answer = answer_of(std::move(outcome));
    core.tasks().complete(task, epoch, [&](store::Txn& tx) { return settle(tx, answer); });
  });
  return {};
}

}  // namespace fogbank::lambda
