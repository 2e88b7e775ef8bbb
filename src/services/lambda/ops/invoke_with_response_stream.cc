// InvokeWithResponseStream: https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
// The call parks until the function's answer begins (or the invocation has ended without one), then its events are sent as they come.
#include "base/strings.h"
#include "gateway/core.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/errors.h"
#include "services/lambda/invocations.h"
#include "services/lambda/payloads.h"
#include "services/lambda/streams.h"

namespace fogbank::lambda {
namespace {

Result<Outcome> answer(Context& cx, const svc::InvokeWithResponseStreamRequest& in, Invoker::Waiting& waiting, svc::InvokeWithResponseStreamResponse& out) {
  auto stream = std::static_pointer_cast<StreamedAnswer>(waiting.stream);
  if (waiting.outcome) FB_TRY(check_outcome(*waiting.outcome));
  out.StatusCode = 200;
  out.ExecutedVersion = cx.str(waiting.executed_version);
  out.ResponseStreamContentType = "application/vnd.amazon.eventstream";
  (void)in;
  cx.send_stream(stream);
  return Outcome::done();
}

}  // namespace

Result<Outcome> InvokeWithResponseStream(Context& cx, const svc::InvokeWithResponseStreamRequest& in, svc::InvokeWithResponseStreamResponse& out) {
  Invoker& invoker = cx.state<State>().invoker();
  if (auto waiting = invoker.find_waiting(cx.request_id())) {
    auto stream = std::static_pointer_cast<StreamedAnswer>(waiting->stream);
    if (!waiting->outcome && !stream->head_ready()) return wait_for_outcome(cx);
    invoker.remove_waiting(cx.request_id());
    return answer(cx, in, *waiting, out);
  }
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  if (in.Payload.len > kMaxSyncPayload) return fail(request_too_large(int64_t(kMaxSyncPayload), "InvokeFunction"));
  if (in.Payload && in.Payload.len) if (auto fault = json_fault(in.Payload)) return fail(ApiError("InvalidRequestContentException", *fault).with("Type", "User"));
  FB_ASSIGN(target, find_invoked(cx, ref));
  if (in.InvocationType && in.InvocationType == "DryRun") {
    out.StatusCode = 204;
    return Outcome::done();
  }
  InvocationFacts facts;
  facts.payload = in.Payload;
  facts.client_context = in.ClientContext;
  facts.tenant_id = in.TenantId;
  facts.log_tail = in.LogType && in.LogType == "Tail";
  auto stream = std::make_shared<StreamedAnswer>(StreamedAnswer::Form::events, [&invoker, id = std::string(cx.request_id())] { invoker.wake(id); });
  return start_invocation(cx, ref, target, facts, stream);
}

}  // namespace fogbank::lambda
