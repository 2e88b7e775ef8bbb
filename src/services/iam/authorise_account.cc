// Resources of decisions about the account's own settings, identity providers and service-linked roles; see authorise.cc for the rest.
#include "services/iam/authorise_account.h"

#include "base/strings.h"
#include "gateway/authorise.h"
#include "gen/iam/operations.h"
#include "services/iam/oidc.h"
#include "services/iam/service_linked_roles.h"
#include "services/iam/state_account.h"

namespace fogbank::iam {

policy::PolicyPtr password_permission(store::Reader& reader, const Scope& scope, const Entity& user) {
  auto settings = reader.get_as<PasswordPolicy>(password_policy_key(scope));
  if (!settings || !settings->users_may_change) return nullptr;
  std::string json = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")", entity_arn(scope, user),
                         R"("},"Action":["iam:ChangePassword","iam:GetAccountPasswordPolicy"],"Resource":"*"}]})");
  auto compiled = policy::parse(json, policy::PolicyKind::resource, {policy::Dialect::iam, scope.partition.str()});
  if (!compiled) throw std::logic_error("the policy for users' own passwords does not compile");
  return std::move(*compiled);
}

// A URL that is none is refused by the handler; until then it is decided upon as it stands.
Result<void> new_oidc_provider(AuthoriseContext& cx, const wire::View& in) {
  std::string_view given = in.text("Url").view();
  auto url = parse_issuer_url(given);
  cx.require(cx.action(), oidc_arn(cx.target(), url ? std::string_view(*url) : given));
  return {};
}

// For a user that the account's settings permit it, the question is put about the user itself (see load_resource); for others about "*".
Result<void> read_password_policy(AuthoriseContext& cx, const wire::View&) {
  const auth::Principal& caller = cx.principal();
  bool own = caller.kind == auth::PrincipalKind::user && !caller.development && caller.account == cx.target().account.str();
  auto settings = own ? cx.reader().get_as<PasswordPolicy>(password_policy_key(cx.target())) : std::nullopt;
  cx.require(cx.action(), settings && settings->users_may_change ? caller.arn : "*");
  return {};
}

Result<void> new_service_linked_role(AuthoriseContext& cx, const wire::View& in) {
  std::string_view service = in.text("AWSServiceName").view();
  const ServiceLinkedRole* known = find_service_linked_role(service);
  std::string name = known ? known->role_name(in.text("CustomSuffix").view()) : "*";
  cx.require(cx.action(), entity_arn(cx.target().global(), EntityKind::role, cat(kServiceRolePath, service, '/'), name));
  return {};
}

}  // namespace fogbank::iam
