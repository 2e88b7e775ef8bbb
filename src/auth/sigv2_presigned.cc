#include "auth/sigv2_presigned.h"

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

// Parameters that are part of the resource, by the documentation's list.
constexpr std::string_view kSubresources[] = {
    "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location", "logging", "metrics", "notification",
    "object-lock", "ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "response-cache-control",
    "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type", "response-expires", "restore", "retention",
    "legal-hold", "select", "select-type", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website", "encryption"};

struct Parameter { std::string name, value; bool has_value; };

std::vector<Parameter> parameters(std::string_view query) {
  std::vector<Parameter> out;
  if (query.empty()) return out;
  for (auto pair : split(query, '&')) {
    size_t eq = pair.find('=');
    out.push_back({percent_decode(pair.substr(0, eq), true), eq == std::string_view::npos ? std::string() : percent_decode(pair.substr(eq + 1), true), eq != std::string_view::npos});
  }
  return out;
}

std::string hmac_sha1(std::string_view key, std::string_view text) {
  std::string block(key.size() > 64 ? sha1(key) : std::string(key));
  block.resize(64, 0);
  std::string inner = block, outer = block;
  for (char& c : inner) c ^= 0x36;
  for (char& c : outer) c ^= 0x5c;
  return sha1(cat(outer, sha1(cat(inner, text))));
}

}  // namespace

std::string sign_text_v2(std::string_view secret, std::string_view text) { return base64(hmac_sha1(secret, text)); }

std::optional<PresignedV2> read_presigned_v2(std::string_view query) {
  if (query.find("AWSAccessKeyId=") == std::string_view::npos) return std::nullopt;
  PresignedV2 claim;
  for (auto& p : parameters(query)) {
    if (p.name == "AWSAccessKeyId") claim.access_key_id = p.value;
    else if (p.name == "Signature") claim.signature = p.value;
    else if (p.name == "Expires") claim.expires_text = p.value;
    else if (iequals(p.name, "x-amz-security-token")) claim.token = p.value;
  }
  if (claim.access_key_id.empty() || claim.signature.empty() || claim.expires_text.empty()) return std::nullopt;
  claim.expires_at = parse_int(claim.expires_text).value_or(0) * 1000;
  return claim;
}

std::string string_to_sign_v2(const PresignedV2& claim, const RequestView& request, std::string_view bucket_path) {
  std::string out = cat(request.method, "\n", request.header("content-md5").value_or(""), "\n", request.header("content-type").value_or(""), "\n", claim.expires_text, "\n");
  std::map<std::string, std::string> amz;
  auto add = [&](std::string_view name, std::string_view value) {
    std::string& all = amz[lower(name)];
    if (!all.empty()) all += ',';
    all += trim(value);
  };
  for (const auto& h : request.headers) if (starts_with_i(h.name, "x-amz-")) add(h.name, h.value);
  auto query = parameters(request.query);
  for (const auto& p : query) if (starts_with_i(p.name, "x-amz-")) add(p.name, p.value);
  for (const auto& [name, value] : amz) append(out, name, ":", value, "\n");
  out += bucket_path;
  std::sort(query.begin(), query.end(), [](const Parameter& a, const Parameter& b) { return a.name < b.name; });
  char separator = '?';
  for (const auto& p : query) {
    if (std::find(std::begin(kSubresources), std::end(kSubresources), p.name) == std::end(kSubresources)) continue;
    append(out, separator, p.name);
    if (p.has_value && !p.value.empty()) append(out, "=", p.value);
    separator = '&';
  }
  return out;
}

Result<void> check_presigned_v2(const PresignedV2& claim, const RequestView& request, std::string_view bucket_path, std::string_view secret, const Clocks& clocks) {
  std::string text = string_to_sign_v2(claim, request, bucket_path);
  if (!equal_constant_time(base64(hmac_sha1(secret, text)), claim.signature)) {
    std::string bytes;
    for (char c : text) append(bytes, bytes.empty() ? "" : " ", hex(std::string_view(&c, 1)));
    return fail(ApiError("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.", 403)
                    .with("AWSAccessKeyId", claim.access_key_id).with("StringToSign", text).with("SignatureProvided", claim.signature).with("StringToSignBytes", bytes));
  }
  Millis earliest = std::min(clocks.machine, clocks.virtual_now);
  if (claim.expires_at < earliest)
    return fail(ApiError("AccessDenied", "Request has expired", 403).with("Expires", iso8601(claim.expires_at)).with("ServerTime", iso8601(earliest)));
  return {};
}

}  // namespace fogbank::auth
