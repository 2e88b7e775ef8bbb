// GetKeyPolicy, PutKeyPolicy, ListKeyPolicies: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/principals.h"

namespace fogbank::kms {
namespace {

constexpr std::string_view kName = "default";   // the only one that a key has

Result<void> check_name(Str name) {
  if (name && name != kName) return fail("NotFoundException", "No such policy exists");
  return {};
}

}  // namespace

Result<void> GetKeyPolicy(Context& cx, const svc::GetKeyPolicyRequest& in, svc::GetKeyPolicyResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  FB_TRY(check_name(in.PolicyName));
  std::optional<KeyPolicy> policy;
  cx.read([&](store::Reader& reader) { policy = reader.get_as<KeyPolicy>(policy_key(named.scope, named.id)); });
  if (!policy) return fail(key_not_found(named.arn));
  out.Policy = cx.str(policy->json);
  out.PolicyName = Str(kName);
  return {};
}

Result<void> PutKeyPolicy(Context& cx, const svc::PutKeyPolicyRequest& in, svc::PutKeyPolicyOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  FB_TRY(check_name(in.PolicyName));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    if (!tx.has(key_key(named.scope, named.id))) return fail(key_not_found(named.arn));
    FB_TRY(check_policy(cx.core(), tx, cx.principal(), named.scope, named.arn, in.Policy, in.BypassPolicyLockoutSafetyCheck.value_or(false)));
    tx.put_record(policy_key(named.scope, named.id), KeyPolicy{std::string(in.Policy), {}});
    return {};
  });
}

Result<void> ListKeyPolicies(Context& cx, const svc::ListKeyPoliciesRequest& in, svc::ListKeyPoliciesResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  if (in.Marker) return fail(invalid_marker());   // there is no second page
  out.PolicyNames.push(cx.arena(), Str(kName));
  out.Truncated = false;
  return {};
}

}  // namespace fogbank::kms
