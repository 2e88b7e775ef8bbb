// Encrypt, Decrypt, ReEncrypt: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html and its neighbours.
//
// A symmetric ciphertext names its key and the version of its material; an asymmetric one is bare RSA-OAEP, and the request names key and
// algorithm.
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/specs.h"
#include "services/kms/use.h"

namespace fogbank::kms {
namespace {

constexpr std::string_view kUsage = "ENCRYPT_DECRYPT", kSymmetric = "SYMMETRIC_DEFAULT";

const Key& existing(const NamedKey& named, const KeyInUse& use) { return named.key ? *named.key : *use.key; }

Result<std::string> encrypt_under(Context& cx, const NamedKey& named, std::string_view operation, std::string_view algorithm, const EncryptionContext& context,
                                  std::string_view plain, bool dry) {
  FB_TRY(check_use(named, operation, kUsage));
  FB_ASSIGN(use, open_current(cx, named));
  const Spec& spec = spec_of(existing(named, use).spec);
  const Algorithm* a = find_algorithm(spec, kUsage, algorithm);
  if (!a) return fail(incompatible_algorithm(algorithm, spec.name));
  if (spec.family == Family::symmetric) {
    if (dry) return fail(dry_run());
    return encrypt_blob(cx, named, use, context, plain);
  }
  if (!context.empty()) return fail(validation(cat("EncryptionContext is not supported with algorithm ", algorithm, ".")));
  size_t most = asymmetric::oaep_capacity(spec.pair, a->hash);
  if (plain.size() > most) return fail(validation(cat("Algorithm ", a->name, " and key spec ", spec.name, " cannot encrypt data larger than ", most, " bytes.")));
  if (dry) return fail(dry_run());
  return use.material->pair->encrypt(a->hash, plain);
}

struct Decrypted { Secret plain; std::string material_id; };

/// `named`: the key that the request names, or the one that the ciphertext names. `key_given`: the former.
Result<Decrypted> decrypt_with(Context& cx, const NamedKey& named, bool key_given, std::string_view operation, std::string_view algorithm,
                               const EncryptionContext& context, std::string_view blob, bool dry) {
  Decrypted out;
  if (algorithm == kSymmetric) {
    auto head = read_blob(blob);
    if (!head) return fail(invalid_ciphertext());
    if (key_given && !named.key && named.managed.empty()) return fail(key_not_found(named.arn));
    if (head->key_id != named.id || head->account != named.scope.account.str()) return fail(incorrect_key());
    FB_TRY(check_use(named, operation, kUsage));
    if (!named.key) return fail(invalid_ciphertext());   // of an AWS managed key that was lost with its records
    FB_ASSIGN(plain, decrypt_blob(cx, named, blob, context, &out.material_id));
    if (dry) return fail(dry_run());
    out.plain = std::move(plain);
    return out;
  }
  FB_TRY(check_use(named, operation, kUsage));
  FB_ASSIGN(use, open_current(cx, named));
  const Spec& spec = spec_of(existing(named, use).spec);
  const Algorithm* a = find_algorithm(spec, kUsage, algorithm);
  if (!a) return fail(incompatible_algorithm(algorithm, spec.name));
  if (!context.empty()) return fail(validation(cat("EncryptionContext is not supported with algorithm ", algorithm, ".")));
  auto plain = use.material->pair->decrypt(a->hash, blob);
  if (!plain) return fail(invalid_ciphertext());
  if (dry) return fail(dry_run());
  out.plain = std::move(*plain);
  return out;
}

}  // namespace

Result<void> Encrypt(Context& cx, const svc::EncryptRequest& in, svc::EncryptResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  std::string_view algorithm = in.EncryptionAlgorithm.value_or(kSymmetric);
  FB_ASSIGN(blob, encrypt_under(cx, named, "Encrypt", algorithm, context_of(in.EncryptionContext), in.Plaintext, in.DryRun.value_or(false)));
  out.CiphertextBlob = Blob(cx.arena().copy(blob));
  out.KeyId = cx.str(named.arn);
  out.EncryptionAlgorithm = cx.str(algorithm);
  return {};
}

Result<void> Decrypt(Context& cx, const svc::DecryptRequest& in, svc::DecryptResponse& out) {
  if (in.Recipient) return fail(not_served("Recipient (Nitro enclaves)"));
  if (!in.DryRunModifiers.empty()) return fail(not_served("DryRunModifiers"));
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  std::string_view algorithm = in.EncryptionAlgorithm.value_or(kSymmetric);
  FB_ASSIGN(decrypted, decrypt_with(cx, named, in.KeyId.has(), "Decrypt", algorithm, context_of(in.EncryptionContext), in.CiphertextBlob, in.DryRun.value_or(false)));
  out.KeyId = cx.str(named.arn);
  out.Plaintext = Blob(cx.arena().copy(decrypted.plain.view()));
  out.EncryptionAlgorithm = cx.str(algorithm);
  if (!decrypted.material_id.empty()) out.KeyMaterialId = cx.str(decrypted.material_id);
  return {};
}

Result<void> ReEncrypt(Context& cx, const svc::ReEncryptRequest& in, svc::ReEncryptResponse& out) {
  if (!in.DryRunModifiers.empty()) return fail(not_served("DryRunModifiers"));
  auto keys = keys_of(cx);
  const NamedKey& from = keys->keys.at(0);
  const NamedKey& to = keys->keys.at(1);
  std::string_view source = in.SourceEncryptionAlgorithm.value_or(kSymmetric), destination = in.DestinationEncryptionAlgorithm.value_or(kSymmetric);
  FB_ASSIGN(decrypted, decrypt_with(cx, from, in.SourceKeyId.has(), "ReEncrypt", source, context_of(in.SourceEncryptionContext), in.CiphertextBlob, false));
  FB_ASSIGN(blob, encrypt_under(cx, to, "ReEncrypt", destination, context_of(in.DestinationEncryptionContext), decrypted.plain.view(), in.DryRun.value_or(false)));
  out.CiphertextBlob = Blob(cx.arena().copy(blob));
  out.SourceKeyId = cx.str(from.arn);
  out.KeyId = cx.str(to.arn);
  out.SourceEncryptionAlgorithm = cx.str(source);
  out.DestinationEncryptionAlgorithm = cx.str(destination);
  return {};
}

}  // namespace fogbank::kms
