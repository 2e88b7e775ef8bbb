// A request to the host name of a function URL, and what is decided about it: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
// Public URLs need lambda:InvokeFunctionUrl and lambda:InvokeFunction for everybody in the function's resource policy; those with IAM need
// them in the caller's policies or there. Preflights of browsers are answered from the URL's CORS settings and run nothing.
#include "base/strings.h"
#include "gateway/authorise.h"
#include "gateway/core.h"
#include "gen/lambda/operations.h"
#include "services/lambda/errors.h"
#include "services/lambda/function_urls.h"
#include "services/lambda/invocations.h"
#include "services/lambda/payloads.h"

namespace fogbank::lambda {
namespace {

bool preflight(const RequestFacts& r, const FunctionUrl& url) { return r.method == "OPTIONS" && url.cors; }

ApiError reworded(ApiError&&) { return url_forbidden(); }

Result<Outcome> send(Context& cx, const UrlTarget& target, const UrlAnswer& a, svc::FunctionUrlAnswer& out) {
  out.StatusCode = a.status;
  if (!a.content_type.empty()) out.ContentType = cx.str(a.content_type);
  out.Payload = Blob(cx.str(a.body).view());
  for (const auto& [name, value] : a.headers) cx.add_header(name, value);
  if (target.url->cors) for (const auto& [name, value] : cors_headers(*target.url->cors, cx.header("origin"), false)) cx.add_header(name, value);
  return Outcome::done();
}

Result<Outcome> answer_preflight(Context& cx, const UrlTarget& target, svc::FunctionUrlAnswer& out) {
  for (const auto& [name, value] : cors_headers(*target.url->cors, cx.header("origin"), true)) cx.add_header(name, value);
  out.StatusCode = 200;
  return Outcome::done();
}

UrlAnswer bad_gateway() { return {502, "application/json", "Internal Server Error", {}}; }

Result<Outcome> answer(Context& cx, const UrlTarget& target, Invoker::Waiting& waiting, svc::FunctionUrlAnswer& out) {
  using Kind = runtime::Outcome::Kind;
  auto stream = std::static_pointer_cast<StreamedAnswer>(waiting.stream);
  bool began = stream && !stream->content_type().empty();
  if (waiting.outcome && !began) {
    const runtime::Outcome& o = *waiting.outcome;
    if (o.kind == Kind::throttled) return send(cx, target, {429, "application/json", R"({"Message":"Rate Exceeded."})", {}}, out);
    if (o.kind != Kind::success) return send(cx, target, bad_gateway(), out);
    auto read = read_url_answer(o.payload);
    return send(cx, target, read ? *read : bad_gateway(), out);
  }
  UrlAnswer head;
  head.content_type = stream->content_type();
  if (stream->prelude()) {
    auto read = read_url_prelude(*stream->prelude());
    if (!read) return send(cx, target, bad_gateway(), out);
    head = std::move(*read);
  }
  auto done = send(cx, target, head, out);
  out.Payload = {};
  cx.send_stream(stream);
  return done;
}

Result<UrlTarget> target_of(Context& cx) {
  std::optional<UrlTarget> target;
  cx.read([&](store::Reader& reader) { target = find_url(cx.state<State>(), reader, cx.scope().partition, cx.request().host); });
  if (!target) return fail(url_forbidden());
  return *target;
}

}  // namespace

Result<void> function_url(AuthoriseContext& cx, const wire::View&) {
  auto target = find_url(cx.core().state<State>(), cx.reader(), Partition("aws"), cx.request().host);
  if (!target) return fail(ApiError("AccessDeniedException", "null", 404));
  cx.set_target(target->ref.scope);
  if (preflight(cx.request(), *target->url)) return {};
  bool iam = target->url->auth_type == "AWS_IAM";
  if (iam && cx.principal().anonymous()) return fail(url_forbidden());
  Requirement& via_url = cx.require("lambda:InvokeFunctionUrl", target->ref.arn());
  via_url.keys["lambda:functionurlauthtype"] = {target->url->auth_type};
  via_url.keys["lambda:functionarn"] = {target->ref.arn()};
  via_url.reword = reworded;
  Requirement& invoke = cx.require("lambda:InvokeFunction", target->ref.arn());
  invoke.keys["lambda:invokedviafunctionurl"] = {"true"};
  invoke.keys["lambda:functionurlauthtype"] = {target->url->auth_type};
  invoke.reword = reworded;
  return {};
}

Result<Outcome> InvokeFunctionUrl(Context& cx, const svc::FunctionUrlRequest& in, svc::FunctionUrlAnswer& out) {
  Invoker& invoker = cx.state<State>().invoker();
  FB_ASSIGN(target, target_of(cx));
  if (preflight(cx.request(), *target.url)) return answer_preflight(cx, target, out);
  if (auto waiting = invoker.find_waiting(cx.request_id())) {
    auto stream = std::static_pointer_cast<StreamedAnswer>(waiting->stream);
    if (!waiting->outcome && !(stream && stream->head_ready())) return wait_for_outcome(cx);
    invoker.remove_waiting(cx.request_id());
    return answer(cx, target, *waiting, out);
  }
  auto found = find_invoked(cx, target.ref);
  if (!found) return fail(url_forbidden());   // an alias that is gone
  if (in.Payload.len > kMaxSyncPayload) return fail(ApiError("RequestEntityTooLargeException", "Request body is too large.", 413));
  std::string event = url_event(cx, target, in.Headers, in.Payload);
  InvocationFacts facts;
  facts.payload = event;
  std::shared_ptr<StreamedAnswer> stream;
  if (target.url->invoke_mode == "RESPONSE_STREAM")
    stream = std::make_shared<StreamedAnswer>(StreamedAnswer::Form::bytes, [&invoker, id = std::string(cx.request_id())] { invoker.wake(id); });
  return start_invocation(cx, target.ref, *found, facts, stream);
}

}  // namespace fogbank::lambda
