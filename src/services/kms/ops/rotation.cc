// EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations:
// https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
#include "services/kms/rotation.h"

#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/caches.h"

namespace fogbank::kms {
namespace {

/// Only symmetric encryption keys have versions.
Result<void> check_rotatable(const NamedKey& named, const Key& key) {
  if (key.state == KeyState::disabled) return fail(disabled(named.arn));
  if (key.state == KeyState::pending_deletion) return fail(pending_deletion(named.arn));
  if (key.spec != "SYMMETRIC_DEFAULT") return fail(unsupported());
  return {};
}

struct Version {
  std::string name;   ///< of the version, for markers: numbers in the order of texts
  uint32_t number;
  Material material;
};

}  // namespace

Result<void> EnableKeyRotation(Context& cx, const svc::EnableKeyRotationRequest& in, svc::EnableKeyRotationOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  return change_key(cx, named, [&](store::Txn& tx, Key& key) -> Result<void> {
    FB_TRY(check_rotatable(named, key));
    int64_t days = in.RotationPeriodInDays.value_or(key.rotation.enabled ? int32_t(key.rotation.period_days) : 365);
    if (key.rotation.enabled && key.rotation.period_days == days) return {};
    key.rotation.enabled = true;
    key.rotation.period_days = days;
    schedule_rotation(tx, named.scope, key, cx.now() + days * kDay);
    return {};
  });
}

Result<void> DisableKeyRotation(Context& cx, const svc::DisableKeyRotationRequest&, svc::DisableKeyRotationOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  return change_key(cx, named, [&](store::Txn& tx, Key& key) -> Result<void> {
    FB_TRY(check_rotatable(named, key));
    cancel_rotation(tx, key);
    key.rotation.enabled = false;
    key.rotation.next = 0;
    return {};
  });
}

// Of keys that cannot be rotated the status is false; asking is no error.
Result<void> GetKeyRotationStatus(Context& cx, const svc::GetKeyRotationStatusRequest&, svc::GetKeyRotationStatusResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  const Rotation& rotation = named.key->rotation;
  bool enabled = rotation.enabled && named.key->state != KeyState::pending_deletion;
  out.KeyId = cx.str(named.id);
  out.KeyRotationEnabled = enabled;
  if (!enabled) return {};
  out.RotationPeriodInDays = int32_t(rotation.period_days);
  out.NextRotationDate = rotation.next;
  return {};
}

Result<void> RotateKeyOnDemand(Context& cx, const svc::RotateKeyOnDemandRequest&, svc::RotateKeyOnDemandResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  FB_TRY(check_rotatable(named, *named.key));
  const State& state = cx.state<State>();
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    auto key = tx.get_as<Key>(key_key(named.scope, named.id));
    if (!key) return fail(key_not_found(named.arn));
    FB_TRY(check_rotatable(named, *key));
    if (key->rotation.on_demand >= kOnDemandRotations)
      return fail(limit_exceeded(cat("The number of on-demand rotations of ", named.arn, " would exceed ", kOnDemandRotations, ".")));
    key->rotation.on_demand++;
    // The version is only known in here. A run that is thrown away leaves nothing behind but used randomness.
    Material material = state.make_material(spec_of(key->spec), named.scope, named.id, key->version + 1, cx.random(), cx.now());
    put_rotated(tx, named.scope, *key, std::move(material), RotationType::on_demand, cx.now());
    return {};
  }));
  out.KeyId = cx.str(named.id);
  return {};
}

Result<void> ListKeyRotations(Context& cx, const svc::ListKeyRotationsRequest& in, svc::ListKeyRotationsResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  if (named.key->spec != "SYMMETRIC_DEFAULT") return fail(unsupported());
  bool first_too = in.IncludeKeyMaterial == "ALL_KEY_MATERIAL";
  std::vector<Version> all;
  cx.read([&](store::Reader& reader) {
    for (uint32_t v = first_too ? 1 : 2; v <= named.key->version; v++) {
      auto material = reader.get_as<Material>(material_key(named.scope, named.id, v));
      std::string number = cat(v);
      if (material) all.push_back({std::string(10 - number.size(), '0') + number, v, std::move(*material)});
    }
  });
  out.Rotations.reserve(cx.arena(), 0);
  return page(cx, in, out, all, size_t(in.Limit.value_or(100)), [](const Version& v) { return v.name; }, [&](const Version& v) {
    auto& one = out.Rotations.add(cx.arena());
    one.KeyId = cx.str(named.id);
    one.KeyMaterialId = cx.str(v.material.id);
    one.KeyMaterialState = v.number == named.key->version ? "CURRENT" : "NON_CURRENT";
    if (v.material.rotation == RotationType::none) return;
    one.RotationDate = v.material.made;
    one.RotationType = v.material.rotation == RotationType::automatic ? "AUTOMATIC" : "ON_DEMAND";
  });
}

}  // namespace fogbank::kms
