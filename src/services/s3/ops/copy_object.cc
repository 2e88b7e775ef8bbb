// CopyObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
// The bytes are copied before the write, on a pool thread. A copy is always one body: its ETag is the MD5 of the bytes, also where the
// source was made of parts. Odd rules kept: storage class and website redirect are not copied; an object is copied onto itself only if
// something about it is to change.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/conditions.h"
#include "services/s3/copy_source.h"
#include "services/s3/errors.h"
#include "services/s3/events.h"
#include "services/s3/object_answers.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

struct Directives { bool replace_metadata = false, replace_tags = false; };

Result<bool> directive(Str given, std::string_view kind) {
  if (!given || given == "COPY") return false;
  if (given == "REPLACE") return true;
  return fail(invalid_argument(cat("Unknown ", kind, " directive."), cat("x-amz-", kind, "-directive"), given));
}

Result<Directives> read_directives(const svc::CopyObjectRequest& in) {
  FB_ASSIGN(metadata, directive(in.MetadataDirective, "metadata"));
  FB_ASSIGN(tags, directive(in.TaggingDirective, "tagging"));
  return Directives{metadata, tags};
}

Result<void> check_in_place(const svc::CopyObjectRequest& in, const CopySource& source, const Directives& d) {
  if (source.bucket != in.Bucket.view() || source.key != in.Key.view()) return {};
  if (d.replace_metadata || in.StorageClass || in.WebsiteRedirectLocation || in.ServerSideEncryption) return {};
  return fail(invalid_request("This copy request is illegal because it is trying to copy an object to itself without changing the object's "
                              "metadata, storage class, website redirect location or encryption attributes."));
}

Result<void> check_algorithm(Str algorithm) {
  if (!algorithm || known_checksum(algorithm)) return {};
  return fail(invalid_request("Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                              "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"));
}

struct Source { Object object; std::vector<Segment> segments; };

Result<void> read_source(Context& cx, store::Reader& reader, const svc::CopyObjectRequest& in, const CopySource& from, Source& out) {
  BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, from.bucket);
  if (!bucket) return fail(no_such_bucket(from.bucket));
  if (!from.version_id.empty() && from.version_id != "null")
    return fail(invalid_argument("Invalid version id specified", "versionId", from.version_id));
  auto object = load_object(reader, *bucket, from.key);
  if (!object) {
    if (const ApiError* denial = cx.entry_denied(0)) return fail(*denial);
    return fail(no_such_key(from.key));
  }
  out.object = std::move(*object);
  auto judged = judge({in.CopySourceIfMatch, in.CopySourceIfNoneMatch, in.CopySourceIfModifiedSince, in.CopySourceIfUnmodifiedSince},
                      out.object.etag, out.object.modified, kCopyConditions);
  if (judged.verdict != Verdict::proceed) return fail(precondition_failed(judged.condition));
  if (!readable_storage_class(out.object.storage_class)) {
    return fail("ObjectNotInActiveTierError", "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier.", 403);
  }
  if (out.object.size > kMaxObjectBytes) {
    return fail(invalid_request(cat("The specified copy source is larger than the maximum allowable size for a copy source: ", kMaxObjectBytes)));
  }
  FB_ASSIGN(segments, segments_of(reader, *bucket, from.key, out.object, {0, out.object.size}));
  out.segments = std::move(segments);
  return {};
}

/// Copies the bytes; fills size, ETag and checksum of the new object.
Result<store::BlobRef> copy_bytes(Context& cx, const Source& from, std::string_view algorithm, Object& to) {
  Digest md5(Digest::Kind::md5);
  Checksum sum(algorithm);
  FB_ASSIGN(writer, cx.store().new_blob());
  FB_TRY(read_segments(cx.store(), from.segments, [&](std::string_view piece) -> Result<void> {
    md5.update(piece);
    sum.update(piece);
    return writer->append(piece);
  }));
  to.size = from.object.size;
  to.etag = hex(md5.finish());
  to.checksum_algorithm = algorithm;
  to.checksum = base64(sum.finish());
  return writer->finish();
}

Result<Object> describe_copy(const svc::CopyObjectRequest& in, const Source& source, const Directives& d) {
  Object to;
  FB_ASSIGN(storage_class, read_storage_class(in.StorageClass));
  FB_ASSIGN(given, read_attributes(in));
  to.storage_class = std::move(storage_class);
  to.attributes = d.replace_metadata ? given : source.object.attributes;
  to.attributes.tags = d.replace_tags ? given.tags : source.object.attributes.tags;
  to.attributes.website_redirect = given.website_redirect;
  return to;
}

}  // namespace

Result<void> CopyObject(Context& cx, const svc::CopyObjectRequest& in, svc::CopyObjectOutput& out) {
  FB_ASSIGN(from, read_copy_source(in.CopySource));
  FB_ASSIGN(directives, read_directives(in));
  FB_ASSIGN(condition, read_write_condition(in.IfMatch, in.IfNoneMatch));
  FB_TRY(check_algorithm(in.ChecksumAlgorithm));
  if (in.CopySourceSSECustomerAlgorithm || in.CopySourceSSECustomerKey || in.CopySourceSSECustomerKeyMD5)
    return fail(not_implemented("Server-side encryption with customer-provided keys (SSE-C)"));
  Source source;
  Result<void> found;
  cx.read([&](store::Reader& reader) { found = read_source(cx, reader, in, from, source); });
  FB_TRY(found);
  FB_TRY(check_in_place(in, from, directives));
  FB_TRY(check_unserved(in));
  FB_ASSIGN(object, describe_copy(in, source, directives));
  std::string algorithm = in.ChecksumAlgorithm ? std::string(in.ChecksumAlgorithm.view()) : source.object.checksum_algorithm;
  if (algorithm.empty()) algorithm = kDefaultChecksum;
  FB_ASSIGN(blob, copy_bytes(cx, source, algorithm, object));
  object.modified = cx.now();
  Result<void> written = cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!bucket) return fail(no_such_bucket(in.Bucket));
    auto old = load_object(tx, *bucket, in.Key);
    FB_TRY(judge_write(condition, in.IfMatch, old ? &old->etag : nullptr, in.Key));
    if (old) drop_body(tx, *bucket, in.Key, *old, cx.now());
    object.apart = false;
    object.blob = {};
    object.version = tx.version();
    place_body(tx, *bucket, in.Key, object, blob);
    tx.put_record(object_key(*bucket, in.Key), object);
    announce(cx, tx, *bucket, "s3:ObjectCreated:Copy", in.Key, &object);
    return {};
  });
  if (!written) give_up(cx.store(), blob);
  FB_TRY(written);
  auto& result = cx.make(out.CopyObjectResult);
  result.ETag = cx.str(quoted_etag(object.etag));
  result.LastModified = object.modified;
  set_checksum(result, object.checksum_algorithm, cx.str(object.checksum));
  result.ChecksumType = checksum_type(false);
  out.ServerSideEncryption = kEncryption;
  return {};
}

}  // namespace fogbank::s3
