// The end of a secret: planned by a task on the virtual clock, or at once. In the caller's transaction.
#pragma once
#include "base/record.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {

/// The payload of a task that is about a secret: secretsmanager.delete_secret, secretsmanager.rotate_on_schedule.
struct NamedWork {
  std::string name, suffix;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, suffix); a(unknown); }
};

/// Marks the secret for deletion at that time; changes `secret`, which the caller writes.
void schedule_deletion(store::Txn& tx, const Scope& scope, StoredSecret& secret, Millis at);
void cancel_deletion(store::Txn& tx, StoredSecret& secret);
/// Erases the secret with its versions, values and policy.
void erase_secret(store::Txn& tx, const Scope& scope, const StoredSecret& secret);

}  // namespace fogbank::secretsmanager
