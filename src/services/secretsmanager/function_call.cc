#include "services/secretsmanager/function_call.h"

#include "base/scope.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/lambda/operations.h"
#include "services/lambda/task_calls.h"

namespace fogbank::secretsmanager {
namespace {

Result<Scope> scope_of(std::string_view arn) {
  auto parts = parse_arn(arn);
  if (!parts) return fail("InternalServiceError", "A stored ARN of a rotation function is damaged.", 500);
  return Scope{Partition(parts->partition), AccountId(parts->account), Region(parts->region)};
}

Result<void> judge(const lambda::runtime::Outcome& outcome) {
  using Kind = lambda::runtime::Outcome::Kind;
  if (outcome.kind == Kind::success) return {};
  if (outcome.kind == Kind::function_error) return fail("FunctionError", cat(outcome.error_type, ": ", outcome.error_message));
  if (outcome.kind == Kind::throttled) return fail("TooManyRequestsException", outcome.reason, 429);
  return fail(outcome.error);
}

}  // namespace

CallFunction call_through_lambda() {
  return [](TaskContext& cx, const FunctionCall& call, SettleCall settle) -> Result<void> {
    FB_ASSIGN(scope, scope_of(call.function_arn));
    auto started = lambda::call_function(cx, 1, call.principal, scope, call.function_arn, call.event,
                                         [settle](store::Txn& tx, const lambda::runtime::Outcome& outcome) { return settle(tx, judge(outcome)); });
    if (started) return {};
    struct Refused { SettleCall settle; ApiError error; };
    return cx.finish(Refused{std::move(settle), std::move(started.error())}, [](store::Txn& tx, const Refused& r) { return r.settle(tx, fail(r.error)); });
  };
}

CheckFunction check_through_lambda() {
  return [](Context& cx, const FunctionCall& call) -> Result<void> {
    FB_ASSIGN(scope, scope_of(call.function_arn));
    lambda::svc::InvocationRequest dry{};
    dry.FunctionName = cx.str(call.function_arn);
    dry.InvocationType = "DryRun";
    auto answer = cx.call_beside<lambda::op::Invoke>(call.principal, scope, dry);
    if (!answer) return fail(std::move(answer.error()));
    return {};
  };
}

}  // namespace fogbank::secretsmanager
