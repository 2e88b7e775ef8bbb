// CreateAccountAlias, DeleteAccountAlias, ListAccountAliases, UpdateAccountPasswordPolicy, GetAccountPasswordPolicy,
// DeleteAccountPasswordPolicy, GetAccountSummary.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html and the like
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/counts.h"
#include "services/iam/rules.h"
#include "services/iam/state_account.h"

namespace fogbank::iam {
namespace {

/// True if some account of the partition has the alias now.
bool alias_taken(store::Reader& reader, const Scope& scope, std::string_view alias) {
  auto owner = reader.get_as<AliasOwner>(alias_owner_key(scope, alias));
  if (!owner) return false;
  auto theirs = reader.get_as<AccountAlias>(alias_key(account_scope(scope.partition.str(), owner->account)));
  return theirs && theirs->alias == alias;
}

}  // namespace

// An account has one alias: a new one takes the place of the old.
Result<void> CreateAccountAlias(Context& cx, const svc::CreateAccountAliasRequest& in, svc::CreateAccountAliasOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    if (alias_taken(tx, cx.scope(), in.AccountAlias)) return fail("EntityAlreadyExists", cat("The account alias ", in.AccountAlias, " already exists."), 409);
    if (auto old = tx.get_as<AccountAlias>(alias_key(cx.scope()))) tx.erase(alias_owner_key(cx.scope(), old->alias));
    AccountAlias alias;
    alias.alias = in.AccountAlias.view();
    AliasOwner owner;
    owner.account = cx.scope().account.str();
    tx.put_record(alias_key(cx.scope()), alias);
    tx.put_record(alias_owner_key(cx.scope(), alias.alias), owner);
    return {};
  });
}

Result<void> DeleteAccountAlias(Context& cx, const svc::DeleteAccountAliasRequest& in, svc::DeleteAccountAliasOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto alias = tx.get_as<AccountAlias>(alias_key(cx.scope()));
    if (!alias || alias->alias != in.AccountAlias.view())
      return fail(no_such_entity(cat("The account alias with name ", in.AccountAlias, " cannot be found.")));
    tx.erase(alias_key(cx.scope()));
    tx.erase(alias_owner_key(cx.scope(), alias->alias));
    return {};
  });
}

Result<void> ListAccountAliases(Context& cx, const svc::ListAccountAliasesRequest& in, svc::ListAccountAliasesResponse& out) {
  if (in.Marker) return fail(validation_error("Invalid Marker."));  // one alias makes one page
  std::optional<AccountAlias> alias;
  cx.read([&](store::Reader& reader) { alias = reader.get_as<AccountAlias>(alias_key(cx.scope())); });
  out.AccountAliases.reserve(cx.arena(), 1);
  if (alias) out.AccountAliases.push(cx.arena(), cx.str(alias->alias));
  out.IsTruncated = false;
  return {};
}

// Every setting that is not given goes back to its default.
Result<void> UpdateAccountPasswordPolicy(Context& cx, const svc::UpdateAccountPasswordPolicyRequest& in, svc::UpdateAccountPasswordPolicyOutput&) {
  PasswordPolicy p;
  p.minimum_length = in.MinimumPasswordLength.value_or(6);
  p.symbols = in.RequireSymbols.value_or(false);
  p.numbers = in.RequireNumbers.value_or(false);
  p.uppercase = in.RequireUppercaseCharacters.value_or(false);
  p.lowercase = in.RequireLowercaseCharacters.value_or(false);
  p.users_may_change = in.AllowUsersToChangePassword.value_or(false);
  p.max_age_days = in.MaxPasswordAge.value_or(0);
  p.reuse_prevention = in.PasswordReusePrevention.value_or(0);
  p.hard_expiry = in.HardExpiry.value_or(false);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    tx.put_record(password_policy_key(cx.scope()), p);
    return {};
  });
}

