#include "gateway/inside.h"

#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/chain.h"

namespace fogbank {
namespace {

const ServiceInfo* service_of(const OperationInfo& op) {
  for (const auto* s : all_services()) if (!s->operations.empty() && &op >= s->operations.data() && &op < s->operations.data() + s->operations.size()) return s;
  return nullptr;
}

}  // namespace

std::unique_ptr<Call> make_inside_call(Core& core, std::shared_ptr<const auth::Principal> principal, const Scope& scope, const OperationInfo& op, std::string cause) {
  auto call = std::make_unique<Call>();
  call->core = &core;
  call->epoch = core.store().epoch();
  call->service = service_of(op);
  if (!call->service) throw std::logic_error(cat("operation ", op.wire->name, " belongs to no service"));
  call->op = &op;
  call->protocol = wire::Protocol::json_1_0;
  call->facts.internal = true;
  call->facts.endpoint = core.settings().public_endpoint;
  call->request_id = new_request_id(core.random());
  call->started_us = steady_micros();
  call->principal = std::move(principal);
  call->caller = call->target = scope;
  if (call->service->home == ServiceInfo::Home::account) call->target.region = Region();
  call->cause = std::move(cause);
  return call;
}

Result<const void*> InsideCall::call_raw(const OperationInfo& op, const void* input) {
  last_ = make_inside_call(core_, principal_, scope_, op, cause_);
  last_->input = input;
  Result<void> result = core_.chain().run_internal(*last_);
  core_.chain().finish(*last_, result);
  core_.wake_loop();
  if (!result) return fail(std::move(result.error()));
  return static_cast<const void*>(last_->output);
}

}  // namespace fogbank
