#include "services/s3/payload.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/bodies.h"
#include "services/s3/checksums.h"

namespace fogbank::s3 {

Result<void> check_payload(const ReceivedBody& body, Str content_md5, DigestStyle style) {
  if (body.size > kMaxObjectBytes) {
    return fail(ApiError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400)
                    .with("ProposedSize", cat(body.size)).with("MaxSizeAllowed", cat(kMaxObjectBytes)));
  }
  return check_content_md5(content_md5, body.md5, style);
}

bool announces_digest(Context& cx) {
  if (cx.request().internal || cx.has_header("content-md5") || cx.has_header("x-amz-trailer")) return true;
  for (const char* name : {"crc32", "crc32c", "crc64nvme", "sha1", "sha256"}) if (cx.has_header(cat("x-amz-checksum-", name))) return true;
  return false;
}

Result<std::string> payload_checksum(store::Store& store, const ReceivedBody& body, std::string_view algorithm) {
  if (body.checksum_algorithm == algorithm && !body.checksum.empty()) return body.checksum;
  Checksum sum(algorithm);
  if (!body.blob.file) {
    sum.update(body.blob.inline_bytes);
  } else {
    FB_TRY(read_segments(store, {{body.blob, 0, body.size}}, [&](std::string_view piece) -> Result<void> { sum.update(piece); return {}; }));
  }
  return base64(sum.finish());
}

}  // namespace fogbank::s3
