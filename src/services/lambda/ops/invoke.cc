// Invoke and InvokeAsync: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
// A synchronous call starts the function and parks until its outcome is there; an asynchronous one is a task. A function that is still Pending is
// waited for: here that takes milliseconds.
#include "base/encoding.h"
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/errors.h"
#include "services/lambda/events.h"
#include "services/lambda/invocations.h"
#include "services/lambda/invoker.h"
#include "services/lambda/payloads.h"

namespace fogbank::lambda {
namespace {

Result<void> check_payload(std::string_view payload, bool event) {
  size_t limit = event ? kMaxEventPayload : kMaxSyncPayload;
  if (payload.size() > limit) return fail(request_too_large(int64_t(limit), "InvokeFunction"));
  if (payload.empty()) return {};
  if (auto fault = json_fault(payload)) return fail(ApiError("InvalidRequestContentException", *fault).with("Type", "User"));
  return {};
}

Result<void> queue(Context& cx, const FunctionRef& ref, const Target& target, std::string_view payload, std::string_view client_context) {
  Event event;
  event.function = ref.name;
  event.qualifier = ref.qualifier;
  event.function_id = target.function->id;
  event.request_id = cx.request_id();
  event.payload = payload;
  event.client_context = unbase64(client_context).value_or("");
  event.trace_header = cx.header("x-amzn-trace-id");
  event.queued = cx.now();
  return cx.write([&](store::Txn& tx) -> Result<void> {
    queue_event(tx, ref.scope, event, cx.now());
    return {};
  });
}

Result<Outcome> answer(Context& cx, const svc::InvocationRequest& in, Invoker::Waiting& waiting, svc::InvocationResponse& out) {
  runtime::Outcome& outcome = *waiting.outcome;
  FB_TRY(check_outcome(outcome));
  out.StatusCode = 200;
  out.ExecutedVersion = cx.str(waiting.executed_version);
  out.Payload = Blob(cx.str(outcome.payload).view());
  if (outcome.kind == runtime::Outcome::Kind::function_error) out.FunctionError = "Unhandled";
  if (in.LogType && in.LogType == "Tail") out.LogResult = cx.str(base64(outcome.log_tail));
  return Outcome::done();
}

}  // namespace

Result<Outcome> Invoke(Context& cx, const svc::InvocationRequest& in, svc::InvocationResponse& out) {
  Invoker& invoker = cx.state<State>().invoker();
  if (auto waiting = invoker.find_waiting(cx.request_id())) {
    if (!waiting->outcome) return wait_for_outcome(cx);
    invoker.remove_waiting(cx.request_id());
    return answer(cx, in, *waiting, out);
  }
  if (in.DurableExecutionName) return fail(not_implemented("DurableExecutionName"));
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  bool event = in.InvocationType && in.InvocationType == "Event";
  FB_TRY(check_payload(in.Payload, event));
  FB_ASSIGN(target, find_invoked(cx, ref));
  if (in.InvocationType && in.InvocationType == "DryRun") {
    out.StatusCode = 204;
    return Outcome::done();
  }
  if (event) {
    FB_TRY(queue(cx, ref, target, in.Payload, in.ClientContext));
    out.StatusCode = 202;
    return Outcome::done();
  }
  InvocationFacts facts;
  facts.payload = in.Payload;
  facts.client_context = in.ClientContext;
  facts.tenant_id = in.TenantId;
  facts.log_tail = in.LogType && in.LogType == "Tail";
  return start_invocation(cx, ref, target, facts, nullptr);
}

Result<void> InvokeAsync(Context& cx, const svc::InvokeAsyncRequest& in, svc::InvokeAsyncResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  ReceivedBody& body = cx.body();
  Result<void> done;
  if (body.size > int64_t(kMaxEventPayload)) {
    done = fail(request_too_large(int64_t(kMaxEventPayload), "InvokeFunction"));
  } else {
    FB_ASSIGN(reader, cx.store().open_blob(body.blob));
    FB_ASSIGN(payload, reader->read(0, size_t(body.size)));
    done = check_payload(payload, true);
    if (done) {
      auto target = find_invoked(cx, ref);
      if (!target) return fail(std::move(target.error()));
      done = queue(cx, ref, *target, payload, {});
    }
  }
  FB_TRY(done);
  out.Status = 202;
  return {};
}

}  // namespace fogbank::lambda
