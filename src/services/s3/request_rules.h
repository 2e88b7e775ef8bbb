// Settings that a write request may carry and that this program does not give an effect: each is accepted only where it asks for what
// happens anyway, else refused by name. Pure.
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

/// Canned ACLs and grants: a bucket's objects belong to its owner (ObjectOwnership BucketOwnerEnforced), so only
/// bucket-owner-full-control is more than a refusal.
Result<void> check_object_acl(Str acl, bool grants);
/// Encryption other than the default with keys of S3 (AES256).
Result<void> check_encryption(Str algorithm, bool kms_settings, bool customer_key);

/// All of them, for what PutObject, CopyObject and CreateMultipartUpload have in common.
template <class T> Result<void> check_unserved(const T& in) {
  FB_TRY(check_object_acl(in.ACL, in.GrantFullControl || in.GrantRead || in.GrantReadACP || in.GrantWriteACP));
  return check_encryption(in.ServerSideEncryption, in.SSEKMSKeyId || in.SSEKMSEncryptionContext || in.BucketKeyEnabled.value_or(false),
                          in.SSECustomerAlgorithm || in.SSECustomerKey || in.SSECustomerKeyMD5);
}

}  // namespace fogbank::s3
