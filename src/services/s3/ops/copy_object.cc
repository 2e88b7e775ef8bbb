// CopyObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
// The bytes are copied before the write, on a pool thread. A copy is always one body: its ETag is the MD5 of the bytes, also where the
// source was made of parts. Odd rules kept: storage class and website redirect are not copied; an object is copied onto itself only if
// something about it is to change.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/conditions.h"
#include "services/s3/copying.h"
#include "services/s3/errors.h"
#include "services/s3/lifecycle.h"
#include "services/s3/object_answers.h"
#include "services/s3/object_write.h"
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

/// `encryption_changes`: the bucket has an encryption rule of its own, or the source is under a key that the copy will not be under.
Result<void> check_in_place(const svc::CopyObjectRequest& in, const CopySource& source, const Directives& d, bool encryption_changes) {
  if (source.bucket != in.Bucket.view() || source.key != in.Key.view() || source.has_version) return {};
  bool encryption = in.ServerSideEncryption || in.SSECustomerAlgorithm || in.CopySourceSSECustomerAlgorithm;
  if (d.replace_metadata || in.StorageClass || in.WebsiteRedirectLocation || encryption || encryption_changes) return {};
  return fail(invalid_request("This copy request is illegal because it is trying to copy an object to itself without changing the object's "
                              "metadata, storage class, website redirect location or encryption attributes."));
}

Result<void> check_algorithm(Str algorithm) {
  if (!algorithm || known_checksum(algorithm)) return {};
  return fail(invalid_request("Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                              "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"));
}

Result<Object> describe_copy(const svc::CopyObjectRequest& in, const CopiedObject& source, const Directives& d) {
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
  FB_ASSIGN(source, find_source(cx, from, {in.CopySourceIfMatch, in.CopySourceIfNoneMatch, not_future(in.CopySourceIfModifiedSince, cx.now()),
                                           in.CopySourceIfUnmodifiedSince}, Str{}, source_headers(in)));
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  FB_TRY(check_in_place(in, from, directives, (bucket && bucket->record.encryption) || source.object.sealing));
  FB_TRY(check_acl_request(acl_request(in), true));
  FB_ASSIGN(lock, read_lock(cx, in));
  FB_ASSIGN(object, describe_copy(in, source, directives));
  std::string algorithm = in.ChecksumAlgorithm ? std::string(in.ChecksumAlgorithm.view()) : source.object.checksum_algorithm;
  if (algorithm.empty()) algorithm = kDefaultChecksum;
  FB_ASSIGN(bytes, copy_bytes(cx, source.segments, algorithm, wants_sealing(cx)));
  auto sealing = seal_new(cx, bytes.key.view());
  if (!sealing) {
    give_up(cx.store(), bytes.blob);
    return fail(std::move(sealing.error()));
  }
  object.sealing = std::move(*sealing);
  object.size = bytes.size;
  object.etag = hex(etag_bytes(bytes.md5, bytes.key.view()));
  object.checksum_algorithm = algorithm;
  object.checksum = bytes.checksum;
  auto written = write_object(cx, {in.Bucket, in.Key, condition, in.IfMatch, std::move(lock), "s3:ObjectCreated:Copy", acl_request(in)}, object, bytes.blob);
  if (!written) give_up(cx.store(), bytes.blob);
  FB_TRY(written);
  auto& result = cx.make(out.CopyObjectResult);
  result.ETag = cx.str(quoted_etag(object.etag));
  result.LastModified = whole_seconds(object.modified);
  set_checksum(result, object.checksum_algorithm, cx.str(object.checksum));
  result.ChecksumType = checksum_type(false);
  tell_sealing(cx, out, object.sealing, customer_headers(in));
  if (!object.version_id.empty()) out.VersionId = cx.str(object.version_id);
  tell_expiration(cx, out, in.Bucket, in.Key, object);
  if (!source.version.empty()) out.CopySourceVersionId = cx.str(source.version);
  return {};
}

}  // namespace fogbank::s3
