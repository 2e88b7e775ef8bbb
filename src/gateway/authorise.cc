#include "gateway/authorise.h"

#include "auth/policy/control_policies.h"
#include "auth/policy/denial.h"
#include "base/strings.h"
#include "gateway/call.h"
#include "gateway/chain.h"
#include "gateway/decide.h"
#include "gateway/effects.h"

namespace fogbank {
namespace {
const OperationInfo& decided(const Call& call) { return call.decided_op ? *call.decided_op : *call.op; }
wire::View decided_input(const Call& call) { return {call.decided_op ? call.decided_input : call.input, decided(call).wire->input}; }
}  // namespace

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

// Tags that the request brings: a member `Tags`/`tags` that is a list of Key/Value structures or a map of texts.
void each_request_tag(const wire::View& in, const std::function<void(std::string_view, std::string_view)>& f) {
  const wire::Field* field = in.field("Tags");
  if (!field) field = in.field("tags");
  if (!field || !in.valid()) return;
  const char* slot = static_cast<const char*>(in.data()) + field->offset;
  if (field->kind == wire::Kind::map && field->shape->element->kind == wire::Kind::text) {
    for (const auto& e : *reinterpret_cast<const Map<Str>*>(slot)) f(e.key, e.value);
  } else if (field->kind == wire::Kind::list && field->shape->element->kind == wire::Kind::structure) {
    const auto& list = *reinterpret_cast<const List<char>*>(slot);
    const wire::Shape& shape = *field->shape->element;
    for (uint32_t i = 0; i < list.count; i++) {
      wire::View tag(list.items + size_t(i) * shape.size, &shape);
      Str key = tag.text("Key"), value = tag.text("Value");
      if (!key) { key = tag.text("TagKey"); value = tag.text("TagValue"); }
      if (key) f(key, value);
    }
  }
}

/// Context keys that hold for every call, asked one by one. Names arrive in lower case.
class CallKeys : public policy::Keys {
 public:
  CallKeys(Core& core, store::Reader& reader, const Call& call, const Requirement& need, const ResourceInfo& info, const auth::PolicySet& policies,
           const auth::ResourceAccountPolicies& owner)
      : core_(core), reader_(reader), call_(call), need_(need), info_(info), policies_(policies), owner_(owner) {}

  bool find(std::string_view key, policy::Values& out) const override {
    if (auto it = need_.keys.find(std::string(key)); it != need_.keys.end()) {
      for (const auto& v : it->second) out.add(v);
      return true;
    }
    if (key.starts_with("aws:")) return global(key.substr(4), out);
    if (auto it = who().federation_keys.find(std::string(key)); it != who().federation_keys.end()) {
      for (const auto& v : it->second.values) out.add(v);
      return !it->second.values.empty();
    }
    if (std::vector<std::string> values; need_.more_keys && need_.more_keys(key, values)) {
      for (const auto& v : values) out.add_owned(v);
      return true;
    }
    for (const auto& k : decided(call_).keys) {
      if (iequals(k.key, key)) return member(k.member, out);
    }
    return false;
  }

 private:
  wire::View input() const { return decided_input(call_); }
  const auth::Principal& who() const { return *call_.principal; }
  // A scalar of the input as the policy language writes it.
  bool member(std::string_view name, policy::Values& out) const {
    const wire::Field* f = input().field(name);
    if (!f || !input().valid()) return false;
    const char* slot = static_cast<const char*>(input().data()) + f->offset;
    if (!wire::present(f->kind, slot)) return false;
    switch (f->kind) {
      case wire::Kind::text: out.add(*reinterpret_cast<const Str*>(slot)); return true;
      case wire::Kind::boolean: out.add(reinterpret_cast<const Opt<bool>*>(slot)->value ? "true" : "false"); return true;
      case wire::Kind::integer: out.add_owned(cat(reinterpret_cast<const Opt<int32_t>*>(slot)->value)); return true;
      case wire::Kind::longint: out.add_owned(cat(reinterpret_cast<const Opt<int64_t>*>(slot)->value)); return true;
      case wire::Kind::timestamp: out.add_owned(iso8601(reinterpret_cast<const Opt<int64_t>*>(slot)->value)); return true;
      case wire::Kind::list:
        if (f->shape->element->kind != wire::Kind::text) return false;
        for (const Str& v : *reinterpret_cast<const List<Str>*>(slot)) out.add(v);
        return true;
      default: return false;
    }
  }
  bool text(std::string_view v, policy::Values& out) const {
    if (v.empty()) return false;
    out.add_owned(v);
    return true;
  }

