#include <doctest/doctest.h>

#include "auth/sigv4_errors.h"
#include "auth/sigv4_test_support.h"

using namespace fogbank;
using namespace fogbank::auth;
using namespace fogbank::auth::test;

namespace {

constexpr const char* kNow = "20260301T120000Z";
constexpr const char* kId = "AKIAEXAMPLE";
const Millis kTime = *parse_amz_date(kNow);

/// A correctly signed request that tests then damage.
struct Case {
  Style style = Style::query;
  std::string service = "sqs";
  TextRequest r;
  Clocks clocks{kTime, kTime};
  OneKey keys{kId, "secret"};

  static Case make(Style style, std::string service) {
    Case c;
    c.style = style;
    c.service = std::move(service);
    c.r.method = "POST";
    c.r.headers = {{"Host", "localhost:4566"}};
    c.sign();
    return c;
  }
  void sign(Millis when = kTime, std::string_view token = {}) {
    for (const char* h : {"authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"}) r.drop(h);
    SigningOptions o;
    o.region = "us-east-1"; o.service = service; o.now = when; o.payload_hash = kEmptySha256;
    for (auto& h : sign_request(r.view(), {kId, "secret", token}, o)) r.headers.push_back(h);
  }
  void presign(int64_t expires = 60, Millis when = kTime) {
    for (const char* h : {"authorization", "x-amz-date", "x-amz-content-sha256"}) r.drop(h);
    SigningOptions o;
    o.region = "us-east-1"; o.service = service; o.now = when; o.expires = expires;
    r.query = auth::presign(r.view(), {kId, "secret", ""}, o);
  }
  Result<void> run() {
    Arena arena;
    auto claim = read_claim(r.view(), style, arena);
    if (!claim) return fail(claim.error());
    Terms terms{style, {service, "us-east-1"}, payload_line(*claim, style, kEmptySha256), clocks};
    keys.otherwise = unknown_key(style, *claim);
    return verify(*claim, r.view(), terms, keys);
  }
  ApiError error() {
    auto result = run();
    REQUIRE_FALSE(result);
    return result.error();
  }
  /// Replaces a text in the Authorization header.
  Case& edit(std::string_view from, std::string_view to) {
    std::string& a = *r.find("authorization");
    REQUIRE(a.find(from) != std::string::npos);
    a = replace_all(a, from, to);
    return *this;
  }
  Case& edit_query(std::string_view from, std::string_view to) {
    REQUIRE(r.query.find(from) != std::string::npos);
    r.query = replace_all(r.query, from, to);
    return *this;
  }
};

std::string member(const ApiError& e, std::string_view name) {
  for (const auto& [n, v] : e.members) if (n == name) return v;
  return "(none)";
}

void check(const ApiError& e, std::string_view code, int status, std::string_view message) {
  CHECK(e.code == code);
  CHECK(e.status == status);
  CHECK(e.message == message);
}

Case s3() { return Case::make(Style::s3, "s3"); }
Case query() { return Case::make(Style::query, "sqs"); }
Case json() { return Case::make(Style::json, "dynamodb"); }

}  // namespace

TEST_CASE("a request that nothing is wrong with is accepted in every style") {
  for (Style style : {Style::s3, Style::query, Style::json, Style::rest_json}) {
    Case c = Case::make(style, style == Style::s3 ? "s3" : "lambda");
    CHECK(c.run());
    c.presign();
    CHECK(c.run());
  }
}

TEST_CASE("an unsigned request carries no claim, and is refused where one is needed") {
  Case c = query();
  c.r.drop("authorization");
  Arena arena;
  auto claim = read_claim(c.r.view(), Style::s3, arena);
  REQUIRE(claim);
  CHECK(claim->form == Form::none);
  check(c.error(), "MissingAuthenticationToken", 403, "Request is missing Authentication Token");
  c.style = Style::json;
  check(c.error(), "MissingAuthenticationTokenException", 400, "Request is missing Authentication Token");
  c.style = Style::rest_json;
  check(c.error(), "MissingAuthenticationTokenException", 403, "Missing Authentication Token");
  c.style = Style::s3;
  check(c.error(), "AccessDenied", 403, "Access Denied");
}

