// AES-256-GCM: sealing with associated data. The one wrapper of OpenSSL's ciphers. Thread-safe; no state but OpenSSL's fetched algorithm.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace fogbank::aead {

inline constexpr size_t kKeyBytes = 32, kNonceBytes = 12, kTagBytes = 16;
inline constexpr size_t kOverhead = kNonceBytes + kTagBytes;

/// Appends nonce | ciphertext | tag to `out`. The nonce must never be used again with this key. std::invalid_argument for a key or nonce of
/// the wrong size.
void seal(std::string& out, std::string_view key, std::string_view nonce, std::string_view associated, std::string_view plain);
inline std::string seal(std::string_view key, std::string_view nonce, std::string_view associated, std::string_view plain) {
  std::string out;
  seal(out, key, nonce, associated, plain);
  return out;
}
/// Nothing if the bytes are not what was sealed under this key with this associated data.
std::optional<std::string> open(std::string_view key, std::string_view sealed, std::string_view associated);

}  // namespace fogbank::aead
