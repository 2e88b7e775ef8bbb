// RSA public keys as SSH and PEM write them, and X.509 certificates, as far as users hand them in: read, compared, converted. Nothing is
// verified with them here. Bounded by the length of the text (kMaxPublicKeyText); pure functions, any thread. public_keys.cc knows OpenSSL.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace fogbank::auth {

inline constexpr size_t kMaxPublicKeyText = 16384;

struct RsaPublicKey {
  std::string modulus, exponent;   ///< big-endian, without leading zeros
  size_t bits() const;
};

/// "ssh-rsa AAAA… comment".
std::optional<RsaPublicKey> read_ssh_rsa(std::string_view text);
/// A PEM "PUBLIC KEY" that is an RSA key.
std::optional<RsaPublicKey> read_pem_rsa(std::string_view text);
/// "ssh-rsa AAAA…"
std::string write_ssh_rsa(const RsaPublicKey& key);
/// PEM, "PUBLIC KEY"; empty if the numbers are no key.
std::string write_pem_rsa(const RsaPublicKey& key);
/// MD5 of the key as SSH encodes it: "1b:2c:…".
std::string ssh_fingerprint(const RsaPublicKey& key);

/// The SHA-256 (hex) of the first certificate of a PEM text; nothing if it is none.
std::optional<std::string> certificate_digest(std::string_view pem);

}  // namespace fogbank::auth
