// New versions of a symmetric key's material: on demand, and by a task on the virtual clock. Old versions stay: ciphertexts name theirs.
#pragma once
#include <string_view>

#include "services/kms/state.h"

namespace fogbank::kms {

/// Plans the automatic rotation of the key for `at`, in the place of what was planned; changes `key`, which the caller writes.
void schedule_rotation(store::Txn& tx, const Scope& scope, Key& key, Millis at);
void cancel_rotation(store::Txn& tx, Key& key);
/// Makes `material` (of version key.version + 1) the key's current one and writes both.
void put_rotated(store::Txn& tx, const Scope& scope, Key& key, Material material, RotationType type, Millis at);

/// The payload of the tasks kms.rotate_key and kms.delete_key.
struct KeyWork {
  std::string id;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(unknown); }
};
/// Plans the deletion of the key for `at`; changes `key`, which the caller writes.
void schedule_deletion(store::Txn& tx, const Scope& scope, Key& key, Millis at);

}  // namespace fogbank::kms
