// ListTagsForResource, TagResource, UntagResource, of buckets: https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html
#include <set>

#include "base/encoding.h"
#include "gateway/context.h"
#include "gen/s3control/operations.h"
#include "services/s3/bucket_change.h"
#include "services/s3/errors.h"
#include "services/s3/state.h"
#include "services/s3/tag_rules.h"

namespace fogbank::s3control {
namespace {

constexpr const char* kInvalid = "This request contains a tag key or value that isn't valid. Valid characters include the following: [a-zA-Z+-=._:/]. "
                                 "Tag keys can contain up to 128 characters. Tag values can contain up to 256 characters.";

ApiError no_such_resource() { return ApiError("NoSuchResource", "The specified resource doesn't exist.", 404); }

/// The bucket that an ARN names.
Result<Str> bucket_named(Context& cx, Str arn) {
  auto parsed = parse_arn(arn);
  if (!parsed || parsed->service != "s3" || !parsed->account.empty() || parsed->resource.find('/') != std::string_view::npos)
    return fail(s3::not_implemented("A tag of anything but a general purpose bucket"));
  return cx.str(parsed->resource);
}

Result<void> change_tags(Context& cx, Str arn, const std::function<Result<void>(s3::Tags&)>& f) {
  FB_ASSIGN(name, bucket_named(cx, arn));
  Result<void> done = s3::change_bucket(cx, name, [&](const s3::BucketInfo&, s3::Bucket& record) { return f(record.tags); });
  if (!done && done.error().code == "NoSuchBucket") return fail(no_such_resource());
  return done;
}

}  // namespace

Result<void> ListTagsForResource(Context& cx, const svc::ListTagsForResourceRequest& in, svc::ListTagsForResourceResult& out) {
  FB_ASSIGN(name, bucket_named(cx, in.ResourceArn));
  s3::BucketPtr bucket = s3::find_bucket(cx.core(), cx.scope().partition, name);
  if (!bucket) return fail(no_such_resource());
  out.Tags.reserve(cx.arena(), 0);
  for (const auto& [key, value] : bucket->record.tags) out.Tags.push(cx.arena(), svc::Tag{cx.str(key), cx.str(value)});
  return {};
}

Result<void> TagResource(Context& cx, const svc::TagResourceRequest& in, svc::TagResourceResult&) {
  s3::Tags given;
  for (const auto& t : in.Tags) {
    if (!t.Key || !t.Value) return fail(s3::malformed_xml());
    if (given.contains(std::string(t.Key.view())))
      return fail("InvalidTag", "There are duplicate tag keys in your request. Remove the duplicate tag keys and try again.");
    auto added = s3::add_tag(given, t.Key, t.Value, s3::TagOwner::new_bucket);
    if (!added && added.error().message.starts_with("User-defined")) return added;
    if (!added) return fail("InvalidTag", kInvalid);
  }
  return change_tags(cx, in.ResourceArn, [&](s3::Tags& tags) -> Result<void> {
    for (const auto& [key, value] : given) tags[key] = value;
    return s3::check_tag_count(tags.size(), s3::TagOwner::bucket);
  });
}

Result<void> UntagResource(Context& cx, const svc::UntagResourceRequest& in, svc::UntagResourceResult&) {
  return change_tags(cx, in.ResourceArn, [&](s3::Tags& tags) -> Result<void> {
    for (const Str& key : in.TagKeys) tags.erase(std::string(key.view()));
    return {};
  });
}

}  // namespace fogbank::s3control
