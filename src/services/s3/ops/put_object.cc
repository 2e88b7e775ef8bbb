// PutObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
// The payload is in a blob and its checksum verified before the handler runs; here it becomes that of the key's new version, in one write. Without a checksum from the client the object gets a CRC64NVME, as in S3.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/conditions.h"
#include "services/s3/errors.h"
#include "services/s3/object_answers.h"
#include "services/s3/object_write.h"
#include "services/s3/payload.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

Result<void> put_object(Context& cx, const svc::PutObjectRequest& in, const ReceivedBody& body, std::string_view event, svc::PutObjectOutput& out) {
  if (in.WriteOffsetBytes) return fail(header_not_implemented("x-amz-write-offset-bytes"));
  FB_TRY(check_unserved(in));
  FB_TRY(given_checksum(in));
  FB_ASSIGN(condition, read_write_condition(in.IfMatch, in.IfNoneMatch));
  FB_ASSIGN(attributes, read_attributes(in));
  FB_ASSIGN(storage_class, read_storage_class(in.StorageClass));
  FB_ASSIGN(lock, read_lock(cx, in));
  if (lock && !announces_digest(cx))
    return fail(invalid_request("Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"));
  FB_TRY(check_payload(body, in.ContentMD5, DigestStyle::object));
  FB_ASSIGN(checksum, payload_checksum(cx.store(), body, body.checksum_algorithm.empty() ? kDefaultChecksum : body.checksum_algorithm));

  Object object;
  object.size = body.size;
  object.etag = hex(body.md5);
  object.storage_class = std::move(storage_class);
  object.checksum_algorithm = body.checksum_algorithm.empty() ? std::string(kDefaultChecksum) : body.checksum_algorithm;
  object.checksum = std::move(checksum);
  object.attributes = std::move(attributes);
  FB_TRY(write_object(cx, {in.Bucket, in.Key, condition, in.IfMatch, std::move(lock), event}, object, body.blob));
  tell_written(cx, out, object);
  return {};
}

Result<void> PutObject(Context& cx, const svc::PutObjectRequest& in, svc::PutObjectOutput& out) {
  Result<void> result = put_object(cx, in, cx.body(), "s3:ObjectCreated:Put", out);
  if (!result) give_up(cx.store(), cx.body().blob);
  return result;
}

}  // namespace fogbank::s3
