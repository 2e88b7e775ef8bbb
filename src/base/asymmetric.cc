#include "base/asymmetric.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdexcept>

#include "base/free_with.h"

namespace fogbank::asymmetric {
namespace {

struct FreeOpenSsl { void operator()(unsigned char* p) const { OPENSSL_free(p); } };
using Context = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using Der = std::unique_ptr<unsigned char, FreeOpenSsl>;

[[noreturn]] void failed(const char* what) { throw std::runtime_error(std::string(what) + " failed"); }

std::shared_ptr<void> own(EVP_PKEY* key) { return {key, [](void* p) { EVP_PKEY_free(static_cast<EVP_PKEY*>(p)); }}; }
EVP_PKEY* raw(const std::shared_ptr<void>& key) { return static_cast<EVP_PKEY*>(key.get()); }
const unsigned char* in(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* out_of(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

const EVP_MD* algorithm(Hash h) {
  switch (h) {
    case Hash::sha1: return EVP_sha1();
    case Hash::sha224: return EVP_sha224();
    case Hash::sha256: return EVP_sha256();
    case Hash::sha384: return EVP_sha384();
    case Hash::sha512: return EVP_sha512();
  }
  throw std::logic_error("no such hash");
}

unsigned rsa_bits(Spec s) { return s == Spec::rsa_2048 ? 2048 : s == Spec::rsa_3072 ? 3072 : s == Spec::rsa_4096 ? 4096 : 0; }
const char* curve(Spec s) {
  switch (s) {
    case Spec::p256: return "P-256";
    case Spec::p384: return "P-384";
    case Spec::p521: return "P-521";
    case Spec::secp256k1: return "secp256k1";
    default: return nullptr;
  }
}

std::optional<Spec> spec_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519")) return Spec::ed25519;
  if (EVP_PKEY_is_a(key, "RSA")) {
    for (Spec s : {Spec::rsa_2048, Spec::rsa_3072, Spec::rsa_4096}) if (EVP_PKEY_get_bits(key) == int(rsa_bits(s))) return s;
    return std::nullopt;
  }
  if (!EVP_PKEY_is_a(key, "EC")) return std::nullopt;
  char name[64];
  size_t n = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &n) != 1) return std::nullopt;
  std::string_view group(name, n);
  if (group == "prime256v1" || group == "P-256") return Spec::p256;
  if (group == "secp384r1" || group == "P-384") return Spec::p384;
  if (group == "secp521r1" || group == "P-521") return Spec::p521;
  if (group == "secp256k1") return Spec::secp256k1;
  return std::nullopt;
}

Context context(const std::shared_ptr<void>& key) {
  Context c(EVP_PKEY_CTX_new_from_pkey(nullptr, raw(key), nullptr));
  if (!c) failed("EVP_PKEY_CTX_new");
  return c;
}

bool set_padding(EVP_PKEY_CTX* c, Scheme scheme, Hash hash) {
  if (scheme == Scheme::ecdsa) return true;
  int padding = scheme == Scheme::pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
  if (EVP_PKEY_CTX_set_rsa_padding(c, padding) != 1) return false;
  if (scheme != Scheme::pss) return true;
  return EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(c, algorithm(hash)) == 1;
}

bool set_oaep(EVP_PKEY_CTX* c, Hash hash) {
  return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_oaep_md(c, algorithm(hash)) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(c, algorithm(hash)) == 1;
}

}  // namespace

bool is_rsa(Spec s) { return rsa_bits(s) != 0; }
bool is_nist_curve(Spec s) { return s == Spec::p256 || s == Spec::p384 || s == Spec::p521; }

size_t oaep_capacity(Spec spec, Hash hash) { return rsa_bits(spec) / 8 - 2 * hash_size(hash) - 2; }

std::optional<PublicKey> PublicKey::from_spki(std::string_view der) {
  const unsigned char* p = in(der);
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &p, long(der.size()));
  if (!key) return std::nullopt;
  auto owned = own(key);
  auto spec = spec_of(key);
  if (!spec || p != in(der) + der.size()) return std::nullopt;
  return PublicKey(std::move(owned), *spec);
}

std::string PublicKey::spki() const {
  unsigned char* bytes = nullptr;
  int n = i2d_PUBKEY(raw(key_), &bytes);
  Der der(bytes);
  if (n <= 0) failed("i2d_PUBKEY");
  return {reinterpret_cast<char*>(der.get()), size_t(n)};
}

bool PublicKey::verify(Scheme scheme, Hash hash, std::string_view message, bool digested, std::string_view signature) const {
  if (scheme == Scheme::eddsa) {
    std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>> md(EVP_MD_CTX_new());
    return md && EVP_DigestVerifyInit(md.get(), nullptr, nullptr, nullptr, raw(key_)) == 1 &&
           EVP_DigestVerify(md.get(), in(signature), signature.size(), in(message), message.size()) == 1;
  }
  Context c = context(key_);
  if (EVP_PKEY_verify_init(c.get()) != 1 || !set_padding(c.get(), scheme, hash) || EVP_PKEY_CTX_set_signature_md(c.get(), algorithm(hash)) != 1)
    failed("setting up a verification");
  std::string computed;
  if (!digested) message = computed = digest(hash, message);
  return EVP_PKEY_verify(c.get(), in(signature), signature.size(), in(message), message.size()) == 1;
}

