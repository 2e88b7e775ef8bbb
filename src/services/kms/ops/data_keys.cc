// GenerateDataKey, GenerateDataKeyPair and their variants without plaintext:
// https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/specs.h"
#include "services/kms/use.h"

namespace fogbank::kms {
namespace {

/// A symmetric encryption key, enabled.
Result<KeyInUse> symmetric_key(Context& cx, const NamedKey& named, std::string_view operation) {
  FB_TRY(check_use(named, operation, "ENCRYPT_DECRYPT"));
  if (named.key && named.key->spec != "SYMMETRIC_DEFAULT") return fail(incompatible_algorithm("SYMMETRIC_DEFAULT", named.key->spec));
  return open_current(cx, named);
}

struct NewKey { Secret plain; std::string blob; };

template <class In> Result<NewKey> new_data_key(Context& cx, const NamedKey& named, const In& in, std::string_view operation) {
  if (in.KeySpec.has() == in.NumberOfBytes.has()) return fail(validation("Please specify either number of bytes or key spec."));
  size_t bytes = in.NumberOfBytes ? size_t(*in.NumberOfBytes) : in.KeySpec == "AES_128" ? 16 : 32;
  FB_ASSIGN(use, symmetric_key(cx, named, operation));
  if (in.DryRun.value_or(false)) return fail(dry_run());
  NewKey out;
  out.plain = Secret(cx.random().bytes(bytes));
  out.blob = encrypt_blob(cx, named, use, context_of(in.EncryptionContext), out.plain.view());
  return out;
}

template <class In> Result<NewKey> new_pair(Context& cx, const NamedKey& named, const In& in, std::string_view operation, std::string& spki) {
  const Spec* spec = find_spec(in.KeyPairSpec);
  if (!spec) return fail(not_served(cat("KeyPairSpec ", in.KeyPairSpec.view())));
  FB_ASSIGN(use, symmetric_key(cx, named, operation));
  if (in.DryRun.value_or(false)) return fail(dry_run());
  auto pair = asymmetric::PrivateKey::generate(spec->pair);
  NewKey out;
  out.plain = pair.pkcs8();
  out.blob = encrypt_blob(cx, named, use, context_of(in.EncryptionContext), out.plain.view());
  spki = pair.spki();
  return out;
}

}  // namespace

Result<void> GenerateDataKey(Context& cx, const svc::GenerateDataKeyRequest& in, svc::GenerateDataKeyResponse& out) {
  if (in.Recipient) return fail(not_served("Recipient (Nitro enclaves)"));
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_ASSIGN(made, new_data_key(cx, named, in, "GenerateDataKey"));
  out.CiphertextBlob = Blob(cx.arena().copy(made.blob));
  out.Plaintext = Blob(cx.arena().copy(made.plain.view()));
  out.KeyId = cx.str(named.arn);
  return {};
}

Result<void> GenerateDataKeyWithoutPlaintext(Context& cx, const svc::GenerateDataKeyWithoutPlaintextRequest& in, svc::GenerateDataKeyWithoutPlaintextResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_ASSIGN(made, new_data_key(cx, named, in, "GenerateDataKeyWithoutPlaintext"));
  out.CiphertextBlob = Blob(cx.arena().copy(made.blob));
  out.KeyId = cx.str(named.arn);
  return {};
}

Result<void> GenerateDataKeyPair(Context& cx, const svc::GenerateDataKeyPairRequest& in, svc::GenerateDataKeyPairResponse& out) {
  if (in.Recipient) return fail(not_served("Recipient (Nitro enclaves)"));
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  std::string spki;
  FB_ASSIGN(made, new_pair(cx, named, in, "GenerateDataKeyPair", spki));
  out.PrivateKeyCiphertextBlob = Blob(cx.arena().copy(made.blob));
  out.PrivateKeyPlaintext = Blob(cx.arena().copy(made.plain.view()));
  out.PublicKey = Blob(cx.arena().copy(spki));
  out.KeyId = cx.str(named.arn);
  out.KeyPairSpec = in.KeyPairSpec;
  return {};
}

Result<void> GenerateDataKeyPairWithoutPlaintext(Context& cx, const svc::GenerateDataKeyPairWithoutPlaintextRequest& in,
                                                 svc::GenerateDataKeyPairWithoutPlaintextResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  std::string spki;
  FB_ASSIGN(made, new_pair(cx, named, in, "GenerateDataKeyPairWithoutPlaintext", spki));
  out.PrivateKeyCiphertextBlob = Blob(cx.arena().copy(made.blob));
  out.PublicKey = Blob(cx.arena().copy(spki));
  out.KeyId = cx.str(named.arn);
  out.KeyPairSpec = in.KeyPairSpec;
  return {};
}

}  // namespace fogbank::kms
