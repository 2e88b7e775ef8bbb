#include "services/kms/owned_keys.h"

#include "base/aead.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/kms/caches.h"

namespace fogbank::kms {
namespace {

constexpr Millis kPeriod = 86'400'000;
constexpr size_t kDayBytes = 4;
constexpr size_t kMaxDerived = 256;   ///< days that are read at the same time, of all services

void add_day(std::string& out, uint32_t day) {
  for (int shift = 24; shift >= 0; shift -= 8) out += char(day >> shift & 0xff);
}

uint32_t day_of(std::string_view sealed) {
  uint32_t day = 0;
  for (size_t i = 0; i < kDayBytes; i++) day = day << 8 | uint8_t(sealed[i]);
  return day;
}

}  // namespace

static_assert(OwnedKeys::kOverhead == kDayBytes + aead::kOverhead);

OwnedKeys::Keys OwnedKeys::keys_of(std::string_view service, uint32_t day) {
  const uint64_t generation = ring_.generation();   // read first: keys that are derived meanwhile are at most newer than it says
  std::pair<std::string, uint32_t> name(service, day);
  auto derived = derived_.lock();
  if (derived->generation != generation || derived->keys.size() >= kMaxDerived) {
    derived->keys.clear();
    derived->generation = generation;
  }
  Keys& keys = derived->keys[std::move(name)];
  if (!keys) keys = std::make_shared<const std::vector<Secret>>(ring_.derive(cat("owned key|", service, '|', day)));
  return keys;
}

std::string OwnedKeys::seal(Random& random, std::string_view service, Millis now, std::string_view associated, std::string_view plain) {
  const auto day = uint32_t(now / kPeriod);
  std::string out;
  out.reserve(kOverhead + plain.size());
  add_day(out, day);
  char nonce[aead::kNonceBytes];
  random.fill(nonce, sizeof nonce);
  aead::seal(out, keys_of(service, day)->front().view(), {nonce, sizeof nonce}, associated, plain);
  return out;
}

std::optional<std::string> OwnedKeys::open(std::string_view service, std::string_view sealed, std::string_view associated) {
  if (sealed.size() < kOverhead) return std::nullopt;
  Keys keys = keys_of(service, day_of(sealed));
  for (const Secret& key : *keys) if (auto plain = aead::open(key.view(), sealed.substr(kDayBytes), associated)) return plain;
  return std::nullopt;
}

std::string seal_owned(Core& core, std::string_view service, std::string_view associated, std::string_view plain) {
  return core.state<State>().owned().seal(core.random(), service, core.now(), associated, plain);
}

std::optional<std::string> open_owned(Core& core, std::string_view service, std::string_view sealed, std::string_view associated) {
  return core.state<State>().owned().open(service, sealed, associated);
}

}  // namespace fogbank::kms
