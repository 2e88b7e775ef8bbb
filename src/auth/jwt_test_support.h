// For tests: key pairs that sign tokens, made by OpenSSL on the spot.
#pragma once
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <doctest/doctest.h>

#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::auth::testing {

inline std::string number_of(EVP_PKEY* key, const char* name, size_t width = 0) {
  BIGNUM* n = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(key, name, &n) == 1);
  std::string out(width ? width : size_t(BN_num_bytes(n)), 0);
  REQUIRE(BN_bn2binpad(n, reinterpret_cast<unsigned char*>(out.data()), int(out.size())) >= 0);
  BN_free(n);
  return out;
}

/// A key pair that signs tokens.
struct Signer {
  std::string id, algorithm;
  std::shared_ptr<EVP_PKEY> key;
  size_t width = 0;   ///< of a coordinate; 0: RSA

  static Signer rsa(std::string id, std::string algorithm, unsigned bits = 2048) {
    return {std::move(id), std::move(algorithm), {EVP_RSA_gen(bits), EVP_PKEY_free}, 0};
  }
  static Signer ec(std::string id, std::string algorithm) {
    bool p256 = algorithm == "ES256", p384 = algorithm == "ES384";
    const char* curve = p256 ? "P-256" : p384 ? "P-384" : "P-521";
    return {std::move(id), std::move(algorithm), {EVP_EC_gen(curve), EVP_PKEY_free}, p256 ? 32u : p384 ? 48u : 66u};
  }
  std::string jwk(std::string_view more = "") const {
    std::string type = width ? cat(R"("kty":"EC","crv":")", width == 32 ? "P-256" : width == 48 ? "P-384" : "P-521", R"(","x":")",
                                   base64url(number_of(key.get(), OSSL_PKEY_PARAM_EC_PUB_X, width)), R"(","y":")", base64url(number_of(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, width)), '"')
                             : cat(R"("kty":"RSA","n":")", base64url(number_of(key.get(), OSSL_PKEY_PARAM_RSA_N)), R"(","e":")",
                                   base64url(number_of(key.get(), OSSL_PKEY_PARAM_RSA_E)), '"');
    return cat(R"({"kid":")", id, "\",", type, more, "}");
  }
  std::string sign(std::string_view text) const {
    const EVP_MD* digest = algorithm.ends_with("256") ? EVP_sha256() : algorithm.ends_with("384") ? EVP_sha384() : EVP_sha512();
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    size_t length = 0;
    auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    REQUIRE(EVP_DigestSignInit(context, nullptr, digest, nullptr, key.get()) == 1);
    REQUIRE(EVP_DigestSign(context, nullptr, &length, bytes, text.size()) == 1);
    std::string out(length, 0);
    REQUIRE(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &length, bytes, text.size()) == 1);
    EVP_MD_CTX_free(context);
    out.resize(length);
    return width ? raw(out) : out;
  }
  std::string raw(const std::string& der) const {
    auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* s = d2i_ECDSA_SIG(nullptr, &at, long(der.size()));
    std::string out(2 * width, 0);
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(s), to, int(width));
    BN_bn2binpad(ECDSA_SIG_get0_s(s), to + width, int(width));
    ECDSA_SIG_free(s);
    return out;
  }
  std::string token(std::string_view claims = R"({"sub":"a"})", std::string_view algorithm_said = "", std::string_view more = "") const {
    std::string header = cat(R"({"alg":")", algorithm_said.empty() ? std::string_view(algorithm) : algorithm_said, R"(","kid":")", id, '"', more, "}");
    std::string text = cat(base64url(header), '.', base64url(claims));
    return cat(text, '.', base64url(sign(text)));
  }
};

}  // namespace fogbank::auth::testing
