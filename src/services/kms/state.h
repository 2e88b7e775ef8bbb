// What KMS keeps, all in the account and Region of the key:
//
//   key       (key id)                     Key: settings, state, tags, aliases, rotation
//   policy    (key id)                     KeyPolicy: apart, so that only a change of a policy makes decisions stale
//   material  (key id, version)            Material: one version of the key's secret, sealed under the data directory's key file
//   alias     (name without "alias/")      Alias: the key that it leads to; authority, since it says which key a decision is about
//   grant     (key id, grant id)           Grant
//   grantee   (key id, principal, id)      empty: grants of a key by the principal that they are for
//
// Invariants: Key::aliases are exactly the aliases that lead to the key; each grant has one row in both tables; a key has the versions
// 1 … Key::version. A key that is deleted goes with everything of it. Material is never in a record, log or answer unsealed.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank::kms {

inline constexpr store::Table kKeys{"kms", "key"};
inline constexpr store::Table kPolicies{"kms", "policy", true};
inline constexpr store::Table kMaterials{"kms", "material"};
inline constexpr store::Table kAliases{"kms", "alias", true};
inline constexpr store::Table kGrants{"kms", "grant", true};
inline constexpr store::Table kGrantees{"kms", "grantee"};

inline constexpr size_t kAliasesPerKey = 50, kTagsPerKey = 50, kGrantsPerKey = 50000;
inline constexpr int64_t kOnDemandRotations = 25;
inline constexpr size_t kPolicyBytes = 32 << 10;
inline constexpr Millis kDay = 86'400'000;

using EncryptionContext = std::map<std::string, std::string>;

enum class KeyState : uint8_t { enabled, disabled, pending_deletion };
enum class Manager : uint8_t { customer, aws };

struct Rotation {
  bool enabled = false;
  int64_t period_days = 365;
  Millis next = 0;              ///< of the automatic rotation; 0: not enabled
  uint64_t task = 0;            ///< the task that will do it
  int64_t on_demand = 0;        ///< on-demand rotations so far
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, enabled); a(2, period_days); a(3, next); a(4, task); a(5, on_demand); a(unknown); }
};

struct Key {
  std::string id;
  std::string spec, usage;      ///< as the API names them: "RSA_2048", "SIGN_VERIFY"
  std::string description;
  Millis created = 0;
  KeyState state = KeyState::enabled;
  Manager manager = Manager::customer;
  std::string service;          ///< of an AWS managed key: "s3"
  uint32_t version = 1;         ///< newest version of the material
  std::string material_id;      ///< id of that version
  Rotation rotation;
  Millis deletion_at = 0;       ///< while pending deletion
  uint64_t deletion_task = 0;
  std::map<std::string, std::string> tags;
  std::vector<std::string> aliases;   ///< names with "alias/", sorted
  int64_t grants = 0;           ///< how many
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, spec); a(3, usage); a(4, description); a(5, created); a(6, state); a(7, manager); a(8, service); a(9, version);
    a(10, material_id); a(11, rotation); a(12, deletion_at); a(13, deletion_task); a(14, tags); a(15, aliases); a(16, grants); a(unknown);
  }
};
using KeyPtr = std::shared_ptr<const Key>;

struct KeyPolicy {
  std::string json;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, json); a(unknown); }
};

enum class RotationType : uint8_t { none, automatic, on_demand };

struct Material {
  std::string id;               ///< 64 hex digits
  std::string sealed;           ///< raw bytes of a symmetric key, PKCS#8 of a key pair
  Millis made = 0;
  RotationType rotation = RotationType::none;   ///< what made it the key's current one; none: the first
  std::string spec;             ///< of the key
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(2, sealed); a(3, made); a(4, rotation); a(5, spec); a(unknown); }
};

struct Alias {
  std::string key_id;
  Millis created = 0, updated = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, key_id); a(2, created); a(3, updated); a(unknown); }
};

struct Grant {
  std::string id, name;
  std::string grantee, retiring;          ///< as given
  std::string grantee_id, retiring_id;    ///< unique ids of the users or roles behind, so that a later namesake is a stranger; else empty
  std::string issuing_account;            ///< ARN of the root of the account that made it
  std::vector<std::string> operations;
  EncryptionContext subset, equals;
  Millis created = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, name); a(3, grantee); a(4, retiring); a(5, grantee_id); a(6, retiring_id); a(7, issuing_account); a(8, operations);
    a(9, subset); a(10, equals); a(11, created); a(unknown);
  }
};

store::Key key_key(const Scope& scope, std::string_view id);
store::Key policy_key(const Scope& scope, std::string_view id);
store::Key material_key(const Scope& scope, std::string_view id, uint32_t version);
store::Key alias_key(const Scope& scope, std::string_view alias);   ///< "alias/x"
store::Key grant_key(const Scope& scope, std::string_view key_id, std::string_view grant_id);
store::Key grantee_key(const Scope& scope, std::string_view key_id, std::string_view grantee, std::string_view grant_id);

std::string key_arn(const Scope& scope, std::string_view id);
std::string alias_arn(const Scope& scope, std::string_view alias);
std::string root_arn(const Scope& scope);

}  // namespace fogbank::kms
