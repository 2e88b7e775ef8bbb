// Signature Version 4: reading a claim from a request, rebuilding what was signed, and comparing.
//
// Everything here is a pure function of the request, the secret and the two clocks; no I/O. The order for one request:
//   read_claim   who says that he signed, and how (Authorization header, or presigned query); unsigned requests give Form::none
//   verify       check_claim (dates, credential scope, headers that must be signed), the secret from a SecretSource, check_signature
// Its steps are separate functions, so that tests and other protocols (browser POST policies, aws-chunked bodies) can use each of them.
// Source: AWS General Reference "Signature Version 4"; S3 API reference "Authenticating Requests"; texts as AWS answers them.
// Ownership: views in a SignatureClaim live as long as the request and the arena. Threads: every function may be called by any thread;
// the signing-key cache is shared, bounded and locked. Nothing here survives a restart.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/header.h"

namespace fogbank::auth {

/// How a service words its refusals. query: the Query protocols and REST-XML other than S3. json: JSON with X-Amz-Target. rest_json:
/// JSON with paths, which AWS serves from a front end that answers 403 where the others answer 400.
enum class Style : uint8_t { s3, query, json, rest_json };

using fogbank::HeaderView;

/// What was signed. `path` and `query` are as sent (still percent-encoded), without the '?'; the body's hash is given separately.
struct RequestView {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::span<const HeaderView> headers;
  /// First value of a header, or nothing.
  std::optional<std::string_view> header(std::string_view name) const;
};

enum class Form : uint8_t { none, header, query };

struct SignatureClaim {
  Form form = Form::none;
  std::string_view access_key_id;
  std::string_view date;            ///< of the scope: YYYYMMDD
  std::string_view region;
  std::string_view service;
  std::string_view terminator;      ///< "aws4_request"
  std::string_view scope;           ///< date/region/service/aws4_request
  std::string_view signed_headers;  ///< "host;x-amz-date", as sent
  std::string_view signature;       ///< 64 hexadecimal digits
  std::string_view amz_date;        ///< YYYYMMDDTHHMMSSZ, as it stands in the string to sign
  std::string_view date_as_sent;    ///< of a header: the text of X-Amz-Date or Date
  std::string_view token;           ///< session token; empty if none
  std::string_view content_sha256;  ///< x-amz-content-sha256 as sent (header, else query); empty if none
  Millis signed_at = 0;
  int64_t expires = 0;              ///< presigned: seconds
  bool token_signed = true;         ///< presigned: false if X-Amz-Security-Token was added after signing, as some clients do
};

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr size_t kMaxSignedHeaders = 200;
inline constexpr Millis kS3Skew = 15 * 60 * 1000;
inline constexpr Millis kSkew = 5 * 60 * 1000;

/// Both clocks of the server; a request's time is accepted against either of them.
struct Clocks { Millis machine = 0, virtual_now = 0; };

/// The claim that a request carries. An error if it carries two, an unreadable one, or one of a kind that is not served (Signature
/// Version 2, Version 4A). `arena` keeps what had to be decoded.
Result<SignatureClaim> read_claim(const RequestView& request, Style style, Arena& arena);
/// The two halves of read_claim, for a request known to carry the one or the other.
Result<SignatureClaim> parse_authorization(const RequestView& request, Style style, Arena& arena);
Result<SignatureClaim> parse_presigned(const RequestView& request, Style style, Arena& arena);

/// What the endpoint expects of a credential scope. An empty member is not checked.
struct Expected { std::string_view service, region; };

/// Dates, scope, and headers that must be signed. S3's region is not checked here: it depends on the bucket; see wrong_region().
Result<void> check_claim(const SignatureClaim& claim, const RequestView& request, Style style, const Expected& expected, const Clocks& clocks);

/// True unless the signing name is one of S3's, whose keys may hold any segments.
bool normalizes_path(std::string_view signing_service);
/// Appends the path as AWS signs it. normalize: dot segments and repeated slashes removed, then encoded once more than it was sent (every
/// service but S3); else decoded and encoded once (S3).
void canonical_path(std::string& out, std::string_view path, bool normalize);
/// Appends the query: names and values decoded and encoded, sorted, `name=` where there is no value. A presigned query is
/// signed without X-Amz-Signature.
enum class Omit : uint8_t { nothing, signature, signature_and_token };
void canonical_query(std::string& out, std::string_view query, Omit omit);
/// Appends "name:value\n" for each signed header, in the order of the claim.
void canonical_headers(std::string& out, std::string_view signed_headers, std::span<const HeaderView> headers);
/// Clears `out` and writes the canonical request. payload_hash: see payload_line().
void canonical_request(std::string& out, const SignatureClaim& claim, const RequestView& request, bool normalize_path, std::string_view payload_hash);
/// Clears `out` and writes the string to sign for that canonical request.
void string_to_sign(std::string& out, const SignatureClaim& claim, std::string_view canonical_request);

/// The last line of the canonical request. S3: what x-amz-content-sha256 says (its truth is checked against the body later, see
/// check_payload), or UNSIGNED-PAYLOAD if presigned without one. Other services: UNSIGNED-PAYLOAD or STREAMING-… if the header says so, else
/// the body's own hash; if that is not known yet (empty: the body is still to be read), what the header says, to be checked later.
std::string_view payload_line(const SignatureClaim& claim, Style style, std::string_view body_sha256_hex);
/// What a value of x-amz-content-sha256 means.
enum class Payload : uint8_t { hash, unsigned_payload, chunked_signed, chunked_signed_trailer, chunked_unsigned_trailer, ecdsa_chunked, events, invalid };
Payload payload_kind(std::string_view content_sha256);
/// S3: XAmzContentSHA256Mismatch if the claim named a hash and the body has another.
Result<void> check_payload(std::string_view content_sha256, std::string_view body_sha256_hex);

using SigningKey = std::array<unsigned char, 32>;
/// The key of a day, Region and service, derived from a secret: four HMACs.
SigningKey derive_signing_key(std::string_view secret, std::string_view date, std::string_view region, std::string_view service);
/// The same through a shared cache of at most kSigningKeys keys.
inline constexpr size_t kSigningKeys = 2048;
SigningKey signing_key(std::string_view secret, std::string_view date, std::string_view region, std::string_view service);
/// HMAC of a string to sign, in lower-case hexadecimal. Also signs S3's POST policies (the policy's base64 text).
std::string sign_text(const SigningKey& key, std::string_view string_to_sign);

/// Where secrets come from. The view must stay valid until verify() returns. Unknown or expired keys: see unknown_key() and its neighbours.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  virtual Result<std::string_view> secret_of(const SignatureClaim& claim) = 0;
};

