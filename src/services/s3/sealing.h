// Encryption of bodies at rest (SSE-KMS and SSE-C): what is required before an operation, and the keys in its handler.
//
//   a body    AES-256-CTR under a key of its own, which the core made while it received the bytes (ReceivedBody::key), or copying did
//   its key   AES-256-GCM under the data key of the object (KMS) or the customer's key; kept with the object, or with the part
//   data key  made by KMS for the object or upload, kept encrypted; opened by KMS for each request, which decides whether the caller may
//
// Parts of an upload have body keys of their own under the upload's data key, so completing touches no byte. A customer's key is kept
// nowhere: opening the body key tells whether it is the right one. Objects under keys of S3 (AES256) are not encrypted on disk.
// Everything here belongs to one call.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "services/s3/bodies.h"
#include "services/s3/encryption_rules.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

// In authorise functions.

/// A new object or upload: reads how it is to be encrypted, requires the use of its key and has the payload encrypted.
Result<void> require_sealing(AuthoriseContext& cx, const wire::View& in, const BucketInfo& bucket, std::string_view key);
/// A part: the same by what its upload is.
Result<void> require_part_sealing(AuthoriseContext& cx, const BucketInfo& bucket, std::string_view key, std::string_view upload_id);
/// Reading an object (`version_id` absent: the current one): requires the use of the KMS key that it is under, if it is.
Result<void> require_opening(AuthoriseContext& cx, const BucketInfo& bucket, std::string_view key, Str version_id);

// In handlers.

/// Is the new object to be encrypted, by what require_sealing found?
bool wants_sealing(Context& cx);
/// The sealing of a new object whose body is encrypted under `body_key`, or of an upload (no key); nothing where it is not encrypted.
Result<std::optional<Sealing>> seal_new(Context& cx, std::string_view body_key);
/// The key that body keys of `sealing` are sealed under, by KMS or from the request's headers.
Result<Secret> open_data_key(Context& cx, const Sealing& sealing, const CustomerHeaders& headers);
/// The key of a part of this upload, sealed: open_data_key, checked, in the words of UploadPart. Empty where it is not encrypted.
Result<std::string> seal_part(Context& cx, const std::optional<Sealing>& sealing, const CustomerHeaders& headers, std::string_view body_key);
/// Does a read of an object with this sealing (or none) come with the customer headers that it needs? Checks the key too.
Result<void> check_customer(const std::optional<Sealing>& sealing, const CustomerHeaders& headers);
/// Reads and parts take no x-amz-server-side-encryption: it was said when the object or the upload began.
Result<void> refuse_encryption_header(Context& cx);
/// Opens the keys of segments of an object.
Result<void> open_segments(Context& cx, const std::optional<Sealing>& sealing, const CustomerHeaders& headers, std::vector<Segment>& segments);
/// Notes in the bucket's record that an object under a KMS key was written.
void note_sealed(store::Txn& tx, const BucketInfo& bucket, const std::optional<Sealing>& sealing);

/// What the ETag is made of, 16 bytes: the MD5 of a body that is not encrypted; of others nothing that the plain bytes alone tell.
std::string etag_bytes(std::string_view md5_of_body, std::string_view body_key);

/// Encryption of the payload that was received is missing or too much: the bucket's default changed meanwhile.
ApiError sealing_changed();

/// ServerSideEncryption and what goes with it, in an answer. `customer`: the request's headers.
template <class Out> void tell_sealing(Context& cx, Out& out, const std::optional<Sealing>& sealing, const CustomerHeaders& customer) {
  if (!sealing) { out.ServerSideEncryption = "AES256"; return; }
  if (!sealing->kms()) {
    if constexpr (requires { out.SSECustomerAlgorithm; }) {
      out.SSECustomerAlgorithm = customer.algorithm;
      out.SSECustomerKeyMD5 = customer.md5;
    }
    return;
  }
  out.ServerSideEncryption = cx.str(sealing->algorithm);
  if constexpr (requires { out.SSEKMSKeyId; }) out.SSEKMSKeyId = cx.str(sealing->key_arn);
  if constexpr (requires { out.BucketKeyEnabled; }) if (sealing->bucket_key) out.BucketKeyEnabled = true;
  if constexpr (requires { out.SSEKMSEncryptionContext; }) if (!sealing->given_context.empty()) out.SSEKMSEncryptionContext = cx.str(sealing->given_context);
}

}  // namespace fogbank::s3
