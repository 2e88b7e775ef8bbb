// ListObjectsV2 and ListObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
// The two differ in how they page: V2 by opaque tokens, V1 by Marker, with NextMarker only where there is a delimiter.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/errors.h"
#include "services/s3/listing.h"
#include "services/s3/object_answers.h"
#include "services/s3/object_rules.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

constexpr int kMaxPage = 1000;

Result<int> page_size(Opt<int32_t> max_keys) {
  int n = max_keys.value_or(kMaxPage);
  if (n < 0) return fail(invalid_argument("Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys", cat(n)));
  return std::min(n, kMaxPage);
}

Result<bool> url_encoding(Str encoding) {
  if (!encoding) return false;
  if (encoding == "url") return true;
  return fail(invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", encoding));
}

/// How a page writes keys.
class Writer {
 public:
  Writer(Context& cx, bool url) : cx_(cx), url_(url) {}
  Str operator()(std::string_view text) const { return cx_.str(url_ ? url_encoded_key(text) : std::string(text)); }
  Str given(Str text) const { return text ? (*this)(text) : Str{}; }

 private:
  Context& cx_;
  bool url_;
};

Result<ListPage> read_page(Context& cx, Str name, const ListQuery& query, BucketPtr& bucket) {
  ListPage page;
  cx.read([&](store::Reader& reader) {
    bucket = find_bucket(cx.core(), reader, cx.scope().partition, name);
    if (bucket) page = list_objects(reader, *bucket, query);
  });
  if (!bucket) return fail(no_such_bucket(name));
  return page;
}

template <class Out> void tell_page(Context& cx, const Writer& write, const ListPage& page, const svc::Owner* owner, Out& out) {
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
    o.LastModified = e.object.modified;
    o.ETag = cx.str(quoted_etag(e.object.etag));
    o.Size = e.object.size;
    o.StorageClass = e.object.storage_class.empty() ? Str("STANDARD") : cx.str(e.object.storage_class);
    if (!e.object.checksum_algorithm.empty()) {
      o.ChecksumAlgorithm.push(cx.arena(), cx.str(e.object.checksum_algorithm));
      o.ChecksumType = checksum_type(e.object.composite);
    }
    if (owner) *(o.Owner = cx.arena().make<svc::Owner>()) = *owner;
  }
}

svc::Owner owner_of(Context& cx, const BucketInfo& bucket) {
  svc::Owner owner{};
  owner.ID = cx.str(canonical_id(bucket.record.account));
  return owner;
}

}  // namespace

Result<void> ListObjectsV2(Context& cx, const svc::ListObjectsV2Request& in, svc::ListObjectsV2Output& out) {
  FB_ASSIGN(url, url_encoding(in.EncodingType));
  FB_ASSIGN(max, page_size(in.MaxKeys));
  std::string after(in.StartAfter.view());
  if (in.ContinuationToken) {
    auto token = read_token(in.ContinuationToken);
    if (!token) return fail(invalid_argument("The continuation token provided is incorrect", "continuation-token"));
    after = std::move(*token);
  }
  BucketPtr bucket;
  FB_ASSIGN(page, read_page(cx, in.Bucket, {in.Prefix, in.Delimiter, after, max}, bucket));
  Writer write(cx, url);
  svc::Owner owner = owner_of(cx, *bucket);
  tell_page(cx, write, page, in.FetchOwner.value_or(false) ? &owner : nullptr, out);
  out.Name = in.Bucket;
  out.Prefix = write(in.Prefix);
  if (!in.Delimiter.empty()) out.Delimiter = write.given(in.Delimiter);
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
  BucketPtr bucket;
  FB_ASSIGN(page, read_page(cx, in.Bucket, {in.Prefix, in.Delimiter, in.Marker, max}, bucket));
  Writer write(cx, url);
  svc::Owner owner = owner_of(cx, *bucket);
  tell_page(cx, write, page, &owner, out);
  out.Name = in.Bucket;
  out.Prefix = write(in.Prefix);
  out.Marker = write(in.Marker);
  if (!in.Delimiter.empty()) out.Delimiter = write.given(in.Delimiter);
  out.MaxKeys = max;
  out.IsTruncated = page.truncated;
  if (url) out.EncodingType = "url";
  if (page.truncated && !in.Delimiter.empty()) out.NextMarker = write(page.entries.back().key);
  return {};
}

}  // namespace fogbank::s3
