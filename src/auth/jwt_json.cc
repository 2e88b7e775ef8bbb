// The JSON of tokens, key sets and discovery documents.
#include <simdjson.h>

#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

constexpr size_t kMaxDepth = 8, kMaxClaims = 1000;

/// The object that a text is; the parser must outlive it.
std::optional<object> parse(simdjson::dom::parser& parser, std::string_view json, size_t limit) {
  if (json.empty() || json.size() > limit) return std::nullopt;
  if (parser.allocate(json.size() + 1, kMaxDepth) != simdjson::SUCCESS) return std::nullopt;
  element root;
  if (parser.parse(json.data(), json.size(), true).get(root) != simdjson::SUCCESS || !root.is_object()) return std::nullopt;
  return object(root);
}

/// A scalar as text; nothing for null, lists and objects.
std::optional<std::string> scalar(element e) {
  switch (e.type()) {
    case element_type::STRING: return std::string(std::string_view(e));
    case element_type::BOOL: return std::string(bool(e) ? "true" : "false");
    case element_type::INT64: return cat(int64_t(e));
    case element_type::UINT64: return cat(uint64_t(e));
    case element_type::DOUBLE: return simdjson::to_string(e);
    default: return std::nullopt;
  }
}

/// Flattens the members of an object. False: too many, or one name twice (which of them holds would be anybody's guess).
bool collect(object o, const std::string& path, Claims& out) {
  for (auto [key, value] : o) {
    std::string name = path.empty() ? std::string(key) : cat(path, "/", key);
    if (out.size() >= kMaxClaims) return false;
    if (value.is_object()) {
      if (!collect(object(value), name, out)) return false;
      continue;
    }
    std::vector<std::string> values;
    if (value.is_array()) {
      for (element item : simdjson::dom::array(value)) {
        if (values.size() >= kMaxClaims) return false;
        if (auto text = scalar(item)) values.push_back(std::move(*text));
      }
    } else if (auto text = scalar(value)) {
      values.push_back(std::move(*text));
    }
    if (!out.emplace(std::move(name), std::move(values)).second) return false;
  }
  return true;
}

/// A NumericDate. False if there is something else in its place.
bool date(object o, const char* name, std::optional<int64_t>& out) {
  element e;
  auto error = o[name].get(e);
  if (error == simdjson::NO_SUCH_FIELD) return true;
  constexpr double kBound = 1e15;  // far beyond any date, and exact in a double
  double d;
  if (error != simdjson::SUCCESS || e.get(d) != simdjson::SUCCESS || !(d > -kBound && d < kBound)) return false;
  out = int64_t(d);
  return true;
}

std::optional<std::string> segment(std::string_view text) {
  auto bytes = unbase64url(text);
  if (!bytes || base64url(*bytes) != text) return std::nullopt;  // one token, one text
  return bytes;
}

std::string text_of(object o, std::string_view name) {
  std::string_view v;
  return o[name].get(v) == simdjson::SUCCESS ? std::string(v) : std::string();
}

}  // namespace

std::string_view Jwt::claim(std::string_view name) const {
  auto& values = all(name);
  return values.empty() ? std::string_view() : std::string_view(values[0]);
}

const std::vector<std::string>& Jwt::all(std::string_view name) const {
  static const std::vector<std::string> none;
  auto it = claims.find(name);
  return it == claims.end() ? none : it->second;
}

tl::expected<Jwt, JwtFault> read_jwt(std::string_view token) {
  auto malformed = tl::unexpected(JwtFault::malformed);
  if (token.size() > kMaxJwt) return malformed;
  auto parts = split(token, '.');
  if (parts.size() != 3) return malformed;
  auto header = segment(parts[0]), payload = segment(parts[1]), signature = segment(parts[2]);
  if (!header || !payload || !signature || !valid_utf8(*header) || !valid_utf8(*payload)) return malformed;

  Jwt out;
  simdjson::dom::parser parser;
  auto h = parse(parser, *header, kMaxJwt);
  if (!h) return malformed;
  Claims of_header;
  if (!collect(*h, "", of_header)) return malformed;
  out.algorithm = text_of(*h, "alg");
  out.key_id = text_of(*h, "kid");
  // Extensions that have to be understood: there are none here.
  bool critical = of_header.count("crit");

  simdjson::dom::parser claims_parser;
  auto claims = parse(claims_parser, *payload, kMaxJwt);
  if (!claims || !collect(*claims, "", out.claims)) return malformed;
  if (!date(*claims, "exp", out.expires) || !date(*claims, "nbf", out.not_before) || !date(*claims, "iat", out.issued)) return malformed;
  static constexpr std::string_view kAlgorithms[] = {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"};
  if (critical || signature->empty() || std::find(std::begin(kAlgorithms), std::end(kAlgorithms), out.algorithm) == std::end(kAlgorithms))
    return tl::unexpected(JwtFault::algorithm);
  out.signed_part = token.substr(0, parts[0].size() + 1 + parts[1].size());
  out.signature = std::move(*signature);
  return out;
}

std::optional<std::vector<WrittenKey>> read_key_set(std::string_view json) {
  simdjson::dom::parser parser;
  auto set = parse(parser, json, kMaxKeySet);
  simdjson::dom::array keys;
  if (!set || (*set)["keys"].get(keys) != simdjson::SUCCESS) return std::nullopt;
  std::vector<WrittenKey> out;
  size_t rsa = 0, ec = 0;
  for (element e : keys) {
    object k;
    if (e.get(k) != simdjson::SUCCESS) return std::nullopt;
    WrittenKey key{text_of(k, "kty"), text_of(k, "kid"), text_of(k, "use"), text_of(k, "alg"), text_of(k, "crv"),
                   text_of(k, "n"), text_of(k, "e"), text_of(k, "x"), text_of(k, "y")};
    size_t* count = key.type == "RSA" ? &rsa : key.type == "EC" ? &ec : nullptr;
    if (!count) continue;
    if (++*count > kMaxKeys) return std::nullopt;
    out.push_back(std::move(key));
  }
  return out;
}

std::optional<Discovery> read_discovery(std::string_view json) {
  simdjson::dom::parser parser;
  auto document = parse(parser, json, kMaxKeySet);
  if (!document) return std::nullopt;
  Discovery out{text_of(*document, "issuer"), text_of(*document, "jwks_uri")};
  if (out.issuer.empty() || out.jwks_uri.empty()) return std::nullopt;
  return out;
}

}  // namespace fogbank::auth
