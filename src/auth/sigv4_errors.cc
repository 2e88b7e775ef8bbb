#include "auth/sigv4_errors.h"

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

bool is_json(Style s) { return s == Style::json || s == Style::rest_json; }
/// JSON services answer 400, except from the REST front end.
int json_status(Style s) { return s == Style::rest_json ? 403 : 400; }

ApiError per_style(Style style, const char* query_code, const char* json_code, std::string message) {
  return is_json(style) ? ApiError(json_code, std::move(message), json_status(style)) : ApiError(query_code, std::move(message), 403);
}

/// "47 45 54": how S3 shows bytes.
std::string spaced_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 3);
  for (char c : bytes) {
    auto b = static_cast<unsigned char>(c);
    if (!out.empty()) out += ' ';
    out += kDigits[b >> 4];
    out += kDigits[b & 15];
  }
  return out;
}

constexpr const char* kInvalidToken = "The security token included in the request is invalid.";

}  // namespace

ApiError missing_token(Style style) {
  switch (style) {
    case Style::s3: return {"AccessDenied", "Access Denied", 403};
    case Style::query: return {"MissingAuthenticationToken", "Request is missing Authentication Token", 403};
    case Style::json: return {"MissingAuthenticationTokenException", "Request is missing Authentication Token", 400};
    case Style::rest_json: break;
  }
  return {"MissingAuthenticationTokenException", "Missing Authentication Token", 403};
}

ApiError incomplete_signature(Style style, std::string message) {
  if (is_json(style)) return {"IncompleteSignatureException", std::move(message), json_status(style)};
  return {"IncompleteSignature", std::move(message), 400};
}

ApiError unknown_key(Style style, const SignatureClaim& claim) {
  if (style == Style::s3)
    return ApiError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
        .with("AWSAccessKeyId", std::string(claim.access_key_id));
  return per_style(style, "InvalidClientTokenId", "UnrecognizedClientException", kInvalidToken);
}

ApiError invalid_token(Style style, const SignatureClaim& claim) {
  if (style == Style::s3)
    return ApiError("InvalidToken", "The provided token is malformed or otherwise invalid.", 400).with("Token-0", std::string(claim.token));
  return per_style(style, "InvalidClientTokenId", "UnrecognizedClientException", kInvalidToken);
}

ApiError expired_token(Style style, const SignatureClaim& claim) {
  if (style == Style::s3) return ApiError("ExpiredToken", "The provided token has expired.", 400).with("Token-0", std::string(claim.token));
  return per_style(style, "ExpiredToken", "ExpiredTokenException", "The security token included in the request is expired");
}

ApiError signature_mismatch(Style style, const SignatureClaim& claim, std::string_view to_sign, std::string_view canonical) {
  if (style == Style::s3) {
    ApiError e("SignatureDoesNotMatch",
               "The request signature we calculated does not match the signature you provided. Check your key and signing method.", 403);
    e.members = {{"AWSAccessKeyId", std::string(claim.access_key_id)}, {"StringToSign", std::string(to_sign)},
                 {"SignatureProvided", std::string(claim.signature)}, {"StringToSignBytes", spaced_hex(to_sign)}};
    if (!canonical.empty()) {
      e.members.emplace_back("CanonicalRequest", canonical);
      e.members.emplace_back("CanonicalRequestBytes", spaced_hex(canonical));
    }
    return e;
  }
  return invalid_signature(
      style, cat("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
                 "signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'",
                 canonical, "'\n\nThe String-to-Sign should have been\n'", to_sign, "'\n"));
}

ApiError invalid_signature(Style style, std::string message) {
  return per_style(style, "SignatureDoesNotMatch", "InvalidSignatureException", std::move(message));
}

ApiError skewed(Style style, const SignatureClaim& claim, Millis now, Millis allowed) {
  if (style == Style::s3)
    return ApiError("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403)
        .with("RequestTime", std::string(claim.date_as_sent))
        .with("ServerTime", iso8601(now))
        .with("MaxAllowedSkewMilliseconds", cat(allowed));
  bool late = claim.signed_at < now;
  std::string limit = amz_date(late ? now - allowed : now + allowed);
  return invalid_signature(style, cat(late ? "Signature expired: " : "Signature not yet current: ", claim.amz_date,
                                      late ? " is now earlier than " : " is still later than ", limit, " (", amz_date(now),
                                      late ? " - " : " + ", allowed / 60000, " min.)"));
}

ApiError presigned_expired(const SignatureClaim& claim, Millis now) {
  return ApiError("AccessDenied", "Request has expired", 403)
      .with("X-Amz-Expires", cat(claim.expires))
      .with("Expires", iso8601(claim.signed_at + claim.expires * 1000))
      .with("ServerTime", iso8601(now));
}

ApiError presigned_early(const SignatureClaim& claim, Millis now) {
  return ApiError("AccessDenied", "Request is not yet valid", 403)
      .with("X-Amz-Date", cat(claim.signed_at))
      .with("Expires", iso8601(claim.signed_at + claim.expires * 1000))
      .with("ServerTime", iso8601(now));
}

ApiError malformed_credential(Form form, std::string_view detail) {
  if (form == Form::query) return query_parameters(cat("Error parsing the X-Amz-Credential parameter; ", detail));
  return {"AuthorizationHeaderMalformed", cat("The authorization header is malformed; ", detail), 400};
}

ApiError wrong_region(const SignatureClaim& claim, std::string_view expected) {
  return malformed_credential(claim.form, cat("the region '", claim.region, "' is wrong; expecting '", expected, '\''))
      .with("Region", std::string(expected));
}

ApiError headers_not_signed(std::string names) {
  ApiError e("AccessDenied", "There were headers present in the request which were not signed", 403);
  e.members.emplace_back("HeadersNotSigned", std::move(names));
  return e;
}

ApiError payload_mismatch(std::string_view client, std::string_view computed) {
  ApiError e("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", 400);
  e.members.emplace_back("ClientComputedContentSHA256", client);
  e.members.emplace_back("S3ComputedContentSHA256", computed);
  return e;
}

ApiError query_parameters(std::string message) { return {"AuthorizationQueryParametersError", std::move(message), 400}; }

ApiError invalid_argument(std::string message, std::string name, std::string value) {
  return ApiError("InvalidArgument", std::move(message), 400).with("ArgumentName", std::move(name)).with("ArgumentValue", std::move(value));
}

ApiError sigv2_refused() {
  return {"InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.", 400};
}

ApiError sigv4a_refused() {
  return {"NotImplemented", "Signature Version 4A (AWS4-ECDSA-P256-SHA256) is not implemented. Sign with AWS4-HMAC-SHA256.", 501};
}

}  // namespace fogbank::auth
