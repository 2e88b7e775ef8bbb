// Tokens and keys: vectors are made here, by OpenSSL, with keys made for the test; what a stranger would send is made by hand.
#include "auth/jwt_test_support.h"

using namespace fogbank;
using namespace fogbank::auth;
using fogbank::auth::testing::Signer;

namespace {

using Verdict = KeySet::Verdict;

KeySet set_of(const std::vector<std::string>& keys) {
  std::string json = R"({"keys":[)";
  for (const auto& k : keys) append(json, json.ends_with('[') ? "" : ",", k);
  auto set = KeySet::read(json + "]}");
  REQUIRE(set);
  return std::move(*set);
}

Verdict verdict(const KeySet& keys, const std::string& token) {
  auto jwt = read_jwt(token);
  REQUIRE(jwt);
  return keys.verify(*jwt);
}

std::string unsigned_token(std::string_view header, std::string_view claims, std::string_view signature = "x") {
  return cat(base64url(header), '.', base64url(claims), '.', base64url(signature));
}

std::string fault(std::string_view token) {
  auto r = read_jwt(token);
  return r ? "none" : r.error() == JwtFault::malformed ? "malformed" : "algorithm";
}

}  // namespace

TEST_CASE("tokens_of_every_algorithm_verify_and_changed_ones_do_not") {
  std::vector<Signer> all;
  for (const char* a : {"RS256", "RS384", "RS512"}) all.push_back(Signer::rsa(a, a));
  for (const char* a : {"ES256", "ES384", "ES512"}) all.push_back(Signer::ec(a, a));
  std::vector<std::string> keys;
  for (const auto& s : all) keys.push_back(s.jwk());
  KeySet set = set_of(keys);
  CHECK(set.size() == 6);
  for (const auto& s : all) {
    INFO(s.algorithm);
    std::string token = s.token();
    CHECK(verdict(set, token) == Verdict::good);
    auto parts = split(token, '.');
    CHECK(verdict(set, cat(parts[0], '.', base64url(R"({"sub":"b"})"), '.', parts[2])) == Verdict::bad_signature);
    std::string signature = *unbase64url(parts[2]);
    signature[signature.size() / 2] ^= 1;
    CHECK(verdict(set, cat(parts[0], '.', parts[1], '.', base64url(signature))) == Verdict::bad_signature);
    signature.pop_back();
    CHECK(verdict(set, cat(parts[0], '.', parts[1], '.', base64url(signature))) == Verdict::bad_signature);
    Signer impostor = s.width ? Signer::ec(s.id, s.algorithm) : Signer::rsa(s.id, s.algorithm);
    CHECK(verdict(set, impostor.token()) == Verdict::bad_signature);
    impostor.id = "other";
    CHECK(verdict(set, impostor.token()) == Verdict::unknown_key);
  }
}

TEST_CASE("a_key_serves_its_own_algorithm_and_use_only") {
  Signer rsa = Signer::rsa("k", "RS256"), ec = Signer::ec("k", "ES256");
  CHECK(verdict(set_of({ec.jwk()}), rsa.token()) == Verdict::unknown_key);
  CHECK(verdict(set_of({rsa.jwk()}), ec.token()) == Verdict::unknown_key);
  CHECK(verdict(set_of({ec.jwk(), rsa.jwk()}), rsa.token()) == Verdict::good);   // two types may share an id
  CHECK(verdict(set_of({rsa.jwk(R"(,"alg":"RS512")")}), rsa.token()) == Verdict::unknown_key);
  CHECK(verdict(set_of({rsa.jwk(R"(,"alg":"RS256","use":"sig")")}), rsa.token()) == Verdict::good);
  CHECK(set_of({rsa.jwk(R"(,"use":"enc")")}).size() == 0);
  Signer p384 = Signer::ec("k", "ES384");
  CHECK(verdict(set_of({p384.jwk()}), ec.token()) == Verdict::unknown_key);
}

TEST_CASE("a_token_without_a_key_id_is_tried_with_the_keys_that_fit") {
  Signer one = Signer::rsa("one", "RS256"), two = Signer::rsa("two", "RS256");
  std::string text = cat(base64url(R"({"alg":"RS256"})"), '.', base64url(R"({"sub":"a"})"));
  CHECK(verdict(set_of({one.jwk(), two.jwk()}), cat(text, '.', base64url(two.sign(text)))) == Verdict::good);
  CHECK(verdict(set_of({one.jwk()}), cat(text, '.', base64url(two.sign(text)))) == Verdict::bad_signature);
}

TEST_CASE("unsigned_tokens_shared_secrets_and_unknown_extensions_are_refused") {
  for (const char* alg : {"none", "None", "HS256", "HS512", "PS256", "EdDSA", "rs256", ""}) {
    INFO(alg);
    CHECK(fault(unsigned_token(cat(R"({"alg":")", alg, R"("})"), "{}")) == "algorithm");
  }
  CHECK(fault(unsigned_token(R"({"alg":"RS256"})", "{}", "")) == "algorithm");
  CHECK(fault(unsigned_token(R"({"alg":["RS256"]})", "{}")) == "algorithm");
  CHECK(fault(unsigned_token(R"({"alg":"RS256","crit":["b64"],"b64":false})", "{}")) == "algorithm");
  CHECK(fault(unsigned_token(R"({"alg":"RS256"})", "{}")) == "none");
}

