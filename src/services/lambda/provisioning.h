// Provisioned concurrency: its records and their part in the account's counts. The environments themselves are made by a task.
#pragma once
#include <string_view>

#include "services/lambda/state.h"

namespace fogbank { class Core; }

namespace fogbank::lambda {

/// Writes a configuration, and into the function's record by which version invocations are counted.
void keep_provisioned(store::Txn& tx, const Scope& scope, std::string_view function, std::string_view qualifier, const ProvisionedConcurrency& p);
/// Removes a configuration and what it counts for, and has its environments ended; nothing if there is none.
void forget_provisioned(store::Txn& tx, const Scope& scope, std::string_view function, std::string_view qualifier, Millis now);
/// The alias leads to another version now: its provisioned environments, if it has any, move there.
void move_provisioned(store::Txn& tx, const Scope& scope, std::string_view function, const Alias& alias, int64_t version_before, uint64_t nonce, Millis now);
/// Sum of what a function has provisioned.
int64_t provisioned_of(store::Reader& reader, const Scope& scope, std::string_view function);
/// Has the environments of all configurations made: those of another process, or of a state that is no more, are gone.
void restore_provisioned(Core& core);
void schedule_provision(store::Txn& tx, const Scope& scope, std::string_view function, std::string_view qualifier, uint64_t nonce, Millis now);

/// Payload of the task `provision`. Nonce 0: nothing is wanted of this version (`qualifier`) any more.
struct Provision {
  std::string function, qualifier;
  uint64_t nonce = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, function); a(2, qualifier); a(3, nonce); a(unknown); }
};

}  // namespace fogbank::lambda
