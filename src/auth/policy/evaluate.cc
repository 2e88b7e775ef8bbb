#include "auth/policy/evaluate.h"

#include "auth/policy/compiled.h"

namespace fogbank::policy {
namespace {

/// What the policies of one type say together.
struct Scan {
  const Attached* allow = nullptr;
  int allow_statement = -1;
  Grant grant = Grant::none;   ///< the closest one; resource policies only
  const Attached* deny = nullptr;
  int deny_statement = -1;
};

/// Everything a decision needs while it runs.
class Evaluation {
 public:
  Evaluation(const Input& in, std::vector<Match>* explain) : in_(in), caller_(*in.request.principal), explain_(explain) {}
  Decision run();

 private:
  bool has_policies() const {
    PrincipalKind k = caller_.kind;
    return k == PrincipalKind::user || k == PrincipalKind::role_session || k == PrincipalKind::federated_user;
  }
  bool has_account() const { return has_policies() || caller_.kind == PrincipalKind::root; }
  bool is_session() const { return caller_.kind == PrincipalKind::role_session || caller_.kind == PrincipalKind::federated_user; }
  bool issued_by_root() const {
    std::string_view arn = caller_.issuer_arn;
    return caller_.kind == PrincipalKind::federated_user && arn.size() > 5 && arn.substr(arn.size() - 5) == ":root";
  }

  Scan scan(std::span<const Attached> policies, PolicyType type);
  bool scan_levels(std::span<const Level> levels, PolicyType type, Decision& out);
  bool denied(const Scan& s, PolicyType type, Decision& out);
  Decision decide();
  Decision decide_without_account();
  Decision decide_across();
  Decision decide_within();
  /// Identity policies, boundary and session policies together; fills `out` with the type that is missing.
  bool own_side_allows(Decision& out) const;
  bool ceilings_allow(Decision& out) const;
  Decision allow(PolicyType type, const Scan& s) const;
  Decision allow_from_resource() const;
  Decision allow_from_identity() const;
  static Decision missing(PolicyType type) { Decision d; d.type = type; return d; }
  static Match match_of(const Attached& a, int statement, PolicyType type);

