#include "services/kms/use.h"

#include "base/aead.h"
#include "base/log.h"
#include "gateway/core.h"
#include "services/kms/ciphertext.h"
#include "services/kms/errors.h"
#include "services/kms/managed_keys.h"

namespace fogbank::kms {
namespace {

Result<MaterialPtr> checked(MaterialPtr material, const NamedKey& named) {
  if (!material) return fail(key_not_found(named.arn));
  if (!material->damage.empty()) {
    log(LogLevel::error, cat(named.arn, ": ", material->damage));
    return fail(damaged_material(material->damage));
  }
  return material;
}

Result<KeyInUse> make_managed(Context& cx, const NamedKey& named) {
  State& state = cx.state<State>();
  Material material = state.make_material(spec_of("SYMMETRIC_DEFAULT"), named.scope, named.id, 1, cx.random(), cx.now());
  KeyInUse out;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    put_managed_key(tx, named.scope, named.id, named.managed, material, cx.now());
    out.key = state.keys.get(tx, key_key(named.scope, named.id));
    if (!out.key) return fail(key_not_found(named.arn));
    out.material = state.materials.get(tx, material_key(named.scope, named.id, out.key->version));
    return {};
  }));
  FB_TRY(checked(out.material, named));
  return out;
}

}  // namespace

Result<void> check_enabled(const NamedKey& named) {
  if (!named.managed.empty()) return {};
  if (!named.key) return fail(key_not_found(named.arn));
  if (named.key->state == KeyState::disabled) return fail(disabled(named.arn));
  if (named.key->state == KeyState::pending_deletion) return fail(pending_deletion(named.arn));
  return {};
}

Result<void> check_use(const NamedKey& named, std::string_view operation, std::string_view usage) {
  FB_TRY(check_enabled(named));
  std::string_view is = named.key ? std::string_view(named.key->usage) : "ENCRYPT_DECRYPT";
  if (is != usage) return fail(invalid_usage(is, named.arn, operation));
  return {};
}

Result<KeyInUse> open_current(Context& cx, const NamedKey& named) {
  if (!named.managed.empty()) return make_managed(cx, named);
  if (!named.key) return fail(key_not_found(named.arn));
  FB_ASSIGN(material, open_version(cx, named, named.key->version));
  return KeyInUse{named.key, std::move(material)};
}

Result<MaterialPtr> open_version(Context& cx, const NamedKey& named, uint32_t version) {
  return checked(cx.state<State>().materials.get(material_key(named.scope, named.id, version)), named);
}

std::string encrypt_blob(Context& cx, const NamedKey& named, const KeyInUse& use, const EncryptionContext& context, std::string_view plain) {
  return seal_blob({named.scope.account.str(), named.id, use.key->version}, use.material->secret.view(), cx.random().bytes(aead::kNonceBytes), context, plain);
}

Result<Secret> decrypt_blob(Context& cx, const NamedKey& named, std::string_view blob, const EncryptionContext& context, std::string* material_id) {
  auto head = read_blob(blob);
  // A version that the key does not have: the blob was changed, or the key's records are older than it.
  if (!head || head->version == 0 || head->version > named.key->version) return fail(invalid_ciphertext());
  FB_ASSIGN(material, open_version(cx, named, head->version));
  auto plain = open_blob(blob, material->secret.view(), context);
  if (!plain) return fail(invalid_ciphertext());
  if (material_id) *material_id = material->id;
  return Secret(std::move(*plain));
}

}  // namespace fogbank::kms
