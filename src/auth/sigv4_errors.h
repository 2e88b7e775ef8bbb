// What AWS answers when a signature, a credential or a session token is refused, per family of services.
//
// One function per refusal; each knows the code, text, status and further members of S3, the Query protocols and the JSON protocols.
// Pure; any thread. Texts are those of the real services.
#pragma once
#include <string>
#include <string_view>

#include "auth/sigv4.h"

namespace fogbank::auth {

/// A service that needs a signature got none. For S3 the caller is anonymous instead; use this only where anonymous calls are refused.
ApiError missing_token(Style style);
/// Parts of the claim are absent or unreadable. The text lists them.
ApiError incomplete_signature(Style style, std::string message);
/// No such access key (or a temporary one that came without its token).
ApiError unknown_key(Style style, const SignatureClaim& claim);
/// A session token that we did not make, or that belongs to another key.
ApiError invalid_token(Style style, const SignatureClaim& claim);
ApiError expired_token(Style style, const SignatureClaim& claim);
/// The signature is not the one we compute; the answer carries what should have been signed. An empty canonical request is left out.
ApiError signature_mismatch(Style style, const SignatureClaim& claim, std::string_view string_to_sign, std::string_view canonical_request);
/// SignatureDoesNotMatch (or the JSON services' InvalidSignatureException) with a text of its own.
ApiError invalid_signature(Style style, std::string message);
/// The request's time is too far from both clocks, or a presigned one is not valid now.
ApiError skewed(Style style, const SignatureClaim& claim, Millis now, Millis allowed);
ApiError presigned_expired(const SignatureClaim& claim, Millis now);
ApiError presigned_early(const SignatureClaim& claim, Millis now);
/// S3: the credential's Region is not the bucket's. Answered with AuthorizationHeaderMalformed, or AuthorizationQueryParametersError.
ApiError wrong_region(const SignatureClaim& claim, std::string_view expected);
/// S3: something in the Authorization header or in X-Amz-Credential; `detail` continues AWS's opening words.
ApiError malformed_credential(Form form, std::string_view detail);
ApiError headers_not_signed(std::string names);
ApiError payload_mismatch(std::string_view client_sha256, std::string_view computed_sha256);
ApiError query_parameters(std::string message);
ApiError invalid_argument(std::string message, std::string name, std::string value);
ApiError sigv2_refused();
ApiError sigv4a_refused();

}  // namespace fogbank::auth
