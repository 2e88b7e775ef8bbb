// What was received for a PutObject or UploadPart: limits, Content-MD5, and checksums that the core did not already compute.
#pragma once
#include <string>
#include <string_view>

#include "gateway/context.h"
#include "services/s3/object_rules.h"

namespace fogbank::s3 {

/// At most 5 GB, and the digest that the client announced.
Result<void> check_payload(const ReceivedBody& body, Str content_md5, DigestStyle style);

/// Does the request announce a digest of its body (Content-MD5, or a checksum in header or trailer)?
bool announces_digest(Context& cx);

/// base64 of the payload's checksum: the core's, or computed now from the blob.
Result<std::string> payload_checksum(store::Store& store, const ReceivedBody& body, std::string_view algorithm);

}  // namespace fogbank::s3