struct Terms {
  Style style = Style::query;
  Expected expected;
  std::string_view payload_hash;   ///< from payload_line()
  Clocks clocks;
};
/// The whole check. On success the claim's key has signed this request.
Result<void> verify(const SignatureClaim& claim, const RequestView& request, const Terms& terms, SecretSource& secrets);
/// The last step of verify(), for a secret already at hand.
Result<void> check_signature(const SignatureClaim& claim, const RequestView& request, Style style, std::string_view payload_hash, std::string_view secret);

// --- signing, for calls that Fogbank makes itself and for tests -------------------------------------------------------------------------

struct SigningCredentials { std::string_view access_key_id, secret, token; };
struct SigningOptions {
  std::string_view region, service;
  Millis now = 0;
  std::string_view payload_hash;        ///< hexadecimal SHA-256 of the body, UNSIGNED-PAYLOAD or a STREAMING-… name
  bool content_sha256_header = false;   ///< add (and sign) x-amz-content-sha256; always done for the service s3
  bool sign_token = true;               ///< false: the token is added but not signed
  int64_t expires = 3600;               ///< presign: seconds
};
/// The header fields to add to the request: x-amz-date, x-amz-security-token, x-amz-content-sha256 as needed, authorization. All headers of
/// the request are signed; Host must be among them.
std::vector<std::pair<std::string, std::string>> sign_request(const RequestView& request, const SigningCredentials& credentials, const SigningOptions& options);
/// The query of the presigned URL (its own query, extended), with X-Amz-Signature last.
std::string presign(const RequestView& request, const SigningCredentials& credentials, const SigningOptions& options);

}  // namespace fogbank::auth
