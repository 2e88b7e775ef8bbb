// S3's older presigned URLs (Signature Version 2): …?AWSAccessKeyId=…&Expires=…&Signature=…
//
// SDKs still make them where a client has a custom endpoint or a Region of the first days, so S3 accepts them; Version 2 in an Authorization
// header is refused as before. Pure functions, thread-safe. Source: S3 User Guide, "Signing and authenticating REST requests",
// query-string alternative. Only S3 knows these.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/sigv4.h"

namespace fogbank::auth {

struct PresignedV2 {
  std::string access_key_id, signature, token;
  std::string expires_text;
  Millis expires_at = 0;
};

/// The claim of such a URL; nothing if the query has none.
std::optional<PresignedV2> read_presigned_v2(std::string_view query);

/// What was signed. `bucket_path` is the path with the bucket in front ("/bucket/key"), as sent.
std::string string_to_sign_v2(const PresignedV2& claim, const RequestView& request, std::string_view bucket_path);

/// Success if the URL was signed with this secret and has not expired.
Result<void> check_presigned_v2(const PresignedV2& claim, const RequestView& request, std::string_view bucket_path, std::string_view secret, const Clocks& clocks);

/// base64 of the HMAC-SHA1 of a text: Version 2's signature of it (S3's older form uploads sign their policy so).
std::string sign_text_v2(std::string_view secret, std::string_view text);

}  // namespace fogbank::auth
