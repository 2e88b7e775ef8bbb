// Signing: requests that Fogbank sends itself, presigned URLs, and tests.
#include "auth/sigv4.h"
#include "auth/sigv4_internal.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

struct Signing {
  std::string date, amz_date, scope, signed_headers, payload_hash;
};

Signing begin(const SigningOptions& o) {
  Signing s;
  s.amz_date = amz_date(o.now);
  s.date = s.amz_date.substr(0, 8);
  s.scope = cat(s.date, '/', o.region, '/', o.service, "/aws4_request");
  return s;
}

std::string names_of(std::span<const HeaderView> headers) {
  std::vector<std::string> names;
  for (const auto& h : headers) names.push_back(lower(h.name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string out;
  for (const auto& n : names) append(out, out.empty() ? "" : ";", n);
  return out;
}

std::string signature_of(const RequestView& request, Form form, const Signing& s, const SigningCredentials& credentials, const SigningOptions& o) {
  SignatureClaim claim;
  claim.form = form;
  claim.scope = s.scope;
  claim.amz_date = s.amz_date;
  claim.signed_headers = s.signed_headers;
  std::string canonical, to_sign;
  canonical_request(canonical, claim, request, normalizes_path(o.service), s.payload_hash);
  string_to_sign(to_sign, claim, canonical);
  return sign_text(signing_key(credentials.secret, s.date, o.region, o.service), to_sign);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> sign_request(const RequestView& request, const SigningCredentials& credentials, const SigningOptions& o) {
  Signing s = begin(o);
  s.payload_hash = o.payload_hash.empty() ? kEmptySha256 : o.payload_hash;
  std::vector<std::pair<std::string, std::string>> added{{"x-amz-date", s.amz_date}};
  if (o.content_sha256_header || o.service == "s3") added.emplace_back("x-amz-content-sha256", s.payload_hash);
  if (!credentials.token.empty() && o.sign_token) added.emplace_back("x-amz-security-token", credentials.token);
  std::vector<HeaderView> headers(request.headers.begin(), request.headers.end());
  for (const auto& [name, value] : added) headers.push_back({name, value});
  s.signed_headers = names_of(headers);
  RequestView whole = request;
  whole.headers = headers;
  std::string signature = signature_of(whole, Form::header, s, credentials, o);
  if (!credentials.token.empty() && !o.sign_token) added.emplace_back("x-amz-security-token", credentials.token);
  added.emplace_back("authorization", cat(kAlgorithm, " Credential=", credentials.access_key_id, '/', s.scope, ", SignedHeaders=", s.signed_headers,
                                          ", Signature=", signature));
  return added;
}

std::string presign(const RequestView& request, const SigningCredentials& credentials, const SigningOptions& o) {
  Signing s = begin(o);
  s.payload_hash = !o.payload_hash.empty() ? o.payload_hash : o.service == "s3" ? kUnsignedPayload : kEmptySha256;
  s.signed_headers = names_of(request.headers);
  std::string query(request.query);
  append(query, query.empty() ? "" : "&", "X-Amz-Algorithm=", kAlgorithm, "&X-Amz-Credential=", percent_encode(cat(credentials.access_key_id, '/', s.scope)),
         "&X-Amz-Date=", s.amz_date, "&X-Amz-Expires=", o.expires, "&X-Amz-SignedHeaders=", percent_encode(s.signed_headers));
  std::string token = credentials.token.empty() ? "" : cat("&X-Amz-Security-Token=", percent_encode(credentials.token));
  if (o.sign_token) query += token;
  RequestView whole = request;
  whole.query = query;
  std::string signature = signature_of(whole, Form::query, s, credentials, o);
  if (!o.sign_token) query += token;
  return cat(query, "&X-Amz-Signature=", signature);
}

}  // namespace fogbank::auth
