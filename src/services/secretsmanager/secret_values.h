// Secrets Manager for other services: the value of a secret, read within one operation of theirs on behalf of its caller (SSM's
// /aws/reference/secretsmanager/NAME). GetSecretValue and BatchGetSecretValue are made of the same two halves:
//   In the authorise function require_read() finds the secret and adds the decisions: secretsmanager:GetSecretValue on its ARN with its
//   policy and tags, and kms:Decrypt on the key of its value.
//   In the handler, outside of cx.read and cx.write, read_secret() with the same SecretRead decrypts it and notes the day of the access.
// Errors are Secrets Manager's own (ResourceNotFoundException, InvalidRequestException, DecryptionFailure …).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "gateway/authorise.h"
#include "gateway/context.h"

namespace fogbank::secretsmanager {

struct SecretRead {
  std::string_view id;                ///< name, ARN, or ARN without its random characters; a name is of the caller's account
  std::string_view version_id = {};   ///< empty: by stage
  std::string_view version_stage = {};///< empty: AWSCURRENT
  std::string_view via_service = {};  ///< the service that asks on behalf of its caller: "ssm"; empty: the caller itself
  int entry = -1;                     ///< of a batch (0 … 19): a denial concerns this entry only, and read_secret() answers it
};

struct SecretValue {
  std::string arn, name, version_id;
  std::vector<std::string> stages;
  Millis created = 0;                 ///< of the version
  bool binary = false;                ///< SecretBinary, else SecretString
  Secret value;
};

/// ValidationException for what cannot be a secret's name; everything else is told by read_secret().
Result<void> require_read(AuthoriseContext& cx, const SecretRead& read);
Result<SecretValue> read_secret(Context& cx, const SecretRead& read);

}  // namespace fogbank::secretsmanager
