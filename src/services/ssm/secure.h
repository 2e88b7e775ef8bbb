// SecureString: values sealed through KMS, and opened again. The standard tier has KMS encrypt the value itself; the advanced tier seals it
// under a data key (AES-256-GCM). Both are bound to the parameter's ARN (encryption context PARAMETER_ARN). Plain values are never stored.
#pragma once
#include <string>

#include "base/secret.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "services/ssm/state.h"

namespace fogbank::ssm {

// The first of each pair belongs into the authorise function, the second into the handler, outside of cx.read and cx.write.
// Errors are Parameter Store's (InvalidKeyId, AccessDeniedException).

Result<void> require_seal(AuthoriseContext& cx, const std::string& arn, const Version& version);
/// Sets version.value and version.data_key.
Result<void> seal(Context& cx, const std::string& arn, std::string_view plain, Version& version);

Result<void> require_open(AuthoriseContext& cx, const std::string& arn, const Version& version);
Result<Secret> open(Context& cx, const std::string& arn, const Version& version);

/// What is shown of the value without decryption.
std::string ciphertext_text(const Version& version);

}  // namespace fogbank::ssm
