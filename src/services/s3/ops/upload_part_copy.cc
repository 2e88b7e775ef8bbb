// UploadPartCopy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
// The bytes are copied before the write, on a pool thread.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/checksums.h"
#include "services/s3/copying.h"
#include "services/s3/errors.h"
#include "services/s3/object_answers.h"
#include "services/s3/part_write.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

Result<void> UploadPartCopy(Context& cx, const svc::UploadPartCopyRequest& in, svc::UploadPartCopyOutput& out) {
  FB_ASSIGN(number, read_part_number(in.PartNumber));
  FB_ASSIGN(from, read_copy_source(in.CopySource));
  PartPlaceName at{in.Bucket, in.Key, in.UploadId, number};
  FB_ASSIGN(upload, find_upload(cx, at));
  FB_ASSIGN(source, find_source(cx, from, {in.CopySourceIfMatch, in.CopySourceIfNoneMatch, not_future(in.CopySourceIfModifiedSince, cx.now()),
                                           in.CopySourceIfUnmodifiedSince}, in.CopySourceRange, source_headers(in)));
  std::string_view algorithm = upload.checksum_algorithm.empty() ? kDefaultChecksum : std::string_view(upload.checksum_algorithm);
  FB_ASSIGN(bytes, copy_bytes(cx, source.segments, algorithm, upload.sealing.has_value()));
  auto body_key = seal_part(cx, upload.sealing, customer_headers(in), bytes.key.view());
  if (!body_key) {
    give_up(cx.store(), bytes.blob);
    return fail(std::move(body_key.error()));
  }
  Part part;
  part.body_key = std::move(*body_key);
  part.size = bytes.size;
  part.md5 = etag_bytes(bytes.md5, bytes.key.view());
  part.modified = cx.now();
  part.blob = bytes.blob;
  if (upload.checksum_algorithm.empty()) {
    part.crc64 = crc_value(kDefaultChecksum, bytes.checksum);
  } else {
    part.checksum_algorithm = upload.checksum_algorithm;
    part.checksum = bytes.checksum;
  }
  Result<void> written = write_part(cx, at, part);
  if (!written) give_up(cx.store(), bytes.blob);
  FB_TRY(written);
  auto& result = cx.make(out.CopyPartResult);
  result.ETag = cx.str(quoted_etag(hex(part.md5)));
  result.LastModified = whole_seconds(part.modified);
  if (!part.checksum.empty()) set_checksum(result, part.checksum_algorithm, cx.str(part.checksum));
  tell_sealing(cx, out, upload.sealing, customer_headers(in));
  if (!source.version.empty()) out.CopySourceVersionId = cx.str(source.version);
  return {};
}

}  // namespace fogbank::s3
