#include "services/s3/checksums.h"

#include <stdexcept>

#include "base/strings.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

/// A reflected CRC as a field of polynomials: bit `top` is x^0.
struct Crc { uint64_t polynomial; int bits; };

Crc crc_of(std::string_view algorithm) {
  if (algorithm == "CRC32") return {0xEDB88320u, 32};
  if (algorithm == "CRC32C") return {0x82F63B78u, 32};
  if (algorithm == "CRC64NVME") return {0x9A6C9329AC4BC9B5ull, 64};
  throw std::invalid_argument("not a CRC");
}

uint64_t one(const Crc& c) { return uint64_t(1) << (c.bits - 1); }

/// a * b modulo the polynomial.
uint64_t multiply(const Crc& c, uint64_t a, uint64_t b) {
  uint64_t product = 0;
  for (uint64_t m = one(c); m; m >>= 1) {
    if (a & m) product ^= b;
    b = b & 1 ? (b >> 1) ^ c.polynomial : b >> 1;
  }
  return product;
}

/// x^(8 * bytes) modulo the polynomial.
uint64_t shift_of(const Crc& c, uint64_t bytes) {
  uint64_t power = one(c) >> 8, out = one(c);   // x^8; 1
  for (; bytes; bytes >>= 1) {
    if (bytes & 1) out = multiply(c, out, power);
    power = multiply(c, power, power);
  }
  return out;
}

std::string raw_of(uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += char(value >> shift);
  return out;
}

int crc_bytes(std::string_view algorithm) { return algorithm == "CRC64NVME" ? 8 : 4; }

}  // namespace

bool is_crc(std::string_view a) { return a == "CRC32" || a == "CRC32C" || a == "CRC64NVME"; }
bool known_checksum(std::string_view a) { return is_crc(a) || a == "SHA1" || a == "SHA256"; }

Checksum::Checksum(std::string_view algorithm)
    : kind_(algorithm == "CRC32" ? Kind::crc32 : algorithm == "CRC32C" ? Kind::crc32c : algorithm == "CRC64NVME" ? Kind::crc64 : Kind::digest) {
  if (algorithm == "SHA1") digest_.emplace(Digest::Kind::sha1);
  else if (algorithm == "SHA256") digest_.emplace(Digest::Kind::sha256);
  else if (kind_ == Kind::digest) throw std::invalid_argument("unknown checksum algorithm");
}

void Checksum::update(std::string_view bytes) {
  switch (kind_) {
    case Kind::crc32: value_ = crc32(bytes, uint32_t(value_)); break;
    case Kind::crc32c: value_ = crc32c(bytes, uint32_t(value_)); break;
    case Kind::crc64: value_ = crc64nvme(bytes, value_); break;
    case Kind::digest: digest_->update(bytes); break;
  }
}

std::string Checksum::finish() {
  if (kind_ == Kind::digest) return digest_->finish();
  return raw_of(value_, kind_ == Kind::crc64 ? 8 : 4);
}

uint64_t combine_crc(std::string_view algorithm, uint64_t a, uint64_t b, uint64_t length_b) {
  Crc c = crc_of(algorithm);
  return multiply(c, shift_of(c, length_b), a) ^ b;
}

std::string crc_text(std::string_view algorithm, uint64_t value) { return base64(raw_of(value, crc_bytes(algorithm))); }

std::optional<uint64_t> crc_value(std::string_view algorithm, std::string_view text) {
  auto raw = unbase64(text);
  if (!raw || raw->size() != size_t(crc_bytes(algorithm))) return std::nullopt;
  uint64_t v = 0;
  for (unsigned char c : *raw) v = v << 8 | c;
  return v;
}

std::optional<std::string> composite_checksum(std::string_view algorithm, const std::vector<std::string_view>& parts) {
  Checksum sum(algorithm);
  for (std::string_view part : parts) {
    auto raw = unbase64(part);
    if (!raw) return std::nullopt;
    sum.update(*raw);
  }
  return cat(base64(sum.finish()), '-', parts.size());
}

std::string multipart_etag(const std::vector<std::string_view>& md5s) {
  Digest digest(Digest::Kind::md5);
  for (std::string_view m : md5s) digest.update(m);
  return cat(hex(digest.finish()), '-', md5s.size());
}

Result<void> add_given(GivenChecksum& found, std::string_view algorithm, Str value) {
  if (!value) return {};
  if (!found.algorithm.empty()) return fail(invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."));
  found = {algorithm, value.view()};
  return {};
}

Result<void> refuse_given(std::string_view algorithm, Str value) {
  if (!value) return {};
  return fail(header_not_implemented(cat("x-amz-checksum-", algorithm)));
}

}  // namespace fogbank::s3
