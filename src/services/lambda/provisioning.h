// Provisioned concurrency: its records and their part in the account's counts. The environments themselves are made by a task.
#pragma once
#include <string_view>

#include "services/lambda/state.h"

namespace fogbank::lambda {

/// Removes a configuration and what it counts for; nothing if there is none. True if there was one.
bool forget_provisioned(store::Txn& tx, const Scope& scope, std::string_view function, std::string_view qualifier);
/// Sum of what a function has provisioned.
int64_t provisioned_of(store::Reader& reader, const Scope& scope, std::string_view function);
void schedule_provision(store::Txn& tx, const Scope& scope, std::string_view function, std::string_view qualifier, uint64_t nonce, Millis now);

/// Payload of the task `provision`. Nonce 0: nothing is wanted any more.
struct Provision {
  std::string function, qualifier;
  uint64_t nonce = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, function); a(2, qualifier); a(3, nonce); a(unknown); }
};

}  // namespace fogbank::lambda
