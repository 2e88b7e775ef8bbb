#include "services/s3/request_rules.h"

#include <algorithm>

namespace fogbank::s3 {

Result<void> check_object_acl(Str acl, bool grants) {
  static constexpr std::string_view kCanned[] = {"private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read",
                                                 "bucket-owner-read", "bucket-owner-full-control"};
  if (acl && std::find(std::begin(kCanned), std::end(kCanned), acl.view()) == std::end(kCanned))
    return fail(invalid_argument("", "x-amz-acl", acl));
  if (grants || (acl && !(acl == "bucket-owner-full-control")))
    return fail("AccessControlListNotSupported", "The bucket does not allow ACLs");
  return {};
}

Result<void> check_encryption(Str algorithm, bool kms_settings, bool customer_key) {
  if (customer_key) return fail(not_implemented("Server-side encryption with customer-provided keys (SSE-C)"));
  if (algorithm && (algorithm == "aws:kms" || algorithm == "aws:kms:dsse")) return fail(not_implemented("Server-side encryption with KMS keys (SSE-KMS)"));
  if (algorithm && !(algorithm == "AES256"))
    return fail(invalid_argument("The encryption method specified is not supported", "x-amz-server-side-encryption", algorithm));
  if (kms_settings) return fail(not_implemented("Server-side encryption with KMS keys (SSE-KMS)"));
  return {};
}

}  // namespace fogbank::s3