std::string PublicKey::encrypt(Hash hash, std::string_view plain) const {
  Context c = context(key_);
  size_t n = 0;
  if (EVP_PKEY_encrypt_init(c.get()) != 1 || !set_oaep(c.get(), hash) || EVP_PKEY_encrypt(c.get(), nullptr, &n, in(plain), plain.size()) != 1)
    failed("setting up an encryption");
  std::string out(n, 0);
  if (EVP_PKEY_encrypt(c.get(), out_of(out), &n, in(plain), plain.size()) != 1) failed("RSA-OAEP");
  out.resize(n);
  return out;
}

PrivateKey PrivateKey::generate(Spec spec) {
  EVP_PKEY* key = nullptr;
  if (unsigned bits = rsa_bits(spec)) key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t(bits));
  else if (const char* name = curve(spec)) key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", name);
  else key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (!key) failed("making a key");
  return PrivateKey(own(key), spec);
}

std::optional<PrivateKey> PrivateKey::from_pkcs8(std::string_view der) {
  const unsigned char* p = in(der);
  PKCS8_PRIV_KEY_INFO* info = d2i_PKCS8_PRIV_KEY_INFO(nullptr, &p, long(der.size()));
  if (!info) return std::nullopt;
  EVP_PKEY* key = EVP_PKCS82PKEY(info);
  PKCS8_PRIV_KEY_INFO_free(info);
  if (!key) return std::nullopt;
  auto owned = own(key);
  auto spec = spec_of(key);
  if (!spec) return std::nullopt;
  return PrivateKey(std::move(owned), *spec);
}

Secret PrivateKey::pkcs8() const {
  PKCS8_PRIV_KEY_INFO* info = EVP_PKEY2PKCS8(raw(key_));
  if (!info) failed("EVP_PKEY2PKCS8");
  int n = i2d_PKCS8_PRIV_KEY_INFO(info, nullptr);
  std::string out(size_t(n > 0 ? n : 0), 0);
  unsigned char* p = out_of(out);
  n = i2d_PKCS8_PRIV_KEY_INFO(info, &p);
  PKCS8_PRIV_KEY_INFO_free(info);
  if (n <= 0) failed("i2d_PKCS8_PRIV_KEY_INFO");
  return Secret(std::move(out));
}

std::string PrivateKey::sign(Scheme scheme, Hash hash, std::string_view message, bool digested) const {
  size_t n = 0;
  if (scheme == Scheme::eddsa) {
    std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>> md(EVP_MD_CTX_new());
    if (!md || EVP_DigestSignInit(md.get(), nullptr, nullptr, nullptr, raw(key_)) != 1) failed("setting up a signature");
    if (EVP_DigestSign(md.get(), nullptr, &n, in(message), message.size()) != 1) failed("Ed25519");
    std::string out(n, 0);
    if (EVP_DigestSign(md.get(), out_of(out), &n, in(message), message.size()) != 1) failed("Ed25519");
    return out;
  }
  Context c = context(key_);
  if (EVP_PKEY_sign_init(c.get()) != 1 || !set_padding(c.get(), scheme, hash) || EVP_PKEY_CTX_set_signature_md(c.get(), algorithm(hash)) != 1)
    failed("setting up a signature");
  std::string computed;
  if (!digested) message = computed = digest(hash, message);
  if (EVP_PKEY_sign(c.get(), nullptr, &n, in(message), message.size()) != 1) failed("signing");
  std::string out(n, 0);
  if (EVP_PKEY_sign(c.get(), out_of(out), &n, in(message), message.size()) != 1) failed("signing");
  out.resize(n);
  return out;
}

std::optional<Secret> PrivateKey::decrypt(Hash hash, std::string_view cipher) const {
  Context c = context(key_);
  size_t n = 0;
  if (EVP_PKEY_decrypt_init(c.get()) != 1 || !set_oaep(c.get(), hash)) failed("setting up a decryption");
  if (EVP_PKEY_decrypt(c.get(), nullptr, &n, in(cipher), cipher.size()) != 1) return std::nullopt;
  std::string out(n, 0);
  if (EVP_PKEY_decrypt(c.get(), out_of(out), &n, in(cipher), cipher.size()) != 1) return std::nullopt;
  out.resize(n);
  return Secret(std::move(out));
}

std::optional<Secret> PrivateKey::derive(const PublicKey& peer) const {
  if (peer.spec() != spec_ || !curve(spec_)) return std::nullopt;
  Context c = context(key_);
  size_t n = 0;
  if (EVP_PKEY_derive_init(c.get()) != 1 || EVP_PKEY_derive_set_peer(c.get(), raw(peer.key_)) != 1) return std::nullopt;
  if (EVP_PKEY_derive(c.get(), nullptr, &n) != 1) return std::nullopt;
  std::string out(n, 0);
  if (EVP_PKEY_derive(c.get(), out_of(out), &n) != 1) return std::nullopt;
  out.resize(n);
  return Secret(std::move(out));
}

}  // namespace fogbank::asymmetric
