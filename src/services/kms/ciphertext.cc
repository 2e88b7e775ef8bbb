#include "services/kms/ciphertext.h"

#include "base/aead.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::kms {
namespace {

constexpr std::string_view kPrefix("\x01\x02\x02\x00\x78", 5);   // in base64: AQICAH…
constexpr size_t kAccountAt = kPrefix.size(), kIdAt = kAccountAt + 8, kVersionAt = kIdAt + 16, kHead = kVersionAt + 4;

void put_number(std::string& out, uint64_t v, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += char(v >> shift);
}
uint64_t number(std::string_view bytes) {
  uint64_t v = 0;
  for (char c : bytes) v = v << 8 | static_cast<unsigned char>(c);
  return v;
}

std::string associated(std::string_view head, const EncryptionContext& context) {
  std::string out(head);
  put_number(out, context.size(), 4);
  for (const auto& [k, v] : context) {   // a map: in the order of the keys' bytes
    put_number(out, k.size(), 4);
    out += k;
    put_number(out, v.size(), 4);
    out += v;
  }
  return out;
}

}  // namespace

std::optional<std::string> packed_id(std::string_view id) {
  if (id.size() != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-') return std::nullopt;
  auto bytes = unhex(cat(id.substr(0, 8), id.substr(9, 4), id.substr(14, 4), id.substr(19, 4), id.substr(24)));
  if (!bytes || bytes->size() != 16 || unpacked_id(*bytes) != id) return std::nullopt;
  return bytes;
}

std::string unpacked_id(std::string_view bytes) {
  std::string h = hex(bytes);
  std::string_view v = h;
  return cat(v.substr(0, 8), '-', v.substr(8, 4), '-', v.substr(12, 4), '-', v.substr(16, 4), '-', v.substr(20));
}

std::optional<BlobHead> read_blob(std::string_view blob) {
  if (blob.size() < kHead + aead::kOverhead || !blob.starts_with(kPrefix)) return std::nullopt;
  BlobHead out;
  std::string account = cat(number(blob.substr(kAccountAt, 8)));
  if (account.size() > 12) return std::nullopt;
  out.account = std::string(12 - account.size(), '0') + account;
  out.key_id = unpacked_id(blob.substr(kIdAt, 16));
  out.version = uint32_t(number(blob.substr(kVersionAt, 4)));
  return out;
}

std::string seal_blob(const BlobHead& head, std::string_view key, std::string_view nonce, const EncryptionContext& context, std::string_view plain) {
  auto id = packed_id(head.key_id);
  if (!id) throw std::invalid_argument("not a key id");
  std::string out;
  out.reserve(kHead + aead::kOverhead + plain.size());
  out += kPrefix;
  put_number(out, uint64_t(parse_int(head.account).value_or(0)), 8);
  out += *id;
  put_number(out, head.version, 4);
  aead::seal(out, key, nonce, associated(out, context), plain);
  return out;
}

std::optional<std::string> open_blob(std::string_view blob, std::string_view key, const EncryptionContext& context) {
  if (blob.size() < kHead + aead::kOverhead) return std::nullopt;
  return aead::open(key, blob.substr(kHead), associated(blob.substr(0, kHead), context));
}

}  // namespace fogbank::kms
