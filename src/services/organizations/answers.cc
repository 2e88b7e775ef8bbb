#include "services/organizations/answers.h"

#include "base/strings.h"

namespace fogbank::organizations {

void fill_organization(Context& cx, const Place& place, svc::Organization& out) {
  const Organization& org = place.org;
  out.Id = cx.str(org.id);
  out.Arn = cx.str(organization_arn(place.scope, org));
  out.FeatureSet = cx.str(org.feature_set);
  out.MasterAccountId = cx.str(org.management);
  out.MasterAccountArn = cx.str(account_arn(place.scope, org, org.management));
  out.AvailablePolicyTypes.reserve(cx.arena(), 1);
  if (org.feature_set != "ALL") return;
  auto& type = out.AvailablePolicyTypes.add(cx.arena());  // AWS keeps this outdated member as it was: SCPs alone
  type.Type = cx.str(kServiceControl);
  type.Status = "ENABLED";
}

void fill_root(Context& cx, const Place& place, const Node& root, svc::Root& out) {
  out.Id = cx.str(root.id);
  out.Arn = cx.str(node_arn(place.scope, place.org, root.id));
  out.Name = cx.str(root.name);
  out.PolicyTypes.reserve(cx.arena(), uint32_t(place.org.types.size()));
  for (const TypeState& t : place.org.types) {
    if (!t.enabled) continue;
    auto& type = out.PolicyTypes.add(cx.arena());
    type.Type = cx.str(t.type);
    type.Status = "ENABLED";
  }
}

void fill_unit(Context& cx, store::Reader& reader, const Place& place, const Node& unit, svc::OrganizationalUnit& out) {
  out.Id = cx.str(unit.id);
  out.Arn = cx.str(node_arn(place.scope, place.org, unit.id));
  out.Name = cx.str(unit.name);
  out.Path = cx.str(path_of(reader, place, unit.id));
}

void fill_account(Context& cx, store::Reader& reader, const Place& place, const Account& account, svc::Account& out) {
  out.Id = cx.str(account.id);
  out.Arn = cx.str(account_arn(place.scope, place.org, account.id));
  out.Email = cx.str(account.email);
  out.Name = cx.str(account.name);
  out.Status = cx.str(account.status);
  out.State = out.Status;
  out.JoinedMethod = account.invited ? "INVITED" : "CREATED";
  out.JoinedTimestamp = account.joined;
  out.Paths.push(cx.arena(), cx.str(cat(path_of(reader, place, account.parent), account.id, '/')));
}

void fill_summary(Context& cx, const Place& place, const Policy& policy, svc::PolicySummary& out) {
  out.Id = cx.str(policy.id);
  out.Arn = cx.str(policy_arn(place.scope, place.org, policy.type, policy.id));
  out.Name = cx.str(policy.name);
  out.Description = cx.str(policy.description);
  out.Type = cx.str(policy.type);
  out.AwsManaged = type_of_aws_policy(policy.id) != nullptr;
}

void fill_policy(Context& cx, const Place& place, const Policy& policy, svc::Policy& out) {
  fill_summary(cx, place, policy, cx.make(out.PolicySummary));
  out.Content = cx.str(policy.content);
}

void fill_creation(Context& cx, const Creation& creation, svc::CreateAccountStatus& out) {
  out.Id = cx.str(creation.id);
  out.AccountName = cx.str(creation.account_name);
  out.State = cx.str(creation.state);
  out.RequestedTimestamp = creation.requested;
  if (creation.completed) out.CompletedTimestamp = creation.completed;
  if (creation.state == kSucceeded) out.AccountId = cx.str(creation.account);
  if (!creation.failure.empty()) out.FailureReason = cx.str(creation.failure);
}

}  // namespace fogbank::organizations
