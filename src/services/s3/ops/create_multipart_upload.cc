// CreateMultipartUpload and AbortMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
// What the object will be is said here and kept with the upload; the checksum's kind follows its algorithm unless it is given.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/acl_rules.h"
#include "services/s3/bodies.h"
#include "services/s3/errors.h"
#include "services/s3/object_rules.h"
#include "services/s3/multipart_rules.h"
#include "services/s3/object_answers.h"
#include "services/s3/lifecycle.h"
#include "services/s3/public_access.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

/// Sets algorithm and kind of the upload's checksum.
Result<void> read_checksum(const svc::CreateMultipartUploadRequest& in, Upload& upload) {
  Str algorithm = in.ChecksumAlgorithm, type = in.ChecksumType;
  if (!algorithm) {
    if (!type) return {};
    return fail(invalid_request("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."));
  }
  if (!known_checksum(algorithm)) {
    for (std::string_view later : {"SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"})
      if (algorithm == later) return fail(not_implemented(cat("The checksum algorithm ", later)));
    return fail(invalid_request("Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                                "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"));
  }
  if (type && !(type == "COMPOSITE") && !(type == "FULL_OBJECT")) return fail(invalid_request("Value for x-amz-checksum-type header is invalid."));
  upload.checksum_algorithm = algorithm.view();
  upload.composite = type ? type == "COMPOSITE" : !(algorithm == kDefaultChecksum);
  if (upload.composite ? algorithm == kDefaultChecksum : !is_crc(algorithm)) {
    return fail(invalid_request(cat("The ", checksum_type(upload.composite), " checksum type cannot be used with the ", lower(algorithm),
                                    " checksum algorithm.")));
  }
  return {};
}

}  // namespace

Result<void> CreateMultipartUpload(Context& cx, const svc::CreateMultipartUploadRequest& in, svc::CreateMultipartUploadOutput& out) {
  FB_TRY(check_acl_request(acl_request(in), true));
  FB_ASSIGN(storage_class, read_storage_class(in.StorageClass));
  FB_ASSIGN(attributes, read_attributes(in));
  Upload upload;
  FB_TRY(read_checksum(in, upload));
  upload.initiated = cx.now();
  upload.initiator_arn = cx.principal().arn;
  upload.initiator_account = cx.principal().account;
  upload.storage_class = std::move(storage_class);
  for (const char* name : kConditionHeaders)
    if (std::string_view value = cx.header(name); !value.empty()) upload.asked[name] = value;
  upload.attributes = std::move(attributes);
  FB_ASSIGN(lock, read_lock(cx, in));
  upload.lock = std::move(lock);
  FB_ASSIGN(sealing, seal_new(cx, {}));
  upload.sealing = std::move(sealing);
  std::string id;
  Result<void> made = cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!bucket) return fail(no_such_bucket(in.Bucket));
    if (upload.lock && !bucket->record.lock) return fail(invalid_request("Bucket is missing Object Lock Configuration"));
    FB_ASSIGN(access, acl_of_new_object(acl_request(in), bucket->record, cx.principal(), effective_block(tx, *bucket)));
    upload.acl = std::move(access.acl);
    upload.owner = std::move(access.owner);
    upload.number = tx.version();
    id = new_upload_id(upload.initiated, upload.number, cx.random());
    tx.put_record(upload_key(*bucket, in.Key, id), upload);
    return {};
  });
  FB_TRY(made);
  out.Bucket = in.Bucket;
  out.Key = in.Key;
  out.UploadId = cx.str(id);
  tell_sealing(cx, out, upload.sealing, customer_headers(in));
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (bucket && bucket->settings->lifecycle) {
    if (auto end = abort_of(*bucket->settings->lifecycle, in.Key, upload.initiated)) {
      out.AbortDate = end->at;
      out.AbortRuleId = cx.str(end->rule);
    }
  }
  if (!upload.checksum_algorithm.empty()) {
    out.ChecksumAlgorithm = cx.str(upload.checksum_algorithm);
    out.ChecksumType = checksum_type(upload.composite);
  }
  return {};
}

Result<void> AbortMultipartUpload(Context& cx, const svc::AbortMultipartUploadRequest& in, svc::AbortMultipartUploadOutput&) {
  if (in.IfMatchInitiatedTime) return fail(header_not_implemented("x-amz-if-match-initiated-time"));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!bucket) return fail(no_such_bucket(in.Bucket));
    store::Key at = upload_key(*bucket, in.Key, in.UploadId);
    auto upload = tx.get_as<Upload>(at);
    if (!upload) return fail(no_such_upload(in.UploadId));
    tx.erase(at);
    drop_parts_of(tx, *bucket, upload->number, {}, cx.now());
    return {};
  });
}

}  // namespace fogbank::s3
