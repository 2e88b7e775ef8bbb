// PutObjectTagging, GetObjectTagging, DeleteObjectTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
// The odd rule: only GetObjectTagging names a missing key together with its bucket.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/errors.h"
#include "services/s3/events.h"
#include "services/s3/object_answers.h"
#include "services/s3/state.h"
#include "services/s3/tag_rules.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {
namespace {

template <class In, class Out> Result<void> change_tags(Context& cx, const In& in, Out& out, const Tags& tags, std::string_view method, std::string_view event) {
  FB_ASSIGN(name, read_version_name(in.VersionId));
  std::string version;
  Result<void> written = cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!bucket) return fail(no_such_bucket(in.Bucket));
    FB_ASSIGN(object, find_object(tx, *bucket, in.Key, name, method));
    object.attributes.tags = tags;
    rewrite_object(tx, *bucket, in.Key, object);
    version = shown_version(*bucket, object);
    announce(cx, tx, *bucket, event, in.Key, &object);
    return {};
  });
  FB_TRY(written);
  if (!version.empty()) out.VersionId = cx.str(version);
  return {};
}

}  // namespace

Result<void> PutObjectTagging(Context& cx, const svc::PutObjectTaggingRequest& in, svc::PutObjectTaggingOutput& out) {
  if (!in.Tagging) return fail(missing_body());
  FB_ASSIGN(tags, read_tag_set(in.Tagging->TagSet, TagOwner::object));
  return change_tags(cx, in, out, tags, "PUT", "s3:ObjectTagging:Put");
}

Result<void> DeleteObjectTagging(Context& cx, const svc::DeleteObjectTaggingRequest& in, svc::DeleteObjectTaggingOutput& out) {
  return change_tags(cx, in, out, {}, "DELETE", "s3:ObjectTagging:Delete");
}

Result<void> GetObjectTagging(Context& cx, const svc::GetObjectTaggingRequest& in, svc::GetObjectTaggingOutput& out) {
  FB_ASSIGN(name, read_version_name(in.VersionId));
  Result<void> found;
  cx.read([&](store::Reader& reader) {
    BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, in.Bucket);
    if (!bucket) { found = fail(no_such_bucket(in.Bucket)); return; }
    auto object = find_object(reader, *bucket, in.Key, name, "GET");
    if (!object) {
      bool missing = object.error().code == "NoSuchKey";
      found = fail(missing ? no_such_key(cat(in.Bucket.view(), '/', in.Key.view())) : std::move(object.error()));
      return;
    }
    out.TagSet.reserve(cx.arena(), 1);
    for (const auto& [key, value] : object->attributes.tags) out.TagSet.push(cx.arena(), svc::Tag{cx.str(key), cx.str(value)});
    if (std::string_view version = shown_version(*bucket, *object); !version.empty()) out.VersionId = cx.str(version);
  });
  return found;
}

}  // namespace fogbank::s3