  bool global(std::string_view key, policy::Values& out) const {
    const auth::Principal& p = who();
    bool service_call = call_.facts.internal || !p.called_via.empty() || !need_.via_service.empty();
    if (key == "sourceip") return !service_call && text(call_.facts.source_ip, out);
    if (key == "securetransport") return text(call_.facts.tls || call_.facts.internal ? "true" : "false", out);
    if (key == "currenttime") return text(iso8601(core_now()), out);
    if (key == "epochtime") return text(cat(core_now() / 1000), out);
    if (key == "useragent") return text(call_.facts.user_agent, out);
    if (key == "referer") {
      for (const auto& h : call_.headers) if (iequals(h.name, "referer")) return text(h.value, out);
      return false;
    }
    if (key == "requestedregion") return text(call_.target.region.empty() ? std::string_view("us-east-1") : std::string_view(call_.target.region.str()), out);
    // Present only for requests made with temporary credentials, as IAM documents it.
    if (key == "multifactorauthpresent") return p.issued_at && text(p.mfa ? "true" : "false", out);
    if (key == "multifactorauthage") return p.mfa && text(cat((core_now() - p.issued_at) / 1000), out);
    if (key == "tokenissuetime") return p.issued_at && text(iso8601(p.issued_at), out);
    if (key == "sourceidentity") return text(p.source_identity, out);
    if (key.starts_with("calledvia") || key == "viaawsservice") return called_via(key, out);
    if (key == "sourcearn") return text(p.source_arn, out);
    if (key == "sourceaccount") return text(p.source_account, out);
    if (key == "sourceorgid") return !p.source_account.empty() && text(source_account()->organization_id, out);
    if (key == "sourceorgpaths") return !p.source_account.empty() && text(source_account()->organization_path, out);
    if (key == "principalorgid") return text(policies_.organization_id, out);
    if (key == "principalorgpaths") return text(policies_.organization_path, out);
    if (key == "resourceorgid") return text(owner_.organization_id, out);
    if (key == "resourceorgpaths") return text(owner_.organization_path, out);
    if (key.starts_with("resourcetag/")) return tag(info_.tags, key.substr(12), out);
    if (key == "tagkeys" || key.starts_with("requesttag/")) return request_tags(key, out);
    return false;
  }

  /// The services that the call came through: those of the principal, then the one that this decision is made for.
  bool called_via(std::string_view key, policy::Values& out) const {
    const std::vector<std::string>& before = who().called_via;
    const std::string& now = need_.via_service;
    bool any = !before.empty() || !now.empty();
    if (key == "viaawsservice") return text(any ? "true" : "false", out);
    if (!any) return false;
    if (key == "calledviafirst") return text(before.empty() ? now : before.front(), out);
    if (key == "calledvialast") return text(now.empty() ? before.back() : now, out);
    if (key != "calledvia") return false;
    for (const auto& s : before) out.add(s);
    if (!now.empty()) out.add(now);
    return true;
  }

  bool tag(const std::map<std::string, std::string>& tags, std::string_view name, policy::Values& out) const {
    for (const auto& [k, v] : tags) {
      if (!iequals(k, name)) continue;
      out.add(v);
      return true;
    }
    return false;
  }

  bool request_tags(std::string_view key, policy::Values& out) const {
    bool found = false;
    each_request_tag(input(), [&](std::string_view k, std::string_view v) {
      if (key == "tagkeys") { out.add(k); found = true; }
      else if (!found && iequals(k, key.substr(11))) { out.add(v); found = true; }
    });
    if (key == "tagkeys" && !found) {  // an untagging call names the keys alone
      if (const auto* list = input().slot<List<Str>>("TagKeys")) for (const auto& k : *list) { out.add(k); found = true; }
    }
    return found;
  }

  Millis core_now() const { return core_.now(); }
  std::shared_ptr<const auth::ResourceAccountPolicies> source_account() const { return core_.identity().policies_of_account(who().source_account, reader_); }

  Core& core_;
  store::Reader& reader_;
  const Call& call_;
  const Requirement& need_;
  const ResourceInfo& info_;
  const auth::PolicySet& policies_;
  const auth::ResourceAccountPolicies& owner_;
};

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
