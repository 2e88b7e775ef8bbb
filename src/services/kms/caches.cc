#include "services/kms/caches.h"

#include <stdexcept>

#include "base/aead.h"
#include "base/encoding.h"
#include "gateway/core.h"
#include "gateway/stored_policy.h"
#include "services/kms/ciphertext.h"

namespace fogbank::kms {
namespace {

constexpr size_t kCachedKeys = 20000, kCachedMaterials = 5000;
constexpr std::string_view kTokenData = "kms token";

std::unique_ptr<KeyRing> load_ring(Core& core) {
  auto ring = KeyRing::load(core.settings().data_directory, core.random());
  if (!ring) throw std::runtime_error(ring.error().message);
  return std::move(*ring);
}

policy::PolicyPtr compiled(std::string_view key, const store::Item& item) { return stored_policy<KeyPolicy>(policy::Dialect::kms, key, item); }

}  // namespace

State::State(Core& core)
    : keys(core.store(), kKeys, kCachedKeys), policies(core.store(), kPolicies, kCachedKeys, compiled),
      aliases(core.store(), kAliases, kCachedKeys),
      materials(core.store(), kMaterials, kCachedMaterials, [this](std::string_view key, const store::Item& item) { return open(key, item); }),
      ring_(load_ring(core)), owned_(*ring_) {}

Material State::make_material(const Spec& spec, const Scope& scope, std::string_view key_id, uint32_t version, Random& random, Millis now) const {
  bool pair = spec.family == Family::rsa || spec.family == Family::ecc;
  Secret secret = pair ? asymmetric::PrivateKey::generate(spec.pair).pkcs8() : Secret(random.bytes(spec.bytes));
  Material m;
  m.id = random.hex(64);
  m.spec = spec.name;
  m.made = now;
  m.sealed = ring_->seal(random.bytes(aead::kNonceBytes), material_key(scope, key_id, version).bytes(), secret.view());
  return m;
}

std::shared_ptr<const OpenMaterial> State::open(std::string_view key, const store::Item& item) const {
  auto record = decode<Material>(item.bytes);
  if (!record) throw std::runtime_error("a stored key material is damaged");
  auto out = std::make_shared<OpenMaterial>();
  out->id = record->id;
  auto plain = ring_->open(record->sealed, key);
  if (!plain) {
    out->damage = "the key material was not sealed under a key of this data directory's kms.key";
    return out;
  }
  out->secret = std::move(*plain);
  const Spec& spec = spec_of(record->spec);
  if (spec.family != Family::rsa && spec.family != Family::ecc) return out;
  out->pair = asymmetric::PrivateKey::from_pkcs8(out->secret.view());
  if (!out->pair) out->damage = "the key material cannot be read";
  out->secret = Secret();
  return out;
}

std::string State::managed_key_id(const Scope& scope, std::string_view service) const {
  std::string name = cat("managed key|", scope.partition, '|', scope.account, '|', scope.region, '|', service);
  std::string bytes = ring_->mac(name).substr(0, 16);
  bytes[6] = char((bytes[6] & 0x0f) | 0x40);   // the form of a random UUID
  bytes[8] = char((bytes[8] & 0x3f) | 0x80);
  return unpacked_id(bytes);
}

std::string State::seal_token(std::string_view plain, Random& random) const {
  return base64(ring_->seal(random.bytes(aead::kNonceBytes), kTokenData, plain));
}

std::optional<std::string> State::open_token(std::string_view token) const {
  auto bytes = unbase64(token);
  if (!bytes) return std::nullopt;
  auto plain = ring_->open(*bytes, kTokenData);
  return plain ? std::optional(std::string(plain->view())) : std::nullopt;
}

}  // namespace fogbank::kms
