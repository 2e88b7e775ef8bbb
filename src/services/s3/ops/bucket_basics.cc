// HeadBucket, GetBucketLocation, DeleteBucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html and following.
// A bucket with uploads in progress may be deleted, and they go with it; one with objects may not.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/errors.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

Result<void> HeadBucket(Context& cx, const svc::HeadBucketRequest& in, svc::HeadBucketOutput& out) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  // BucketRegion has been added by the authorise function: a denial tells it too.
  out.BucketArn = cx.str(bucket->arn);
  out.AccessPointAlias = false;
  cx.add_header("Content-Type", "application/xml");   // as S3, though there is no body
  return {};
}

Result<void> GetBucketLocation(Context& cx, const svc::GetBucketLocationRequest& in, svc::GetBucketLocationOutput& out) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  const Bucket& b = bucket->record;
  if (b.region != "us-east-1") out.LocationConstraint = cx.str(b.location.empty() ? b.region : b.location);
  return {};
}

Result<void> DeleteBucket(Context& cx, const svc::DeleteBucketRequest& in, svc::DeleteBucketOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!bucket) return fail(no_such_bucket(in.Bucket));
    bool objects = false, versions = false, leftovers = false;
    auto any = [](bool& seen) { return [&seen](std::string_view, std::string_view, store::Version) { seen = true; return false; }; };
    tx.scan_prefix(store::key(bucket->scope, kObjects, bucket->record.id), any(objects));
    if (bucket->record.versioning != Versioning::never) tx.scan_prefix(store::key(bucket->scope, kVersions, bucket->record.id), any(versions));
    if (objects || versions) {
      std::string text = "The bucket you tried to delete is not empty";
      if (bucket->record.versioning != Versioning::never) text += ". You must delete all versions in the bucket.";
      return fail(ApiError("BucketNotEmpty", text, 409).with("BucketName", bucket->record.name));
    }
    for (const store::Table& table : {kUploads, kParts, kChecks, kConfigurations, kLogLines})
      if (!leftovers) tx.scan_prefix(store::key(bucket->scope, table, bucket->record.id), any(leftovers));
    if (leftovers) drop_leftovers(tx, *bucket, cx.now());
    if (bucket->record.lifecycle_run) tx.cancel(bucket->record.lifecycle_run);
    tx.erase(bucket_key(bucket->scope.partition, bucket->record.name));
    tx.erase(owned_key(bucket->scope.partition, bucket->record.account, bucket->record.name));
    return {};
  });
}

}  // namespace fogbank::s3
