// Asymmetric keys: RSA, elliptic curves, Ed25519. Made, kept as PKCS#8, shown as SubjectPublicKeyInfo, and used to sign, verify, encrypt and
// agree on a secret. The one wrapper of OpenSSL's key types.
//
// PrivateKey and PublicKey are values that share an immutable key; its memory is wiped with the last copy. Threads share them freely.
// Making an RSA key takes up to seconds and an RSA signature milliseconds: not on the loop's thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/secret.h"

namespace fogbank::asymmetric {

enum class Spec : uint8_t { rsa_2048, rsa_3072, rsa_4096, p256, p384, p521, secp256k1, ed25519 };
bool is_rsa(Spec s);
bool is_nist_curve(Spec s);

/// ecdsa: the signature is the DER sequence of ANSI X9.62. pss: MGF1 with the same hash, salt as long as its digest. eddsa takes no hash.
enum class Scheme : uint8_t { pss, pkcs1, ecdsa, eddsa };

class PublicKey {
 public:
  /// Nothing if the bytes are not the SubjectPublicKeyInfo of a key of a known kind, or there is more behind it.
  static std::optional<PublicKey> from_spki(std::string_view der);
  Spec spec() const { return spec_; }
  std::string spki() const;
  /// `message`: the digest itself if `digested`.
  bool verify(Scheme scheme, Hash hash, std::string_view message, bool digested, std::string_view signature) const;
  /// RSA-OAEP, MGF1 with the same hash, no label. The text fits (oaep_capacity).
  std::string encrypt(Hash hash, std::string_view plain) const;

 protected:
  friend class PrivateKey;
  PublicKey(std::shared_ptr<void> key, Spec spec) : key_(std::move(key)), spec_(spec) {}
  std::shared_ptr<void> key_;   ///< EVP_PKEY
  Spec spec_;
};

class PrivateKey : public PublicKey {
 public:
  static PrivateKey generate(Spec spec);
  static std::optional<PrivateKey> from_pkcs8(std::string_view der);
  Secret pkcs8() const;
  std::string sign(Scheme scheme, Hash hash, std::string_view message, bool digested) const;
  std::optional<Secret> decrypt(Hash hash, std::string_view cipher) const;
  /// ECDH: the x coordinate. Nothing if the peer's key is on another curve.
  std::optional<Secret> derive(const PublicKey& peer) const;

 private:
  using PublicKey::PublicKey;
};

/// The longest text that RSA-OAEP takes.
size_t oaep_capacity(Spec spec, Hash hash);

}  // namespace fogbank::asymmetric
