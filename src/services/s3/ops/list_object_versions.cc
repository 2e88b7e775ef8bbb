// ListObjectVersions: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/errors.h"
#include "services/s3/list_answers.h"
#include "services/s3/listing.h"
#include "services/s3/object_answers.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

Result<std::optional<VersionName>> read_marker(const svc::ListObjectVersionsRequest& in) {
  if (!in.VersionIdMarker) return std::optional<VersionName>();
  if (in.KeyMarker.empty()) {
    return fail(invalid_argument("A version-id marker cannot be specified without a key marker.", "version-id-marker", in.VersionIdMarker));
  }
  if (in.VersionIdMarker.empty()) return fail(invalid_argument("A version-id marker cannot be empty.", "version-id-marker", in.VersionIdMarker));
  auto name = read_version_id(in.VersionIdMarker);
  if (!name) return fail(invalid_argument("Invalid version id specified", "version-id-marker", in.VersionIdMarker));
  return name;
}

Str version_text(Context& cx, const std::string& id) { return id.empty() ? Str("null") : cx.str(id); }

void tell_version(Context& cx, const KeyWriter& write, const ListedVersion& e, const BucketInfo& bucket, svc::ListObjectVersionsOutput& out) {
  auto common = [&](auto& o) {
    o.Key = write(e.key);
    o.VersionId = version_text(cx, e.version.version_id);
    o.IsLatest = e.latest;
    o.LastModified = whole_seconds(e.version.modified);
    *(o.Owner = cx.arena().make<svc::Owner>()) = owner_of(cx, bucket, e.version);
  };
  if (e.version.marker) return common(out.DeleteMarkers.add(cx.arena()));
  svc::ObjectVersion& o = out.Versions.add(cx.arena());
  common(o);
  tell_summary(cx, e.version, o);
}

}  // namespace

Result<void> ListObjectVersions(Context& cx, const svc::ListObjectVersionsRequest& in, svc::ListObjectVersionsOutput& out) {
  FB_ASSIGN(url, url_encoding(in.EncodingType));
  FB_ASSIGN(max, page_size(in.MaxKeys));
  FB_TRY(check_optional_attributes(in.OptionalObjectAttributes));
  FB_ASSIGN(after, read_marker(in));
  BucketPtr bucket;
  VersionPage page;
  cx.read([&](store::Reader& reader) {
    bucket = find_bucket(cx.core(), reader, cx.scope().partition, in.Bucket);
    if (bucket) page = list_versions(reader, *bucket, {in.Prefix, in.Delimiter, in.KeyMarker, max}, after);
  });
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  KeyWriter write(cx, url);
  for (const ListedVersion& e : page.entries) {
    if (e.common_prefix) out.CommonPrefixes.add(cx.arena()).Prefix = write(e.key);
    else tell_version(cx, write, e, *bucket, out);
  }
  out.Name = in.Bucket;
  out.Prefix = write(in.Prefix);
  out.KeyMarker = write(in.KeyMarker);
  out.VersionIdMarker = Str(in.VersionIdMarker.view());
  if (!in.Delimiter.empty()) out.Delimiter = write(in.Delimiter);
  out.MaxKeys = max;
  if (url) out.EncodingType = "url";
  out.IsTruncated = page.truncated;
  if (!page.truncated) return {};
  const ListedVersion& last = page.entries.back();
  out.NextKeyMarker = write(last.key);
  if (!last.common_prefix) out.NextVersionIdMarker = version_text(cx, last.version.version_id);
  return {};
}

}  // namespace fogbank::s3
