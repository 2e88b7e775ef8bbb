// An invocation in an environment: from the runtime's request for work to the outcome and the lines about it.
#include <algorithm>

#include "base/json_text.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "run/watchdog.h"
#include "services/lambda/runtime/environment.h"
#include "services/lambda/runtime/runtime_api.h"

namespace fogbank::lambda::runtime {
namespace {

constexpr int64_t kFreezeAfterMs = 30;   // idle environments stand still; a busy caller does not pay for it

void refuse_transition(http::Exchange& x, std::string_view from, std::string_view to) {
  answer_refusal(x, 403, "InvalidStateTransition", cat("Transition from ", from, " to ", to, " failed for runtime. Error: State transition is not allowed"));
}

}  // namespace

void Environment::runtime_next(std::shared_ptr<http::Exchange> x) {
  if (next_ || (state_ == State::busy && !answered_) || init_failed_) return refuse_transition(*x, next_ ? "Ready" : "Running", "Ready");
  if (stopping_) return x->drop();
  next_ = std::move(x);
  log_->drain();
  maybe_ready();
}

void Environment::invoke(Work work) {
  owner_.timers().cancel(freeze_timer_);
  state_ = State::busy;
  work_ = std::move(work);
  outcome_ = {};
  ending_ = Ending::success;
  answering_ = answered_ = reported_ = delivered_ = streams_ = false;
  streamed_ = 0;
  last_request_id_ = std::move(request_id_);
  request_id_ = work_->in.request_id;
  if (work_->in.trace_header.empty()) {
    Random& random = owner_.core().random();
    char seconds[16];
    std::snprintf(seconds, sizeof seconds, "%08x", unsigned(machine_now() / 1000));
    work_->in.trace_header = cat("Root=1-", seconds, "-", random.hex(24), ";Parent=", random.hex(16), ";Sampled=0");
  }
  // The runtime gets a segment to go under, as from AWS also where nothing is traced.
  if (std::string& trace = work_->in.trace_header; trace.find("Parent=") == std::string::npos) {
    size_t end = trace.find(';');
    trace.insert(end == std::string::npos ? trace.size() : end, ";Parent=" + owner_.core().random().hex(16));
  }
  if (!first_) log_->begin_tail();   // the init phase's lines belong to the first
  log_->add(lines_.start(owner_.core().now(), request_id_));
  if (kind_ != InitKind::in_invocation || !first_) {
    started_us_ = steady_micros();
    deadline_us_ = started_us_ + spec_->timeout_ms * 1000;
  }
  limit_timer_ = owner_.timers().after_us(std::max<int64_t>(0, deadline_us_ - steady_micros()), [this] {
    limit_timer_ = 0;
    time_out();
  });
  thaw();
  deliver_work();
}

void Environment::deliver_work() {
  const Invocation& in = work_->in;
  const int64_t deadline_ms = machine_now() + (deadline_us_ - steady_micros()) / 1000;
  for (auto& e : extensions_.all()) {
    if (!e->invoke || !e->next) continue;
    auto x = std::exchange(e->next, nullptr);
    e->ready = false;
    http::Reply r;
    r.fields = "Content-Type: application/json\r\nLambda-Extension-Event-Identifier: " + owner_.core().random().uuid() + "\r\n";
    r.body = cat("{\"eventType\":\"INVOKE\",\"deadlineMs\":", deadline_ms, ",\"requestId\":\"", in.request_id, "\",\"invokedFunctionArn\":", json_quote(in.invoked_arn),
                 ",\"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":", json_quote(in.trace_header), "}}");
    x->reply(std::move(r));
  }
  auto x = std::exchange(next_, nullptr);
  http::Reply r;
  std::string& f = r.fields;
  f.reserve(512);
  append(f, "Content-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: ", in.request_id, "\r\nLambda-Runtime-Deadline-Ms: ", deadline_ms, "\r\n");
  http::add_field(f, "Lambda-Runtime-Invoked-Function-Arn", in.invoked_arn);
  http::add_field(f, "Lambda-Runtime-Trace-Id", in.trace_header);
  if (!in.client_context.empty()) http::add_field(f, "Lambda-Runtime-Client-Context", in.client_context);
  if (!in.cognito_identity.empty()) http::add_field(f, "Lambda-Runtime-Cognito-Identity", in.cognito_identity);
  if (!in.tenant_id.empty()) http::add_field(f, "Lambda-Runtime-Aws-Tenant-Id", in.tenant_id);
  r.body = in.payload.empty() ? std::string("{}") : in.payload;
  x->reply(std::move(r));
}