  const Input& in_;
  const Principal& caller_;
  std::vector<Match>* explain_;
  bool across_ = false;
  PolicyType resource_type_ = PolicyType::resource;
  Decision level_missing_;     ///< the first SCP or RCP level without an Allow
  Scan resource_, identity_, boundary_, session_;
};

Match Evaluation::match_of(const Attached& a, int statement, PolicyType type) {
  const Statement& s = a.policy->statements()[size_t(statement)];
  return {type, a.name, statement, s.sid, s.effect, {}};
}

Scan Evaluation::scan(std::span<const Attached> policies, PolicyType type) {
  Scan out;
  const Request& request = in_.request;
  bool with_principal = type == PolicyType::resource || type == PolicyType::trust || type == PolicyType::rcp;
  for (const Attached& a : policies) {
    if (!a.policy) continue;
    const auto& statements = a.policy->statements();
    size_t first_match = explain_ ? explain_->size() : 0;
    a.policy->with_action(*request.action, [&](uint32_t index) {
      const Statement& s = statements[index];
      bool allows = s.effect == Effect::allow;
      Grant grant = Grant::direct;
      if (with_principal) {
        grant = s.principals.applies(caller_, s.effect, in_.boundary != nullptr);
        if (grant == Grant::none) return true;
      }
      bool nothing_new = allows && out.allow && grant <= out.grant;
      if (nothing_new && !explain_) return true;
      if (!s.resource_fits(request) || !s.conditions_hold(request)) return true;
      if (explain_) explain_->push_back(match_of(a, int(index), type));
      if (!allows) {
        if (!out.deny) out.deny = &a, out.deny_statement = int(index);
        return explain_ != nullptr;
      }
      if (!nothing_new) out.allow = &a, out.allow_statement = int(index), out.grant = grant;
      return true;
    });
    if (explain_) std::sort(explain_->begin() + ptrdiff_t(first_match), explain_->end(), [](const Match& x, const Match& y) { return x.statement < y.statement; });
    if (out.deny && !explain_) break;
  }
  return out;
}

bool Evaluation::denied(const Scan& s, PolicyType type, Decision& out) {
  if (!s.deny || out.outcome == Outcome::explicit_deny) return false;
  out.outcome = Outcome::explicit_deny;
  out.type = type;
  out.match = match_of(*s.deny, s.deny_statement, type);
  return !explain_;
}

/// True if the evaluation can end here: an explicit deny, and nobody asked for an explanation.
bool Evaluation::scan_levels(std::span<const Level> levels, PolicyType type, Decision& out) {
  for (const Level& level : levels) {
    bool before = out.outcome == Outcome::explicit_deny;
    size_t first_match = explain_ ? explain_->size() : 0;
    Scan s = scan(level.policies, type);
    if (explain_) for (size_t i = first_match; i < explain_->size(); i++) (*explain_)[i].level = level.name;
    bool end = denied(s, type, out);
    if (!before && out.outcome == Outcome::explicit_deny) out.level = level.name;
    if (end) return true;
    if (!s.allow && level_missing_.type == PolicyType::none) {
      level_missing_.type = type;
      level_missing_.level = level.name;
    }
  }
  return false;
}

Decision Evaluation::run() {
  std::string_view owner = in_.request.resource_account;
  across_ = has_account() && !owner.empty() && owner != caller_.account;
  if (!in_.resource.empty() && in_.resource[0].policy && in_.resource[0].policy->kind() == PolicyKind::trust) resource_type_ = PolicyType::trust;
  Decision out;
  out.cross_account = across_;
  if (!in_.exempt_from_scps && has_account() && scan_levels(in_.scps, PolicyType::scp, out)) return out;
  if (!in_.exempt_from_rcps && scan_levels(in_.rcps, PolicyType::rcp, out)) return out;
  if (!in_.resource.empty()) resource_ = scan(in_.resource, resource_type_);
  if (denied(resource_, resource_type_, out)) return out;
  if (has_policies()) {
    identity_ = scan(in_.identity, PolicyType::identity);
    if (denied(identity_, PolicyType::identity, out)) return out;
    if (in_.boundary) boundary_ = scan({in_.boundary, 1}, PolicyType::boundary);
    if (denied(boundary_, PolicyType::boundary, out)) return out;
    if (is_session()) session_ = scan(in_.session, PolicyType::session);
    if (denied(session_, PolicyType::session, out)) return out;
  }
  if (out.outcome == Outcome::explicit_deny) return out;
  out = level_missing_.type != PolicyType::none ? level_missing_ : decide();
  out.cross_account = across_;
  return out;
}

Decision Evaluation::allow(PolicyType type, const Scan& s) const {
  Decision d;
  d.outcome = Outcome::allow;
  d.type = type;
  if (s.allow) d.match = match_of(*s.allow, s.allow_statement, type);
  return d;
}

Decision Evaluation::allow_from_resource() const {
  if (resource_.grant == Grant::none) {
    Decision d = allow(PolicyType::additional, {});
    d.reason = in_.additional_allow.reason;
    return d;
  }
  return allow(resource_type_, resource_);
}

Decision Evaluation::allow_from_identity() const {
  bool rootly = caller_.kind == PrincipalKind::root || issued_by_root();
  return allow(rootly && !identity_.allow ? PolicyType::none : PolicyType::identity, identity_);
}

bool Evaluation::ceilings_allow(Decision& out) const {
  if (caller_.kind == PrincipalKind::root) return true;
  if (in_.boundary && !boundary_.allow) return out = missing(PolicyType::boundary), false;
  // A federated session without session policies may do nothing; a role session without them is not limited.
  bool limited = is_session() && (!in_.session.empty() || caller_.kind == PrincipalKind::federated_user);
  if (limited && !session_.allow) return out = missing(PolicyType::session), false;
  return true;
}

bool Evaluation::own_side_allows(Decision& out) const {
  bool rootly = caller_.kind == PrincipalKind::root || issued_by_root();
  if (!rootly && !identity_.allow) return out = missing(PolicyType::identity), false;
  return ceilings_allow(out);
}

/// Anonymous callers, services and federated identities that have no session yet: only the resource's policy can speak for them.
Decision Evaluation::decide_without_account() {
  if (resource_.grant != Grant::none || !in_.additional_allow.reason.empty()) return allow_from_resource();
  return missing(resource_type_);
}

Decision Evaluation::decide_across() {
  bool additional = !in_.additional_allow.reason.empty();
  if (additional && in_.additional_allow.crosses_accounts && resource_.grant == Grant::none) return allow_from_resource();
  Decision out;
  if (!own_side_allows(out)) return out;
  if (resource_.grant == Grant::none && !additional) return missing(resource_type_);
  return allow_from_resource();
}

Decision Evaluation::decide_within() {
  Grant grant = in_.additional_allow.reason.empty() ? resource_.grant : Grant::direct;
  Decision out;
  if (in_.authority.required && grant == Grant::none) return missing(resource_type_);
  if (in_.authority.union_with_identity) {
    if (grant == Grant::direct) return allow_from_resource();
    if (grant == Grant::entity) return ceilings_allow(out) ? allow_from_resource() : out;
  }
  if (!own_side_allows(out)) return out;
  return allow_from_identity();
}

Decision Evaluation::decide() {
  if (!has_account()) return decide_without_account();
  return across_ ? decide_across() : decide_within();
}

}  // namespace

Decision evaluate(const Input& in, std::vector<Match>* explain) { return Evaluation(in, explain).run(); }

Verdict apply(std::span<const Attached> policies, PolicyType type, const Request& request) {
  Verdict out;
  bool with_principal = type == PolicyType::resource || type == PolicyType::trust || type == PolicyType::rcp;
  for (const Attached& a : policies) {
    if (!a.policy) continue;
    a.policy->with_action(*request.action, [&](uint32_t index) {
      const Statement& s = a.policy->statements()[index];
      bool allows = s.effect == Effect::allow;
      if (allows ? out.allow != nullptr : out.deny != nullptr) return true;
      if (with_principal && s.principals.applies(*request.principal, s.effect, false) == Grant::none) return true;
      if (!s.resource_fits(request) || !s.conditions_hold(request)) return true;
      if (allows) out.allow = &a, out.allow_statement = int(index);
      else out.deny = &a, out.deny_statement = int(index);
      return true;
    });
  }
  return out;
}

std::string_view describe(PolicyType type) {
  switch (type) {
    case PolicyType::none: return "no policy";
    case PolicyType::identity: return "identity-based policy";
    case PolicyType::resource: return "resource-based policy";
    case PolicyType::trust: return "role trust policy";
    case PolicyType::boundary: return "permissions boundary";
    case PolicyType::session: return "session policy";
    case PolicyType::scp: return "service control policy";
    case PolicyType::rcp: return "resource control policy";
    case PolicyType::additional: return "grant";
  }
  return "policy";
}

}  // namespace fogbank::policy
