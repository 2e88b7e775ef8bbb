#include "auth/policy/principal_set.h"

#include "base/strings.h"

namespace fogbank::policy {
namespace {

/// "AROA…" of "AROA…:session"; users' ids have no colon.
std::string_view entity_id(const Principal& p) {
  if (p.kind == PrincipalKind::federated_user) return p.issuer_id;
  std::string_view id = p.user_id;
  return id.substr(0, id.find(':'));
}

}  // namespace

PrincipalSet::PrincipalSet(const RawElement<RawPrincipal>& element) : given_(element.present), negated_(element.negated) {
  for (const RawPrincipal& p : element.items) {
    switch (p.type) {
      case PrincipalName::Type::everyone: everyone_ = true; break;
      case PrincipalName::Type::service: services_.push_back(p.value); break;
      case PrincipalName::Type::federated: federated_.push_back(p.value); break;
      case PrincipalName::Type::canonical_user: canonical_.push_back(p.value); break;
      case PrincipalName::Type::aws: {
        auto aws = parse_aws_principal(p.value);
        if (!aws) break;  // refused before by check_policy
        auto& list = aws->kind == AwsPrincipal::Kind::account ? accounts_ : aws->kind == AwsPrincipal::Kind::arn ? arns_ : ids_;
        list.push_back(std::move(aws->value));
      }
    }
    names_.push_back({p.type, p.value, 0, negated_});
  }
}

bool PrincipalSet::lists(const std::vector<std::string>& list, std::string_view value) const {
  return !value.empty() && std::find(list.begin(), list.end(), value) != list.end();
}

bool PrincipalSet::names_federation(const Principal& p) const {
  return !p.provider.empty() && (lists(federated_, p.provider) || lists(federated_, "*"));
}

Grant PrincipalSet::closest(const Principal& p) const {
  if (everyone_) return Grant::direct;
  if (p.kind == PrincipalKind::service) {
    for (const std::string& name : p.services) if (lists(services_, name)) return Grant::direct;
    return !p.services.empty() && lists(services_, "*") ? Grant::direct : Grant::none;
  }
  if (names_federation(p)) return Grant::direct;
  bool account = lists(accounts_, p.account) || lists(canonical_, p.canonical_id);
  switch (p.kind) {
    case PrincipalKind::user:
      if (lists(arns_, p.arn) || lists(ids_, p.user_id)) return Grant::direct;
      break;
    case PrincipalKind::role_session:
    case PrincipalKind::federated_user:
      if (lists(arns_, p.arn)) return Grant::direct;
      if (lists(arns_, p.issuer_arn) || lists(ids_, entity_id(p))) return Grant::entity;
      break;
    case PrincipalKind::root: break;
    default: return Grant::none;
  }
  return account ? Grant::account : Grant::none;
}

/// AWS checks the account, the role and the session one after the other against NotPrincipal, so that all of them must be listed to be spared.
bool PrincipalSet::lists_every_name(const Principal& p) const {
  if (everyone_) return true;
  switch (p.kind) {
    case PrincipalKind::root: return lists(accounts_, p.account);
    case PrincipalKind::user: return lists(accounts_, p.account) && (lists(arns_, p.arn) || lists(ids_, p.user_id));
    case PrincipalKind::role_session:
      return lists(accounts_, p.account) && (lists(arns_, p.issuer_arn) || lists(ids_, entity_id(p))) && lists(arns_, p.arn);
    case PrincipalKind::federated_user: return lists(accounts_, p.account) && lists(arns_, p.arn);
    default: return closest(p) != Grant::none;
  }
}

Grant PrincipalSet::applies(const Principal& caller, Effect effect, bool has_boundary) const {
  if (!negated_) return closest(caller);
  if (effect == Effect::allow) return closest(caller) == Grant::none ? Grant::direct : Grant::none;
  return has_boundary || !lists_every_name(caller) ? Grant::direct : Grant::none;
}

}  // namespace fogbank::policy