// ---- what the runtime answers ----

bool Environment::begin_answer(http::Exchange& x, std::string_view id, bool error) {
  const char* to = error ? "InvocationErrorResponse" : "InvocationResponse";
  if (state_ != State::busy || request_id_ != id) {
    if (request_id_ == id && (state_ == State::busy || state_ == State::ready)) refuse_transition(x, "Ready", to);
    else answer_refusal(x, 400, "InvalidRequestID", "Invalid request ID");
    return false;
  }
  if (answering_ || answered_) {
    refuse_transition(x, answered_ ? "ResponseSent" : "InvocationResponse", to);
    return false;
  }
  answering_ = true;
  return true;
}

void Environment::answer(std::string body) {
  if (state_ != State::busy || answered_) return;
  Outcome o;
  if (work_->in.stream) {
    work_->in.stream->begin("application/json", [] {});
    work_->in.stream->data(body);
  } else {
    o.payload = std::move(body);
  }
  conclude(std::move(o), Ending::success);
}

void Environment::answer_error(std::string error_type, std::string body) {
  if (state_ != State::busy || answered_) return;
  Outcome o;
  o.kind = Outcome::Kind::function_error;
  o.error_type = error_type.empty() ? "Unhandled" : std::move(error_type);
  o.payload = body.empty() ? cat("{\"errorType\":", json_quote(o.error_type), "}") : std::move(body);
  conclude(std::move(o), Ending::error);
}

void Environment::answer_too_large() {
  if (state_ != State::busy || answered_) return;
  Outcome o;
  o.kind = Outcome::Kind::function_error;
  o.error_type = "Function.ResponseSizeTooLarge";
  o.error_message = cat("Response payload size exceeded maximum allowed payload size (", work_->in.stream ? kStreamBytes : kPayloadBytes, " bytes).");
  o.payload = cat("{\"errorType\":\"", o.error_type, "\",\"errorMessage\":\"", o.error_message, "\"}");
  conclude(std::move(o), Ending::error);
}

void Environment::stream_begins(std::string_view content_type, std::function<void()> resume) {
  streams_ = true;
  outcome_.payload.clear();
  if (work_->in.stream) work_->in.stream->begin(content_type.empty() ? "application/octet-stream" : content_type, std::move(resume));
}

bool Environment::stream_data(std::string_view piece) {
  if (state_ != State::busy || answered_) return true;
  if (work_->in.stream) return work_->in.stream->data(piece);
  if (outcome_.payload.size() + piece.size() > size_t(kPayloadBytes)) answer_too_large();
  else outcome_.payload += piece;
  return true;
}

void Environment::stream_ends(std::string error_type, std::string error_body) {
  if (state_ != State::busy || answered_) return;
  if (!error_type.empty()) return answer_error(std::move(error_type), std::move(error_body));
  Outcome o;
  o.payload = std::move(outcome_.payload);
  conclude(std::move(o), Ending::success);
}

// The connection broke in the middle of an answer. A whole one may still come; what was passed on cannot be taken back.
void Environment::stream_broken() {
  if (state_ != State::busy || answered_) return;
  answering_ = false;
  if (streams_) conclude_failure("Runtime.TruncatedResponse", "Response stream was not completed", Ending::error);
}

// ---- outcomes ----

void Environment::time_out() {
  if (ending()) return;
  if (answered_) {   // it has answered, but went on, or an extension did
    log_->drain();
    log_->end_line();
    finish_late();
    return end(ShutdownReason::timeout);
  }
  if (state_ == State::starting) {
    state_ = State::busy;   // its init phase took all the time
    log_->add(lines_.init_report(owner_.core().now(), {steady_micros() - begun_us_, "invoke", Ending::timeout, {}}));
    log_->add(lines_.start(owner_.core().now(), request_id_));
  }
  log_->drain();
  log_->end_line();
  log_->add(lines_.timed_out(owner_.core().now(), request_id_));
  outcome_.timed_out = true;
  Outcome o;
  o.kind = Outcome::Kind::function_error;
  o.timed_out = true;
  o.error_type = "Sandbox.Timedout";
  o.error_message = cat("RequestId: ", request_id_, " Error: ", timeout_text(spec_->timeout_ms));
  o.payload = cat("{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":", json_quote(o.error_message), "}");
  conclude(std::move(o), Ending::timeout);
  end(ShutdownReason::timeout);
}

