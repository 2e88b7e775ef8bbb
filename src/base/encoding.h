// Encodings and digests: hex, base64, percent, SHA-256, MD5, CRC32. Thread-safe; digests use OpenSSL with algorithms fetched once.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fogbank {

std::string hex(std::string_view bytes);                         ///< lower case
std::optional<std::string> unhex(std::string_view text);
std::string base64(std::string_view bytes);                      ///< RFC 4648, padded
std::optional<std::string> unbase64(std::string_view text);      ///< accepts missing padding; nothing else outside the alphabet
std::string base64url(std::string_view bytes);                   ///< unpadded
std::optional<std::string> unbase64url(std::string_view text);

/// RFC 3986: everything but A-Z a-z 0-9 - . _ ~ (and '/' if asked) becomes %XX, upper case.
std::string percent_encode(std::string_view s, bool keep_slash = false);
void percent_encode_to(std::string& out, std::string_view s, bool keep_slash = false);
/// %XX to bytes; a '%' that starts no valid escape stays. With plus_is_space '+' becomes ' '.
std::string percent_decode(std::string_view s, bool plus_is_space = false);

using Sha256 = std::array<unsigned char, 32>;
Sha256 sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
std::string md5(std::string_view bytes);                         ///< 16 raw bytes
std::string sha1(std::string_view bytes);                        ///< 20 raw bytes
inline std::string_view as_view(const Sha256& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }
uint32_t crc32(std::string_view bytes, uint32_t seed = 0);       ///< IEEE (zlib, gzip)
uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);      ///< Castagnoli
uint64_t crc64nvme(std::string_view bytes, uint64_t seed = 0);

/// A digest fed in pieces.
class Digest {
 public:
  enum class Kind { md5, sha1, sha256 };
  explicit Digest(Kind kind);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  void update(std::string_view bytes);
  std::string finish();  ///< raw bytes; the object is spent

 private:
  void* ctx_;
};

/// Compares without leaking where the texts differ by time.
bool equal_constant_time(std::string_view a, std::string_view b);
/// True if the bytes are well-formed UTF-8.
bool valid_utf8(std::string_view s);
/// Number of Unicode code points of a valid UTF-8 text.
size_t utf8_length(std::string_view s);

}  // namespace fogbank
