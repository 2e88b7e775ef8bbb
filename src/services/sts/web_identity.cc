#include "services/sts/web_identity.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/sts/session.h"

namespace fogbank::sts {
namespace {

constexpr std::string_view kTags = "https://aws.amazon.com/tags/principal_tags/", kTransitive = "https://aws.amazon.com/tags/transitive_tag_keys",
                           kSourceIdentity = "https://aws.amazon.com/source_identity";
constexpr size_t kTagKey = 128, kTagValue = 256;

tl::unexpected<ApiError> invalid(std::string message) { return fail("InvalidIdentityToken", std::move(message)); }

/// Letters of any script, digits, spaces and _ . : / = + - @, as for all session tags.
bool tag_text(std::string_view s) {
  return valid_utf8(s) && std::all_of(s.begin(), s.end(), [](char c) {
    return (c & 0x80) || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || std::string_view(" _.:/=+-@").find(c) != std::string_view::npos;
  });
}

bool source_identity_text(std::string_view s) {
  return s.size() >= 2 && s.size() <= 64 && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
}

Result<TagList> tags_of(const auth::Jwt& token) {
  TagList out;
  for (auto it = token.claims.lower_bound(kTags); it != token.claims.end() && it->first.starts_with(kTags); ++it) {
    std::string key = it->first.substr(kTags.size());
    if (it->second.size() != 1) return invalid(cat("The session tag ", key, " of the token must have exactly one value."));
    const std::string& value = it->second[0];
    if (key.empty() || utf8_length(key) > kTagKey || utf8_length(value) > kTagValue || !tag_text(key) || !tag_text(value))
      return invalid(cat("The session tag ", key, " of the token is not valid."));
    out.emplace_back(std::move(key), value);
  }
  if (out.size() > kMaxTags) return invalid(cat("The token has more than ", kMaxTags, " session tags."));
  return out;
}

}  // namespace

Result<auth::Jwt> read_identity_token(std::string_view text) {
  auto token = auth::read_jwt(text);
  if (!token && token.error() == auth::JwtFault::algorithm) return invalid("The ID Token provided is not signed with a supported algorithm.");
  if (!token) return invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
  for (std::string_view name : {"iss", "sub"})
    if (token->claim(name).empty()) return invalid(cat("Missing a required claim: ", name));
  if (audiences(*token).empty()) return invalid("Missing a required claim: aud");
  if (!token->expires) return invalid("Missing a required claim: exp");
  if (!token->issued) return invalid("Missing a required claim: iat");
  return std::move(*token);
}

std::vector<std::string> audiences(const auth::Jwt& token) { return token.claim("azp").empty() ? token.all("aud") : token.all("azp"); }

Result<std::string> check_audience(const auth::Jwt& token, const std::vector<std::string>& client_ids) {
  for (const auto& a : audiences(token)) if (std::find(client_ids.begin(), client_ids.end(), a) != client_ids.end()) return a;
  return invalid("Incorrect token audience");
}

Result<void> check_times(const auth::Jwt& token, Millis now) {
  int64_t seconds = now / 1000;
  if (*token.expires <= seconds)
    return fail("ExpiredTokenException", cat("Token expired: current date/time ", seconds, " must be before the expiration date/time", *token.expires));
  if (token.not_before && *token.not_before > seconds + kClockSkew)
    return invalid(cat("Token is not valid yet: current date/time ", seconds, " must be after the not-before date/time ", *token.not_before));
  if (*token.issued > seconds + kClockSkew) return invalid(cat("Token was issued in the future: current date/time ", seconds, ", issued ", *token.issued));
  return {};
}

Result<auth::Principal> web_identity_principal(const auth::Jwt& token, const Scope& account, std::string_view provider, std::string_view provider_arn,
                                               std::string_view audience) {
  auth::Principal p;
  p.kind = auth::PrincipalKind::web_identity;
  p.partition = account.partition.str();
  p.account = account.account.str();
  p.name = provider;
  p.arn = p.user_id = p.federated_provider = provider_arn;
  auto key = [&](std::string_view name, std::vector<std::string> values) {
    if (!values.empty()) p.federation_keys[lower(cat(provider, ":", name))].values = std::move(values);
  };
  key("sub", {std::string(token.claim("sub"))});
  key("aud", {std::string(audience)});
  key("oaud", token.all("aud"));
  key("amr", token.all("amr"));
  key("email", token.all("email"));

  FB_ASSIGN(tags, tags_of(token));
  FB_ASSIGN(checked, session_tags({}, tags, token.all(kTransitive)));
  p.session_tags = std::move(checked.tags);
  p.transitive_tags = std::move(checked.transitive);
  p.source_identity = token.claim(kSourceIdentity);
  if (!p.source_identity.empty() && !source_identity_text(p.source_identity)) return invalid("The source identity of the token is not valid.");
  return p;
}

std::string federation_value(const auth::Principal& identity, std::string_view name) {
  auto it = identity.federation_keys.find(lower(cat(identity.name, ":", name)));
  return it == identity.federation_keys.end() || it->second.values.empty() ? std::string() : it->second.values[0];
}

}  // namespace fogbank::sts
