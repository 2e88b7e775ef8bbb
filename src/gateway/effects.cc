#include "gateway/effects.h"

#include <algorithm>

#include "base/form.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/resolve.h"

namespace fogbank {

namespace {
constexpr store::Table kEffects{"core", "effect"};

void describe_caller(AccessRecord& r, const Call& call) {
  const auth::Principal* p = call.principal.get();
  if (!p) return;
  r.principal_arn = p->kind == auth::PrincipalKind::service ? p->name : p->arn;
  r.account = p->account;
  r.access_key_id = p->access_key_id;
  if (!p->source_arn.empty()) r.session_context = cat("source ", p->source_arn);
  else if (!p->source_identity.empty()) r.session_context = cat("source identity ", p->source_identity);
}

}

store::Key effect_prefix(uint64_t task_id) { return store::key(Scope{}.whole_partition(), kEffects, task_id); }
store::Key effect_key(uint64_t task_id, int step) { return store::key(Scope{}.whole_partition(), kEffects, task_id, uint64_t(step)); }

AccessRecord make_access_record(Core& core, const Call& call, const Result<void>& result) {
  AccessRecord r;
  r.time = core.now();
  r.request_id = call.request_id;
  r.service = call.service->wire->signing_name;
  r.operation = call.op->wire->name;
  describe_caller(r, call);
  r.target_account = call.target.account.str();
  r.region = call.target.region.str();
  r.source_ip = call.facts.source_ip;
  r.user_agent = call.facts.user_agent;
  if (call.input) wire::to_masked_json(*call.op->wire->input, call.input, r.parameters, 1024);
  r.decision = call.decision;
  r.allowed = call.allowed;
  if (!result) {
    r.error_code = result.error().code;
    r.error_message = result.error().message;
  }
  r.duration_us = steady_micros() - call.started_us;
  r.cause = call.cause;
  r.read_only = !call.wrote;
  return r;
}

AccessRecord make_use_record(Core& core, const Call& call, const Context::Use& use, const Result<void>& result) {
  AccessRecord r;
  r.time = core.now();
  r.request_id = new_request_id(core.random());
  r.service = use.service;
  r.operation = use.operation;
  describe_caller(r, call);
  r.target_account = use.target.account.str();
  r.region = use.target.region.str();
  r.source_ip = r.user_agent = use.via_service;
  r.parameters = use.parameters;
  if (!result) {
    r.error_code = result.error().code;
    r.error_message = result.error().message;
  }
  r.cause = cat("request/", call.request_id);
  r.read_only = use.read_only;
  return r;
}

Result<void> resolve_query(Call& call, Core& core) {
  auto value = [&](std::string_view name) {
    auto v = form_value(call.parts.body, name);
    return v ? v : form_value(call.parts.query, name);
  };
  auto action = value("Action");
  auto version = value("Version");
  if (!call.service && version) {
    // Unsigned: only Action and Version tell whose call it is.
    for (const auto* s : all_services()) {
      bool exists = false;
      if (*version == s->wire->version && (core.resolver().by_action(*s, action.value_or(""), exists) || exists)) { call.service = s; break; }
    }
  }
  if (!call.service && action && !version) {   // a link in a mail names no version
    for (const auto* s : all_services()) {
      bool query = std::find(s->wire->protocols.begin(), s->wire->protocols.end(), wire::Protocol::query) != s->wire->protocols.end(), exists = false;
      const OperationInfo* op = query ? core.resolver().by_action(*s, *action, exists) : nullptr;
      if (op && op->anonymous) { call.service = s; break; }
    }
  }
  if (!call.service) return fail(action ? ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403) : ApiError("MissingAction", "The request is missing an action parameter.", 400));
  if (!action) {
    // AWS's front ends send a body without an action to their documentation page; SDKs never do so.
    return fail("MissingAction", "The request must contain the parameter Action.", 400);
  }
  bool exists = false;
  call.op = core.resolver().by_action(*call.service, *action, exists);
  if (!call.op) {
    if (exists) return fail("NotImplemented", cat(call.service->folder, ":", *action, " is not served by Fogbank."), 501);
    return fail("InvalidAction", cat("Could not find operation ", *action, " for version ", version.value_or("NO_VERSION_SPECIFIED")), 400);
  }
  return {};
}

}  // namespace fogbank
