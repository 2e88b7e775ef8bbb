// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy, ValidateResourcePolicy:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/policies.h"
#include "services/secretsmanager/resolve.h"

namespace fogbank::secretsmanager {

Result<void> PutResourcePolicy(Context& cx, const svc::PutResourcePolicyRequest& in, svc::PutResourcePolicyResponse& out) {
  auto target = target_of(cx);
  const NamedSecret& named = target->named;
  FB_TRY(change_record(cx, named, [&](store::Txn& tx, StoredSecret&) -> Result<void> {
    FB_ASSIGN(compiled, check_policy(cx.core(), tx, named.scope, in.ResourcePolicy));
    if (in.BlockPublicPolicy.value_or(false) && policy::is_public(*compiled)) return fail("PublicPolicyException", std::string(kPublicPolicy));
    tx.put_record(policy_key(named.scope, named.name), ResourcePolicy{std::string(in.ResourcePolicy), {}});
    return {};
  }));
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  return {};
}

Result<void> GetResourcePolicy(Context& cx, const svc::GetResourcePolicyRequest&, svc::GetResourcePolicyResponse& out) {
  auto target = target_of(cx);
  const NamedSecret& named = target->named;
  Result<StoredSecret> secret;
  std::optional<ResourcePolicy> policy;
  cx.read([&](store::Reader& reader) {
    secret = live_secret_in(reader, named);
    policy = reader.get_as<ResourcePolicy>(policy_key(named.scope, named.name));
  });
  if (!secret) return fail(std::move(secret.error()));
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  if (policy) out.ResourcePolicy = cx.str(policy->json);
  return {};
}

Result<void> DeleteResourcePolicy(Context& cx, const svc::DeleteResourcePolicyRequest&, svc::DeleteResourcePolicyResponse& out) {
  auto target = target_of(cx);
  const NamedSecret& named = target->named;
  FB_TRY(change_record(cx, named, [&](store::Txn& tx, StoredSecret&) -> Result<void> {
    if (tx.has(policy_key(named.scope, named.name))) tx.erase(policy_key(named.scope, named.name));
    return {};
  }));
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  return {};
}

Result<void> ValidateResourcePolicy(Context& cx, const svc::ValidateResourcePolicyRequest& in, svc::ValidateResourcePolicyResponse& out) {
  auto target = cx.found<Target>();   // absent if the request names no secret
  Result<void> found;
  Result<policy::PolicyPtr> compiled;
  cx.read([&](store::Reader& reader) {
    if (target) if (auto secret = live_secret_in(reader, target->named); !secret) found = fail(std::move(secret.error()));
    compiled = check_policy(cx.core(), reader, cx.scope(), in.ResourcePolicy);
  });
  FB_TRY(std::move(found));
  if (!compiled) return fail(std::move(compiled.error()));
  bool open_to_all = policy::is_public(**compiled);
  out.PolicyValidationPassed = !open_to_all;
  out.ValidationErrors.reserve(cx.arena(), 0);
  if (open_to_all) {
    auto& error = out.ValidationErrors.add(cx.arena());
    error.CheckName = "BlockPublicPolicy";
    error.ErrorMessage = Str(kPublicPolicy);
  }
  return {};
}

}  // namespace fogbank::secretsmanager
