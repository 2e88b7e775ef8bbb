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

Secret load_wrapping_key(Core& core) {
  const std::string& directory = core.settings().data_directory;
  if (directory.empty()) return Secret(core.random().bytes(aead::kKeyBytes));
  auto key = load_or_make_key_file(directory + "/kms.key", aead::kKeyBytes, core.random());
  if (!key) throw std::runtime_error(key.error().message);
  return std::move(*key);
}

policy::PolicyPtr compiled(std::string_view key, const store::Item& item) { return stored_policy<KeyPolicy>(policy::Dialect::kms, key, item); }

}  // namespace

State::State(Core& core) : State(core, load_wrapping_key(core)) {}

State::State(Core& core, Secret wrapping_key)
    : keys(core.store(), kKeys, kCachedKeys), policies(core.store(), kPolicies, kCachedKeys, compiled),
      aliases(core.store(), kAliases, kCachedKeys),
      materials(core.store(), kMaterials, kCachedMaterials, [this](std::string_view key, const store::Item& item) { return open(key, item); }),
      wrapping_key_(std::move(wrapping_key)) {}

Material State::make_material(const Spec& spec, const Scope& scope, std::string_view key_id, uint32_t version, Random& random, Millis now) const {
  bool pair = spec.family == Family::rsa || spec.family == Family::ecc;
  Secret secret = pair ? asymmetric::PrivateKey::generate(spec.pair).pkcs8() : Secret(random.bytes(spec.bytes));
  Material m;
  m.id = random.hex(64);
  m.spec = spec.name;
  m.made = now;
  m.sealed = aead::seal(wrapping_key_.view(), random.bytes(aead::kNonceBytes), material_key(scope, key_id, version).bytes(), secret.view());
  return m;
}

std::shared_ptr<const OpenMaterial> State::open(std::string_view key, const store::Item& item) const {
  auto record = decode<Material>(item.bytes);
  if (!record) throw std::runtime_error("a stored key material is damaged");
  auto out = std::make_shared<OpenMaterial>();
  out->id = record->id;
  auto plain = aead::open(wrapping_key_.view(), record->sealed, key);
  if (!plain) {
    out->damage = "the key material was not sealed under this data directory's kms.key";
    return out;
  }
  out->secret = Secret(std::move(*plain));
  const Spec& spec = spec_of(record->spec);
  if (spec.family != Family::rsa && spec.family != Family::ecc) return out;
  out->pair = asymmetric::PrivateKey::from_pkcs8(out->secret.view());
  if (!out->pair) out->damage = "the key material cannot be read";
  out->secret = Secret();
  return out;
}

std::string State::managed_key_id(const Scope& scope, std::string_view service) const {
  std::string name = cat("managed key|", scope.partition, '|', scope.account, '|', scope.region, '|', service);
  Sha256 mac = hmac_sha256(wrapping_key_.view(), name);
  std::string bytes(as_view(mac).substr(0, 16));
  bytes[6] = char((bytes[6] & 0x0f) | 0x40);   // the form of a random UUID
  bytes[8] = char((bytes[8] & 0x3f) | 0x80);
  return unpacked_id(bytes);
}

std::string State::seal_token(std::string_view plain, Random& random) const {
  return base64(aead::seal(wrapping_key_.view(), random.bytes(aead::kNonceBytes), kTokenData, plain));
}

std::optional<std::string> State::open_token(std::string_view token) const {
  auto bytes = unbase64(token);
  if (!bytes) return std::nullopt;
  return aead::open(wrapping_key_.view(), *bytes, kTokenData);
}

}  // namespace fogbank::kms
