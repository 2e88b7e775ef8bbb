#include "auth/access_keys.h"

#include "base/scope.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint64_t kLargestAccount = 999999999999;

/// 16 characters: 80 bits = 1, account (40 bits), random (39 bits).
void append_encoded(std::string& out, std::string_view account, Random& random) {
  uint64_t number = is_account_id(account) ? uint64_t(*parse_int(account)) : 0;
  uint64_t head = uint64_t(1) << 47 | number << 7 | random.below(128);  // the first 48 bits
  uint64_t tail = random.next() & 0xffffffff;                           // the last 32
  for (int i = 0; i < 16; i++) {
    int shift = 75 - 5 * i;  // of the group's lowest bit in the 80
    uint64_t group = shift >= 32 ? head >> (shift - 32) : (head << (32 - shift) | tail >> shift);
    out += kBase32[group & 31];
  }
}

}  // namespace

std::string make_access_key_id(std::string_view prefix, std::string_view account, Random& random) {
  std::string id(prefix);
  append_encoded(id, account, random);
  return id;
}

std::string make_unique_id(std::string_view prefix, std::string_view account, Random& random) {
  std::string id = make_access_key_id(prefix, account, random);
  id += kBase32[random.below(32)];
  return id;
}

std::string make_secret_access_key(Random& random) { return random.from(kBase64, 40); }

std::optional<std::string> account_of_access_key(std::string_view id) {
  if (id.size() != 20 || (!id.starts_with("AKIA") && !id.starts_with("ASIA"))) return std::nullopt;
  uint64_t head = 0;  // the first 50 bits: ten characters
  for (size_t i = 4; i < id.size(); i++) {
    size_t v = kBase32.find(id[i]);
    if (v == std::string_view::npos) return std::nullopt;
    if (i < 14) head = head << 5 | v;
  }
  head >>= 2;
  if (!(head >> 47)) return std::nullopt;  // ids from before 2019 carry no account
  uint64_t number = (head & 0x7fffffffff80) >> 7;
  if (number > kLargestAccount) return std::nullopt;
  std::string digits = cat(number);
  return std::string(12 - digits.size(), '0') + digits;
}

bool is_temporary_key(std::string_view id) { return id.starts_with("ASIA"); }

std::optional<std::string> development_account(std::string_view id) {
  if (id == "test") return std::string(kDevelopmentAccount);
  if (is_account_id(id)) return std::string(id);
  return std::nullopt;
}

}  // namespace fogbank::auth
