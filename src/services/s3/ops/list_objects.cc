// ListObjectsV2 and ListObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
// The two differ in how they page: V2 by opaque tokens, V1 by Marker, with NextMarker only where there is a delimiter.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/errors.h"
#include "services/s3/list_answers.h"
#include "services/s3/listing.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

Result<ListPage> read_page(Context& cx, Str name, const ListQuery& query, BucketPtr& bucket) {
  ListPage page;
  cx.read([&](store::Reader& reader) {
    bucket = find_bucket(cx.core(), reader, cx.scope().partition, name);
    if (bucket) page = list_objects(reader, *bucket, query);
  });
  if (!bucket) return fail(no_such_bucket(name));
  return page;
}

template <class Out> void tell_page(Context& cx, const KeyWriter& write, const ListPage& page, const BucketInfo* owners, Out& out) {
  size_t objects = 0;
  for (const Listed& e : page.entries) objects += !e.common_prefix;
  if (objects) out.Contents.reserve(cx.arena(), uint32_t(objects));
  for (const Listed& e : page.entries) {
    if (e.common_prefix) {
      out.CommonPrefixes.add(cx.arena()).Prefix = write(e.key);
      continue;
    }
    svc::Object& o = out.Contents.add(cx.arena());
    o.Key = write(e.key);
    tell_summary(cx, e.object, o);
    if (owners) *(o.Owner = cx.arena().make<svc::Owner>()) = owner_of(cx, *owners, e.object);
  }
}

}  // namespace

Result<void> ListObjectsV2(Context& cx, const svc::ListObjectsV2Request& in, svc::ListObjectsV2Output& out) {
  FB_ASSIGN(url, url_encoding(in.EncodingType));
  FB_ASSIGN(max, page_size(in.MaxKeys));
  FB_TRY(check_optional_attributes(in.OptionalObjectAttributes));
  std::string after(in.StartAfter.view());
  if (in.ContinuationToken) {
    auto token = read_token(in.ContinuationToken);
    if (!token) return fail(invalid_argument("The continuation token provided is incorrect", "continuation-token"));
    after = std::move(*token);
  }
  BucketPtr bucket;
  FB_ASSIGN(page, read_page(cx, in.Bucket, {in.Prefix, in.Delimiter, after, max}, bucket));
  KeyWriter write(cx, url);
  tell_page(cx, write, page, in.FetchOwner.value_or(false) ? bucket.get() : nullptr, out);
  out.Name = in.Bucket;
  out.Prefix = write(in.Prefix);
  if (!in.Delimiter.empty()) out.Delimiter = write(in.Delimiter);
  out.MaxKeys = max;
  out.KeyCount = int32_t(page.entries.size());
  out.IsTruncated = page.truncated;
  if (url) out.EncodingType = "url";
  if (in.ContinuationToken) out.ContinuationToken = in.ContinuationToken;
  else if (!in.StartAfter.empty()) out.StartAfter = write(in.StartAfter);
  if (page.truncated) out.NextContinuationToken = cx.str(make_token(page.entries.back().key));
  return {};
}

Result<void> ListObjects(Context& cx, const svc::ListObjectsRequest& in, svc::ListObjectsOutput& out) {
  FB_ASSIGN(url, url_encoding(in.EncodingType));
  FB_ASSIGN(max, page_size(in.MaxKeys));
  FB_TRY(check_optional_attributes(in.OptionalObjectAttributes));
  BucketPtr bucket;
  FB_ASSIGN(page, read_page(cx, in.Bucket, {in.Prefix, in.Delimiter, in.Marker, max}, bucket));
  KeyWriter write(cx, url);
  tell_page(cx, write, page, bucket.get(), out);
  out.Name = in.Bucket;
  out.Prefix = write(in.Prefix);
  out.Marker = write(in.Marker);
  if (!in.Delimiter.empty()) out.Delimiter = write(in.Delimiter);
  out.MaxKeys = max;
  out.IsTruncated = page.truncated;
  if (url) out.EncodingType = "url";
  if (page.truncated && !in.Delimiter.empty()) out.NextMarker = write(page.entries.back().key);
  return {};
}

}  // namespace fogbank::s3