Result<void> GetAccountPasswordPolicy(Context& cx, const svc::GetAccountPasswordPolicyInput&, svc::GetAccountPasswordPolicyResponse& out) {
  std::optional<PasswordPolicy> p;
  cx.read([&](store::Reader& reader) { p = reader.get_as<PasswordPolicy>(password_policy_key(cx.scope())); });
  if (!p) return fail(no_such_entity(cat("The Password Policy with domain name ", cx.scope().account.str(), " cannot be found.")));
  auto& to = cx.make(out.PasswordPolicy);
  to.MinimumPasswordLength = int32_t(p->minimum_length);
  to.RequireSymbols = p->symbols;
  to.RequireNumbers = p->numbers;
  to.RequireUppercaseCharacters = p->uppercase;
  to.RequireLowercaseCharacters = p->lowercase;
  to.AllowUsersToChangePassword = p->users_may_change;
  to.ExpirePasswords = p->max_age_days > 0;
  if (p->max_age_days > 0) to.MaxPasswordAge = int32_t(p->max_age_days);
  if (p->reuse_prevention > 0) to.PasswordReusePrevention = int32_t(p->reuse_prevention);
  to.HardExpiry = p->hard_expiry;
  return {};
}

Result<void> DeleteAccountPasswordPolicy(Context& cx, const svc::DeleteAccountPasswordPolicyInput&, svc::DeleteAccountPasswordPolicyOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    if (!tx.has(password_policy_key(cx.scope()))) return fail(no_such_entity("The account policy with name PasswordPolicy cannot be found."));
    tx.erase(password_policy_key(cx.scope()));
    return {};
  });
}

// Of the root user nothing is kept: it has no password, keys, certificates or MFA device here.
Result<void> GetAccountSummary(Context& cx, const svc::GetAccountSummaryInput&, svc::GetAccountSummaryResponse& out) {
  AccountCounts c;
  cx.read([&](store::Reader& reader) { c = counts_of(reader, cx.scope()); });
  const std::pair<std::string_view, int64_t> kMembers[] = {
      {"Users", c.users}, {"UsersQuota", kCountUsers.quota},
      {"Groups", c.groups}, {"GroupsQuota", kCountGroups.quota},
      {"Roles", c.roles}, {"RolesQuota", kCountRoles.quota},
      {"Policies", c.policies}, {"PoliciesQuota", kCountPolicies.quota},
      {"InstanceProfiles", c.instance_profiles}, {"InstanceProfilesQuota", kCountInstanceProfiles.quota},
      {"PolicyVersionsInUse", c.policy_versions}, {"PolicyVersionsInUseQuota", 10000},
      {"VersionsPerPolicyQuota", int64_t(kVersionsPerPolicy)},
      {"ServerCertificates", c.server_certificates}, {"ServerCertificatesQuota", 20},
      {"MFADevices", c.mfa_devices}, {"MFADevicesInUse", c.mfa_devices_in_use},
      {"Providers", c.providers},
      {"AccessKeysPerUserQuota", int64_t(kAccessKeysPerUser)}, {"GroupsPerUserQuota", int64_t(kGroupsPerUser)}, {"SigningCertificatesPerUserQuota", 2},
      {"AttachedPoliciesPerUserQuota", int64_t(kAttachedPoliciesPerEntity)}, {"AttachedPoliciesPerGroupQuota", int64_t(kAttachedPoliciesPerEntity)},
      {"AttachedPoliciesPerRoleQuota", int64_t(kAttachedPoliciesPerEntity)},
      {"UserPolicySizeQuota", kInlineSizeUser}, {"GroupPolicySizeQuota", kInlineSizeGroup}, {"RolePolicySizeQuota", kInlineSizeRole},
      {"PolicySizeQuota", kManagedPolicySize}, {"AssumeRolePolicySizeQuota", kTrustPolicySize},
      {"GlobalEndpointTokenVersion", 1},
      {"AccountMFAEnabled", 0}, {"AccountAccessKeysPresent", 0}, {"AccountPasswordPresent", 0}, {"AccountSigningCertificatesPresent", 0}};
  out.SummaryMap.reserve(cx.arena(), uint32_t(std::size(kMembers)));
  for (const auto& [name, value] : kMembers) out.SummaryMap.add(cx.arena(), Str(name)) = int32_t(value);
  return {};
}

}  // namespace fogbank::iam
