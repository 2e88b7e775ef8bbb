#include "services/lambda/invocations.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/lambda/errors.h"

namespace fogbank::lambda {
namespace {

constexpr int64_t kPendingWait_us = 60'000'000;
// Environments always answer; the deadline only bounds what is parked should they not.
constexpr int64_t kSlack_us = 120'000'000;

}  // namespace

Result<Target> find_invoked(Context& cx, const FunctionRef& ref) {
  FB_ASSIGN(target, find_target(cx, ref));
  if (target.version->state == FunctionState::failed) {
    return fail(conflict(cat("The operation cannot be performed at this time. The function is currently in the following state: Failed. ",
                             target.version->state_reason)));
  }
  return target;
}

Outcome wait_for_outcome(Context& cx) {
  return Outcome::park(Invoker::wait_key(cx.request_id()), cx.parked_deadline_us().value_or(steady_micros() + 900'000'000 + kSlack_us));
}

Result<void> check_outcome(const runtime::Outcome& outcome) {
  using Kind = runtime::Outcome::Kind;
  switch (outcome.kind) {
    case Kind::success:
    case Kind::function_error: return {};
    case Kind::throttled: return fail(throttled(outcome.reason));
    case Kind::refused: return fail(outcome.error);
    case Kind::unavailable: break;
  }
  return fail(ApiError("ServiceException", outcome.error.message.empty() ? "The server is ending." : outcome.error.message, 503));
}

Result<Outcome> start_invocation(Context& cx, const FunctionRef& ref, const Target& target, const InvocationFacts& facts,
                                 std::shared_ptr<StreamedAnswer> stream) {
  if (!cx.can_park()) return fail("InternalFailure", "A synchronous invocation from inside goes through call_function (task_calls.h).", 500);
  State& state = cx.state<State>();
  Result<VersionPtr> version = target.version;
  if (target.alias && !target.alias->weights.empty()) {
    cx.read([&](store::Reader& reader) { version = choose_version(state, reader, ref, target, cx.random()); });
    if (!version) return fail(std::move(version.error()));
  }
  if ((*version)->state == FunctionState::pending) {
    int64_t deadline = cx.parked_deadline_us().value_or(steady_micros() + kPendingWait_us);
    if (deadline <= steady_micros()) return fail(conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending"));
    return Outcome::park(version_key(ref.scope, ref.name, (*version)->number), deadline);
  }
  Run run{ref.scope, target.function, *version, {}};
  runtime::Invocation& i = run.invocation;
  i.request_id = cx.request_id();
  i.payload = facts.payload;
  i.invoked_arn = ref.arn();
  i.client_context = unbase64(facts.client_context).value_or("");
  i.tenant_id = facts.tenant_id;
  i.trace_header = cx.header("x-amzn-trace-id");
  i.log_tail = facts.log_tail;
  i.stream = stream;
  Invoker& invoker = state.invoker();
  auto waiting = invoker.add_waiting(cx.request_id());
  waiting->executed_version = (*version)->shown_number();
  waiting->stream = stream;
  invoker.run(std::move(run), [&invoker, waiting, stream, tail = facts.log_tail, id = std::string(cx.request_id())](runtime::Outcome&& outcome) {
    waiting->outcome = std::move(outcome);
    if (stream) stream->finish(*waiting->outcome, tail);
    invoker.wake(id);
    invoker.remove_waiting(id);   // where the client has gone nobody took it
  });
  return wait_for_outcome(cx);
}

}  // namespace fogbank::lambda
