// What goes on behind SNS's operations; see the tasks in service.toml.
#pragma once
#include <string_view>

#include "services/sns/state.h"
#include "store/store.h"

namespace fogbank::sns {

/// Forgets the seen messages of a FIFO topic from `due` on; the task's id.
uint64_t schedule_sweep(store::Txn& tx, const Scope& scope, const Topic& topic, Millis due);
/// Gives up a subscription that is not confirmed by then, and the token.
void schedule_expiry(store::Txn& tx, const Scope& scope, const Subscription& s, std::string_view token, Millis due);
/// Forgets the subscriptions of a deleted topic.
void schedule_forgetting(store::Txn& tx, const Scope& scope, const Topic& topic, Millis due);

}  // namespace fogbank::sns