TEST_CASE("other schemes: S3 names its two errors, version 2 and 4A are refused, the rest has no token") {
  Case c = s3();
  c.r.set("authorization", "Bearer token");
  ApiError e = c.error();
  check(e, "InvalidArgument", 400, "Unsupported Authorization Type");
  CHECK(member(e, "ArgumentName") == "Authorization");
  CHECK(member(e, "ArgumentValue") == "Bearer token");
  c.r.set("authorization", "garbage");
  check(c.error(), "InvalidArgument", 400, "Authorization header is invalid -- one and only one ' ' (space) required");
  c.r.set("authorization", "AWS AKIA:c2ln");
  check(c.error(), "InvalidRequest", 400, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  c.r.set("authorization", "AWS4-ECDSA-P256-SHA256 Credential=a/b");
  CHECK(c.error().code == "NotImplemented");
  CHECK(c.error().status == 501);
  c.r.drop("authorization");
  c.r.query = "AWSAccessKeyId=a&Expires=1&Signature=b";
  CHECK(c.error().code == "InvalidRequest");

  Case q = query();
  q.r.set("authorization", "Bearer token");
  CHECK(q.error().code == "MissingAuthenticationToken");
  q.r.set("authorization", "AWS5-HMAC-SHA256 Foo, Bar");
  CHECK(q.error().code == "MissingAuthenticationToken");
  q.r.set("authorization", "AWS4-HMAC-SHA512 Foo, Bar");
  check(q.error(), "IncompleteSignature", 400, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.");
  q.style = Style::rest_json;
  q.r.set("authorization", "Bearer token");
  CHECK(q.error().message.starts_with("Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '"));
}

TEST_CASE("an incomplete Authorization header lists what it lacks") {
  Case c = json();
  c.r.set("authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE");
  c.r.drop("x-amz-date");
  ApiError e = c.error();
  CHECK(e.code == "IncompleteSignatureException");
  CHECK(e.status == 400);
  CHECK(e.message == cat("Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
                         "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                         "(Hashed with SHA-256 and encoded with Base64) Authorization=",
                         base64(as_view(sha256("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE")))));
  c.r.set("x-amz-date", "2015/08/30T12/36/00Z");
  c.r.set("authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, Signature=ABCDEF, SignedHeaders=host");
  check(c.error(), "IncompleteSignatureException", 400,
        "Date must be in ISO-8601 'basic format'. Got '2015/08/30T12/36/00Z'. See http://en.wikipedia.org/wiki/ISO_8601");
  c.r.set("x-amz-date", kNow);
  check(c.error(), "IncompleteSignatureException", 400,
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE'");
  Case s = s3();
  s.edit(", Signature=", ", Nothing=");
  check(s.error(), "AuthorizationHeaderMalformed", 400,
        "The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature.");
}

TEST_CASE("a scope for another place is refused, with every fault named") {
  Case c = query();
  c.edit("/us-east-1/sqs/", "/eu-west-1/sns/");
  check(c.error(), "SignatureDoesNotMatch", 403, "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'sqs'. ");
  c = query();
  c.edit("aws4_request", "aws5_request").edit("/20260301/", "/20260302/");
  check(c.error(), "SignatureDoesNotMatch", 403,
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. Date in Credential scope does not match YYYYMMDD "
        "from ISO-8601 version of date from HTTP: '20260302' != '20260301', from '20260301T120000Z'.");
  Case j = json();
  j.edit("/dynamodb/", "/s3/");
  check(j.error(), "InvalidSignatureException", 400, "Credential should be scoped to correct service: 'dynamodb'. ");
}

TEST_CASE("S3 names what is wrong with a credential, in the header and in the query") {
  struct { const char* from; const char* to; const char* detail; } cases[] = {
      {"/us-east-1/", "/", "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."},
      {"/20260301/", "/2026030/", "incorrect date format \"2026030\". This date in the credential must be in the format \"yyyyMMdd\"."},
      {"/us-east-1/", "//", "a non-empty region must be provided in the credential."},
      {"/us-east-1/", "/eu-west-1/", "the region 'eu-west-1' is wrong; expecting 'us-east-1'"},
      {"/s3/", "/ec2/", "incorrect service \"ec2\". This endpoint belongs to \"s3\"."},
      {"aws4_request", "aws4_reques", "incorrect terminal \"aws4_reques\". This endpoint uses \"aws4_request\"."}};
  for (const auto& k : cases) {
    Case c = s3();
    c.edit(k.from, k.to);
    check(c.error(), "AuthorizationHeaderMalformed", 400, cat("The authorization header is malformed; ", k.detail));
    c = s3();
    c.presign();
    c.edit_query(percent_encode(k.from), percent_encode(k.to));
    check(c.error(), "AuthorizationQueryParametersError", 400, cat("Error parsing the X-Amz-Credential parameter; ", k.detail));
  }
  Case c = s3();
  c.edit("/us-east-1/", "/eu-west-1/");
  CHECK(member(c.error(), "Region") == "us-east-1");
  c = s3();
  c.edit("/20260301/", "/20260302/");
  check(c.error(), "AuthorizationHeaderMalformed", 400, "The authorization header is malformed; Invalid credential date. Date is not the same as X-Amz-Date.");
  c = s3();
  c.presign();
  c.edit_query("%2F20260301%2F", "%2F20260302%2F");
  check(c.error(), "AuthorizationQueryParametersError", 400, "Invalid credential date \"20260302\". This date is not the same as X-Amz-Date: \"20260301\".");
}

TEST_CASE("S3 wants the payload's hash and a date") {
  Case c = s3();
  c.r.drop("x-amz-content-sha256");
  check(c.error(), "InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256");
  c = s3();
  c.r.set("x-amz-content-sha256", "unsigned-payload");
  ApiError e = c.error();
  CHECK(e.code == "InvalidArgument");
  CHECK(e.message.starts_with("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "));
  CHECK(member(e, "ArgumentValue") == "unsigned-payload");
  for (const char* date : {"2026-03-01T12:00:00Z", ""}) {
    c = s3();
    c.r.drop("x-amz-date");
    if (*date) c.r.set("x-amz-date", date);
    check(c.error(), "AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header");
  }
  auto bad = check_payload(kEmptySha256, sha256_hex("x"));
  REQUIRE_FALSE(bad);
  check(bad.error(), "XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed.");
  CHECK(member(bad.error(), "ClientComputedContentSHA256") == kEmptySha256);
  CHECK(member(bad.error(), "S3ComputedContentSHA256") == sha256_hex("x"));
  CHECK(check_payload("UNSIGNED-PAYLOAD", sha256_hex("x")));
  CHECK(check_payload(sha256_hex("x"), sha256_hex("x")));
}

TEST_CASE("a Date header stands in for X-Amz-Date") {
  for (Style style : {Style::s3, Style::json}) {
    Case c = Case::make(style, style == Style::s3 ? "s3" : "sqs");
    std::string signature = *c.r.find("authorization");
    c.r.drop("x-amz-date");
    c.r.set("date", "Sun, 01 Mar 2026 12:00:00 GMT");
    Arena arena;
    auto claim = read_claim(c.r.view(), style, arena);
    REQUIRE(claim);
    CHECK(claim->amz_date == kNow);
    CHECK(claim->signed_at == kTime);
    CHECK(claim->date_as_sent == "Sun, 01 Mar 2026 12:00:00 GMT");
  }
}

TEST_CASE("S3 refuses headers that matter and were not signed") {
  Case c = s3();
  c.r.set("x-amz-meta-color", "red");
  c.r.set("Content-MD5", "x");
  c.r.set("x-amzn-trace-id", "fine");
  c.r.set("Range", "fine");
  ApiError e = c.error();
  check(e, "AccessDenied", 403, "There were headers present in the request which were not signed");
  CHECK(member(e, "HeadersNotSigned") == "content-md5, x-amz-meta-color");
  c = s3();
  c.presign();
  c.r.set("x-amz-decoded-content-length", "1");
  c.r.set("x-amz-date", kNow);
  CHECK(member(c.error(), "HeadersNotSigned") == "x-amz-date, x-amz-decoded-content-length");
  Case q = query();
  q.edit("SignedHeaders=host;", "SignedHeaders=");
  check(q.error(), "SignatureDoesNotMatch", 403, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
}

TEST_CASE("a request's time may be off by fifteen minutes for S3 and five for others, on either clock") {
  constexpr Millis kMinute = 60000;
  for (Style style : {Style::s3, Style::query}) {
    Millis allowed = style == Style::s3 ? 15 * kMinute : 5 * kMinute;
    Case c = Case::make(style, style == Style::s3 ? "s3" : "sqs");
    for (Millis off : {-allowed, allowed}) {
      c.clocks = {kTime + off, 0};
      CHECK(c.run());
      c.clocks = {kTime + (off < 0 ? off - 1 : off + 1), 0};
      CHECK_FALSE(c.run());
      c.clocks.virtual_now = kTime;  // a client that lives in the virtual time
      CHECK(c.run());
    }
  }
  Case c = s3();
  c.clocks = {kTime + 16 * kMinute, 0};
  ApiError e = c.error();
  check(e, "RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large.");
  CHECK(member(e, "RequestTime") == kNow);
  CHECK(member(e, "ServerTime") == "2026-03-01T12:16:00Z");
  CHECK(member(e, "MaxAllowedSkewMilliseconds") == "900000");
  Case q = query();
  q.clocks = {kTime + 6 * kMinute, 0};
  check(q.error(), "SignatureDoesNotMatch", 403, "Signature expired: 20260301T120000Z is now earlier than 20260301T120100Z (20260301T120600Z - 5 min.)");
  Case j = json();
  j.clocks = {kTime - 6 * kMinute, 0};
  check(j.error(), "InvalidSignatureException", 400,
        "Signature not yet current: 20260301T120000Z is still later than 20260301T115900Z (20260301T115400Z + 5 min.)");
}

TEST_CASE("a presigned URL lives from its date to its end") {
  struct { Millis now; bool ok; } cases[] = {{0, true}, {60000, true}, {60001, false}, {-900000, true}, {-901000, false}};
  for (auto k : cases) {
    Case c = s3();
    c.presign(60);
    c.clocks = {kTime + k.now, 0};
    CHECK(c.run().has_value() == k.ok);
  }
  Case c = s3();
  c.presign(60);
  c.clocks = {kTime + 61000, kTime + 61000};
  ApiError e = c.error();
  check(e, "AccessDenied", 403, "Request has expired");
  CHECK(member(e, "X-Amz-Expires") == "60");
  CHECK(member(e, "Expires") == "2026-03-01T12:01:00Z");
  CHECK(member(e, "ServerTime") == "2026-03-01T12:01:01Z");
  c.clocks.virtual_now = kTime;
  CHECK(c.run());
  c.clocks = {kTime - 3600000, kTime - 3600000};
  check(c.error(), "AccessDenied", 403, "Request is not yet valid");
  Case q = query();
  q.presign(60);
  q.clocks = {kTime + 14 * 60000, 0};
  CHECK(q.run());
  q.clocks = {kTime + 16 * 60000, 0};
  check(q.error(), "SignatureDoesNotMatch", 403, "Signature expired: 20260301T120000Z is now earlier than 20260301T120100Z (20260301T121600Z - 15 min.)");
}

TEST_CASE("the parameters of a presigned URL are checked one by one") {
  const std::string required =
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
      "X-Amz-Expires parameters.";
  struct { const char* from; const char* to; std::string message; } cases[] = {
      {"X-Amz-Credential", "Other", required}, {"X-Amz-Signature", "Other", required}, {"X-Amz-Date", "Other", required},
      {"X-Amz-SignedHeaders", "Other", required}, {"X-Amz-Expires", "Other", required},
      {"=AWS4-HMAC-SHA256", "=AWS4-HMAC-SHA1", "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\""},
      {"X-Amz-Date=20260301T120000Z", "X-Amz-Date=2026-03-01T12:00:00Z", "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""},
      {"Expires=60", "Expires=604801", "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"},
      {"Expires=60", "Expires=-1", "X-Amz-Expires must be non-negative"}, {"Expires=60", "Expires=1h", "X-Amz-Expires should be a number"},
      {"Expires=60", "Expires=99999999999999999999", "X-Amz-Expires should be a number"}};
  for (const auto& k : cases) {
    Case c = s3();
    c.presign(60);
    c.edit_query(k.from, k.to);
    check(c.error(), "AuthorizationQueryParametersError", 400, k.message);
  }
  Case q = query();
  q.r.drop("authorization");
  q.r.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=x";
  check(q.error(), "IncompleteSignature", 400,
        "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string "
        "parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.");
}

TEST_CASE("two ways of signing in one request are refused") {
  Case c = s3();
  c.r.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256";
  check(c.error(), "InvalidArgument", 400,
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be "
        "specified");
  c.style = Style::json;
  check(c.error(), "InvalidSignatureException", 400, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
}

TEST_CASE("unknown keys and bad tokens are refused in each family's words") {
  Case c = s3();
  c.edit(kId, "AKIAUNKNOWN");
  ApiError e = c.error();
  check(e, "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.");
  CHECK(member(e, "AWSAccessKeyId") == "AKIAUNKNOWN");
  Case q = query();
  q.edit(kId, "AKIAUNKNOWN");
  check(q.error(), "InvalidClientTokenId", 403, "The security token included in the request is invalid.");
  Case j = json();
  j.edit(kId, "AKIAUNKNOWN");
  check(j.error(), "UnrecognizedClientException", 400, "The security token included in the request is invalid.");
  SignatureClaim claim;
  claim.token = "t";
  check(expired_token(Style::s3, claim), "ExpiredToken", 400, "The provided token has expired.");
  check(expired_token(Style::query, claim), "ExpiredToken", 403, "The security token included in the request is expired");
  check(expired_token(Style::rest_json, claim), "ExpiredTokenException", 403, "The security token included in the request is expired");
  check(invalid_token(Style::s3, claim), "InvalidToken", 400, "The provided token is malformed or otherwise invalid.");
  CHECK(member(invalid_token(Style::s3, claim), "Token-0") == "t");
}

TEST_CASE("a wrong signature is answered with what should have been signed") {
  Case c = s3();
  c.keys.secret = "other";
  ApiError e = c.error();
  check(e, "SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your key and signing method.");
  std::string canonical = cat("POST\n/\n\nhost:localhost:4566\nx-amz-content-sha256:", kEmptySha256, "\nx-amz-date:", kNow,
                              "\n\nhost;x-amz-content-sha256;x-amz-date\n", kEmptySha256);
  std::string text = cat("AWS4-HMAC-SHA256\n", kNow, "\n20260301/us-east-1/s3/aws4_request\n", sha256_hex(canonical));
  CHECK(member(e, "AWSAccessKeyId") == kId);
  CHECK(member(e, "CanonicalRequest") == canonical);
  CHECK(member(e, "StringToSign") == text);
  CHECK(member(e, "StringToSignBytes").starts_with("41 57 53 34 2d 48"));
  CHECK(member(e, "CanonicalRequestBytes").size() == canonical.size() * 3 - 1);
  CHECK(member(e, "SignatureProvided").size() == 64);
  Case j = json();
  j.keys.secret = "other";
  e = j.error();
  CHECK(e.code == "InvalidSignatureException");
  CHECK(e.message.starts_with("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
                              "method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nhost:"));
  CHECK(e.message.find("'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n") != std::string::npos);
  CHECK(e.message.ends_with("'\n"));
}

TEST_CASE("a list of signed headers without end is refused") {
  Case c = query();
  std::string many = "host";
  for (int i = 0; i < 300; i++) many += ";a";
  c.edit("SignedHeaders=host;x-amz-date", cat("SignedHeaders=", many));
  CHECK(c.error().code == "IncompleteSignature");
}
