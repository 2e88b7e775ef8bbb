// CreateKey: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/caches.h"
#include "services/kms/managed_keys.h"
#include "services/kms/principals.h"
#include "services/kms/tags.h"

namespace fogbank::kms {
namespace {

Result<void> refuse_what_is_not_served(const svc::CreateKeyRequest& in) {
  if (in.CustomKeyStoreId) return fail(not_served("CustomKeyStoreId (custom key stores)"));
  if (in.XksKeyId) return fail(not_served("XksKeyId (external key stores)"));
  if (in.Origin && in.Origin != "AWS_KMS") return fail(not_served(cat("Origin ", in.Origin.view(), " (imported key material and custom key stores)")));
  if (in.MultiRegion.value_or(false)) return fail(not_served("MultiRegion (multi-Region keys)"));
  return {};
}

Result<const Spec*> wanted_spec(const svc::CreateKeyRequest& in) {
  if (in.KeySpec && in.CustomerMasterKeySpec)
    return fail(validation("You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated."));
  Str name = in.KeySpec ? in.KeySpec : in.CustomerMasterKeySpec;
  const Spec* spec = find_spec(name.value_or("SYMMETRIC_DEFAULT"));
  if (!spec) return fail(not_served(cat("KeySpec ", name.view())));
  return spec;
}

}  // namespace

Result<void> CreateKey(Context& cx, const svc::CreateKeyRequest& in, svc::CreateKeyResponse& out) {
  FB_ASSIGN(spec, wanted_spec(in));
  FB_ASSIGN(usage, usage_of_new_key(*spec, in.KeyUsage));
  FB_TRY(refuse_what_is_not_served(in));
  FB_ASSIGN(tags, with_tags({}, in.Tags));

  State& state = cx.state<State>();
  NamedKey named;
  named.scope = cx.scope();
  named.id = cx.random().uuid();
  named.arn = key_arn(named.scope, named.id);
  Key key;
  key.id = named.id;
  key.spec = spec->name;
  key.usage = std::move(usage);
  key.description = in.Description;
  key.created = cx.now();
  key.tags = std::move(tags);
  Material material = state.make_material(*spec, named.scope, named.id, 1, cx.random(), key.created);
  key.material_id = material.id;
  std::string policy = in.Policy ? std::string(in.Policy) : default_policy(named.scope);
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    if (in.Policy) FB_TRY(check_policy(cx.core(), tx, cx.principal(), named.scope, named.arn, policy, in.BypassPolicyLockoutSafetyCheck.value_or(false)));
    tx.put_record(key_key(named.scope, key.id), key);
    tx.put_record(policy_key(named.scope, key.id), KeyPolicy{policy, {}});
    tx.put_record(material_key(named.scope, key.id, 1), material);
    return {};
  }));
  fill_metadata(cx, named, key, cx.make(out.KeyMetadata));
  return {};
}

}  // namespace fogbank::kms
