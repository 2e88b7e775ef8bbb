// KMS for other services: data keys and small secrets, encrypted and decrypted within one operation of S3, SSM, Secrets Manager, SQS … on
// behalf of its caller (a forward access session). The README shows a whole operation.
//
// Two halves that belong together:
//   In the authorise function, `require_…` resolves the key and adds the decision (kms:GenerateDataKey on the key's ARN, with the key's
//   policy and grants, kms:ViaService, aws:CalledVia, kms:EncryptionContext:…, in whatever account the key is). The chain decides it with
//   the others, before the handler and, where the handler writes, again in its transaction if a policy changed.
//   In the handler, outside of cx.read and cx.write, the function of the same name does it, with the same KeyUse: it uses the key that was
//   decided about, makes an AWS managed key that does not exist yet, and leaves the access record of the KMS operation, also when it
//   fails. What was not required is refused (503 "ServiceUnavailable"): also when the record that names the key changed in between.
//
// Errors are KMS's own, for the calling service to word: NotFoundException (no such key or alias; also from require_…),
// DisabledException, KMSInvalidStateException (pending deletion), InvalidKeyUsageException, InvalidCiphertextException (wrong bytes or
// context), AccessDeniedException. A denial comes from the chain with the code of the calling service, or as `reword` makes it.
#pragma once
#include <string>
#include <string_view>

#include "base/secret.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "services/kms/state.h"

namespace fogbank::kms {

/// One use of one key.
struct KeyUse {
  std::string_view service;      ///< the calling service as in host names: "s3", "sqs", "secretsmanager"
  /// As its user named it: key id, key ARN, alias name or alias ARN. Empty: the AWS managed key, alias/aws/<service>. Not for
  /// decrypting a ciphertext that the authorise function knows. An id or alias without an ARN is of the caller's
  /// account; the Region is the target's.
  std::string_view key = {};
  EncryptionContext context = {};
  int entry = -1;                ///< of a batch: a denial concerns this entry only (Context::entry_denied; the handler's half answers it too)
  ApiError (*reword)(ApiError&& denial) = nullptr;   ///< how the service words a denial; null: KMS's text with the service's code
};

struct DataKey {
  Secret plain;                  ///< 32 bytes
  std::string ciphertext;        ///< for decrypt()
  std::string key_arn;
};
struct Encrypted { std::string ciphertext, key_arn; };

// In authorise functions, after the target is set. `ciphertext` as generate_data_key or encrypt gave it.
Result<void> require_generate(AuthoriseContext& cx, const KeyUse& use);                              ///< kms:GenerateDataKey
Result<void> require_encrypt(AuthoriseContext& cx, const KeyUse& use);                               ///< kms:Encrypt
Result<void> require_decrypt(AuthoriseContext& cx, const KeyUse& use, std::string_view ciphertext);  ///< kms:Decrypt
/// kms:Decrypt on the key that `use` names, where only the handler knows what it will read (the messages of a queue). It covers every decrypt()
/// with the same KeyUse of a ciphertext of that key, any number.
Result<void> require_decrypt(AuthoriseContext& cx, const KeyUse& use);
/// The same decision, where somebody must be able to read later what he writes now.
inline Result<void> require_decrypt_later(AuthoriseContext& cx, const KeyUse& use) { return require_decrypt(cx, use); }

// In handlers.
Result<DataKey> generate_data_key(Context& cx, const KeyUse& use);
Result<Encrypted> encrypt(Context& cx, const KeyUse& use, std::string_view plain);                   ///< up to 4,096 bytes
Result<Secret> decrypt(Context& cx, const KeyUse& use, std::string_view ciphertext);

/// The ARN of the key that sealed a ciphertext, in the Region of `home`; "" if it is none.
std::string key_arn_of(const Scope& home, std::string_view ciphertext);

}  // namespace fogbank::kms