TEST_CASE("texts_that_are_no_tokens_are_malformed") {
  std::string header = R"({"alg":"RS256"})";
  for (std::string bad : {std::string(), std::string("."), std::string(".."), std::string("a.b"), std::string("a.b.c.d"), std::string(kMaxJwt + 1, 'a'),
                          unsigned_token("[]", "{}"), unsigned_token(header, "[]"), unsigned_token(header, "{"), unsigned_token(header, "{} {}"),
                          unsigned_token(header, R"({"sub":"a","sub":"b"})"), unsigned_token(header, "{\"sub\":\"\xff\"}"),
                          unsigned_token(header, R"({"exp":"tomorrow"})"), unsigned_token(header, R"({"iat":1e300})"),
                          unsigned_token(header, cat(R"({"a":)", std::string(64, '['), std::string(64, ']'), "}")),
                          cat(base64url(header), "=.", base64url("{}"), ".eA"), cat(base64url(header), ".", base64url("{}"), ".eB"),  // not canonical
                          cat(base64(std::string("\xff\xfe{}")), ".", base64url("{}"), ".eA")}) {
    INFO(bad.substr(0, 80));
    CHECK(fault(bad) == "malformed");
  }
  std::string many = "{";
  for (int i = 0; i < 1500; i++) append(many, i ? "," : "", "\"", i, "\":1");
  CHECK(fault(unsigned_token(header, many + "}")) == "malformed");
}

TEST_CASE("claims_are_texts_by_their_path") {
  auto jwt = read_jwt(unsigned_token(R"({"alg":"ES256","kid":"k"})", R"({"sub":"a","aud":["x","y"],"exp":1700000000.9,"nbf":1,"iat":-5,"n":7,"b":true,"z":null,
    "https://aws.amazon.com/tags":{"principal_tags":{"Project":["fog"],"Cost Center":["1"]},"transitive_tag_keys":["Project"]}})"));
  REQUIRE(jwt);
  CHECK(jwt->key_id == "k");
  CHECK(jwt->claim("sub") == "a");
  CHECK(jwt->all("aud") == std::vector<std::string>{"x", "y"});
  CHECK(jwt->expires == 1700000000);
  CHECK(jwt->not_before == 1);
  CHECK(jwt->issued == -5);
  CHECK(jwt->claim("n") == "7");
  CHECK(jwt->claim("b") == "true");
  CHECK(jwt->all("z").empty());
  CHECK(jwt->claim("missing").empty());
  CHECK(jwt->claim("https://aws.amazon.com/tags/principal_tags/Project") == "fog");
  CHECK(jwt->claim("https://aws.amazon.com/tags/principal_tags/Cost Center") == "1");
  CHECK(jwt->all("https://aws.amazon.com/tags/transitive_tag_keys") == std::vector<std::string>{"Project"});
}

TEST_CASE("weak_broken_and_too_many_keys_are_not_used") {
  Signer weak = Signer::rsa("weak", "RS256", 1024);
  CHECK(set_of({weak.jwk()}).size() == 0);
  Signer ec = Signer::ec("k", "ES256");
  std::string point = ec.jwk();
  point[point.find("\"x\":\"") + 8] ^= 1;   // another x: not on the curve, or not base64url
  CHECK(set_of({point, R"({"kty":"OKP","crv":"Ed25519","x":"AA"})", R"({"kty":"RSA","n":"","e":""})", R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})",
                R"({"kty":"oct","k":"c2VjcmV0"})"}).size() == 0);
  for (const char* bad : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[1]})", "{\"keys\":["}) CHECK_FALSE(KeySet::read(bad));
  std::vector<std::string> many(kMaxKeys + 1, R"({"kty":"RSA","n":"AQAB","e":"AQAB"})");
  CHECK(set_of(std::vector<std::string>(many.begin() + 1, many.end())).size() == 0);
  std::string json = R"({"keys":[)";
  for (const auto& k : many) append(json, json.ends_with('[') ? "" : ",", k);
  CHECK_FALSE(KeySet::read(json + "]}"));
}

TEST_CASE("discovery_documents_name_issuer_and_keys") {
  auto d = read_discovery(R"({"issuer":"https://a.example","jwks_uri":"https://a.example/keys","x":[1,{"y":2}]})");
  REQUIRE(d);
  CHECK(d->issuer == "https://a.example");
  CHECK(d->jwks_uri == "https://a.example/keys");
  for (const char* bad : {"", "{}", R"({"issuer":"https://a.example"})", R"({"issuer":1,"jwks_uri":"https://a"})", "[]"}) CHECK_FALSE(read_discovery(bad));
}
