// Signatures of tokens: the keys of a set as OpenSSL keys, and the check.
#include "auth/jwt.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/encoding.h"
#include "base/free_with.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

using BigNumber = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

constexpr int kMinRsaBits = 2048, kMaxRsaBits = 8192;

struct Curve { std::string_view name, algorithm; const char* group; size_t bytes; };
constexpr Curve kCurves[] = {{"P-256", "ES256", "prime256v1", 32}, {"P-384", "ES384", "secp384r1", 48}, {"P-521", "ES512", "secp521r1", 66}};

const Curve* curve_of(std::string_view name) {
  for (const Curve& c : kCurves) if (c.name == name) return &c;
  return nullptr;
}

const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

BigNumber number(std::string_view bytes) { return BigNumber(BN_bin2bn(bytes_of(bytes), int(bytes.size()), nullptr)); }

PublicKey from_params(const char* type, OSSL_PARAM_BLD* builder) {
  Params params(OSSL_PARAM_BLD_to_param(builder));
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return nullptr;
  return PublicKey(key);
}

PublicKey rsa_key(const WrittenKey& written) {
  auto n = unbase64url(written.n), e = unbase64url(written.e);
  if (!n || !e || n->size() > kMaxRsaBits / 8 + 1 || e->empty() || e->size() > 8) return nullptr;
  BigNumber modulus = number(*n), exponent = number(*e);
  if (!modulus || !exponent || BN_num_bits(modulus.get()) < kMinRsaBits || BN_num_bits(modulus.get()) > kMaxRsaBits || !BN_is_odd(exponent.get()) || BN_is_one(exponent.get())) return nullptr;
  Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) return nullptr;
  return from_params("RSA", builder.get());
}

PublicKey ec_key(const WrittenKey& written, const Curve& curve) {
  auto x = unbase64url(written.x), y = unbase64url(written.y);
  if (!x || !y || x->size() != curve.bytes || y->size() != curve.bytes) return nullptr;
  std::string point = cat('\x04', *x, *y);
  Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) return nullptr;
  return from_params("EC", builder.get());  // refuses points that are not on the curve
}

/// The two numbers of an ES signature as OpenSSL takes them. Empty if the length is not the algorithm's.
std::string der_signature(std::string_view raw, size_t bytes) {
  if (raw.size() != 2 * bytes) return {};
  Signature s(ECDSA_SIG_new());
  BigNumber r = number(raw.substr(0, bytes)), t = number(raw.substr(bytes));
  if (!s || !r || !t || ECDSA_SIG_set0(s.get(), r.get(), t.get()) != 1) return {};
  r.release();
  t.release();
  unsigned char* der = nullptr;
  int length = i2d_ECDSA_SIG(s.get(), &der);
  std::string out(reinterpret_cast<char*>(der), length > 0 ? size_t(length) : 0);
  OPENSSL_free(der);
  return out;
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm.ends_with("256")) return EVP_sha256();
  return algorithm.ends_with("384") ? EVP_sha384() : EVP_sha512();
}

}  // namespace

struct KeySet::Key {
  WrittenKey written;
  const Curve* curve;   ///< null: RSA
  PublicKey key;

  bool fits(const Jwt& token) const {
    if (!token.key_id.empty() && token.key_id != written.id) return false;
    if (!written.algorithm.empty() && written.algorithm != token.algorithm) return false;
    return curve ? token.algorithm == curve->algorithm : token.algorithm.starts_with("RS");
  }
  bool signed_by(const Jwt& token) const {
    std::string signature = curve ? der_signature(token.signature, curve->bytes) : token.signature;
    DigestContext context(EVP_MD_CTX_new());
    bool good = context && !signature.empty() && EVP_DigestVerifyInit(context.get(), nullptr, digest_of(token.algorithm), nullptr, key.get()) == 1 &&
                EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(token.signed_part), token.signed_part.size()) == 1;
    ERR_clear_error();
    return good;
  }
};

std::optional<KeySet> KeySet::read(std::string_view json) {
  auto written = read_key_set(json);
  if (!written) return std::nullopt;
  KeySet out;
  for (WrittenKey& w : *written) {
    if (!w.use.empty() && w.use != "sig") continue;
    const Curve* curve = w.type == "EC" ? curve_of(w.curve) : nullptr;
    if (w.type == "EC" && !curve) continue;
    PublicKey key = curve ? ec_key(w, *curve) : rsa_key(w);
    ERR_clear_error();
    if (key) out.keys_.push_back(std::make_shared<const Key>(Key{std::move(w), curve, std::move(key)}));
  }
  return out;
}

KeySet::Verdict KeySet::verify(const Jwt& token) const {
  size_t tried = 0;
  for (const auto& key : keys_) {
    if (!key->fits(token)) continue;
    if (key->signed_by(token)) return Verdict::good;
    if (++tried == 4) break;  // a token without a key id may fit them all
  }
  return tried ? Verdict::bad_signature : Verdict::unknown_key;
}

}  // namespace fogbank::auth
