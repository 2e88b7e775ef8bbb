// GetObject and HeadObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
// Odd rules kept: several ranges are answered with the whole object; a missing key is AccessDenied to those who may not list; asking for
// part 1 of an object that has no parts answers 206 with all of it; a checksum goes with a whole object or a whole part only.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/conditions.h"
#include "services/s3/errors.h"
#include "services/s3/lifecycle.h"
#include "services/s3/multipart_rules.h"
#include "services/s3/object_answers.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

/// What is to be sent of an object, decided on one snapshot.
struct Selection {
  Object object;
  Verdict verdict = Verdict::proceed;
  ByteRange range;
  bool partial = false;                    ///< 206 with Content-Range
  std::optional<int64_t> parts;            ///< asked by part number: how many there are
  std::string checksum;                    ///< of the part, or of the whole
  std::string version;                     ///< how answers name it; empty in a bucket without versions
  std::vector<Segment> segments;           ///< GET only
};

template <class In> Result<void> check_request(Context& cx, const In& in) {
  FB_TRY(refuse_encryption_header(cx));
  if (in.Range && in.PartNumber) return fail(invalid_request("Cannot specify both Range header and partNumber query parameter"));
  if (in.PartNumber && (*in.PartNumber < 1 || *in.PartNumber > kMaxPartNumber)) {
    return fail(invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", cat(*in.PartNumber)));
  }
  const std::pair<const char*, Str> overrides[] = {
    {"response-cache-control", in.ResponseCacheControl}, {"response-content-disposition", in.ResponseContentDisposition},
    {"response-content-encoding", in.ResponseContentEncoding}, {"response-content-language", in.ResponseContentLanguage},
    {"response-content-type", in.ResponseContentType}};
  bool any = in.ResponseExpires.has();
  for (const auto& [name, value] : overrides) {
    any |= value.has();
    if (!to_latin1(value)) return fail(invalid_argument("Header value cannot be represented using ISO-8859-1.", name, value));
  }
  if (any && cx.principal().anonymous())
    return fail(invalid_request("Request specific response headers cannot be used for anonymous GET requests."));
  return {};
}

/// The part that a partNumber asks for.
Result<void> select_part(store::Reader& reader, const BucketInfo& bucket, int64_t n, Selection& s) {
  s.partial = true;
  int64_t count = s.object.upload ? s.object.parts() : 1;
  if (n > count) {
    return fail(ApiError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)
                    .with("PartNumberRequested", cat(n)).with("ActualPartCount", cat(count)));
  }
  if (!s.object.upload) {
    s.range = {0, s.object.size};
    s.checksum = s.object.checksum;
    s.partial = s.object.size > 0;   // no range of an empty object can be written
    return {};
  }
  s.parts = count;
  PartPlace place = *place_of_part(s.object.runs, n);
  s.range = place.range;
  if (count == 1) s.checksum = s.object.checksum;
  if (s.object.composite) {
    auto part = reader.get_as<Part>(part_key(bucket, s.object.upload, uint64_t(place.number)));
    if (part) s.checksum = part->checksum;
  }
  return {};
}

template <class In> Result<void> select(Context& cx, store::Reader& reader, const In& in, bool with_body, Selection& s) {
  BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  FB_ASSIGN(name, read_version_name(in.VersionId));
  std::optional<Object> marker;
  auto object = find_object(reader, *bucket, in.Key, name, "GET", &marker);
  if (!object) {
    const ApiError* denial = cx.entry_denied(0);
    if (denial && object.error().code != "MethodNotAllowed") return fail(*denial);
    if (marker) tell_marker(cx, *bucket, *marker, name.has_value());
    return fail(std::move(object.error()));
  }
  s.object = std::move(*object);
  s.version = shown_version(*bucket, s.object);
  FB_TRY(check_customer(s.object.sealing, customer_headers(in)));
  auto judged = judge({in.IfMatch, in.IfNoneMatch, not_future(in.IfModifiedSince, cx.now()), in.IfUnmodifiedSince}, s.object.etag, s.object.modified);
  s.verdict = judged.verdict;
  if (s.verdict == Verdict::failed) return fail(precondition_failed(judged.condition));
  if (s.verdict == Verdict::not_modified) return {};
  if (with_body && !readable_storage_class(s.object.storage_class)) {
    return fail(ApiError("InvalidObjectState", "The operation is not valid for the object's storage class", 403).with("StorageClass", s.object.storage_class));
  }
  s.range = {0, s.object.size};
  if (in.PartNumber) {
    FB_TRY(select_part(reader, *bucket, *in.PartNumber, s));
  } else {
    FB_ASSIGN(range, read_range(in.Range, s.object.size));
    s.partial = range.has_value();
    if (range) s.range = *range;
    else s.checksum = s.object.checksum;
  }
  if (!with_body) return {};
  FB_ASSIGN(segments, segments_of(reader, *bucket, in.Key, s.object, s.range));
  s.segments = std::move(segments);
  return {};
}

template <class In, class Out> void tell_selection(Context& cx, const In& in, Out& out, const Selection& s) {
  if (s.verdict == Verdict::not_modified) {
    out.ETag = cx.str(quoted_etag(s.object.etag));
    out.LastModified = s.object.modified;
    if (!s.version.empty()) out.VersionId = cx.str(s.version);
    cx.set_status(304);
    return;
  }
  tell_object(cx, in, out, s.object, s.version);
  if (s.partial) {
    out.ContentRange = cx.str(cat("bytes ", s.range.first, '-', s.range.first + s.range.length - 1, '/', s.object.size));
    cx.set_status(206);
  }
  if (s.parts) out.PartsCount = int32_t(*s.parts);
  if (iequals(in.ChecksumMode, "ENABLED") && !s.checksum.empty()) {
    set_checksum(out, s.object.checksum_algorithm, cx.str(s.checksum));
    out.ChecksumType = checksum_type(s.object.composite);
  }
}

template <class In> Result<void> select_in_snapshot(Context& cx, const In& in, bool with_body, Selection& s) {
  Result<void> selected;
  cx.read([&](store::Reader& reader) { selected = select(cx, reader, in, with_body, s); });
  return selected;
}

}  // namespace

Result<void> GetObject(Context& cx, const svc::GetObjectRequest& in, svc::GetObjectOutput& out) {
  FB_TRY(check_request(cx, in));
  for (int attempt = 0;; attempt++) {
    Selection s;
    FB_TRY(select_in_snapshot(cx, in, true, s));
    FB_TRY(open_segments(cx, s.object.sealing, customer_headers(in), s.segments));
    Result<void> sent;
    size_t opened = 0;
    for (const Segment& seg : s.segments) {
      sent = cx.send_blob(seg.blob, seg.offset, seg.length, seg.key.view());
      if (!sent) break;
      opened++;
    }
    // The object was overwritten between the snapshot and the opening of its file: what is there now is as good an answer.
    if (!sent && opened == 0 && attempt < 3) continue;
    FB_TRY(sent);
    tell_selection(cx, in, out, s);
    if (!in.VersionId) tell_expiration(cx, out, in.Bucket, in.Key, s.object);
    return {};
  }
}

Result<void> HeadObject(Context& cx, const svc::HeadObjectRequest& in, svc::HeadObjectOutput& out) {
  FB_TRY(check_request(cx, in));
  Selection s;
  FB_TRY(select_in_snapshot(cx, in, false, s));
  tell_selection(cx, in, out, s);
  if (!in.VersionId) tell_expiration(cx, out, in.Bucket, in.Key, s.object);
  if (s.verdict == Verdict::proceed) cx.set_content_length(s.range.length);
  return {};
}

}  // namespace fogbank::s3
