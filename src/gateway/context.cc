#include "gateway/context.h"

#include "base/strings.h"
#include "gateway/call.h"
#include "gateway/chain.h"
#include "gateway/effects.h"
#include "gateway/sealed_blob.h"
#include "gateway/access.h"

namespace fogbank {

const auth::Principal& Context::principal() const { return *call_.principal; }
const Scope& Context::caller() const { return call_.caller; }
const Scope& Context::scope() const { return call_.target; }
const RequestFacts& Context::request() const { return call_.facts; }
std::string_view Context::request_id() const { return call_.request_id; }
std::string_view Context::header(std::string_view name) const {
  for (const auto& h : call_.headers) if (iequals(h.name, name)) return h.value;
  return {};
}
bool Context::has_header(std::string_view name) const {
  for (const auto& h : call_.headers) if (iequals(h.name, name)) return true;
  return false;
}

Arena& Context::arena() { return call_.arena; }
Millis Context::now() const { return call_.core->now(); }
Random& Context::random() { return call_.core->random(); }
Core& Context::core() { return *call_.core; }
store::Store& Context::store() { return call_.core->store(); }
void Context::read(const std::function<void(store::Reader&)>& f) { call_.core->store().read(f); }
Result<void> Context::write(const std::function<Result<void>(store::Txn&)>& f) { return call_.core->chain().write(call_, f); }
ReceivedBody& Context::body() { return call_.body; }

Result<const void*> Context::call_beside(const auth::Principal& principal, const Scope& scope, const OperationInfo& op, const void* input) {
  const ServiceInfo* service = service_of(op);
  if (!service) return fail("InternalFailure", cat("operation ", op.wire->name, " belongs to no service"), 500);
  Call call;
  call.core = call_.core;
  call.epoch = call_.epoch;
  call.service = service;
  call.op = &op;
  call.protocol = wire::Protocol::json_1_0;
  call.facts.internal = true;
  call.facts.endpoint = call_.facts.endpoint;
  call.request_id = new_request_id(random());
  call.started_us = steady_micros();
  call.principal = std::make_shared<auth::Principal>(principal);
  call.caller = call.target = scope;
  if (service->home == ServiceInfo::Home::account) call.target.region = Region();
  call.input = input;
  call.cause = cat("request/", call_.request_id);
  Result<void> result = core().chain().run_internal(call);
  const void* output = result ? wire::deep_copy(*op.wire->output, call.output, call_.arena) : nullptr;
  core().chain().finish(call, result);
  call_.ticket = std::max(call_.ticket, call.ticket);
  if (!result) return fail(std::move(result.error()));
  return output;
}

Result<void> Context::sign_in(const BodySignature& signature) { return call_.core->chain().sign_in(call_, signature); }

Result<void> Context::decide_as(const OperationInfo& op, const void* input, std::vector<HeaderView> headers) {
  call_.decided_op = &op;
  call_.decided_input = input;
  call_.headers.clear();
  for (const auto& h : headers) call_.headers.push_back({h.name, h.value});
  return call_.core->chain().decide_again(call_);
}

const ApiError* Context::entry_denied(size_t entry) const {
  if (entry >= call_.entry_denials.size() || !call_.entry_denials[entry]) return nullptr;
  return &*call_.entry_denials[entry];
}

const Findings& Context::findings() const { return call_.findings; }

void Context::record_use(const Use& use, const Result<void>& result) {
  core().access().add(make_use_record(core(), call_, use, result));
}

void Context::add_header(std::string_view name, std::string_view value) {
  http::add_field(call_.extra_headers, name, value);
}
void Context::set_status(int status) { call_.status_override = status; }

Result<void> Context::send_blob(const store::BlobRef& blob, int64_t offset, int64_t length, std::string_view key) {
  FB_ASSIGN(reader, call_.core->store().open_blob(blob));
  if (!key.empty()) reader = decrypting_reader(std::move(reader), key);
  call_.segments.push_back({std::move(reader), offset, length});
  return {};
}
void Context::send_stream(std::shared_ptr<http::BodySource> source) { call_.stream = std::move(source); }
void Context::set_content_length(int64_t bytes) { call_.content_length = bytes; }

std::optional<int64_t> Context::parked_deadline_us() const { return call_.parked_deadline_us; }
bool Context::can_park() const { return !call_.facts.internal; }

void Call::reset() {
  exchange.reset();
  facts = {};
  headers.clear();
  parts = {};
  path_storage.clear(); endpoint_storage.clear(); request_id.clear();
  service = nullptr; op = nullptr;
  signing_service = {};
  principal.reset(); policies.reset();
  caller = {}; target = {};
  payload_hash.clear(); presigned = false; chunks.reset();
  arena.reset();
  input = nullptr; output = nullptr; body = {}; unpacked_body.clear(); packed_body.reset();
  authority_version = 0; decided_op = nullptr; decided_input = nullptr; entry_denials.clear(); findings.clear(); decision.clear(); allowed = true;
  fault_latency_ms = 0; fault_drop = false;
  core = nullptr; ticket = 0; epoch = 0; wrote = false; holds_commit_gate = false; finished = false;
  cause.clear(); parked_deadline_us.reset(); parked = false;
  extra_headers.clear(); status_override = 0; segments.clear(); stream = nullptr; content_length = -1;
}

}  // namespace fogbank
