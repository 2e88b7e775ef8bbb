// Sign, Verify, GetPublicKey, DeriveSharedSecret: https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/specs.h"
#include "services/kms/use.h"

namespace fogbank::kms {
namespace {

struct Signing {
  KeyInUse use;
  const Algorithm* algorithm;
  bool digested;
};

/// What Sign and Verify check alike.
template <class In> Result<Signing> signing_with(Context& cx, const NamedKey& named, const In& in, std::string_view operation) {
  FB_TRY(check_use(named, operation, "SIGN_VERIFY"));
  const Spec& spec = spec_of(named.key->spec);
  const Algorithm* a = find_algorithm(spec, "SIGN_VERIFY", in.SigningAlgorithm);
  if (!a && in.SigningAlgorithm == "ED25519_PH_SHA_512" && spec.pair == asymmetric::Spec::ed25519) return fail(not_served("SigningAlgorithm ED25519_PH_SHA_512"));
  if (!a) return fail(incompatible_algorithm(in.SigningAlgorithm, spec.name));
  std::string_view type = in.MessageType.value_or("RAW");
  if (type == "EXTERNAL_MU" || (a->scheme == asymmetric::Scheme::eddsa && type != "RAW"))
    return fail(validation(cat("Message type ", type, " is incompatible with key spec ", spec.name, ".")));
  if (type == "DIGEST" && in.Message.len != hash_size(a->hash)) return fail(validation(cat("Digest is invalid length for algorithm ", a->name, ".")));
  FB_ASSIGN(use, open_current(cx, named));
  return Signing{std::move(use), a, type == "DIGEST"};
}

}  // namespace

Result<void> Sign(Context& cx, const svc::SignRequest& in, svc::SignResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_ASSIGN(signing, signing_with(cx, named, in, "Sign"));
  if (in.DryRun.value_or(false)) return fail(dry_run());
  std::string signature = signing.use.material->pair->sign(signing.algorithm->scheme, signing.algorithm->hash, in.Message, signing.digested);
  out.KeyId = cx.str(named.arn);
  out.Signature = Blob(cx.arena().copy(signature));
  out.SigningAlgorithm = in.SigningAlgorithm;
  return {};
}

Result<void> Verify(Context& cx, const svc::VerifyRequest& in, svc::VerifyResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_ASSIGN(signing, signing_with(cx, named, in, "Verify"));
  if (in.DryRun.value_or(false)) return fail(dry_run());
  if (!signing.use.material->pair->verify(signing.algorithm->scheme, signing.algorithm->hash, in.Message, signing.digested, in.Signature))
    return fail("KMSInvalidSignatureException", "");
  out.KeyId = cx.str(named.arn);
  out.SignatureValid = true;
  out.SigningAlgorithm = in.SigningAlgorithm;
  return {};
}

Result<void> GetPublicKey(Context& cx, const svc::GetPublicKeyRequest&, svc::GetPublicKeyResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_TRY(check_enabled(named));
  Family family = named.key ? spec_of(named.key->spec).family : Family::symmetric;
  if (family != Family::rsa && family != Family::ecc) return fail(unsupported(cat(named.arn, " is not asymmetric.")));
  FB_ASSIGN(use, open_current(cx, named));
  out.KeyId = cx.str(named.arn);
  out.PublicKey = Blob(cx.arena().copy(use.material->pair->spki()));
  out.CustomerMasterKeySpec = out.KeySpec = cx.str(named.key->spec);
  out.KeyUsage = cx.str(named.key->usage);
  fill_algorithms(cx, *named.key, out.EncryptionAlgorithms, out.SigningAlgorithms, nullptr, out.KeyAgreementAlgorithms);
  return {};
}

Result<void> DeriveSharedSecret(Context& cx, const svc::DeriveSharedSecretRequest& in, svc::DeriveSharedSecretResponse& out) {
  if (in.Recipient) return fail(not_served("Recipient (Nitro enclaves)"));
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_TRY(check_use(named, "DeriveSharedSecret", "KEY_AGREEMENT"));
  auto peer = asymmetric::PublicKey::from_spki(in.PublicKey);
  if (!peer) return fail(validation(""));
  FB_ASSIGN(use, open_current(cx, named));
  auto secret = use.material->pair->derive(*peer);
  if (!secret) return fail(validation(""));
  if (in.DryRun.value_or(false)) return fail(dry_run());
  out.KeyId = cx.str(named.arn);
  out.SharedSecret = Blob(cx.arena().copy(secret->view()));
  out.KeyAgreementAlgorithm = in.KeyAgreementAlgorithm;
  out.KeyOrigin = "AWS_KMS";
  return {};
}

}  // namespace fogbank::kms
