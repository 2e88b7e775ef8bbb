// PutBucketTagging, GetBucketTagging, DeleteBucketTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bucket_change.h"
#include "services/s3/errors.h"
#include "services/s3/state.h"
#include "services/s3/tag_rules.h"

namespace fogbank::s3 {

Result<void> PutBucketTagging(Context& cx, const svc::PutBucketTaggingRequest& in, svc::PutBucketTaggingOutput&) {
  if (!in.Tagging) return fail(missing_body());
  if (!in.Tagging->TagSet) return fail(malformed_xml());
  FB_ASSIGN(tags, read_tag_set(in.Tagging->TagSet, TagOwner::bucket));
  cx.set_status(204);
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    record.tags = tags;
    return {};
  });
}

Result<void> GetBucketTagging(Context& cx, const svc::GetBucketTaggingRequest& in, svc::GetBucketTaggingOutput& out) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  if (bucket->record.tags.empty())
    return fail(ApiError("NoSuchTagSet", "The TagSet does not exist", 404).with("BucketName", bucket->record.name));
  for (const auto& [key, value] : bucket->record.tags) out.TagSet.push(cx.arena(), svc::Tag{cx.str(key), cx.str(value)});
  return {};
}

Result<void> DeleteBucketTagging(Context& cx, const svc::DeleteBucketTaggingRequest& in, svc::DeleteBucketTaggingOutput&) {
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    record.tags.clear();
    return {};
  });
}

}  // namespace fogbank::s3
