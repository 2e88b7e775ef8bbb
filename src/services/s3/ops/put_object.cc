// PutObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
// The payload is in a blob and its checksum verified before the handler runs; here it becomes the object's, and the old one goes, in one
// write. Without a checksum from the client the object gets a CRC64NVME, as in S3.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/conditions.h"
#include "services/s3/errors.h"
#include "services/s3/events.h"
#include "services/s3/object_answers.h"
#include "services/s3/payload.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

Result<void> put_object(Context& cx, const svc::PutObjectRequest& in, svc::PutObjectOutput& out) {
  const ReceivedBody& body = cx.body();
  if (in.WriteOffsetBytes) return fail(header_not_implemented("x-amz-write-offset-bytes"));
  FB_TRY(check_unserved(in));
  FB_TRY(given_checksum(in));
  FB_ASSIGN(condition, read_write_condition(in.IfMatch, in.IfNoneMatch));
  FB_ASSIGN(attributes, read_attributes(in));
  FB_ASSIGN(storage_class, read_storage_class(in.StorageClass));
  FB_TRY(check_payload(body, in.ContentMD5, DigestStyle::object));
  FB_ASSIGN(checksum, payload_checksum(cx.store(), body, body.checksum_algorithm.empty() ? kDefaultChecksum : body.checksum_algorithm));

  Object object;
  object.size = body.size;
  object.etag = hex(body.md5);
  object.storage_class = std::move(storage_class);
  object.checksum_algorithm = body.checksum_algorithm.empty() ? std::string(kDefaultChecksum) : body.checksum_algorithm;
  object.checksum = std::move(checksum);
  object.attributes = std::move(attributes);
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
    place_body(tx, *bucket, in.Key, object, body.blob);
    tx.put_record(object_key(*bucket, in.Key), object);
    announce(cx, tx, *bucket, "s3:ObjectCreated:Put", in.Key, &object);
    return {};
  });
  FB_TRY(written);
  tell_written(cx, out, object);
  return {};
}

}  // namespace

Result<void> PutObject(Context& cx, const svc::PutObjectRequest& in, svc::PutObjectOutput& out) {
  Result<void> result = put_object(cx, in, out);
  if (!result) give_up(cx.store(), cx.body().blob);
  return result;
}

}  // namespace fogbank::s3
