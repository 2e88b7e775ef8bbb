#include "gateway/chain.h"

#include "base/encoding.h"
#include "base/gzip.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/decide.h"
#include "gateway/effects.h"
#include "gateway/faults.h"
#include "gateway/last_use.h"
#include "gateway/resolve.h"

namespace fogbank {

namespace {
thread_local bool loop_thread = false;
}
void set_loop_thread() { loop_thread = true; }
bool on_loop_thread() { return loop_thread; }

ApiError epoch_ended() { return ApiError("ServiceUnavailable", "The server was reset while the request was under way.", 503); }

Chain::Chain(Core& core) : core_(core) {
  for (const auto* s : all_services()) for (const auto& op : s->operations) counters_.try_emplace(&op);
}

void Chain::each_counter(const std::function<void(const ServiceInfo&, const OperationInfo&, uint64_t, uint64_t)>& f) const {
  for (const auto* s : all_services()) {
    for (const auto& op : s->operations) {
      const Counter& c = counters_.at(&op);
      f(*s, op, c.ok.load(), c.failed.load());
    }
  }
}

// The list. Each step is below or in the file named after it (authenticate.cc, authorise.cc, resolve.cc).
Result<Outcome> Chain::run_all(Call& call) {
  FB_TRY(resolve_body(call));
  FB_TRY(authenticate(call));
  FB_TRY(read(call));
  FB_TRY(validate(call));
  return run_identified(call, true);
}

/// What is left once the input is read and checked.
Result<Outcome> Chain::run_identified(Call& call, bool first) {
  FB_ASSIGN(identified, identify(call));
  if (identified.parked) return identified;
  FB_TRY(authorise(call));
  if (first) FB_TRY(admit(call));
  return run_handler(call);
}

// Operations with a streaming payload: everything is decided before a byte of the body is read.
Result<void> Chain::run_head(Call& call) {
  FB_TRY(authenticate(call));
  FB_TRY(read(call));
  FB_TRY(validate(call));
  FB_TRY(authorise(call));
  return admit(call);
}

Result<Outcome> Chain::run_again(Call& call) {
  call.output = nullptr;
  call.extra_headers.clear();
  call.segments.clear();
  call.stream = nullptr;
  FB_TRY(read(call));
  return run_identified(call, false);
}

Result<Outcome> Chain::run_validated(Call& call) {
  FB_TRY(validate(call));
  return run_identified(call, true);
}

Result<Outcome> Chain::identify(Call& call) {
  if (!call.op->identify) return Outcome::done();
  Context cx(call);
  call.core = &core_;
  FB_ASSIGN(outcome, call.op->identify(cx, call.input, call.principal));
  call.caller.partition = Partition(call.principal->partition);
  call.caller.account = AccountId(call.principal->account);
  return outcome;
}

Result<void> Chain::run_internal(Call& call) {
  FB_ASSIGN(outcome, run_validated(call));
  if (outcome.parked) return fail("InternalFailure", cat(call.op->wire->name, " would have to wait, and a call from inside cannot"), 500);
  return {};
}

// SDKs pack large requests of operations whose model allows it (PutMetricData). S3's Content-Encoding belongs to the object.
Result<void> Chain::unpack(Call& call) {
  constexpr size_t kLimit = 16 << 20;
  bool s3 = call.service && std::string_view(call.service->folder) == "s3";
  if (s3 || call.packed_body) return {};
  for (const auto& h : call.headers) {
    if (!iequals(h.name, "content-encoding") || !iequals(h.value, "gzip")) continue;
    Gunzip result = gunzip(call.parts.body, kLimit, call.unpacked_body);
    if (result == Gunzip::too_large) return fail("RequestEntityTooLarge", "The request body is too large.", 413);
    if (result != Gunzip::ok) return fail("SerializationException", "The request body could not be decompressed.", 400);
    call.packed_body = call.parts.body;
    call.parts.body = call.unpacked_body;
    return {};
  }
  return {};
}

Result<void> Chain::resolve_body(Call& call) {
  FB_TRY(unpack(call));
  return resolve_operation(call);
}

Result<void> Chain::resolve_operation(Call& call) {
  if (call.op) return {};
  if (call.protocol != wire::Protocol::query && call.protocol != wire::Protocol::ec2) return fail("UnknownOperationException", "", 404);
  return resolve_query(call, core_);
}

Result<void> Chain::read(Call& call) {
  auto in = wire::read_input(call.protocol, *call.op->wire, call.parts, call.arena);
  if (!in) return fail(std::move(in.error()));
  call.input = *in;
  return {};
}

Result<void> Chain::validate(Call& call) { return wire::validate(*call.service->wire, *call.op->wire, call.input); }

Result<void> Chain::admit(Call& call) {
  auto rule = core_.faults().match(call.service->folder, call.op->wire->name, call.caller.account.str(), call.target.region.str());
  if (!rule) return {};
  if (rule->kind == "throttle") {
    ApiError e("ThrottlingException", "Rate exceeded", 400);
    if (call.protocol == wire::Protocol::query) e.code = "Throttling";
    if (call.protocol == wire::Protocol::rest_xml) e = ApiError("SlowDown", "Please reduce your request rate.", 503);
    return fail(std::move(e));
  }
  if (rule->kind == "error") return fail(rule->code, rule->message.empty() ? std::string("A fault rule made this call fail.") : rule->message, int(rule->status));
  call.fault_latency_ms = rule->kind == "latency" ? rule->latency_ms : 0;
  call.fault_drop = rule->kind == "drop";
  return {};
}

ApiError internal_failure(const Call& call, const std::exception& e) {
  ApiError error("InternalFailure", "The request processing has failed because of an unknown error, exception or failure.", 500);
  error.detail = e.what();
  log(LogLevel::error, cat("request ", call.request_id, " ", call.service->folder, ":", call.op->wire->name, " threw: ", e.what()));
  return error;
}

Result<Outcome> Chain::run_handler(Call& call) {
  const OperationInfo& op = *call.op;
  if (!call.output) call.output = call.arena.allocate(op.wire->output->size ? op.wire->output->size : 1, 16);
  std::memset(call.output, 0, op.wire->output->size);
  if (!call.epoch) call.epoch = core_.store().epoch();
  if (call.epoch != core_.store().epoch()) return fail(epoch_ended());
  Context cx(call);
  call.core = &core_;
  try {
    if (op.form == Form::parking) return op.parking(cx, call.input, call.output);
    FB_TRY(op.plain(cx, call.input, call.output));
    return Outcome::done();
  } catch (const std::exception& e) {
    return fail(internal_failure(call, e));
  }
}

Result<void> Chain::write(Call& call, const std::function<Result<void>(store::Txn&)>& f) {
  // From the first write to the access record no other thread may commit, so that both are in one batch. The loop's thread commits only
  // between calls and needs no gate.
  if (!call.holds_commit_gate && !on_loop_thread()) {
    commit_gate_.lock_shared();
    call.holds_commit_gate = true;
  }
  auto ticket = core_.store().write([&](store::Txn& tx) -> Result<void> {
    if (call.epoch && call.epoch != core_.store().epoch()) return fail(epoch_ended());   // in here: no reset comes between
    if (call.principal && !call.op->public_without_policy && core_.store().authority_version() != call.authority_version) {
      call.policies = core_.identity().policies_of(*call.principal, tx);
      if (call.policies->gone) return fail(denied(call, "Access Denied"));
      FB_TRY(decide(call, tx));
    }
    return f(tx);
  });
  if (!ticket) {
    // The refusal may rest on a write that is applied and not yet committed ("already exists"): it waits for that one's batch.
    call.ticket = std::max(call.ticket, core_.store().applied());
    return fail(std::move(ticket.error()));
  }
  call.authority_version = core_.store().authority_version();
  call.ticket = std::max(call.ticket, *ticket);
  call.wrote = true;
  return {};
}

void Chain::finish(Call& call, const Result<void>& result) {
  if (call.op) {
    Counter& c = counters_.at(call.op);
    (result ? c.ok : c.failed).fetch_add(1, std::memory_order_relaxed);
  }
  if (call.service && call.op) {
    AccessRecord record = make_access_record(core_, call, result);
    core_.last_uses().note(call, record.time);
    core_.access().add(std::move(record));
  }
  if (call.holds_commit_gate) {
    commit_gate_.unlock_shared();
    call.holds_commit_gate = false;
    core_.wake_loop();
  }
}

bool Chain::commit() {
  std::unique_lock<std::shared_mutex> gate(commit_gate_, std::try_to_lock);
  if (!gate) return false;
  core_.store().commit();
  return true;
}

void Chain::write_answer(Call& call, const Result<void>& result, wire::Message& out) {
  const wire::Service* service = call.service ? call.service->wire : nullptr;
  if (result) {
    // The text of a long list is about as long as what the handler made; a body that grows by doubling copies megabytes.
    constexpr size_t kLong = 64 << 10;
    if (size_t made = call.arena.bytes_used(); made > kLong) out.body.reserve(made + made / 4);
    wire::write_output(call.protocol, *service, *call.op->wire, call.output, call.request_id, out);
    if (call.status_override) out.status = call.status_override;
  } else {
    wire::write_error(call.protocol, service, call.op ? call.op->wire : nullptr, result.error(), call.request_id, out);
  }
  bool s3 = call.service && std::string_view(call.service->folder).starts_with("s3");
  if (s3) append(out.headers, "Server: AmazonS3\r\nx-amz-request-id: ", call.request_id, "\r\nx-amz-id-2: ", wire::extended_request_id(call.request_id), "\r\n");
  else append(out.headers, "x-amzn-RequestId: ", call.request_id, "\r\n");
  out.headers += call.extra_headers;
}

}  // namespace fogbank
