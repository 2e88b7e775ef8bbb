// Settings that a write request may carry and that this program does not give an effect: each is accepted only where it asks for what
// happens anyway, else refused by name. Pure.
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "services/s3/acl_rules.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

/// Encryption other than the default with keys of S3 (AES256).
Result<void> check_encryption(Str algorithm, bool kms_settings, bool customer_key);

/// All of them, for what PutObject, CopyObject and CreateMultipartUpload have in common.
template <class T> Result<void> check_unserved(const T& in) {
  FB_TRY(check_acl_request(acl_request(in), true));
  return check_encryption(in.ServerSideEncryption, in.SSEKMSKeyId || in.SSEKMSEncryptionContext || in.BucketKeyEnabled.value_or(false),
                          in.SSECustomerAlgorithm || in.SSECustomerKey || in.SSECustomerKeyMD5);
}

}  // namespace fogbank::s3
