// GetObjectAttributes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
// Odd rules kept: the ETag has no quotes, a composite checksum no number of parts behind it, and parts are listed only where each has a
// checksum of its own; of others only their number is told.
#include <algorithm>

#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/errors.h"
#include "services/s3/multipart_rules.h"
#include "services/s3/object_answers.h"
#include "services/s3/state.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {
namespace {

constexpr int kMaxPage = 1000;

struct Wanted { bool etag = false, checksum = false, parts = false, storage_class = false, size = false; };

Result<Wanted> read_wanted(const List<Str>& names) {
  Wanted w;
  bool any = false;
  for (Str one : names) {
    std::string_view name = trim(one);
    if (name.empty()) continue;
    any = true;
    if (name == "ETag") w.etag = true;
    else if (name == "Checksum") w.checksum = true;
    else if (name == "ObjectParts") w.parts = true;
    else if (name == "StorageClass") w.storage_class = true;
    else if (name == "ObjectSize") w.size = true;
    else return fail(invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", name));
  }
  if (!any) return fail(invalid_request("The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"));
  return w;
}

struct PartQuery { int64_t after = 0; int max = kMaxPage; };

Result<PartQuery> read_part_query(const svc::GetObjectAttributesRequest& in) {
  PartQuery q;
  if (in.MaxParts) q.max = *in.MaxParts;
  if (in.PartNumberMarker) q.after = *in.PartNumberMarker;
  if (q.max < 0) return fail(invalid_argument("Argument max-parts must be an integer between 0 and 2147483647", "max-parts", cat(q.max)));
  if (q.after < 0) return fail(invalid_argument("Argument part-number-marker must be an integer between 0 and 2147483647", "part-number-marker", cat(q.after)));
  q.max = std::min(q.max, kMaxPage);
  return q;
}

void tell_parts(Context& cx, store::Reader& reader, const BucketInfo& bucket, const Object& object, const PartQuery& q, svc::GetObjectAttributesParts& out) {
  out.TotalPartsCount = int32_t(object.parts());
  if (!object.composite) return;
  out.MaxParts = q.max;
  out.PartNumberMarker = int32_t(q.after);
  out.IsTruncated = false;
  int64_t last = 0;
  store::Key all = store::key(bucket.scope, kParts, bucket.record.id, object.upload);
  reader.scan(part_key(bucket, object.upload, uint64_t(q.after + 1)), all.after_prefix(), store::Order::ascending,
              [&](std::string_view key, std::string_view bytes, store::Version) {
    int64_t number = int64_t(store::number_part(store::key_parts(key).at(2)));
    if (!contains_part(object.runs, number)) return true;
    if (out.Parts.size() == size_t(q.max)) {
      out.IsTruncated = true;
      return false;
    }
    auto part = decode<Part>(bytes);
    if (!part) throw std::runtime_error("a part's record is damaged");
    svc::ObjectPart& p = out.Parts.add(cx.arena());
    p.PartNumber = int32_t(number);
    p.Size = part->size;
    set_checksum(p, object.checksum_algorithm, cx.str(part->checksum));
    last = number;
    return true;
  });
  out.NextPartNumberMarker = int32_t(last);
}

void tell_attributes(Context& cx, store::Reader& reader, const BucketInfo& bucket, const Object& object, const Wanted& w, const PartQuery& q,
                     svc::GetObjectAttributesOutput& out) {
  out.LastModified = object.modified;
  if (std::string_view version = shown_version(bucket, object); !version.empty()) out.VersionId = cx.str(version);
  if (w.etag) out.ETag = cx.str(object.etag);
  if (w.size) out.ObjectSize = object.size;
  if (w.storage_class) out.StorageClass = object.storage_class.empty() ? Str("STANDARD") : cx.str(object.storage_class);
  if (w.checksum && !object.checksum.empty()) {
    auto& sum = cx.make(out.Checksum);
    std::string_view text = object.checksum;
    if (object.composite) text = text.substr(0, text.rfind('-'));
    set_checksum(sum, object.checksum_algorithm, cx.str(text));
    sum.ChecksumType = checksum_type(object.composite);
  }
  if (w.parts && object.upload) tell_parts(cx, reader, bucket, object, q, cx.make(out.ObjectParts));
}

}  // namespace

Result<void> GetObjectAttributes(Context& cx, const svc::GetObjectAttributesRequest& in, svc::GetObjectAttributesOutput& out) {
  FB_ASSIGN(wanted, read_wanted(in.ObjectAttributes));
  FB_ASSIGN(parts, read_part_query(in));
  FB_ASSIGN(name, read_version_name(in.VersionId));
  if (in.SSECustomerAlgorithm || in.SSECustomerKey || in.SSECustomerKeyMD5)
    return fail(invalid_request("The encryption parameters are not applicable to this object."));
  Result<void> found;
  cx.read([&](store::Reader& reader) {
    BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, in.Bucket);
    if (!bucket) { found = fail(no_such_bucket(in.Bucket)); return; }
    std::optional<Object> marker;
    auto object = find_object(reader, *bucket, in.Key, name, "GET", &marker);
    if (object) return tell_attributes(cx, reader, *bucket, *object, wanted, parts, out);
    const ApiError* denial = cx.entry_denied(0);
    bool hidden = denial && object.error().code != "MethodNotAllowed";
    if (!hidden && marker) tell_marker(cx, *bucket, *marker, name.has_value());
    found = fail(hidden ? *denial : std::move(object.error()));
  });
  return found;
}

}  // namespace fogbank::s3
