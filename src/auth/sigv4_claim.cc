// Reading a claim from a request, and what of it can be judged without the secret.
#include "auth/sigv4.h"
#include "auth/sigv4_errors.h"
#include "auth/sigv4_internal.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

using namespace internal;

constexpr std::string_view kEcdsa = "AWS4-ECDSA-P256-SHA256";
constexpr int64_t kLongestPresign = 7 * 24 * 3600;
/// Outside S3 a presigned request is good for this long even if X-Amz-Expires says less, as STS does for its callers' identity proofs.
constexpr Millis kPresignGrace = 15 * 60 * 1000;

ApiError two_mechanisms(Style style, std::string_view authorization) {
  if (style == Style::s3)
    return invalid_argument(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization "
        "header should be specified",
        "Authorization", std::string(authorization));
  return invalid_signature(style, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
}

/// Fills the parts of the credential; false if they are not five.
bool split_credential(std::string_view credential, SignatureClaim& c) {
  size_t slash = credential.find('/');
  if (slash == std::string_view::npos) return false;
  c.access_key_id = credential.substr(0, slash);
  c.scope = credential.substr(slash + 1);
  std::string_view rest = c.scope, *parts[] = {&c.date, &c.region, &c.service, &c.terminator}, extra;
  for (auto* part : parts)
    if (!next_piece(rest, '/', *part)) return false;
  return !next_piece(rest, '/', extra);
}

Result<void> take_credential(std::string_view credential, Style style, SignatureClaim& c) {
  if (split_credential(credential, c)) return {};
  if (style == Style::s3)
    return fail(malformed_credential(c.form, "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."));
  return fail(incomplete_signature(style, cat("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '",
                                              credential, '\'')));
}

Result<void> check_header_count(const SignatureClaim& c, Style style) {
  if (c.signed_headers.size() < kMaxSignedHeaders) return {};
  if (size_t(std::count(c.signed_headers.begin(), c.signed_headers.end(), ';')) < kMaxSignedHeaders) return {};
  return fail(incomplete_signature(style, cat("SignedHeaders names more than ", kMaxSignedHeaders, " headers.")));
}

// --- Authorization header ---------------------------------------------------------------------------------------------------------------

/// The text before the parameters: the algorithm. S3 is particular about it, and takes its name in any case.
Result<void> check_scheme(std::string_view authorization, Style style, std::string_view& parameters) {
  size_t space = authorization.find(' ');
  std::string_view scheme = authorization.substr(0, space);
  parameters = space == std::string_view::npos ? std::string_view() : authorization.substr(space + 1);
  if (style == Style::s3) {
    if (space == std::string_view::npos)
      return fail(invalid_argument("Authorization header is invalid -- one and only one ' ' (space) required", "Authorization", std::string(authorization)));
    if (same_name(scheme, kAlgorithm)) return {};
    if (same_name(scheme, kEcdsa)) return fail(sigv4a_refused());
    if (same_name(scheme, "AWS")) return fail(sigv2_refused());
    return fail(invalid_argument("Unsupported Authorization Type", "Authorization", std::string(authorization)));
  }
  if (scheme == kAlgorithm) return {};
  if (scheme == kEcdsa) return fail(sigv4a_refused());
  if (scheme == "AWS" || scheme == "AWS3-HTTPS") return fail(sigv2_refused());
  if (begins_with_name(scheme, "AWS4-")) return fail(incomplete_signature(style, cat("Unsupported AWS 'algorithm': '", scheme, "'.")));
  if (style == Style::rest_json) return {};  // its front end reads any scheme as key=value pairs, and says so
  return fail(missing_token(style));
}

/// What AWS shows of a header that may hold a secret.
std::string hashed(std::string_view authorization) { return base64(as_view(sha256(authorization))); }

struct AuthorizationParts { std::string_view credential, signed_headers, signature; };

Result<AuthorizationParts> read_parts(std::string_view authorization, std::string_view parameters, Style style) {
  AuthorizationParts out;
  std::string_view piece;
  while (next_piece(parameters, ',', piece)) {
    piece = trim(piece);
    if (piece.empty()) continue;
    size_t eq = piece.find('=');
    if (eq == std::string_view::npos) {
      if (style == Style::s3) continue;  // reported below as a missing component
      return fail(incomplete_signature(style, cat("Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 "
                                                  "and encoded with Base64): '", hashed(authorization), "'.")));
    }
    std::string_view name = piece.substr(0, eq), value = piece.substr(eq + 1);
    if (name == "Credential") out.credential = value;
    else if (name == "SignedHeaders") out.signed_headers = value;
    else if (name == "Signature") out.signature = value;
  }
  return out;
}

/// Sets the claim's date from X-Amz-Date or, without one, from Date. False if there is none or it cannot be read.
bool take_date(const RequestView& request, SignatureClaim& c, Arena& arena, bool& present) {
  auto amz = request.header("x-amz-date");
  auto date = amz ? amz : request.header("date");
  present = date.has_value();
  if (!present) return false;
  c.date_as_sent = trim(*date);
  if (auto t = parse_amz_date(c.date_as_sent)) {
    c.signed_at = *t;
    c.amz_date = c.date_as_sent;
    return true;
  }
  if (amz) return false;
  auto t = parse_http_date(c.date_as_sent);
  if (!t) t = parse_iso8601(c.date_as_sent);
  if (!t) return false;
  c.signed_at = *t;
  c.amz_date = arena.copy(amz_date(*t));
  return true;
}

Result<void> check_content_sha256(const SignatureClaim& c, bool present) {
  if (!present) return fail("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
  switch (payload_kind(c.content_sha256)) {
    case Payload::ecdsa_chunked: return fail(sigv4a_refused());
    case Payload::invalid:
    case Payload::events:
      return fail(invalid_argument(
          "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
          "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "
          "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
          "x-amz-content-sha256", std::string(c.content_sha256)));
    default: return {};
  }
}

ApiError missing_parts(Style style, const AuthorizationParts& parts, bool date_present, std::string_view authorization) {
  std::string text;
  if (parts.credential.empty()) text += "Authorization header requires 'Credential' parameter. ";
  if (parts.signature.empty()) text += "Authorization header requires 'Signature' parameter. ";
  if (parts.signed_headers.empty()) text += "Authorization header requires 'SignedHeaders' parameter. ";
  if (!date_present) text += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  append(text, "(Hashed with SHA-256 and encoded with Base64) Authorization=", hashed(authorization));
  return incomplete_signature(style, std::move(text));
}

// --- presigned query --------------------------------------------------------------------------------------------------------------------

struct PresignedParts { Str algorithm, credential, date, expires, signed_headers, signature, token, content_sha256; };

PresignedParts read_presigned(std::string_view query, Arena& arena) {
  PresignedParts out{};
  struct { std::string_view name; Str* target; } wanted[] = {
      {"Algorithm", &out.algorithm}, {"Credential", &out.credential}, {"Date", &out.date}, {"Expires", &out.expires},
      {"SignedHeaders", &out.signed_headers}, {"Signature", &out.signature}, {"Security-Token", &out.token}, {"Content-Sha256", &out.content_sha256}};
  Parameter p;
  while (next_parameter(query, p)) {
    if (!begins_with_name(p.name, "X-Amz-")) continue;
    for (auto& w : wanted)
      if (!w.target->has() && same_name(p.name.substr(6), w.name)) {
        bool plain = p.value.find_first_of("%+") == std::string_view::npos;
        *w.target = plain ? Str(p.value) : Str(arena.copy(percent_decode(p.value, true)));
      }
  }
  return out;
}

Result<void> check_presigned_s3(const PresignedParts& p) {
  if (p.algorithm == kEcdsa) return fail(sigv4a_refused());
  if (!(p.algorithm == kAlgorithm)) return fail(query_parameters("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\""));
  if (!p.credential || !p.signature || !p.date || !p.signed_headers || !p.expires)
    return fail(query_parameters("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
                                 "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."));
  if (!parse_amz_date(p.date)) return fail(query_parameters("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""));
  auto expires = parse_int(p.expires);
  if (!expires) return fail(query_parameters("X-Amz-Expires should be a number"));
  if (*expires < 0) return fail(query_parameters("X-Amz-Expires must be non-negative"));
  if (*expires > kLongestPresign)
    return fail(query_parameters(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"));
  return {};
}

ApiError bad_date(Style style, std::string_view date) {
  return incomplete_signature(style, cat("Date must be in ISO-8601 'basic format'. Got '", date, "'. See http://en.wikipedia.org/wiki/ISO_8601"));
}

Result<void> check_presigned_other(const PresignedParts& p, Style style) {
  std::string text;
  std::pair<const char*, const Str*> needed[] = {{"X-Amz-Algorithm", &p.algorithm}, {"X-Amz-Credential", &p.credential},
                                                 {"X-Amz-Signature", &p.signature}, {"X-Amz-SignedHeaders", &p.signed_headers}, {"X-Amz-Date", &p.date}};
  for (auto& [name, value] : needed)
    if (value->empty()) append(text, "AWS query-string parameters must include '", name, "'. ");
  if (!text.empty()) return fail(incomplete_signature(style, text + "Re-examine the query-string parameters."));
  if (p.algorithm == kEcdsa) return fail(sigv4a_refused());
  if (!(p.algorithm == kAlgorithm)) return fail(incomplete_signature(style, cat("Unsupported AWS 'algorithm': '", p.algorithm, "'.")));
  if (!parse_amz_date(p.date)) return fail(bad_date(style, p.date));
  return {};
}

// --- judging a claim --------------------------------------------------------------------------------------------------------------------

bool within(Millis signed_at, Millis now, Millis before, Millis after) { return now >= signed_at - before && now <= signed_at + after; }

Result<void> check_time(const SignatureClaim& c, Style style, const Clocks& clocks) {
  Millis before = style == Style::s3 ? kS3Skew : kSkew, after = before;
  if (c.form == Form::query) after = style == Style::s3 ? c.expires * 1000 : std::max(c.expires * 1000, kPresignGrace);
  if (within(c.signed_at, clocks.machine, before, after) || within(c.signed_at, clocks.virtual_now, before, after)) return {};
  if (c.form == Form::query && style == Style::s3)
    return fail(c.signed_at > clocks.machine ? presigned_early(c, clocks.machine) : presigned_expired(c, clocks.machine));
  return fail(skewed(style, c, clocks.machine, c.signed_at > clocks.machine ? before : after));
}

bool is_scope_date(std::string_view s) {
  if (s.size() != 8) return false;
  for (char ch : s) if (ch < '0' || ch > '9') return false;
  return true;
}

Result<void> check_scope_s3(const SignatureClaim& c, const Expected& expected) {
  auto bad = [&](std::string detail) { return fail(malformed_credential(c.form, detail)); };
  if (!is_scope_date(c.date)) return bad(cat("incorrect date format \"", c.date, "\". This date in the credential must be in the format \"yyyyMMdd\"."));
  if (c.region.empty()) return bad("a non-empty region must be provided in the credential.");
  if (!expected.region.empty() && c.region != expected.region) return fail(wrong_region(c, expected.region));
  if (!expected.service.empty() && c.service != expected.service)
    return bad(cat("incorrect service \"", c.service, "\". This endpoint belongs to \"", expected.service, "\"."));
  if (c.terminator != "aws4_request") return bad(cat("incorrect terminal \"", c.terminator, "\". This endpoint uses \"aws4_request\"."));
  if (c.date == c.amz_date.substr(0, 8)) return {};
  if (c.form == Form::query)
    return fail(query_parameters(cat("Invalid credential date \"", c.date, "\". This date is not the same as X-Amz-Date: \"", c.amz_date.substr(0, 8), "\".")));
  return bad("Invalid credential date. Date is not the same as X-Amz-Date.");
}

Result<void> check_scope_other(const SignatureClaim& c, Style style, const Expected& expected) {
  std::string text;
  auto add = [&](auto... parts) { if (!text.empty() && text.back() != ' ') text += ' '; append(text, parts...); };
  if (c.region.empty() || (!expected.region.empty() && c.region != expected.region)) add("Credential should be scoped to a valid region.");
  if (!expected.service.empty() && c.service != expected.service) add("Credential should be scoped to correct service: '", expected.service, "'. ");
  if (c.terminator != "aws4_request") add("Credential should be scoped with a valid terminator: 'aws4_request', not '", c.terminator, "'. ");
  if (c.date != c.amz_date.substr(0, 8))
    add("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '", c.date, "' != '", c.amz_date.substr(0, 8),
        "', from '", c.amz_date, "'.");
  if (text.empty()) return {};
  return fail(invalid_signature(style, std::move(text)));
}

/// S3 refuses what a third party could have added on the way: these headers change what a request does.
Result<void> check_signed_s3(const SignatureClaim& c, const RequestView& request) {
  std::vector<std::string> missing;
  for (const auto& h : request.headers) {
    bool matters = same_name(h.name, "host") || same_name(h.name, "content-md5") ||
                   (begins_with_name(h.name, "x-amz-") && !same_name(h.name, "x-amz-content-sha256"));
    if (matters && !is_signed(c.signed_headers, h.name)) missing.push_back(lower(h.name));
  }
  if (missing.empty()) return {};
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  std::string names;
  for (const auto& m : missing) append(names, names.empty() ? "" : ", ", m);
  return fail(headers_not_signed(std::move(names)));
}

}  // namespace

std::optional<std::string_view> RequestView::header(std::string_view name) const {
  for (const auto& h : headers)
    if (same_name(h.name, name)) return h.value;
  return std::nullopt;
}

Payload payload_kind(std::string_view v) {
  if (v.size() == 64) {
    for (char c : v) if (!((c >= '0' && c <= '9') || (low(c) >= 'a' && low(c) <= 'f'))) return Payload::invalid;
    return Payload::hash;
  }
  if (v == kUnsignedPayload) return Payload::unsigned_payload;
  if (v == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return Payload::chunked_signed;
  if (v == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") return Payload::chunked_signed_trailer;
  if (v == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return Payload::chunked_unsigned_trailer;
  if (v == "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" || v == "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER") return Payload::ecdsa_chunked;
  if (v == "STREAMING-AWS4-HMAC-SHA256-EVENTS") return Payload::events;
  return Payload::invalid;
}

Result<SignatureClaim> parse_authorization(const RequestView& request, Style style, Arena& arena) {
  SignatureClaim c;
  c.form = Form::header;
  std::string_view authorization = trim(request.header("authorization").value_or(std::string_view())), parameters;
  FB_TRY(check_scheme(authorization, style, parameters));
  auto hash = request.header("x-amz-content-sha256");
  if (hash) c.content_sha256 = trim(*hash);
  if (style == Style::s3) FB_TRY(check_content_sha256(c, hash.has_value()));
  bool date_present = false;
  bool date_ok = take_date(request, c, arena, date_present);
  if (style == Style::s3 && !date_ok) return fail("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header", 403);
  FB_ASSIGN(parts, read_parts(authorization, parameters, style));
  if (parts.credential.empty() || parts.signature.empty() || parts.signed_headers.empty() || !date_present) {
    if (style == Style::s3)
      return fail(malformed_credential(c.form, "the authorization header requires three components: Credential, SignedHeaders, and Signature."));
    return fail(missing_parts(style, parts, date_present, authorization));
  }
  if (!date_ok) return fail(bad_date(style, c.date_as_sent));
  FB_TRY(take_credential(parts.credential, style, c));
  c.signed_headers = parts.signed_headers;
  c.signature = parts.signature;
  c.token = trim(request.header("x-amz-security-token").value_or(std::string_view()));
  FB_TRY(check_header_count(c, style));
  return c;
}

Result<SignatureClaim> parse_presigned(const RequestView& request, Style style, Arena& arena) {
  SignatureClaim c;
  c.form = Form::query;
  PresignedParts p = read_presigned(request.query, arena);
  FB_TRY(style == Style::s3 ? check_presigned_s3(p) : check_presigned_other(p, style));
  FB_TRY(take_credential(p.credential, style, c));
  c.amz_date = c.date_as_sent = p.date;
  c.signed_at = *parse_amz_date(p.date);
  c.expires = std::clamp<int64_t>(parse_int(p.expires).value_or(0), 0, kLongestPresign);
  c.signed_headers = p.signed_headers;
  c.signature = p.signature;
  c.token = p.token ? p.token.view() : trim(request.header("x-amz-security-token").value_or(std::string_view()));
  c.content_sha256 = trim(request.header("x-amz-content-sha256").value_or(p.content_sha256.view()));
  FB_TRY(check_header_count(c, style));
  return c;
}

Result<SignatureClaim> read_claim(const RequestView& request, Style style, Arena& arena) {
  std::string_view authorization = trim(request.header("authorization").value_or(std::string_view()));
  bool presigned = false, v2_signature = false, v2_key = false;
  std::string_view rest = request.query;
  Parameter p;
  while (next_parameter(rest, p)) {
    presigned = presigned || same_name(p.name, "X-Amz-Algorithm");
    v2_signature = v2_signature || p.name == "Signature";
    v2_key = v2_key || p.name == "AWSAccessKeyId";
  }
  bool v2 = v2_signature && (style == Style::s3 || v2_key);
  if (presigned ? v2 || !authorization.empty() : style == Style::s3 && v2 && !authorization.empty())
    return fail(two_mechanisms(style, authorization));
  if (!authorization.empty()) return parse_authorization(request, style, arena);
  if (presigned) return parse_presigned(request, style, arena);
  if (v2) return fail(sigv2_refused());
  return SignatureClaim{};
}

Result<void> check_claim(const SignatureClaim& c, const RequestView& request, Style style, const Expected& expected, const Clocks& clocks) {
  if (style == Style::s3) {
    FB_TRY(check_time(c, style, clocks));
    FB_TRY(check_scope_s3(c, expected));
    return check_signed_s3(c, request);
  }
  if (!is_signed(c.signed_headers, "host") && !is_signed(c.signed_headers, ":authority"))
    return fail(invalid_signature(style, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
  FB_TRY(check_time(c, style, clocks));
  return check_scope_other(c, style, expected);
}

}  // namespace fogbank::auth
