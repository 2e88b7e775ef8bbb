// PutBucketEncryption, GetBucketEncryption, DeleteBucketEncryption:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
// Every bucket has a default: keys of S3 (AES256) until another rule is put, and again when it is deleted.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bucket_change.h"
#include "services/s3/encryption_rules.h"
#include "services/s3/errors.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

Result<void> PutBucketEncryption(Context& cx, const svc::PutBucketEncryptionRequest& in, svc::PutBucketEncryptionOutput&) {
  if (!in.ServerSideEncryptionConfiguration) return fail(missing_body());
  if (in.ServerSideEncryptionConfiguration->Rules.size() != 1) return fail(malformed_xml());
  const auto& rule = in.ServerSideEncryptionConfiguration->Rules[0];
  GivenBucketEncryption given{};
  if (rule.ApplyServerSideEncryptionByDefault) {
    const auto& by_default = *rule.ApplyServerSideEncryptionByDefault;
    if (!by_default.SSEAlgorithm) return fail(malformed_xml());
    given.algorithm = by_default.SSEAlgorithm;
    given.key = by_default.KMSMasterKeyID;
  }
  given.bucket_key = rule.BucketKeyEnabled;
  if (rule.BlockedEncryptionTypes)
    for (const Str& type : rule.BlockedEncryptionTypes->EncryptionType) given.blocked.emplace_back(type.view());
  FB_ASSIGN(encryption, read_bucket_encryption(given));
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    record.encryption = encryption;
    return {};
  });
}

Result<void> GetBucketEncryption(Context& cx, const svc::GetBucketEncryptionRequest& in, svc::GetBucketEncryptionOutput& out) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  BucketEncryption encryption;
  encryption.algorithm = "AES256";
  if (bucket->record.encryption) encryption = *bucket->record.encryption;
  auto& rule = cx.make(out.ServerSideEncryptionConfiguration).Rules.add(cx.arena());
  auto& by_default = cx.make(rule.ApplyServerSideEncryptionByDefault);
  by_default.SSEAlgorithm = cx.str(encryption.algorithm);
  if (!encryption.key.empty()) by_default.KMSMasterKeyID = cx.str(encryption.key);
  rule.BucketKeyEnabled = encryption.bucket_key;
  if (encryption.blocked.empty()) return {};
  auto& types = cx.make(rule.BlockedEncryptionTypes).EncryptionType;
  for (const std::string& type : encryption.blocked) types.add(cx.arena()) = cx.str(type);
  return {};
}

Result<void> DeleteBucketEncryption(Context& cx, const svc::DeleteBucketEncryptionRequest& in, svc::DeleteBucketEncryptionOutput&) {
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    record.encryption.reset();
    return {};
  });
}

}  // namespace fogbank::s3
