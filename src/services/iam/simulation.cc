#include "services/iam/simulation.h"

#include "base/scope.h"
#include "base/strings.h"
#include "services/iam/action_reference.h"

namespace fogbank::iam {
namespace {

using policy::Outcome;
using policy::PolicyType;

Outcome stricter(Outcome a, Outcome b) {
  if (a == Outcome::explicit_deny || b == Outcome::explicit_deny) return Outcome::explicit_deny;
  return a == Outcome::implicit_deny || b == Outcome::implicit_deny ? Outcome::implicit_deny : Outcome::allow;
}

Outcome outcome_of(const policy::Verdict& v) { return v.deny ? Outcome::explicit_deny : v.allow ? Outcome::allow : Outcome::implicit_deny; }

std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) { return a && b ? std::optional<bool>(*a && *b) : a ? a : b; }

template <class T> void add_once(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

/// ${*}, ${?} and ${$} are listed as keys and are never missing.
bool is_literal(std::string_view key) { return key == "*" || key == "?" || key == "$"; }

/// The keys of the request, and whose the resource is.
class WithOwner final : public policy::Keys {
 public:
  WithOwner(const policy::Keys& keys, std::string_view owner) : keys_(keys), owner_(owner) {}
  bool find(std::string_view key, policy::Values& out) const override {
    if (keys_.find(key, out)) return true;
    if (key != "aws:resourceaccount" || owner_.empty()) return false;
    out.add(owner_);
    return true;
  }

 private:
  const policy::Keys& keys_;
  std::string_view owner_;
};

}  // namespace

Simulation::Simulation(SimulationSetup setup) : setup_(std::move(setup)) {
  for (size_t i = 0; i < setup_.identity.size(); i++) identity_.push_back({setup_.identity[i].policy, cat(i)});
  if (setup_.boundary) boundary_ = policy::Attached{setup_.boundary->policy, setup_.boundary->id};
  if (setup_.resource) resource_ = policy::Attached{setup_.resource->policy, setup_.resource->id};
  auto add_missing = [&](const SimulatedPolicy& p) {
    for (const std::string& key : p.keys)
      if (!is_literal(key) && std::find(setup_.given.begin(), setup_.given.end(), lower(key)) == setup_.given.end()) add_once(missing_, key);
  };
  for (const SimulatedPolicy& p : setup_.identity) add_missing(p);
  if (setup_.boundary) add_missing(*setup_.boundary);
  if (setup_.resource) add_missing(*setup_.resource);
}

bool Simulation::organizations_allow(const policy::Request& request) const {
  if (setup_.exempt_from_scps) return true;
  for (const auto& level : setup_.scps)
    if (outcome_of(policy::apply(level.policies, PolicyType::scp, request)) != Outcome::allow) return false;
  return true;
}

const SimulatedPolicy* Simulation::policy_of(const policy::Match& m) const {
  switch (m.type) {
    case PolicyType::identity: return &setup_.identity.at(size_t(parse_int(m.policy).value()));
    case PolicyType::boundary: return &*setup_.boundary;
    case PolicyType::resource: case PolicyType::trust: return &*setup_.resource;
    default: return nullptr;   // the organisation's policies are not shown
  }
}

SimulatedDecision Simulation::decide(const std::string& action_text, const std::string& resource) const {
  SimulatedDecision out;
  out.resource = resource;
  policy::Action action(action_text);
  policy::Input in;
  in.request.principal = &setup_.principal;
  in.request.action = &action;
  in.request.resource = resource;
  auto arn = parse_arn(resource);
  std::string_view owner = arn && is_account_id(arn->account) ? arn->account : std::string_view(setup_.owner);
  WithOwner keys(setup_.keys, owner);
  in.request.keys = &keys;
  in.request.keys_override_principal = true;
  // Without a resource policy nothing speaks for another account's side: only the caller's is simulated.
  bool across = resource_ && !owner.empty() && owner != setup_.principal.account;
  in.request.resource_account = resource_ ? owner : std::string_view();

  std::vector<policy::Level> levels;
  for (const auto& l : setup_.scps) levels.push_back({l.policies, l.name});
  in.scps = levels;
  in.exempt_from_scps = setup_.exempt_from_scps;
  if (!setup_.scps.empty()) out.organizations_allow = organizations_allow(in.request);
  in.identity = identity_;
  if (boundary_) in.boundary = &*boundary_;
  if (resource_) in.resource = {&*resource_, 1};

  if (decided_on(action_text, resource)) {
    decide_fitting(in, across, out);
  } else {   // the action is not decided on such a resource: no policy can allow it
    if (boundary_) out.boundary_allows = false;
    if (out.organizations_allow == false) out.outcome = policy::evaluate(in).outcome;
  }
  if (out.outcome == Outcome::implicit_deny && out.organizations_allow.value_or(true)) out.missing = missing_;
  return out;
}

void Simulation::decide_fitting(const policy::Input& in, bool across, SimulatedDecision& out) const {
  std::vector<policy::Match> matches;
  out.outcome = policy::evaluate(in, &matches).outcome;
  if (boundary_) out.boundary_allows = outcome_of(policy::apply({&*boundary_, 1}, PolicyType::boundary, in.request)) == Outcome::allow;
  if (across) {
    out.details["IAM Policy"] = outcome_of(policy::apply(identity_, PolicyType::identity, in.request));
    out.details["Resource Policy"] = outcome_of(policy::apply(in.resource, PolicyType::resource, in.request));
    if (boundary_) out.details["Permissions Boundary Policy"] = outcome_of(policy::apply({&*boundary_, 1}, PolicyType::boundary, in.request));
  }
  // What the organisation denies is denied before anybody looks at the other policies.
  if (out.outcome == Outcome::implicit_deny || out.organizations_allow == false) return;
  for (const policy::Match& m : matches) {
    bool denies = m.effect == policy::Effect::deny;
    const SimulatedPolicy* p = policy_of(m);
    if (!p || denies != (out.outcome == Outcome::explicit_deny)) continue;
    if (m.type == PolicyType::boundary && !denies) continue;   // a boundary grants nothing
    out.matched.push_back({p, m.type, m.statement, denies});
  }
  std::stable_sort(out.matched.begin(), out.matched.end(), [](const auto& a, const auto& b) { return a.type < b.type; });
}

SimulatedDecision Simulation::together(const std::vector<SimulatedDecision>& each) {
  SimulatedDecision out;
  out.outcome = Outcome::allow;
  for (const SimulatedDecision& d : each) {
    out.outcome = stricter(out.outcome, d.outcome);
    for (const auto& m : d.matched) add_once(out.matched, m);
    for (const auto& key : d.missing) add_once(out.missing, key);
    out.boundary_allows = both(out.boundary_allows, d.boundary_allows);
    out.organizations_allow = both(out.organizations_allow, d.organizations_allow);
    for (const auto& [type, outcome] : d.details) {
      auto [at, fresh] = out.details.emplace(type, outcome);
      if (!fresh) at->second = stricter(at->second, outcome);
    }
  }
  if (out.outcome == Outcome::explicit_deny) std::erase_if(out.matched, [](const auto& m) { return !m.denies; });
  return out;
}

SimulatedPolicy simulated_policy(const PolicySource& source) {
  SimulatedPolicy out{source.id, source.policy, policy::statement_places(source.document), {}};
  if (auto keys = policy::mentioned_keys(source.document)) out.keys = std::move(*keys);
  return out;
}

std::string_view outcome_word(Outcome outcome) {
  switch (outcome) {
    case Outcome::allow: return "allowed";
    case Outcome::explicit_deny: return "explicitDeny";
    case Outcome::implicit_deny: return "implicitDeny";
  }
  return "implicitDeny";
}

std::string_view source_type(PolicyType type) {
  switch (type) {
    case PolicyType::boundary: return "Permissions Boundary Policy";
    case PolicyType::resource: case PolicyType::trust: return "Resource Policy";
    default: return "IAM Policy";
  }
}

std::string resource_pattern(std::string_view action, std::string_view partition) {
  // As AWS's answers have them.
  static constexpr std::pair<std::string_view, std::string_view> kPatterns[] = {
      {"ec2", "ec2:${Region}:${Account}:${ResourceType}/${ResourcePath}"},
      {"iam", "iam::${Account}:${ResourceType}/${ResourceName}"},
      {"kms", "kms:${Region}:${Account}:${ResourceType}/${Id}"},
      {"lambda", "lambda:${Region}:${Account}:${ResourceType}:${ResourceId}"},
      {"s3", "s3:::${BucketName}/${KeyName}"},
      {"sqs", "sqs:${Region}:${Account}:${QueueName}"},
      {"sts", "iam::${Account}:${RelativeId}"},
  };
  std::string_view service = action.substr(0, action.find(':'));
  if (known_action(action))
    for (const auto& [prefix, pattern] : kPatterns) if (iequals(prefix, service)) return cat("arn:", partition, ":", pattern);
  return "*";
}

}  // namespace fogbank::iam
