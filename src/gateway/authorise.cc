#include "gateway/authorise.h"

#include "auth/policy/control_policies.h"
#include "auth/policy/denial.h"
#include "base/strings.h"
#include "gateway/call.h"
#include "gateway/call_keys.h"
#include "gateway/chain.h"
#include "gateway/decide.h"
#include "gateway/effects.h"

namespace fogbank {

const auth::Principal& AuthoriseContext::principal() const { return *call_.principal; }
const Scope& AuthoriseContext::caller() const { return call_.caller; }
const Scope& AuthoriseContext::target() const { return call_.target; }
void AuthoriseContext::set_target(const Scope& scope) { call_.target = scope; }
const RequestFacts& AuthoriseContext::request() const { return call_.facts; }
std::string_view AuthoriseContext::action() const { return decided(call_).action; }
Findings& AuthoriseContext::findings() { return call_.findings; }
void AuthoriseContext::add_header(std::string_view name, std::string_view value) { http::add_field(call_.extra_headers, name, value); }
void AuthoriseContext::encrypt_body() { call_.body.encrypt = true; }
std::string_view AuthoriseContext::header(std::string_view name) const {
  for (const auto& h : call_.headers) if (iequals(h.name, name)) return h.value;
  return {};
}

Requirement& AuthoriseContext::require(std::string_view action, std::string_view resource) {
  Requirement r;
  r.action = action;
  r.resource = resource;
  requirements_.push_back(std::move(r));
  return requirements_.back();
}

Requirement& AuthoriseContext::require_entry(size_t entry, std::string_view action, std::string_view resource) {
  Requirement& r = require(action, resource);
  r.entry = int(entry);
  return r;
}

std::string expand_arn_template(std::string_view text, const Scope& target, const wire::View& in) {
  std::string out;
  while (!text.empty()) {
    size_t open = text.find('{');
    out.append(text.substr(0, open));
    if (open == std::string_view::npos) break;
    size_t close = text.find('}', open);
    std::string_view name = text.substr(open + 1, close - open - 1);
    text.remove_prefix(close + 1);
    if (name == "partition") out += target.partition.str();
    else if (name == "region") out += target.region.str();
    else if (name == "account") out += target.account.str();
    else if (Str v = in.text(name)) out.append(v.view());
    else out += '*';
  }
  return out;
}

namespace {

void describe_match(std::string& out, const policy::Match& m) {
  append(out, policy::describe(m.type), " ", m.policy);
  if (m.statement >= 0) append(out, " statement ", m.statement);
  if (!m.sid.empty()) append(out, " (", m.sid, ")");
  if (!m.level.empty()) append(out, " at ", m.level);
}

/// "; service control policies of r-ab12, ou-ab12-11111111, 111122223333 were asked"
void describe_levels(std::string& out, std::string_view what, const std::vector<auth::PolicySet::Level>& levels) {
  if (levels.empty()) return;
  append(out, "; ", what, " policies of ");
  for (size_t i = 0; i < levels.size(); i++) append(out, i ? ", " : "", levels[i].name);
  out += " apply";
}

std::string describe(const policy::Decision& d, const Requirement& need, const std::vector<policy::Match>* all) {
  std::string out = cat(need.action, " on ", need.resource, ": ");
  if (d.allowed()) {
    out += "allowed by ";
    if (d.type == policy::PolicyType::none) out += "the account's root";
    else if (d.type == policy::PolicyType::additional) out.append(d.reason);
    else describe_match(out, d.match);
  } else if (d.outcome == policy::Outcome::explicit_deny) {
    out += "explicitly denied by ";
    describe_match(out, d.match);
    if (!d.level.empty()) append(out, " at ", d.level);
  } else {
    append(out, "not allowed: no ", policy::describe(d.type), " allows it");
    if (!d.level.empty()) append(out, " at ", d.level);
  }
  if (all) {
    bool denies = d.outcome == policy::Outcome::explicit_deny;   // by what is named already
    for (const auto& m : *all) {
      if (denies && m.effect == policy::Effect::deny && m.type == d.match.type && m.policy == d.match.policy && m.statement == d.match.statement && m.level == d.level) continue;
      out += m.effect == policy::Effect::allow ? "; Allow in " : "; Deny in ";
      describe_match(out, m);
    }
  }
  return out;
}

}  // namespace

ApiError denied(const Call& call, std::string message) {
  using wire::Protocol;
  if (call.service->wire->query_compatible) {  // both codes, whatever the protocol
    ApiError e("AccessDeniedException", std::move(message), 403);
    e.query_code = "AccessDenied";
    if (call.protocol == Protocol::query) e.code = "AccessDenied";
    return e;
  }
  if (const char* code = denial_code(*call.service)) return ApiError(code, std::move(message), 403);
  switch (call.protocol) {
    case Protocol::rest_xml: case Protocol::query: return ApiError("AccessDenied", std::move(message), 403);
    case Protocol::ec2: return ApiError("UnauthorizedOperation", std::move(message), 403);
    case Protocol::rest_json: return ApiError("AccessDeniedException", std::move(message), 403);
    default: return ApiError("AccessDeniedException", std::move(message), 400);
  }
}

namespace {

/// A denial of what this call does through another service's library is a denied call of that service.
void record_denial(Core& core, const Call& call, const Requirement& need, const ApiError& denial) {
  if (need.via_service.empty()) return;
  size_t colon = need.action.find(':');
  Scope target = call.target;
  if (auto arn = parse_arn(need.resource)) target.account = AccountId(arn->account);
  std::string_view action = need.action;
  AccessRecord record = make_use_record(core, call, {action.substr(0, colon), action.substr(colon + 1), need.via_service, target, {}, true}, Result<void>(fail(denial)));
  record.decision = denial.detail;
  record.allowed = false;
  core.access().add(std::move(record));
}

}  // namespace

Result<void> decide_one(Core& core, Call& call, AuthoriseContext& cx, const Requirement& need) {
  ResourceInfo info;
  cx.set_deciding(&need);
  if (need.info) info = *need.info;
  else if (need.load_policy && call.service->load_resource && need.resource != "*") FB_TRY(call.service->load_resource(cx, need.resource, info));
  const auth::PolicySet& policies = *call.policies;
  std::string owner = !info.owner_account.empty() ? info.owner_account : call.target.account.str();
  auto owner_policies = core.identity().policies_of_account(owner, cx.reader());
  CallKeys keys(core, cx.reader(), call, need, info, policies, *owner_policies);

  policy::Action action(need.action);
  policy::Input in;
  in.request.principal = &policies.who;
  in.request.action = &action;
  in.request.resource = need.resource;
  in.request.resource_account = owner;
  in.request.keys = &keys;
  in.identity = policies.identity;
  std::vector<policy::Attached> more = std::move(info.more_policies);
  policy::Attached resource{info.policy, info.policy_name};
  if (!more.empty()) {
    if (info.policy) more.push_back(resource);
    in.resource = more;
  } else if (info.policy) {
    in.resource = {&resource, 1};
  }
  if (policies.boundary) in.boundary = &*policies.boundary;
  in.session = policies.session;
  std::vector<policy::Level> scps, rcps;
  for (const auto& l : policies.scps) scps.push_back({l.policies, l.name});
  for (const auto& l : owner_policies->rcps) rcps.push_back({l.policies, l.name});
  in.scps = scps;
  in.rcps = rcps;
  in.exempt_from_scps = policies.exempt_from_scps;
  in.exempt_from_rcps = owner_policies->exempt || info.exempt_from_rcps || call.principal->service_linked || !policy::governed_by_resource_control(action);
  in.authority.required = info.policy_required;

  auto explained = [&](const policy::Decision& d, const std::vector<policy::Match>* all) {
    std::string out = describe(d, need, all);
    if (!in.exempt_from_scps) describe_levels(out, "service control", policies.scps);
    if (!in.exempt_from_rcps) describe_levels(out, "resource control", owner_policies->rcps);
    return out;
  };
  policy::Decision d = policy::evaluate(in);
  if (info.policy_only_denies && d.outcome != policy::Outcome::explicit_deny) {
    in.resource = {};
    d = policy::evaluate(in);
  }
  std::string grant;
  if (d.outcome == policy::Outcome::implicit_deny && info.grant && !(grant = info.grant()).empty()) {
    in.additional_allow.reason = grant;
    in.additional_allow.crosses_accounts = info.grant_crosses_accounts;
    d = policy::evaluate(in);
  }
  if (d.allowed()) {
    if (call.decision.empty()) call.decision = explained(d, nullptr);
    return {};
  }
  std::vector<policy::Match> all;
  policy::evaluate(in, &all);
  std::string reason = explained(d, &all);
  if (need.entry < 0) {
    call.decision = reason;
    call.allowed = false;
  }
  policy::DenialContext text;
  text.show_reason = !d.cross_account || (!policies.organization_id.empty() && policies.organization_id == owner_policies->organization_id);
  // AWS names no resource for an action that knows none, and for "every bucket".
  auto arn = parse_arn(need.resource);
  text.show_resource = !need.shown.empty() || (need.resource != "*" && !(arn && arn->resource == "*"));
  text.resource = need.shown;
  ApiError e = denied(call, need.denial.empty() ? policy::denial_text(in.request, d, text) : need.denial);
  e.detail = reason;
  record_denial(core, call, need, e);
  if (need.reword) e = need.reword(std::move(e));
  return fail(std::move(e));
}

Result<void> Chain::decide(Call& call, store::Reader& reader) {
  const OperationInfo& op = decided(call);
  call.findings.clear();
  call.entry_denials.clear();
  AuthoriseContext cx(core_, call, reader);
  wire::View in = decided_input(call);
  if (op.authorise) {
    FB_TRY(op.authorise(cx, in));
  } else {
    for (const auto& rule : op.rules) cx.require(rule.action, expand_arn_template(rule.resource, call.target, in));
  }
  // Before the decisions: an anonymous caller of an operation that does not take any.
  if (call.principal->anonymous() && !op.anonymous) return fail(denied(call, "Access Denied"));
  for (const auto& need : cx.requirements()) {
    auto verdict = decide_one(core_, call, cx, need);
    if (need.entry < 0) {
      if (!verdict) return verdict;
    } else {
      if (call.entry_denials.size() <= size_t(need.entry)) call.entry_denials.resize(size_t(need.entry) + 1);
      if (!verdict) call.entry_denials[size_t(need.entry)] = std::move(verdict.error());
    }
  }
  return {};
}

namespace {
/// A caller that was deleted since it got its credentials.
std::string gone_text(const Call& call) {
  return cat("User: ", call.principal->arn, " is not authorized to perform: ", call.service->wire->signing_name, ":", call.op->wire->name);
}
}  // namespace

Result<void> Chain::look_ahead(Call& call, store::Reader& reader) try {
  call.policies = core_.identity().policies_of(*call.principal, reader);
  if (call.policies->gone) return fail(denied(call, gone_text(call)));
  if (call.op->public_without_policy) return {};
  return decide(call, reader);
} catch (const std::exception& e) {
  return fail(internal_failure(call, e));
}

Result<void> Chain::authorise(Call& call) try {
  call.authority_version = core_.store().authority_version();
  call.policies = core_.identity().policies_of(*call.principal);
  if (call.policies->gone) return fail(denied(call, gone_text(call)));
  if (call.op->public_without_policy) {
    call.decision = "needs no permission";
    return {};
  }
  Result<void> result;
  core_.store().read([&](store::Reader& reader) { result = decide(call, reader); });
  return result;
} catch (const std::exception& e) {   // a damaged record, or the like: this call fails and nothing else
  return fail(internal_failure(call, e));
}

}  // namespace fogbank