void Environment::conclude_failure(std::string type, std::string text, Ending ending) {
  log_->drain();
  log_->end_line();
  log_->add(lines_.failure(owner_.core().now(), request_id_, cat(text, "\n", type)));
  Outcome o;
  o.kind = Outcome::Kind::function_error;
  o.error_type = type;
  o.error_message = cat("RequestId: ", request_id_, " Error: ", text);
  o.payload = cat("{\"errorType\":", json_quote(type), ",\"errorMessage\":", json_quote(o.error_message), "}");
  conclude(std::move(o), ending);
}

void Environment::conclude(Outcome&& outcome, Ending ending) {
  answered_ = true;
  answered_us_ = steady_micros();
  outcome_ = std::move(outcome);
  ending_ = ending;
  log_->drain();
  outcome_.duration_us = std::max<int64_t>(0, answered_us_ - started_us_);
  if (ending == Ending::timeout) outcome_.duration_us = spec_->timeout_ms * 1000;
  outcome_.init_us = first_ && kind_ == InitKind::on_demand ? init_us_ : 0;
  outcome_.billed_ms = (outcome_.duration_us + outcome_.init_us + 999) / 1000;
  // A short first invocation may be over before the watchdog has looked at it more than in its beginnings.
  int64_t peak_kb = gauge_->peak_kb;
  if (pid_t init = gauge_->init; first_ && init) peak_kb = std::max(peak_kb, run::usage_below(init).memory_kb);
  outcome_.max_memory_mb = std::clamp(int((peak_kb + 1023) / 1024), 1, spec_->memory_mb);
  outcome_.log_stream = log_->stream();
  first_ = false;
  bool wait = ending == Ending::success && extensions_.any_for_invoke();
  if (!wait) report();
  if (!wait || !work_->in.log_tail) deliver();
}

void Environment::report() {
  reported_ = true;
  log_->end_line();
  InvokeReport r;
  r.request_id = request_id_;
  r.trace_header = spec_->active_tracing && work_ ? std::string_view(work_->in.trace_header) : std::string_view();
  r.us = outcome_.duration_us;
  r.billed_ms = outcome_.billed_ms;
  r.init_us = outcome_.init_us;
  r.max_memory_mb = outcome_.max_memory_mb;
  r.ending = ending_;
  // What a handler raises is the function's own affair (in Java too, whose client says so instead of the exception's name); the report names what befell the runtime.
  if (outcome_.error_type == "Runtime.UserException") r.error_type = {};
  else if (outcome_.error_type.starts_with("Runtime.") || outcome_.error_type.starts_with("Extension.") || outcome_.error_type.starts_with("Function.")) r.error_type = outcome_.error_type;
  Millis now = owner_.core().now();
  log_->add(lines_.end(now, r));
  log_->add(lines_.report(now, r));
  if (work_ && work_->in.log_tail) outcome_.log_tail = log_->tail();
}

void Environment::deliver_refusal(Outcome::Kind kind, const ApiError& error) {
  outcome_ = {};
  outcome_.kind = kind;
  outcome_.error = error;
  answered_ = reported_ = true;
  deliver();
}

void Environment::deliver() {
  if (std::exchange(delivered_, true) || !work_) return;
  Done done = std::move(work_->done);
  try {
    std::string payload = std::move(outcome_.payload);   // the figures are needed for the report
    Outcome o = outcome_;
    o.payload = std::move(payload);
    if (done) done(std::move(o));
  } catch (const std::exception& e) {
    fogbank::log(LogLevel::error, cat("outcome of an invocation: ", e.what()));
  }
  owner_.environment_answered(*this);
}

void Environment::became_idle() {
  owner_.timers().cancel(limit_timer_);
  finish_late();
  work_.reset();
  state_ = State::ready;
  idle_since_ = owner_.core().now();
  freeze_timer_ = owner_.timers().after(kFreezeAfterMs, [this] {
    freeze_timer_ = 0;
    if (state_ != State::ready || frozen_ || !control_) return;
    frozen_ = true;
    if (!control_->stop_all()) frozen_ = false;
  });
  owner_.environment_ready(*this);
}

}  // namespace fogbank::lambda::runtime
