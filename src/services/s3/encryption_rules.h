// What requests say about server-side encryption, and what S3 refuses of it. Pure but for the bucket's record that is passed in.
// Source: S3 User Guide, "Protecting data with server-side encryption", "Using server-side encryption with customer-provided keys".
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"
#include "services/s3/state.h"
#include "wire/model.h"

namespace fogbank::s3 {

/// The three headers of a key that the customer keeps (SSE-C), of an object or of a copy's source.
struct CustomerHeaders {
  Str algorithm, key, md5;
  bool any() const { return algorithm || key || md5; }
};
template <class In> CustomerHeaders customer_headers(const In& in) { return {in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}; }
template <class In> CustomerHeaders source_headers(const In& in) {
  return {in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey, in.CopySourceSSECustomerKeyMD5};
}
CustomerHeaders customer_headers(const wire::View& in);

/// The key of a write, checked in S3's order.
Result<Secret> read_customer_key(const CustomerHeaders& headers);
/// The key of a read: whatever is wrong with it, it is not the right one.
Result<Secret> read_claimed_key(const CustomerHeaders& headers);

/// How a new object is to be encrypted.
struct WantedEncryption {
  bool kms = false;
  std::string key;                               ///< as given; empty: alias/aws/s3
  std::map<std::string, std::string> context;    ///< for KMS, with aws:s3:arn
  std::string given_context;
  bool bucket_key = false;
  Secret customer_key;
  std::string customer_md5;                      ///< base64, for the answer
  bool sealed() const { return kms || !customer_key.empty(); }
};
/// From a request's headers (any write of an object) and the bucket's default.
Result<WantedEncryption> read_encryption(const wire::View& in, const BucketInfo& bucket, std::string_view key);

/// What is wrong with a PutBucketEncryption, or the record of it.
struct GivenBucketEncryption {
  Str algorithm{}, key{};
  Opt<bool> bucket_key{};
  std::vector<std::string> blocked;
};
Result<BucketEncryption> read_bucket_encryption(const GivenBucketEncryption& given);

}  // namespace fogbank::s3
