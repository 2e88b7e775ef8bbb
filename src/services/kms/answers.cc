#include "services/kms/answers.h"

#include <stdexcept>

#include "services/kms/specs.h"

namespace fogbank::kms {

std::shared_ptr<const NamedKeys> keys_of(Context& cx) {
  auto keys = cx.found<NamedKeys>();
  if (!keys || keys->keys.empty()) throw std::logic_error("the authorise function left no key");
  return keys;
}

std::string_view state_name(KeyState s) {
  switch (s) {
    case KeyState::enabled: return "Enabled";
    case KeyState::disabled: return "Disabled";
    case KeyState::pending_deletion: return "PendingDeletion";
  }
  return "Unavailable";
}

void fill_algorithms(Context& cx, const Key& key, List<Str>& encryption, List<Str>& signing, List<Str>* mac, List<Str>& agreement) {
  const Spec& spec = spec_of(key.spec);
  List<Str>* list = key.usage == "ENCRYPT_DECRYPT" ? &encryption : key.usage == "SIGN_VERIFY" ? &signing : key.usage == "KEY_AGREEMENT" ? &agreement : mac;
  if (!list) return;
  for (const Algorithm& a : algorithms(spec, key.usage)) list->push(cx.arena(), cx.str(a.name));
}

void fill_metadata(Context& cx, const NamedKey& named, const Key& key, svc::KeyMetadata& out) {
  out.AWSAccountId = cx.str(named.scope.account.str());
  out.KeyId = cx.str(key.id);
  out.Arn = cx.str(named.arn);
  out.CreationDate = key.created;
  out.Enabled = key.state == KeyState::enabled;
  out.Description = cx.str(key.description);
  out.KeyUsage = cx.str(key.usage);
  out.KeyState = cx.str(state_name(key.state));
  if (key.state == KeyState::pending_deletion) out.DeletionDate = key.deletion_at;
  out.Origin = "AWS_KMS";
  out.KeyManager = key.manager == Manager::aws ? "AWS" : "CUSTOMER";
  out.CustomerMasterKeySpec = out.KeySpec = cx.str(key.spec);
  fill_algorithms(cx, key, out.EncryptionAlgorithms, out.SigningAlgorithms, &out.MacAlgorithms, out.KeyAgreementAlgorithms);
  out.MultiRegion = false;
  if (key.spec == "SYMMETRIC_DEFAULT") out.CurrentKeyMaterialId = cx.str(key.material_id);
}

Result<std::string> read_marker(std::string_view marker) {
  auto text = unbase64url(marker);
  if (!text || !text->starts_with("m:")) return fail(invalid_marker());
  return text->substr(2);
}

}  // namespace fogbank::kms
