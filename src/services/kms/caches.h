// What KMS keeps in memory, made once per server: `core.state<kms::State>()`. All material is sealed under the keys of `kms.key`
// (key_ring.h); opened material is wiped when it leaves the cache and nobody uses it any more. Nothing of it has to survive but that file.
// Thread-safe.
#pragma once
#include <optional>
#include <string>

#include "auth/policy/document.h"
#include "base/asymmetric.h"
#include "base/random.h"
#include "base/secret.h"
#include "services/kms/key_ring.h"
#include "services/kms/owned_keys.h"
#include "services/kms/specs.h"
#include "services/kms/state.h"
#include "store/cache.h"

namespace fogbank { class Core; }

namespace fogbank::kms {

/// A version of a key's material, ready for use.
struct OpenMaterial {
  std::string id;
  Secret secret;                                ///< symmetric, hmac
  std::optional<asymmetric::PrivateKey> pair;   ///< rsa, ecc
  std::string damage;                           ///< why it cannot be used; empty: it can
};
using MaterialPtr = std::shared_ptr<const OpenMaterial>;

class State {
 public:
  explicit State(Core& core);

  store::Cache<Key> keys;
  store::Cache<policy::CompiledPolicy> policies;
  store::Cache<Alias> aliases;
  store::Cache<OpenMaterial> materials;

  /// Material made anew, sealed for this place of the store.
  Material make_material(const Spec& spec, const Scope& scope, std::string_view key_id, uint32_t version, Random& random, Millis now) const;
  /// The id of an account's AWS managed key: always the same, so that decisions about it can be made before it exists.
  std::string managed_key_id(const Scope& scope, std::string_view service) const;
  /// Opaque texts that only this server can have made (grant tokens).
  std::string seal_token(std::string_view plain, Random& random) const;
  std::optional<std::string> open_token(std::string_view token) const;
  /// The keys that seal all this: a snapshot carries them.
  KeyRing& ring() { return *ring_; }
  OwnedKeys& owned() { return owned_; }

 private:
  std::shared_ptr<const OpenMaterial> open(std::string_view key, const store::Item& item) const;
  const std::unique_ptr<KeyRing> ring_;
  OwnedKeys owned_;
};

}  // namespace fogbank::kms
