#include "base/password_hash.h"

#include <openssl/evp.h>

#include <stdexcept>

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank {
namespace {

constexpr int64_t kLogN = 13, kR = 8, kP = 1;
constexpr size_t kSaltBytes = 16, kHashBytes = 32;
// What a stored hash may ask for at most: a damaged one must not take all memory.
constexpr int64_t kMaxLogN = 20, kMaxR = 16, kMaxP = 4;

std::string scrypt(std::string_view password, std::string_view salt, int64_t log_n, int64_t r, int64_t p, size_t bytes) {
  std::string out(bytes, '\0');
  uint64_t n = uint64_t(1) << log_n, memory = 128 * n * uint64_t(r) + 128 * uint64_t(r * p) + (1 << 20);
  if (EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), n, uint64_t(r), uint64_t(p), memory,
                     reinterpret_cast<unsigned char*>(out.data()), out.size()) != 1)
    throw std::runtime_error("scrypt failed");
  return out;
}

}  // namespace

std::string hash_password(std::string_view password, Random& random) {
  std::string salt = random.bytes(kSaltBytes);
  return cat("scrypt$", kLogN, '$', kR, '$', kP, '$', base64(salt), '$', base64(scrypt(password, salt, kLogN, kR, kP, kHashBytes)));
}

bool verify_password(std::string_view password, std::string_view hash) {
  auto parts = split(hash, '$');
  if (parts.size() != 6 || parts[0] != "scrypt") return false;
  auto log_n = parse_int(parts[1]), r = parse_int(parts[2]), p = parse_int(parts[3]);
  auto salt = unbase64(parts[4]), wanted = unbase64(parts[5]);
  bool sound = log_n && r && p && salt && wanted && *log_n >= 1 && *log_n <= kMaxLogN && *r >= 1 && *r <= kMaxR && *p >= 1 && *p <= kMaxP &&
               wanted->size() == kHashBytes;
  return sound && equal_constant_time(scrypt(password, *salt, *log_n, *r, *p, kHashBytes), *wanted);
}

}  // namespace fogbank
