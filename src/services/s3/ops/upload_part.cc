// UploadPart: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
// A part uploaded again replaces the former one. Its share of the object's checksum is computed here, while the bytes are near, so that
// completing looks at records only.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/errors.h"
#include "services/s3/object_answers.h"
#include "services/s3/part_write.h"
#include "services/s3/payload.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

/// The part's record but for its blob.
Result<Part> describe_part(Context& cx, const ReceivedBody& body, const Upload& upload) {
  Part part;
  part.size = body.size;
  part.md5 = etag_bytes(body.md5, body.key.view());
  part.modified = cx.now();
  part.checksum_algorithm = upload.checksum_algorithm.empty() ? body.checksum_algorithm : upload.checksum_algorithm;
  if (!part.checksum_algorithm.empty()) {
    // What is made of parts' checksums needs each of them from the client; of whole objects S3 computes the missing ones.
    bool missing = body.checksum_algorithm.empty() && upload.composite;
    if (missing || (!body.checksum_algorithm.empty() && body.checksum_algorithm != part.checksum_algorithm)) {
      return fail(invalid_request(cat("Checksum Type mismatch occurred, expected checksum Type: ", lower(upload.checksum_algorithm),
                                      ", actual checksum Type: ", missing ? "null" : lower(body.checksum_algorithm))));
    }
    FB_ASSIGN(checksum, payload_checksum(cx.store(), body, part.checksum_algorithm));
    part.checksum = std::move(checksum);
  }
  if (upload.checksum_algorithm.empty()) {
    FB_ASSIGN(crc, payload_checksum(cx.store(), body, kDefaultChecksum));
    part.crc64 = crc_value(kDefaultChecksum, crc);
  }
  return part;
}

Result<void> upload_part(Context& cx, const svc::UploadPartRequest& in, svc::UploadPartOutput& out) {
  const ReceivedBody& body = cx.body();
  FB_ASSIGN(number, read_part_number(in.PartNumber));
  PartPlaceName at{in.Bucket, in.Key, in.UploadId, number};
  FB_TRY(refuse_encryption_header(cx));
  FB_TRY(given_checksum(in));
  FB_ASSIGN(upload, find_upload(cx, at));
  FB_TRY(check_payload(body, in.ContentMD5, DigestStyle::part));
  FB_ASSIGN(part, describe_part(cx, body, upload));
  FB_ASSIGN(body_key, seal_part(cx, upload.sealing, customer_headers(in), body.key.view()));
  part.body_key = std::move(body_key);
  part.blob = body.blob;
  FB_TRY(write_part(cx, at, part));
  out.ETag = cx.str(quoted_etag(hex(part.md5)));
  tell_sealing(cx, out, upload.sealing, customer_headers(in));
  if (!part.checksum.empty()) set_checksum(out, part.checksum_algorithm, cx.str(part.checksum));
  return {};
}

}  // namespace

Result<void> UploadPart(Context& cx, const svc::UploadPartRequest& in, svc::UploadPartOutput& out) {
  Result<void> result = upload_part(cx, in, out);
  if (!result) give_up(cx.store(), cx.body().blob);
  return result;
}

}  // namespace fogbank::s3
